/** Functions without state. PyTorch: `torch.nn.functional`. */
export * from "./functional/activation.js";
export {
	type CrossEntropyOptions,
	crossEntropy,
	type NllOptions,
	nllLoss,
} from "./functional/cross-entropy.js";
export { linear } from "./functional/linear.js";
