import type { DeviceError } from "../../errors.js";
import type { Backend, Handle, Kernels } from "../backend.js";
import { crossEntropyKernels } from "./cross-entropy.js";
import { elementwiseKernels } from "./elementwise.js";
import { watch } from "./faults.js";
import { type Features, NO_FEATURES } from "./features.js";
import { imageKernels } from "./image.js";
import { indexingKernels } from "./indexing.js";
import { lookupKernels } from "./lookup.js";
import { matmulKernels } from "./matmul.js";
import type { Block } from "./memory.js";
import { optimKernels } from "./optim.js";
import { Queue, type QueueStats } from "./queue.js";
import { reduceKernels } from "./reduce.js";
import { scanKernels } from "./scan.js";
import { softmaxKernels } from "./softmax.js";

/** The GPU behind `Backend`. */
export interface WebgpuBackend extends Backend {
	readonly gpu: GPUDevice;
	/** What is in use of what the device has beyond WebGPU's least. */
	readonly features: Features;
	/** Why it can be used no more; null while it can. */
	readonly lost: DeviceError | null;
	/** Submits what is recorded. Reading does so itself. */
	flush(): void;
	/** The buffer of a block, once all that was recorded is submitted. */
	expose(handle: Handle): GPUBuffer;
	/** A block over a buffer of the user's. @throws ShapeError, DeviceError, OutOfMemoryError */
	adopt(buffer: GPUBuffer, bytes: number): Handle;
	/** Counters for tests. */
	readonly stats: QueueStats;
}

export {
	assertLimits,
	type Features,
	featuresFor,
	namesOf,
	type Wish,
} from "./features.js";

/**
 * The GPU device: every kernel is recorded and runs when a result is read.
 * @param features to be used; the device has them
 */
export function createWebgpuBackend(
	device: GPUDevice,
	features: Features = NO_FEATURES,
): WebgpuBackend {
	const q = new Queue(device, features);
	const elementwise = elementwiseKernels(q);
	const reduce = reduceKernels(q, elementwise);
	const kernels: Kernels = {
		...elementwise,
		...reduce,
		...scanKernels(q),
		...indexingKernels(q),
		...imageKernels(q),
		...matmulKernels(q),
		...softmaxKernels(q),
		...crossEntropyKernels(q, { ...elementwise, ...reduce }),
		...lookupKernels(q),
		...optimKernels(q),
	};
	return {
		...kernels,
		device: "webgpu",
		gpu: device,
		features,
		get lost() {
			return q.lost;
		},
		flush: () => q.flush(),
		expose: (handle) => q.expose(handle as Block),
		adopt: (buffer, bytes) => q.pool.adopt(buffer, bytes),
		stats: q.stats,
		alloc: (bytes) => q.pool.alloc(bytes),
		free: (handle) => q.release(handle as Block),
		write: (handle, at, bytes) => q.write(handle as Block, at, bytes),
		read: (handle, at, bytes) => q.read(handle as Block, at, bytes),
		watch: (index, low, high, blame) => watch(q, index, low, high, blame),
		memory: () => q.pool.memory(),
	};
}
