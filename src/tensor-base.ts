// Symbol.dispose, for programs whose own target is older.
/// <reference lib="esnext.disposable" preserve="true" />
import { adoptGrad } from "./autograd/engine.js";
import { newHandle, spareHandle } from "./autograd/handle.js";
import { isFromInference } from "./autograd/mode.js";
import { type GradHook, GradNode } from "./autograd/node.js";
import type { DeviceName } from "./backends/backend.js";
import { type DType, ITEM_SIZE, type TypedArray, typedView } from "./dtype.js";
import { AutogradError, DeviceError, TensorDisposedError } from "./errors.js";
import { Layout, type Shape, sameShape } from "./layout.js";
import { viewHistory, writeThroughView } from "./ops/view-history.js";
import {
	disown,
	keep,
	type Lease,
	type Scope,
	stepAside,
	track,
} from "./scope.js";
import { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** Whether a value is a tensor, for the layers below the Tensor class. */
export function isTensor(value: unknown): value is Tensor {
	return value instanceof TensorBase;
}

/** @throws AutogradError in PyTorch's words */
function assertGradFits(of: Tensor, grad: Tensor): void {
	const wrong = !isTensor(grad)
		? `expected to be a Tensor or None but got grad of type ${typeof grad}`
		: grad.dtype !== of.dtype
			? "has data of a different type"
			: grad.device !== of.device
				? "has data located on a different device"
				: sameShape(grad.shape, of.shape)
					? null
					: "has data of a different size";
	if (wrong !== null) throw new AutogradError(`assigned grad ${wrong}`);
	grad.assertAlive();
}

class TensorLease implements Lease {
	/** The tensor's gradient, and whether the user may have it. */
	grad: Tensor | null = null;
	gradSeen = false;

	/** What the tensor is a view of. */
	base: TensorBase | null = null;

	constructor(
		public storage: Storage,
		public node: GradNode | null,
	) {}

	release(): void {
		this.storage.release();
		this.node?.release();
		this.base?.dropView();
		// one that was freed must not be released a second time
		if (this.grad === null || this.grad.isDisposed) return;
		if (this.gradSeen) keep(this.grad);
		else this.grad.dispose();
	}
}

/**
 * What few tensors have: leaves, views, those under the net. A step of training
 * makes dozens of handles, and each field would cost every one of them.
 */
class Rare {
	outputNr = 0;
	lease: TensorLease | null = null;
	base: TensorBase | null = null;
	viewVersion = 0;
	sink: GradNode | null = null;
	grad: Tensor | null = null;
	gradSeen = false;
}

/**
 * The lease frees the gradient of a tensor that was collected. Not one with
 * a history, which leads back here: the tensor would never be collected.
 */
function leaseGrad(rare: Rare): void {
	if (rare.lease === null) return;
	rare.lease.grad = rare.grad?.requiresGrad ? null : rare.grad;
	rare.lease.gradSeen = rare.gradSeen;
}

type Mutable = {
	-readonly [K in "storage" | "layout" | "dtype"]: TensorBase[K];
};

/**
 * The handle under the operations: storage, layout and type, the place in the
 * graph, and whose it is to free: an Owned, which it does not say, as the
 * published types lack its internal members.
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
	/** How many views have this tensor as their base. */
	private views = 0;

	private node: GradNode | null = null;
	private leafRequiresGrad = false;
	private disposed = false;
	private rare: Rare | null = null;

	/** Takes over one reference to `storage`. */
	protected constructor(storage: Storage, layout: Layout, dtype: DType) {
		this.storage = storage;
		this.layout = layout;
		this.dtype = dtype;
		track(this);
	}

	private get seldom(): Rare {
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

	// History

	/**
	 * Whether operations with this tensor are recorded for gradients. PyTorch:
	 * `torch.Tensor.requires_grad`.
	 * @throws AutogradError to switch it on unless float32
	 */
	get requiresGrad(): boolean {
		return this.leafRequiresGrad || this.node !== null;
	}

	set requiresGrad(value: boolean) {
		this.requiresGrad_(value);
	}

	/**
	 * Whether operations on this leaf are recorded, from now on.
	 * @throws AutogradError unless float32, or to switch it off for a result
	 */
	requiresGrad_(value = true): Tensor {
		this.assertAlive();
		if (value && this.dtype !== "float32")
			throw new AutogradError(
				`only Tensors of floating point dtype can require gradients, but this one is ${this.dtype}`,
			);
		if (value && isFromInference(this.storage))
			throw new AutogradError(
				"Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
			);
		if (!value && this.node !== null)
			throw new AutogradError(
				"you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
			);
		this.leafRequiresGrad = value && this.node === null;
		return this.self;
	}

	/** Whether it was made in inference mode. PyTorch: `torch.Tensor.is_inference`. */
	isInference(): boolean {
		return this.storage.isInference;
	}

	/** How often its memory was written in place. PyTorch: `torch.Tensor._version`. */
	get _version(): number {
		return this.storage.version;
	}

	/** Whether `retainGrad` was called on this result. PyTorch: `torch.Tensor.retains_grad`. */
	get retainsGrad(): boolean {
		return this.node?.retained?.[this.outputNr] !== undefined;
	}

	/** Whether it was made by the user rather than by a recorded operation. */
	get isLeaf(): boolean {
		return this.node === null;
	}

	/** The recorded operation that made it; `gradFn.name` as PyTorch prints it. */
	get gradFn(): GradNode | null {
		return this.gradHistory()?.show() ?? null;
	}

	/** The gradient that `backward()` accumulated; null before. */
	get grad(): Tensor | null {
		const rare = this.seldom;
		rare.gradSeen = true;
		if (rare.lease) rare.lease.gradSeen = true;
		return rare.grad;
	}

	set grad(value: Tensor | null) {
		if (value === this.peekGrad()) return;
		if (value) assertGradFits(this.self, value);
		this.dropGrad();
		const rare = this.seldom;
		if (value) {
			rare.gradSeen = true;
			adoptGrad(value);
		}
		rare.grad = value;
		leaseGrad(rare);
	}

	/** @internal the gradient, without the user having seen it */
	peekGrad(): Tensor | null {
		return this.rare === null ? null : this.rare.grad;
	}

	/** @internal takes `grad` over; nobody else frees it */
	setGrad(grad: Tensor): void {
		this.dropGrad();
		const rare = this.seldom;
		rare.grad = grad;
		rare.gradSeen = false;
		leaseGrad(rare);
	}

	/** @internal forgets the gradient: freed at once if nobody can have it */
	dropGrad(): void {
		const rare = this.rare;
		if (rare === null || rare.grad === null) return;
		const grad = rare.grad;
		rare.grad = null;
		leaseGrad(rare);
		if (!rare.gradSeen) grad.recycleUnlessShared();
		else if (grad.home === null && grad.lease === null && !grad.isDisposed)
			track(grad);
		rare.gradSeen = false;
	}

	/** Keeps the gradient of a result too in `grad`. PyTorch: `retain_grad`. */
	retainGrad(): void {
		const node = this.gradHistory();
		if (node === null) {
			if (!this.requiresGrad)
				throw new AutogradError(
					"can't retain_grad on Tensor that has requires_grad=False",
				);
			return;
		}
		node.retained ??= [];
		node.retained[this.outputNr] = new WeakRef(this.self);
	}

	/**
	 * Calls `hook` with this tensor's gradient when it is known; what it
	 * returns, if anything, takes the gradient's place.
	 */
	registerHook(hook: GradHook): { remove(): void } {
		if (!this.requiresGrad)
			throw new AutogradError(
				"cannot register a hook on a tensor that doesn't require gradient",
			);
		const node = this.gradEdge() as GradNode;
		node.hooks ??= [];
		const hooks = node.hooks[this.outputNr] ?? [];
		node.hooks[this.outputNr] = hooks;
		hooks.push(hook);
		return {
			remove() {
				const at = hooks.indexOf(hook);
				if (at >= 0) hooks.splice(at, 1);
			},
		};
	}

	/** @internal the node of a result, brought up to date if its base was written to */
	gradHistory(): GradNode | null {
		const rare = this.rare;
		if (rare === null) return this.node;
		const { base } = this;
		if (
			base !== null &&
			rare.viewVersion !== this.storage.version &&
			base.requiresGrad &&
			!base.isLeaf
		) {
			rare.viewVersion = this.storage.version;
			this.setHistory(viewHistory(base, this.self), 0);
		}
		return this.node;
	}

	/** @internal where a gradient of this tensor is delivered */
	gradEdge(): GradNode | null {
		const node = this.gradHistory();
		if (node !== null) return node;
		if (!this.leafRequiresGrad) return null;
		const rare = this.seldom;
		rare.sink ??= new GradNode("AccumulateGrad", null, undefined, this.self);
		return rare.sink;
	}

	/** @internal */
	setHistory(node: GradNode, nr: number): void {
		node.retain();
		this.node?.release();
		this.node = node;
		this.leafRequiresGrad = false;
		if (nr !== 0) this.seldom.outputNr = nr;
		const rare = this.rare;
		if (rare === null) return;
		rare.outputNr = nr;
		if (rare.lease) rare.lease.node = node;
	}

	/** @internal after an in-place operation whose node is `node` */
	rebaseHistory(node: GradNode): void {
		const base = this.base;
		if (base === null) {
			this.setHistory(node, 0);
			return;
		}
		base.setHistory(writeThroughView(base, this.self, node), 0);
		this.seldom.viewVersion = -1;
		this.gradHistory();
	}

	/** @internal */
	setBase(of: Tensor): void {
		const rare = this.seldom;
		const base = (of as unknown as TensorBase).root;
		rare.base = base;
		rare.viewVersion = this.storage.version;
		base.views++;
		if (rare.lease) rare.lease.base = base;
	}

	private get root(): TensorBase {
		return this.rare?.base ?? this;
	}

	/** @internal what was made as a view is none for the graph */
	forgetBase(): void {
		const rare = this.rare;
		if (rare === null || rare.base === null) return;
		rare.base.dropView();
		rare.base = null;
		if (rare.lease) rare.lease.base = null;
	}

	/** @internal for a view that goes */
	dropView(): void {
		this.views--;
		if (this.disposed) this.dropHistory();
	}

	/** A freed tensor's history, once no view goes on from it. */
	private dropHistory(): void {
		const { node } = this;
		if (node === null || this.views > 0) return;
		// which may be another operation's from now on
		this.node = null;
		this.leafRequiresGrad = true;
		node.release();
	}

	/**
	 * @internal this leaf as a handle on the memory of `source` from now on.
	 * PyTorch: `param.data = source.data`
	 */
	setData(source: Tensor): void {
		this.assertAlive();
		source.assertAlive();
		const before = this.storage;
		Object.assign(this, {
			storage: source.storage.retain(),
			layout: source.layout,
			dtype: source.dtype,
		});
		if (this.lease) this.lease.storage = this.storage;
		before.release();
	}

	/** @internal a second handle on the same memory and history */
	alias(): Tensor {
		const other = newHandle(this.storage.retain(), this.layout, this.dtype);
		const node = this.gradHistory();
		if (node) other.setHistory(node, this.outputNr);
		return other;
	}

	/** @internal a copy with this tensor's history, before it is overwritten */
	valuesBefore(): Tensor {
		const { backend } = this.storage;
		const copy = newHandle(
			Storage.of(backend, this.numel() * ITEM_SIZE[this.dtype]),
			Layout.contiguous(this.shape),
			this.dtype,
		);
		backend.copy(this, copy);
		const node = this.gradHistory();
		if (node) copy.setHistory(node, this.outputNr);
		return copy;
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

	/** @internal */
	release(): void {
		if (this.disposed) return;
		this.disposed = true;
		this.dropGrad();
		this.storage.release();
		this.dropHistory();
		this.rare?.base?.dropView();
	}

	/** @internal */
	makeLease(): TensorLease {
		const lease = new TensorLease(this.storage, this.node);
		const rare = this.rare;
		if (rare !== null) {
			lease.grad = rare.grad?.requiresGrad ? null : rare.grad;
			lease.gradSeen = rare.gradSeen;
			lease.base = rare.base;
		}
		return lease;
	}

	// Reading

	/** @internal a contiguous layout, over this storage or a temporary copy's */
	protected abstract dense(): Tensor;

	/**
	 * The elements in row-major order, as a copy: Float32Array, Int32Array, or
	 * Uint8Array for uint8 and bool.
	 */
	data(): Promise<TypedArray> {
		this.assertAlive();
		const source = this.dense();
		const { backend, handle } = source.storage;
		const size = ITEM_SIZE[this.dtype];
		const n = this.numel();
		const read =
			backend.readSync !== undefined
				? backend.readSync(handle, source.layout.offset * size, n * size)
				: backend.read(handle, source.layout.offset * size, n * size);
		const typed =
			read instanceof Uint8Array
				? this.typed(read)
				: read.then((bytes) => this.typed(bytes));
		if (source !== this.self) source.dispose();
		return stepAside(typed);
	}

	/** As `data()`, at once. @throws DeviceError on a device that cannot */
	dataSync(): TypedArray {
		this.assertAlive();
		const { backend } = this.storage;
		if (backend.readSync === undefined)
			throw new DeviceError(
				`a ${backend.device} tensor cannot be read synchronously. Use await data(), await item() or await tolist()`,
			);
		const source = this.dense();
		const size = ITEM_SIZE[this.dtype];
		const bytes = backend.readSync(
			source.storage.handle,
			source.layout.offset * size,
			this.numel() * size,
		);
		if (source !== this.self) source.dispose();
		return this.typed(bytes);
	}

	private typed(bytes: Uint8Array): TypedArray {
		return typedView(this.dtype, bytes.buffer, bytes.byteOffset, this.numel());
	}

	/**
	 * The one element, as a number, or as a boolean if that is its type.
	 * @throws AutogradError if there is not exactly one
	 */
	item(): Promise<number> {
		this.assertScalar();
		const { backend } = this.storage;
		if (backend.readSync !== undefined)
			return stepAside(this.itemSync() as number);
		const size = ITEM_SIZE[this.dtype];
		return stepAside(
			backend
				.read(this.storage.handle, this.layout.offset * size, size)
				.then((bytes) => this.scalarOf(bytes) as number),
		);
	}

	/** As `item()`, at once. @throws DeviceError on a device that cannot */
	itemSync(): number {
		this.assertScalar();
		const { backend } = this.storage;
		if (backend.readSync === undefined) return this.dataSync()[0] as number;
		const size = ITEM_SIZE[this.dtype];
		if (backend.readItem && this.dtype !== "bool")
			return backend.readItem(
				this.storage.handle,
				this.layout.offset * size,
				this.dtype,
			);
		return this.scalarOf(
			backend.readSync(this.storage.handle, this.layout.offset * size, size),
		) as number;
	}

	private assertScalar(): void {
		this.assertAlive();
		if (this.numel() !== 1)
			throw new AutogradError(
				`a Tensor with ${this.numel()} elements cannot be converted to Scalar. Use data() or tolist() for all of them`,
			);
	}

	private scalarOf(bytes: Uint8Array): number | boolean {
		const value = typedView(this.dtype, bytes.buffer, bytes.byteOffset, 1)[0];
		return this.dtype === "bool" ? value !== 0 : (value as number);
	}
}
