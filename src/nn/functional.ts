/** Functions without state. PyTorch: `torch.nn.functional`. */
export * from "./functional/activation.js";
export { type ConvOptions, conv2d } from "./functional/convolution.js";
export {
	type CrossEntropyOptions,
	crossEntropy,
	type NllOptions,
	nllLoss,
} from "./functional/cross-entropy.js";
export { linear } from "./functional/linear.js";
export * from "./functional/loss.js";
export * from "./functional/normalization.js";
export * from "./functional/padding.js";
export * from "./functional/pooling.js";
export type { Pair } from "./functional/sizes.js";
