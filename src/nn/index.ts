/** Modules, losses and their functions. PyTorch: `torch.nn`. */
export * from "./containers.js";
export * as functional from "./functional.js";
export * as init from "./init.js";
export * from "./layers/activation.js";
export * from "./layers/conv.js";
export * from "./layers/dropout.js";
export * from "./layers/embedding.js";
export {
	Identity,
	Linear,
	type LinearOptions,
} from "./layers/linear.js";
export * from "./layers/norm.js";
export * from "./layers/pool.js";
export * from "./layers/shape.js";
export * from "./loss.js";
export { Module, type ZeroGradOptions } from "./module.js";
export { Parameter, type ParameterOptions } from "./parameter.js";
export type {
	LoadResult,
	LoadStateOptions,
	StateDict,
	StateDictOptions,
	StateSource,
} from "./state-dict.js";
export * as utils from "./utils.js";
export { clipGradNorm_, clipGradValue_ } from "./utils.js";
