/** The public names of `torch.webgpu`. */
export {
	configureWebgpu as configure,
	isWebgpuAvailable as isAvailable,
	type WebgpuConfiguration as Configuration,
} from "./backends/gpu.js";
