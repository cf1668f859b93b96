import { allocate, apply } from "../autograd/apply.js";
import type { BackwardOptions } from "../autograd/backward-pass.js";
import { backwardFrom } from "../autograd/engine.js";
import type { DeviceName } from "../backends/backend.js";
import { isCurrent, openBackend } from "../backends/devices.js";
import type { WebgpuBackend } from "../backends/webgpu/index.js";
import { type DType, ITEM_SIZE } from "../dtype.js";
import { DeviceError, DTypeError, ShapeError } from "../errors.js";
import { formatHeader, formatTensor } from "../format.js";
import { showShape } from "../layout.js";
import { clone, toCopy } from "../ops/unary.js";
import { detach } from "../ops/view.js";
import { stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import {
	isOptions,
	type MemoryFormatOptions,
	type NestedList,
} from "./arguments.js";
import { TensorAwaited } from "./awaited.js";

/** Methods that read the elements, and convert or move them. */
export abstract class TensorConversion extends TensorAwaited {
	// Reading and writing

	protected override dense(): Tensor {
		return this.layout.isContiguous ? this.self : this.detachedCopy();
	}

	private detachedCopy(): Tensor {
		const copy = allocate(this.storage.backend, this.shape, this.dtype);
		this.storage.backend.copy(this.self, copy);
		return copy;
	}

	/** The elements as nested arrays; a 0-dimensional tensor gives a plain value. */
	tolist(): Promise<NestedList> {
		const read = this.data();
		return stepAside(read.then((values) => this.nest(values)));
	}

	/** As `tolist()`, at once. @throws DeviceError on a device that cannot */
	tolistSync(): NestedList {
		return this.nest(this.dataSync());
	}

	private nest(values: ArrayLike<number>): NestedList {
		const { shape, dtype } = this;
		let at = 0;
		const level = (d: number): NestedList => {
			if (d === shape.length) {
				const v = values[at++] as number;
				return dtype === "bool" ? v !== 0 : v;
			}
			return Array.from({ length: shape[d] as number }, () => level(d + 1));
		};
		return level(0);
	}

	/** What PyTorch prints; a tensor that cannot be read at once prints its header. */
	override toString(): string {
		this.assertAlive();
		return this.printed(
			this.storage.backend.readSync === undefined ? null : this.dataSync(),
		);
	}

	/** As `toString()`, on any device. */
	async toStringAsync(): Promise<string> {
		return this.printed(await this.data());
	}

	private printed(values: ArrayLike<number> | null): string {
		const { shape, dtype } = this;
		const extras = {
			requiresGrad: this.requiresGrad,
			gradFn: this.gradFn?.name ?? null,
			device: this.device,
		};
		const text = values
			? formatTensor(values, shape, dtype, extras)
			: formatHeader(shape, dtype, extras);
		return this.madeBy === "Parameter"
			? `Parameter containing:\n${text}`
			: text;
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.isDisposed ? "tensor(<freed>)" : this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.isDisposed ? "tensor(<freed>)" : this.toString();
	}

	/**
	 * A copy with its own memory, whose elements lie in the order of this one's,
	 * or row by row with `memoryFormat: "contiguous"`.
	 */
	clone({ memoryFormat = "preserve" }: MemoryFormatOptions = {}): Tensor {
		return apply(clone, [this.self], {
			inOrder: memoryFormat === "contiguous",
		});
	}

	/** Itself if its elements lie in order, else a copy in which they do. */
	contiguous(): Tensor {
		return this.layout.isContiguous ? this.self : this.copied();
	}

	/** The same memory without history. */
	detach(): Tensor {
		return apply(detach, [this.self], undefined);
	}

	/**
	 * Converted to a dtype (at once), or moved to a device (awaited). A no-op
	 * returns this tensor.
	 */
	to(dtype: DType): Tensor;
	to(device: DeviceName): Promise<Tensor>;
	to(target: DType | DeviceName): Tensor | Promise<Tensor> {
		this.assertAlive();
		if (target === "cpu" || target === "webgpu") return this.toDevice(target);
		if (!(target in ITEM_SIZE))
			throw new DTypeError(
				`to(): ${String(target)} is neither a dtype (float32, int32, uint8, bool) nor a device (cpu, webgpu)`,
			);
		if (target === this.dtype) return this.self;
		return apply(toCopy, [this.self], { dtype: target });
	}

	private toDevice(device: DeviceName): Promise<Tensor> {
		if (isCurrent(this.storage.backend, device))
			return stepAside<Tensor>(this.self);
		return stepAside(this.moved(device));
	}

	private async moved(device: DeviceName): Promise<Tensor> {
		const { dtype, shape } = this;
		const requires = this.requiresGrad && this.isLeaf;
		const values = await this.data();
		const backend = await stepAside(openBackend(device));
		const there = allocate(backend, shape, dtype);
		backend.write(
			there.storage.handle,
			0,
			new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
		);
		if (requires) there.requiresGrad_(true);
		return there;
	}

	/**
	 * The buffer in which the elements lie, without a copy: row-major from byte 0,
	 * four bytes each (float32, int32) or one (uint8, bool). It is there to read or
	 * write on the same `GPUDevice` for as long as this tensor lives. Call this before each
	 * submission of your own: it submits what was recorded until then. Autograd does not see
	 * what you write.
	 * @throws DeviceError unless on `'webgpu'`, ShapeError for a view that is not all of its storage in order
	 */
	gpuBuffer(): GPUBuffer {
		this.assertAlive();
		const { backend, handle } = this.storage;
		if (backend.device !== "webgpu")
			throw new DeviceError(
				`gpuBuffer(): this tensor is on '${backend.device}'. Move it first with await t.to('webgpu')`,
			);
		if (!this.layout.isContiguous || this.layout.offset !== 0)
			throw new ShapeError(
				`gpuBuffer(): this tensor is a view with strides ${showShape(this.layout.strides)} and offset ${this.layout.offset}, but elements must lie in order from the buffer's start. Use t.clone({ memoryFormat: "contiguous" }).gpuBuffer(), and keep the clone`,
			);
		return (backend as WebgpuBackend).expose(handle);
	}

	/**
	 * On the cpu device: itself if it is there. PyTorch: `torch.Tensor.cpu`, here
	 * awaited as every way from a device is.
	 */
	cpu(): Promise<Tensor> {
		return this.to("cpu");
	}

	/** Converted to the other's dtype. PyTorch: `torch.Tensor.type_as`. */
	typeAs(other: Tensor): Tensor {
		return this.to(other.dtype);
	}

	/** Converted to float32. PyTorch: `torch.Tensor.float`. */
	float(): Tensor {
		return this.to("float32");
	}

	/** Converted to int32. PyTorch: `torch.Tensor.int`. */
	int(): Tensor {
		return this.to("int32");
	}

	/** PyTorch's int64, for which int32 stands. */
	long(): Tensor {
		return this.to("int32");
	}

	/** Converted to uint8. PyTorch: `torch.Tensor.byte`. */
	byte(): Tensor {
		return this.to("uint8");
	}

	/**
	 * Converted to bool: whether an element is not 0. PyTorch:
	 * `torch.Tensor.bool`.
	 */
	bool(): Tensor {
		return this.to("bool");
	}

	// Autograd

	/**
	 * Adds the gradients of this scalar (or of its product with `gradient`) to
	 * the `grad` of every leaf that led to it.
	 * @throws AutogradError without history, without `gradient` for more than
	 * one element, and a second time unless `retainGraph`
	 */
	backward(
		gradient?: Tensor | null | BackwardOptions,
		options?: BackwardOptions,
	): void {
		if (isOptions<BackwardOptions & { gradient?: Tensor }>(gradient))
			backwardFrom(this.self, gradient.gradient ?? null, gradient);
		else backwardFrom(this.self, (gradient as Tensor) ?? null, options);
	}
}
