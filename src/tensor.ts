import { allocate, apply, applyInPlace } from "./autograd/apply.js";
import { type BackwardOptions, backward } from "./autograd/engine.js";
import { bindHandleMaker, newHandle } from "./autograd/handle.js";
import type { DeviceName } from "./backends/backend.js";
import { openBackend } from "./backends/devices.js";
import { type DType, ITEM_SIZE } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { formatTensor } from "./format.js";
import { inferShape, type Layout, type Shape, wrapDim } from "./layout.js";
import { binaries, type Operand2, relations, where } from "./ops/binary.js";
import * as indexing from "./ops/indexing.js";
import * as losses from "./ops/loss.js";
import * as products from "./ops/matmul.js";
import { matmul } from "./ops/matmul-ranks.js";
import * as reduce from "./ops/reduce.js";
import {
	bitwiseNot,
	clamp,
	clone,
	copyInto,
	fill,
	questions,
	toCopy,
	type UnaryOpName,
	unaries,
} from "./ops/unary.js";
import * as views from "./ops/view.js";
import { stepAside } from "./scope.js";
import type { Storage } from "./storage.js";
import { TensorBase } from "./tensor-base.js";

/** Sizes or dimensions: spread, or as one array. */
export type Sizes = readonly number[] | readonly [readonly number[]];

/** @internal */
export function sizes(args: Sizes): readonly number[] {
	const first = args[0];
	return typeof first === "object" ? first : (args as readonly number[]);
}

export type Dims = number | readonly number[] | null;

export interface KeepDim {
	readonly keepdim?: boolean;
}

/** Nested arrays of numbers or booleans, as `tolist` gives them. */
export type NestedList = number | boolean | NestedList[];

/** Values with the positions they came from; also iterable, as PyTorch's tuple. */
export class ValuesIndices {
	constructor(
		readonly values: Tensor,
		readonly indices: Tensor,
	) {}

	*[Symbol.iterator](): IterableIterator<Tensor> {
		yield this.values;
		yield this.indices;
	}
}

export interface AddOptions {
	/** Multiplies the other operand. */
	readonly alpha?: number;
}

export interface ClampOptions {
	readonly min?: Operand2 | null;
	readonly max?: Operand2 | null;
}

export interface DivOptions {
	readonly roundingMode?: "floor" | "trunc" | null;
}

const NO_PARAMS = { p0: 0, p1: 0 };

/**
 * A multi-dimensional array that records what is done with it.
 * PyTorch: `torch.Tensor`; methods have PyTorch's names in camelCase.
 */
export class Tensor extends TensorBase {
	/** @internal users make tensors with `tensor`, `zeros`, `rand` … */
	constructor(storage: Storage, layout: Layout, dtype: DType) {
		super(storage, layout, dtype);
	}

	// Reading and writing

	/** Size of one dimension, or all of them. */
	size(): Shape;
	size(dim: number): number;
	size(dim?: number): Shape | number {
		if (dim === undefined) return this.shape;
		return this.shape[wrapDim(dim, this.shape.length)] as number;
	}

	/** Length of the first dimension. */
	get length(): number {
		if (this.shape.length === 0) throw new ShapeError("len() of a 0-d tensor");
		return this.shape[0] as number;
	}

	protected override dense(): Tensor {
		return this.layout.isContiguous ? this : this.detachedCopy();
	}

	private detachedCopy(): Tensor {
		const copy = allocate(this.storage.backend, this.shape, this.dtype);
		this.storage.backend.copy(this, copy);
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
		if (this.storage.backend.readSync === undefined)
			return `tensor(..., device='${this.device}', size=(${this.shape.join(", ")}), dtype=torch.${this.dtype})`;
		return this.printed(this.dataSync());
	}

	/** As `toString()`, on any device. */
	async toStringAsync(): Promise<string> {
		return this.printed(await this.data());
	}

	/** @internal */
	protected printed(values: ArrayLike<number>): string {
		return formatTensor(values, this.shape, this.dtype, {
			requiresGrad: this.requiresGrad,
			gradFn: this.gradFn?.name ?? null,
			device: this.device,
		});
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.isDisposed ? "tensor(<freed>)" : this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.isDisposed ? "tensor(<freed>)" : this.toString();
	}

	// New tensors beside this one

	/** @internal undefined contents, same device */
	newEmpty(shape: Shape, dtype: DType = this.dtype): Tensor {
		this.assertAlive();
		return allocate(this.storage.backend, shape, dtype);
	}

	newFull(shape: Shape, value: number, dtype: DType = this.dtype): Tensor {
		const t = this.newEmpty(shape, dtype);
		t.storage.backend.fill(t, value);
		t.madeBy = "full";
		return t;
	}

	newZeros(...shape: Sizes): Tensor {
		return this.newFull(sizes(shape), 0);
	}

	newOnes(...shape: Sizes): Tensor {
		return this.newFull(sizes(shape), 1);
	}

	zerosLike(): Tensor {
		return this.newFull(this.shape, 0);
	}

	onesLike(): Tensor {
		return this.newFull(this.shape, 1);
	}

	/** @internal another layout over this storage, outside of the graph */
	overLayout(layout: Layout): Tensor {
		return newHandle(this.storage.retain(), layout, this.dtype);
	}

	/** A copy with its own memory. */
	clone(): Tensor {
		return apply(clone, [this], undefined);
	}

	/** Itself if its elements lie in order, else a copy in which they do. */
	contiguous(): Tensor {
		return this.layout.isContiguous ? this : this.clone();
	}

	/** The same memory without history. */
	detach(): Tensor {
		return apply(views.detach, [this], undefined);
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
		if (target === this.dtype) return this;
		return apply(toCopy, [this], { dtype: target });
	}

	private toDevice(device: DeviceName): Promise<Tensor> {
		if (device === this.device) return stepAside<Tensor>(this);
		return stepAside(this.moved(device));
	}

	private async moved(device: DeviceName): Promise<Tensor> {
		const { dtype, shape } = this;
		const requires = this.requiresGrad && this.isLeaf;
		const values = await this.data();
		const backend = await openBackend(device);
		const there = allocate(backend, shape, dtype);
		backend.write(
			there.storage.handle,
			0,
			new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
		);
		if (requires) there.requiresGrad_(true);
		return there;
	}

	float(): Tensor {
		return this.to("float32");
	}

	int(): Tensor {
		return this.to("int32");
	}

	/** PyTorch's int64, for which int32 stands. */
	long(): Tensor {
		return this.to("int32");
	}

	byte(): Tensor {
		return this.to("uint8");
	}

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
	backward(gradient?: Tensor | null, options?: BackwardOptions): void {
		backward([this], [gradient ?? null], options);
	}

	// Shape

	/** The same memory under another shape. @throws ShapeError if that needs a copy */
	view(...shape: Sizes): Tensor {
		return apply(views.view, [this], { shape: sizes(shape) });
	}

	/** A view under another shape where possible, else a copy. */
	reshape(...shape: Sizes): Tensor {
		this.assertAlive();
		const to = inferShape(sizes(shape), this.layout.numel);
		return apply(
			this.layout.viewAs(to) ? views.view : views.reshapeCopy,
			[this],
			{ shape: to },
		);
	}

	viewAs(other: Tensor): Tensor {
		return this.view(other.shape);
	}

	reshapeAs(other: Tensor): Tensor {
		return this.reshape(other.shape);
	}

	/** Dimensions `startDim` to `endDim` as one. */
	flatten(startDim = 0, endDim = -1): Tensor {
		const { shape } = this;
		if (shape.length === 0) return this.reshape(1);
		const a = wrapDim(startDim, shape.length);
		const b = wrapDim(endDim, shape.length);
		if (a > b)
			throw new ShapeError(
				"flatten() has invalid args: start_dim cannot come after end_dim",
			);
		if (a === b) return this;
		const merged = shape.slice(a, b + 1).reduce((p, n) => p * n, 1);
		return this.reshape([...shape.slice(0, a), merged, ...shape.slice(b + 1)]);
	}

	/** One dimension cut into several. */
	unflatten(dim: number, into: readonly number[]): Tensor {
		const d = wrapDim(dim, this.shape.length);
		const cut = inferShape(into, this.shape[d] as number);
		return this.view([
			...this.shape.slice(0, d),
			...cut,
			...this.shape.slice(d + 1),
		]);
	}

	/** Without the dimensions of size 1, or without `dim` if its size is 1. */
	squeeze(dim?: Dims): Tensor {
		const rank = this.shape.length;
		const dims = reduce.wrapDims(dim, rank);
		return apply(views.squeeze, [this], {
			dims,
			all: dim === undefined || dim === null,
		});
	}

	unsqueeze(dim: number): Tensor {
		return apply(views.unsqueeze, [this], {
			dim: wrapDim(dim, this.shape.length + 1),
		});
	}

	transpose(dim0: number, dim1: number): Tensor {
		const rank = this.shape.length;
		return apply(views.transpose, [this], {
			a: wrapDim(dim0, rank),
			b: wrapDim(dim1, rank),
			short: false,
		});
	}

	/** Transpose of a matrix; vectors and scalars as they are. */
	t(): Tensor {
		const rank = this.shape.length;
		if (rank > 2)
			throw new ShapeError(
				`t() expects a tensor with <= 2 dimensions, but self is ${rank}D`,
			);
		return rank < 2
			? apply(views.view, [this], { shape: this.shape })
			: apply(views.transpose, [this], { a: 0, b: 1, short: true });
	}

	/** PyTorch's `T`: all dimensions reversed. */
	get T(): Tensor {
		return this.permute(this.shape.map((_, i) => this.shape.length - 1 - i));
	}

	permute(...dims: Sizes): Tensor {
		return apply(views.permute, [this], {
			dims: views.permutation(sizes(dims), this.shape.length),
		});
	}

	/** Broadcast without a copy; -1 keeps a size. */
	expand(...shape: Sizes): Tensor {
		return apply(views.expand, [this], {
			shape: views.expandShape(this.shape, sizes(shape)),
		});
	}

	expandAs(other: Tensor): Tensor {
		return this.expand(other.shape);
	}

	/** `length` entries of `dim` from `start` on, as a view. */
	narrow(dim: number, start: number, length: number): Tensor {
		const d = wrapDim(dim, this.shape.length);
		const size = this.shape[d] as number;
		const from = start < 0 ? start + size : start;
		if (this.shape.length === 0)
			throw new ShapeError("narrow() cannot be applied to a 0-dim tensor.");
		if (!(from >= 0 && from <= size))
			throw new ShapeError(
				`Dimension out of range (expected to be in range of [${-size}, ${size}], but got ${start})`,
			);
		if (!(length >= 0 && from + length <= size))
			throw new ShapeError(
				`start (${start}) + length (${length}) exceeds dimension size (${size}).`,
			);
		return this.sliced(d, from, length, 1);
	}

	/** @internal checked slicing */
	sliced(
		dim: number,
		start: number,
		length: number,
		step: number,
		node?: string,
	): Tensor {
		return apply(views.narrow, [this], {
			dim,
			start,
			length,
			step,
			...(node ? { node } : {}),
		});
	}

	/** One entry of `dim`, as a view without it. */
	select(dim: number, index: number): Tensor {
		if (this.shape.length === 0)
			throw new ShapeError("select() cannot be applied to a 0-dim tensor.");
		const d = wrapDim(dim, this.shape.length);
		const size = this.shape[d] as number;
		if (!Number.isInteger(index) || index < -size || index >= size)
			throw new ShapeError(
				`select(): index ${index} out of range for tensor of size [${this.shape.join(", ")}] at dimension ${d}`,
			);
		return apply(views.select, [this], {
			dim: d,
			index: index < 0 ? index + size : index,
		});
	}

	flip(...dims: Sizes): Tensor {
		return apply(indexing.flip, [this], {
			dims: sizes(dims).map((d) => wrapDim(d, this.shape.length)),
		});
	}

	// Arithmetic

	add(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return apply(binaries.add, [this, scaled(other, alpha)], undefined);
	}

	sub(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return apply(binaries.sub, [this, scaled(other, alpha)], undefined);
	}

	mul(other: Operand2): Tensor {
		return apply(binaries.mul, [this, other], undefined);
	}

	/** Quotient in float32, or rounded by `roundingMode`. */
	div(other: Operand2, { roundingMode = null }: DivOptions = {}): Tensor {
		if (roundingMode === null)
			return apply(binaries.div, [this, other], undefined);
		if (roundingMode !== "floor" && roundingMode !== "trunc")
			throw new DTypeError(
				`div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${roundingMode}'`,
			);
		const op =
			roundingMode === "floor" ? binaries.floorDivide : binaries.truncDivide;
		return apply(op, [this, other], undefined);
	}

	floorDivide(other: Operand2): Tensor {
		return this.div(other, { roundingMode: "floor" });
	}

	/** Remainder with the divisor's sign, as Python's `%`. */
	remainder(other: Operand2): Tensor {
		return apply(binaries.remainder, [this, other], undefined);
	}

	pow(exponent: Operand2): Tensor {
		return apply(binaries.pow, [this, exponent], undefined);
	}

	maximum(other: Operand2): Tensor {
		return apply(binaries.maximum, [this, other], undefined);
	}

	minimum(other: Operand2): Tensor {
		return apply(binaries.minimum, [this, other], undefined);
	}

	/** @internal */
	thresholdBackward(y: Tensor): Tensor {
		return apply(binaries.thresholdBackward, [this, y], undefined);
	}

	/** @internal */
	sigmoidBackward(y: Tensor): Tensor {
		return apply(binaries.sigmoidBackward, [this, y], undefined);
	}

	/** @internal */
	tanhBackward(y: Tensor): Tensor {
		return apply(binaries.tanhBackward, [this, y], undefined);
	}

	/** @internal */
	unary(name: UnaryOpName, p0 = 0, p1 = 0): Tensor {
		return apply(
			unaries[name],
			[this],
			p0 === 0 && p1 === 0 ? NO_PARAMS : { p0, p1 },
		);
	}

	/** @internal */
	unary_(name: UnaryOpName, p0 = 0, p1 = 0): Tensor {
		return applyInPlace(unaries[name], [this], { p0, p1 });
	}

	neg(): Tensor {
		return this.unary("neg");
	}

	abs(): Tensor {
		return this.unary("abs");
	}

	sign(): Tensor {
		return this.unary("sign");
	}

	square(): Tensor {
		return this.unary("square");
	}

	sqrt(): Tensor {
		return this.unary("sqrt");
	}

	rsqrt(): Tensor {
		return this.unary("rsqrt");
	}

	reciprocal(): Tensor {
		return this.unary("reciprocal");
	}

	exp(): Tensor {
		return this.unary("exp");
	}

	expm1(): Tensor {
		return this.unary("expm1");
	}

	log(): Tensor {
		return this.unary("log");
	}

	log1p(): Tensor {
		return this.unary("log1p");
	}

	log2(): Tensor {
		return this.unary("log2");
	}

	sin(): Tensor {
		return this.unary("sin");
	}

	cos(): Tensor {
		return this.unary("cos");
	}

	tanh(): Tensor {
		return this.unary("tanh");
	}

	sigmoid(): Tensor {
		return this.unary("sigmoid");
	}

	erf(): Tensor {
		return this.unary("erf");
	}

	floor(): Tensor {
		return this.rounded("floor");
	}

	ceil(): Tensor {
		return this.rounded("ceil");
	}

	/** To the nearest whole number, halves to even. */
	round(): Tensor {
		return this.rounded("round");
	}

	trunc(): Tensor {
		return this.rounded("trunc");
	}

	private rounded(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		return this.dtype === "float32" ? this.unary(name) : this.clone();
	}

	relu(): Tensor {
		return this.dtype === "float32" ? this.unary("relu") : this.maximum(0);
	}

	/** Within [min, max]; either may be left out. NaN stays. */
	clamp(min?: Operand2 | ClampOptions | null, max?: Operand2 | null): Tensor {
		const named =
			typeof min === "object" && min !== null && !(min instanceof Tensor);
		const lo = named ? min.min : (min as Operand2 | null | undefined);
		const hi = named ? min.max : max;
		if (lo == null && hi == null)
			throw new ShapeError(
				"torch.clamp: At least one of 'min' or 'max' must not be None",
			);
		const numbers =
			this.dtype === "float32" &&
			(lo == null || typeof lo === "number") &&
			(hi == null || typeof hi === "number");
		if (numbers)
			return apply(clamp, [this], {
				p0: lo == null ? Number.NEGATIVE_INFINITY : (lo as number),
				p1: hi == null ? Number.POSITIVE_INFINITY : (hi as number),
			});
		let out: Tensor = this;
		if (lo != null) out = out.maximum(lo);
		if (hi != null) out = out.minimum(hi);
		return out;
	}

	/** This tensor where the condition holds, else `other`. */
	where(condition: Tensor, other: Operand2): Tensor {
		return apply(where, [this, other, condition], undefined);
	}

	// Comparison and logic

	eq(other: Operand2): Tensor {
		return apply(relations.eq, [this, other], undefined);
	}

	ne(other: Operand2): Tensor {
		return apply(relations.ne, [this, other], undefined);
	}

	lt(other: Operand2): Tensor {
		return apply(relations.lt, [this, other], undefined);
	}

	le(other: Operand2): Tensor {
		return apply(relations.le, [this, other], undefined);
	}

	gt(other: Operand2): Tensor {
		return apply(relations.gt, [this, other], undefined);
	}

	ge(other: Operand2): Tensor {
		return apply(relations.ge, [this, other], undefined);
	}

	logicalAnd(other: Operand2): Tensor {
		return apply(relations.logicalAnd, [this, other], undefined);
	}

	logicalOr(other: Operand2): Tensor {
		return apply(relations.logicalOr, [this, other], undefined);
	}

	logicalXor(other: Operand2): Tensor {
		return apply(relations.logicalXor, [this, other], undefined);
	}

	logicalNot(): Tensor {
		return apply(questions.logicalNot, [this], undefined);
	}

	bitwiseAnd(other: Operand2): Tensor {
		return apply(relations.bitwiseAnd, [this, other], undefined);
	}

	bitwiseOr(other: Operand2): Tensor {
		return apply(relations.bitwiseOr, [this, other], undefined);
	}

	bitwiseXor(other: Operand2): Tensor {
		return apply(relations.bitwiseXor, [this, other], undefined);
	}

	bitwiseNot(): Tensor {
		return apply(bitwiseNot, [this], undefined);
	}

	isnan(): Tensor {
		return apply(questions.isnan, [this], undefined);
	}

	isinf(): Tensor {
		return apply(questions.isinf, [this], undefined);
	}

	isfinite(): Tensor {
		return apply(questions.isfinite, [this], undefined);
	}

	// Reduction

	sum(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.sum, [this], this.over(dim, keepdim));
	}

	mean(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.mean, [this], this.over(dim, keepdim));
	}

	prod(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.prod, [this], this.over(dim, keepdim));
	}

	/** @internal */
	over(dim: Dims | undefined, keepdim: boolean): reduce.DimsParams {
		return {
			dims: reduce.wrapDims(dim, this.shape.length),
			keepdim,
			all: dim === undefined || dim === null,
		};
	}

	/** The greatest element, or along `dim` values and their positions; or elementwise with `other`. */
	max(): Tensor;
	max(other: Tensor): Tensor;
	max(dim: number, options?: KeepDim): ValuesIndices;
	max(dim?: number | Tensor, options?: KeepDim): Tensor | ValuesIndices {
		return dim instanceof Tensor
			? this.maximum(dim)
			: this.extreme("max", dim, options);
	}

	min(): Tensor;
	min(other: Tensor): Tensor;
	min(dim: number, options?: KeepDim): ValuesIndices;
	min(dim?: number | Tensor, options?: KeepDim): Tensor | ValuesIndices {
		return dim instanceof Tensor
			? this.minimum(dim)
			: this.extreme("min", dim, options);
	}

	private extreme(
		name: "max" | "min",
		dim: number | undefined,
		{ keepdim = false }: KeepDim = {},
	): Tensor | ValuesIndices {
		this.assertReducible(name, dim);
		if (dim === undefined)
			return apply(
				name === "max" ? reduce.amax : reduce.amin,
				[this],
				this.over(undefined, false),
			);
		const params: reduce.ExtremeParams = {
			dim: wrapDim(dim, this.shape.length),
			keepdim,
			indices: null,
		};
		const op = name === "max" ? reduce.maxAlong : reduce.minAlong;
		const values = apply(op, [this], params);
		return new ValuesIndices(values, params.indices as Tensor);
	}

	/** Greatest elements over any dimensions; ties share the gradient. */
	amax(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		const p = this.over(dim, keepdim);
		this.assertReducible("amax", p.all ? undefined : p.dims);
		return apply(reduce.amax, [this], { ...p, all: false });
	}

	amin(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		const p = this.over(dim, keepdim);
		this.assertReducible("amin", p.all ? undefined : p.dims);
		return apply(reduce.amin, [this], { ...p, all: false });
	}

	argmax(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return this.argExtreme("max", dim, keepdim);
	}

	argmin(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return this.argExtreme("min", dim, keepdim);
	}

	private argExtreme(
		name: "max" | "min",
		dim: number | null | undefined,
		keepdim: boolean,
	): Tensor {
		this.assertReducible(`arg${name}`, dim ?? undefined);
		return apply(reduce.argExtreme, [this], {
			name,
			dim: dim == null ? null : wrapDim(dim, this.shape.length),
			keepdim,
		});
	}

	/** An extreme of nothing does not exist. @throws ShapeError */
	private assertReducible(
		name: string,
		dim: number | readonly number[] | undefined,
	): void {
		this.assertAlive();
		if (this.layout.numel > 0) return;
		const dims = reduce.wrapDims(dim, this.shape.length);
		if (dims.every((d) => (this.shape[d] as number) > 0)) return;
		throw new ShapeError(
			dim === undefined
				? `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`
				: `${name}(): Expected reduction dim ${String(dim)} to have non-zero size.`,
		);
	}

	/** Whether any element, or any along `dim`, is not 0. */
	any(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.truthReduce, [this], {
			...this.over(dim, keepdim),
			op: "max",
		});
	}

	all(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.truthReduce, [this], {
			...this.over(dim, keepdim),
			op: "min",
		});
	}

	cumsum(dim: number): Tensor {
		return apply(indexing.cumsum, [this], {
			dim: wrapDim(dim, this.shape.length),
		});
	}

	/** Softmax along `dim`. */
	softmax(dim: number): Tensor {
		return apply(losses.softmax, [this], {
			dim: wrapDim(dim, this.shape.length),
			log: false,
		});
	}

	logSoftmax(dim: number): Tensor {
		return apply(losses.softmax, [this], {
			dim: wrapDim(dim, this.shape.length),
			log: true,
		});
	}

	/** @internal */
	softmaxBackward(y: Tensor, dim: number, log: boolean): Tensor {
		return apply(losses.softmaxBackward, [this, y], { dim, log });
	}

	// Indexing

	indexSelect(dim: number, index: Tensor): Tensor {
		return apply(indexing.indexSelect, [this, index], this.along(dim));
	}

	indexAdd(dim: number, index: Tensor, source: Tensor): Tensor {
		return apply(indexing.indexAdd, [this, index, source], this.along(dim));
	}

	indexCopy(dim: number, index: Tensor, source: Tensor): Tensor {
		return apply(indexing.indexCopy, [this, index, source], this.along(dim));
	}

	gather(dim: number, index: Tensor): Tensor {
		return apply(indexing.gather, [this, index], this.along(dim));
	}

	scatter(dim: number, index: Tensor, source: Operand2): Tensor {
		return apply(indexing.scatter, [this, index, source], this.along(dim));
	}

	scatterAdd(dim: number, index: Tensor, source: Tensor): Tensor {
		return apply(indexing.scatterAdd, [this, index, source], this.along(dim));
	}

	private along(dim: number): { dim: number } {
		return { dim: wrapDim(dim, this.shape.length) };
	}

	/** @internal concatenation of `parts` */
	catWith(parts: readonly Tensor[], dim: number): Tensor {
		return apply(indexing.cat, parts, { dim });
	}

	// Products

	/** Product of matrices, vectors and batches of them. PyTorch: `torch.matmul`. */
	matmul(other: Tensor): Tensor {
		return matmul(this, other);
	}

	mm(other: Tensor): Tensor {
		return apply(products.mm, [this, other], undefined);
	}

	bmm(other: Tensor): Tensor {
		return apply(products.bmm, [this, other], undefined);
	}

	// In place

	add_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(binaries.add, [this, scaled(other, alpha)], undefined);
	}

	sub_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(binaries.sub, [this, scaled(other, alpha)], undefined);
	}

	mul_(other: Operand2): Tensor {
		return applyInPlace(binaries.mul, [this, other], undefined);
	}

	div_(other: Operand2): Tensor {
		return applyInPlace(binaries.div, [this, other], undefined);
	}

	relu_(): Tensor {
		return this.unary_("relu");
	}

	exp_(): Tensor {
		return this.unary_("exp");
	}

	sigmoid_(): Tensor {
		return this.unary_("sigmoid");
	}

	tanh_(): Tensor {
		return this.unary_("tanh");
	}

	zero_(): Tensor {
		return applyInPlace(fill, [this], { value: 0 });
	}

	fill_(value: number): Tensor {
		return applyInPlace(fill, [this], { value });
	}

	/** Overwritten with `source`, which is broadcast and converted. */
	copy_(source: Tensor): Tensor {
		views.expandShape(source.shape, this.shape);
		return applyInPlace(copyInto, [this, source], undefined);
	}
}

function scaled(other: Operand2, alpha: number): Operand2 {
	if (alpha === 1) return other;
	return typeof other === "number" ? other * alpha : other.mul(alpha);
}

bindHandleMaker((storage, layout, dtype) => new Tensor(storage, layout, dtype));
