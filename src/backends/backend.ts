import type { DType } from "../dtype.js";
import type { Kernels } from "./kernels.js";
import type { AugmentKernels, BackgroundKernels } from "./optional-kernels.js";
import type { Blame, DeviceName, Handle, View } from "./view.js";

export type * from "./kernels.js";
export type * from "./optional-kernels.js";
export type * from "./random-source.js";
export type * from "./view.js";

export interface BackendMemory {
	/** Bytes in blocks that are in use. */
	bytes: number;
	/** The most that was ever in use at once. */
	peakBytes: number;
	/** Bytes taken from the system: by blocks in use, and by free ones. */
	reservedBytes: number;
}

/** One device: its memory and its kernels. Knows no gradient and no module. */
export interface Backend extends Kernels {
	readonly device: DeviceName;
	/** Absent where a device gains nothing by it. */
	readonly background?: BackgroundKernels;
	/** Absent where batches are not augmented: loaders make them on the cpu. */
	readonly augment?: AugmentKernels;
	/** @throws OutOfMemoryError with the state before the call intact */
	alloc(bytes: number): Handle;
	free(handle: Handle, bytes: number): void;
	/** Copies host bytes into a block, from byte `at` on. */
	write(handle: Handle, at: number, bytes: Uint8Array): void;
	/** Copies a part of a block into host memory. */
	read(handle: Handle, at: number, bytes: number): Promise<Uint8Array>;
	/** As `read`, at once; absent where the device cannot. */
	readSync?(handle: Handle, at: number, bytes: number): Uint8Array;
	/** One element, `at` bytes from the start (bool: 0 or 1); where `readSync` is. */
	readItem?(handle: Handle, at: number, dtype: DType): number;
	/**
	 * Where there is no `readSync`: if an entry of `index` (any but float32) is not
	 * in [low, high), the next `read` fails with what `blame` says.
	 */
	watch?(index: View, low: number, high: number, blame: Blame): void;
	memory(): BackendMemory;
}
