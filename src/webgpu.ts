/** The public names of `torch.webgpu`. */
export {
	configureWebgpu as configure,
	isWebgpuAvailable as isAvailable,
	type WebgpuConfiguration as Configuration,
	webgpuFeatures as features,
} from "./backends/gpu.js";
export type { Features, Wish } from "./backends/webgpu/features.js";
