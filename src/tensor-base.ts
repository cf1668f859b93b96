// Symbol.dispose, for programs whose own target is older.
/// <reference lib="esnext.disposable" preserve="true" />
import { spareHandle } from "./autograd/handle.js";
import type { GradNode } from "./autograd/node.js";
import type { DeviceName } from "./backends/backend.js";
import { type DType, ITEM_SIZE } from "./dtype.js";
import { TensorDisposedError } from "./errors.js";
import type { Layout, Shape } from "./layout.js";
import { disown, keep, type Scope, track } from "./scope.js";
import type { Storage } from "./storage.js";
import { Rare, type TensorLease } from "./tensor/lease.js";
import type { Tensor } from "./tensor.js";

/** Whether a value is a tensor, for the layers below the Tensor class. */
export function isTensor(value: unknown): value is Tensor {
	return value instanceof TensorBase;
}

type Mutable = {
	-readonly [K in "storage" | "layout" | "dtype"]: TensorBase[K];
};

/**
 * The handle under the operations: storage, layout and type, and whose it is to
 * free: an Owned, which it does not say, as the published types lack its
 * internal members. All of a handle's fields are here, in the order in which
 * the layers above share them: each handle of a step pays for one more.
 */
export abstract class TensorBase {
	/** The memory that holds the elements; views share it. */
	readonly storage: Storage;
	/** Shape, strides and offset of the elements in `storage`. */
	readonly layout: Layout;
	readonly dtype: DType;
	/** @internal name of the operation that made it, for messages */
	madeBy = "tensor";
	/** @internal */
	home: Scope | null = null;
	/** @internal how many places of backward passes wait with it as a gradient */
	holds = 0;
	/** @internal how many views have this tensor as their base */
	protected views = 0;

	/** @internal */
	protected node: GradNode | null = null;
	/** @internal */
	protected leafRequiresGrad = false;
	/** @internal */
	protected disposed = false;
	/** @internal */
	protected rare: Rare | null = null;

	/** Takes over one reference to `storage`. */
	protected constructor(storage: Storage, layout: Layout, dtype: DType) {
		this.storage = storage;
		this.layout = layout;
		this.dtype = dtype;
		track(this);
	}

	/** @internal */
	protected get seldom(): Rare {
		this.rare ??= new Rare();
		return this.rare;
	}

	/** @internal which output of its node this is */
	get outputNr(): number {
		return this.rare === null ? 0 : this.rare.outputNr;
	}

	/** @internal */
	get lease(): TensorLease | null {
		return this.rare === null ? null : this.rare.lease;
	}

	set lease(value: TensorLease | null) {
		if (value !== null || this.rare !== null) this.seldom.lease = value;
	}

	/** @internal tensor whose storage this is a view of */
	get base(): Tensor | null {
		return (this.rare?.base ?? null) as Tensor | null;
	}

	/** @internal this tensor, by the type that the layers above give it */
	protected get self(): Tensor {
		return this as unknown as Tensor;
	}

	get shape(): Shape {
		return this.layout.shape;
	}

	/** Where the elements are: `'cpu'` or `'webgpu'`. */
	get device(): DeviceName {
		return this.storage.backend.device;
	}

	/** Number of dimensions. */
	dim(): number {
		return this.layout.shape.length;
	}

	/** Number of dimensions. */
	get ndim(): number {
		return this.layout.shape.length;
	}

	/** Number of elements. */
	numel(): number {
		return this.layout.numel;
	}

	/** Number of elements. PyTorch: `torch.Tensor.nelement`. */
	nelement(): number {
		return this.layout.numel;
	}

	/**
	 * Whether the dtype is a floating point type. PyTorch:
	 * `torch.Tensor.is_floating_point`.
	 */
	isFloatingPoint(): boolean {
		return this.dtype === "float32";
	}

	/** Strides in elements, or that of one dimension. */
	stride(): Shape;
	stride(dim: number): number;
	stride(dim?: number): Shape | number {
		if (dim === undefined) return this.layout.strides;
		return this.layout.strides[
			dim < 0 ? dim + this.layout.rank : dim
		] as number;
	}

	/** First element's place in the storage, in elements. */
	storageOffset(): number {
		return this.layout.offset;
	}

	/**
	 * Whether the elements lie in row-major order, without gaps. PyTorch:
	 * `torch.Tensor.is_contiguous`.
	 */
	isContiguous(): boolean {
		return this.layout.isContiguous;
	}

	/** Bytes of one element. PyTorch: `torch.Tensor.element_size`. */
	elementSize(): number {
		return ITEM_SIZE[this.dtype];
	}

	// Lifetime

	/** Whether the tensor was freed. */
	get isDisposed(): boolean {
		return this.disposed;
	}

	/** @throws TensorDisposedError */
	assertAlive(): void {
		if (this.disposed)
			throw new TensorDisposedError(
				`this tensor (made by ${this.madeBy}, shape [${this.shape.join(", ")}]) was freed: by dispose(), or at the end of the scope or loop body that made it. To use a tensor after that, call keep() on it there`,
			);
	}

	/**
	 * Takes the tensor out of its scope: it lives as long as something
	 * references it.
	 */
	keep(): this {
		this.assertAlive();
		keep(this);
		return this;
	}

	/** Frees the tensor now. Harmless if it was freed before. */
	dispose(): void {
		if (this.disposed) return;
		disown(this);
		this.release();
	}

	[Symbol.dispose](): void {
		this.dispose();
	}

	/**
	 * @internal `dispose()` by who knows that no user has this handle, and keeps
	 * no reference either: it will be another tensor.
	 */
	recycle(): void {
		if (this.disposed) return;
		const isPlain = this.rare === null && this.views === 0;
		this.dispose();
		if (isPlain) spareHandle(this.self);
	}

	/** @internal as `recycle()`, if no view has this tensor as its base */
	recycleUnlessShared(): void {
		if (this.storage.refs > 1) this.dispose();
		else this.recycle();
	}

	/** @internal */
	reuse(storage: Storage, layout: Layout, dtype: DType): void {
		const own = this as Mutable;
		own.storage = storage;
		own.layout = layout;
		own.dtype = dtype;
		this.madeBy = "tensor";
		this.holds = 0;
		this.leafRequiresGrad = false;
		this.disposed = false;
		track(this);
	}

	/** @internal frees what it holds, unless that was done */
	abstract release(): void;

	/** @internal what is to be freed once the handle was collected */
	abstract makeLease(): TensorLease;
}
