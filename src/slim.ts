/**
 * Every public name of Torchlet, without the inlined core: for a strict
 * Content-Security-Policy and edge runtimes, which hand it in with
 * `configure({ wasmModule })`.
 */
export * as autograd from "./autograd/index.js";
export {
	enableGrad,
	inferenceMode,
	isGradEnabled,
	noGrad,
	setGradEnabled,
} from "./autograd/mode.js";
export type { DeviceName } from "./backends/backend.js";
export {
	type Capabilities,
	type Configuration,
	capabilities,
	configure,
	type MemoryStats,
	memory,
} from "./backends/devices.js";
export { getNumThreads, setNumThreads } from "./backends/threads.js";
export * from "./creation.js";
export * from "./data/index.js";
export type { DType } from "./dtype.js";
export * from "./errors.js";
export { type PrintOptions, setPrintoptions } from "./format.js";
export * from "./functions.js";
export {
	Generator,
	initialSeed,
	manualSeed,
} from "./generator.js";
export { fromGPUBuffer, type GPUBufferOptions } from "./gpu-buffer.js";
export type { Shape } from "./layout.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export * from "./predictor/index.js";
export { scope } from "./scope.js";
export {
	decode,
	encode,
	load,
	type Saved,
	save,
} from "./serialization/index.js";
export {
	type NestedList,
	Tensor,
	ValuesIndices,
} from "./tensor.js";
export * as webgpu from "./webgpu.js";
