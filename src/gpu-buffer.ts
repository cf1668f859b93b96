import { newHandle } from "./autograd/handle.js";
import { readyBackend } from "./backends/devices.js";
import type { WebgpuBackend } from "./backends/webgpu/index.js";
import { type DType, ITEM_SIZE } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { Layout, type Shape, showShape } from "./layout.js";
import { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** What a tensor over a GPU's buffer is told. */
export interface GPUBufferOptions<D extends DType = DType> {
	/** What the bytes are; float32 if left out. */
	readonly dtype?: D;
	/** Whether operations are recorded for gradients; float32 only. */
	readonly requiresGrad?: boolean;
}

/**
 * A tensor over a buffer of your own, without a copy: its elements are the
 * first of the buffer, in row-major order, four bytes each (float32, int32) or one (uint8, bool).
 *
 * The buffer must be of the device that Torchlet uses (hand yours in with
 * `torch.webgpu.configure({ device })` before the first `to('webgpu')`), have STORAGE, COPY_SRC and
 * COPY_DST among its usages, and a size that is a multiple of 16. It stays yours: freeing the tensor
 * does not destroy it, and it must outlive the tensor. To read on the GPU what operations
 * wrote into it, call `tensor.gpuBuffer()` first, which submits them.
 * @throws DeviceError if 'webgpu' has not been started, ShapeError if the buffer is too small
 */
export function fromGPUBuffer<
	const S extends Shape,
	D extends DType = "float32",
>(
	buffer: GPUBuffer,
	shape: S,
	options: GPUBufferOptions<D> = {},
): Tensor<D, S> {
	const { dtype = "float32" as D, requiresGrad = false } = options;
	if (!(dtype in ITEM_SIZE))
		throw new DTypeError(
			`there is no dtype ${String(dtype)}: use 'float32', 'int32', 'uint8' or 'bool'`,
		);
	if (shape.some((n) => !Number.isInteger(n) || n < 0))
		throw new ShapeError(
			`sizes must be whole numbers from 0 on, but found ${showShape(shape)}`,
		);
	const backend = readyBackend("webgpu") as WebgpuBackend;
	const layout = Layout.contiguous(shape);
	const bytes = layout.numel * ITEM_SIZE[dtype];
	const storage = Storage.of(backend, bytes, backend.adopt(buffer, bytes));
	const t = newHandle(storage, layout, dtype);
	t.madeBy = "fromGPUBuffer";
	if (requiresGrad) t.requiresGrad_(true);
	return t as Tensor<D, S>;
}
