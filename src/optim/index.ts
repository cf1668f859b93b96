/** Optimizers. PyTorch: `torch.optim`. */
export { Adagrad, type AdagradGroup, type AdagradOptions } from "./adagrad.js";
export {
	Adam,
	type AdamGroup,
	type AdamOptions,
	AdamW,
	type AdamWGroup,
	type AdamWOptions,
} from "./adam.js";
export * as lrScheduler from "./lr-scheduler.js";
export {
	type GroupInput,
	Optimizer,
	type ParameterState,
	type ParamGroup,
	type ParamsInput,
} from "./optimizer.js";
export { RMSprop, type RMSpropGroup, type RMSpropOptions } from "./rmsprop.js";
export { SGD, type SGDGroup, type SGDOptions } from "./sgd.js";
export type { OptimizerState } from "./state.js";
export * as swaUtils from "./swa-utils.js";
