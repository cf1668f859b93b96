/** PyTorch: `torch.autograd`. */
export { backward, type GradOptions, grad } from "./engine.js";
export { setDetectAnomaly } from "./mode.js";
export type { GradNode } from "./node.js";
