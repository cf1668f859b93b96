import type { Backend } from "../backend.js";
import { contractionKernels } from "./contraction.js";
import type { Core } from "./core.js";
import { lookupKernels } from "./lookup.js";
import { memoryOf } from "./memory.js";
import { optimKernels } from "./optim.js";
import { softmaxKernels } from "./softmax.js";

/** The CPU device: every kernel runs in the WebAssembly core. */
export function createCpuBackend(core: Core): Backend {
	return {
		device: "cpu",
		...memoryOf(core),
		...contractionKernels(core),
		...softmaxKernels(core),
		...lookupKernels(core),
		...optimKernels(core),
	} as Backend;
}
