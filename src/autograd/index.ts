/** PyTorch: `torch.autograd`. */

export type { BackwardOptions } from "./backward-pass.js";
export { type CheckpointOptions, checkpoint } from "./checkpoint.js";
export { backward, type GradOptions, grad } from "./engine.js";
export { AutogradFunction as Function, FunctionContext } from "./function.js";
export * as functional from "./functional.js";
export { hessian, jacobian, jvp, vjp } from "./functional.js";
export {
	type GradcheckOptions,
	gradcheck,
	gradgradcheck,
} from "./gradcheck.js";
export {
	detectAnomaly,
	enableGrad,
	inferenceMode,
	isAnomalyEnabled,
	noGrad,
	setDetectAnomaly,
	setGradEnabled,
} from "./mode.js";
export type { GradHook, GradNode } from "./node.js";
