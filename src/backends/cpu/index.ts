import type { Backend } from "../backend.js";
import { augmentKernels } from "./augment.js";
import { backgroundKernels } from "./background.js";
import { contractionKernels } from "./contraction.js";
import { copyKernels } from "./copy.js";
import type { Core } from "./core.js";
import { elementwiseKernels } from "./elementwise.js";
import { imageKernels } from "./image.js";
import { indexingKernels } from "./indexing.js";
import { lookupKernels } from "./lookup.js";
import { memoryOf } from "./memory.js";
import { optimKernels } from "./optim.js";
import { reduceKernels } from "./reduce.js";
import { scanKernels } from "./scan.js";
import { softmaxKernels } from "./softmax.js";

/** The CPU device: every kernel runs in the WebAssembly core. */
export function createCpuBackend(core: Core): Backend {
	return {
		device: "cpu",
		...memoryOf(core),
		...elementwiseKernels(core),
		...copyKernels(core),
		...reduceKernels(core),
		...scanKernels(core),
		...indexingKernels(core),
		...imageKernels(core),
		...contractionKernels(core),
		...softmaxKernels(core),
		...lookupKernels(core),
		...optimKernels(core),
		background: backgroundKernels(core),
		augment: augmentKernels(core),
	};
}
