/**
 * The function forms of tensor methods: what PyTorch has as `torch.f(x)` and
 * `x.f()`, both exist. Documentation stands at the methods.
 */
import { apply } from "./autograd/apply.js";
import { full } from "./creation.js";
import type { DType } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { broadcastShapes, type Shape, wrapDim } from "./layout.js";
import { where as whereOp } from "./ops/binary.js";
import { einsum as contract } from "./ops/einsum.js";
import type {
	AddmmOptions,
	AddOptions,
	ClampOptions,
	CloseOptions,
	DiagonalOptions,
	DimOptions,
	Dims,
	DivOptions,
	KeepDim,
	OneDimOptions,
	Operand2,
	Sizes,
	SortOptions,
	TopkOptions,
	ValueOptions,
	ValuesIndices,
	VarOptions,
} from "./tensor/arguments.js";
import type {
	Needs,
	NeedsFloat,
	PromoteNumber,
	SameDType,
	Summed,
} from "./tensor/dtype-types.js";
import type {
	Asked,
	AtMost2d,
	CanMultiply,
	CanPermute,
	CanView,
	Flattened,
	HasDim,
	HasDims,
	HasRank,
	Inserted,
	MatrixTransposed,
	Permuted,
	Product,
	Ranked,
	Reduced,
	Removed,
	Replaced,
	Squeezed,
	Transposed,
	Viewed,
} from "./tensor/shape-types.js";
import type {
	Both,
	BothDivided,
	BothInto,
	Combined,
	Fits,
	Mask,
	Meets,
} from "./tensor/typed.js";
import type { Tensor } from "./tensor.js";
import { TensorBase } from "./tensor-base.js";

export { type IndexItem, type Slice, slice } from "./tensor/index-items.js";

/**
 * A tensor for an operand that may be a number: a 0-dimensional one, whole
 * numbers as int32, so that it lifts other dtypes as PyTorch's does.
 */
function lift(x: Operand2, beside?: Operand2): Tensor {
	if (typeof x === "object") return x;
	const device = typeof beside === "object" ? beside.device : "cpu";
	const whole = Number.isInteger(x) && Math.abs(x) <= 2147483647;
	return full([], x, { dtype: whole ? "int32" : "float32", device });
}

/** @throws ShapeError unless there is something to join */
function joined(name: string, tensors: readonly Tensor[]): Tensor {
	const first = tensors[0];
	if (first === undefined)
		throw new ShapeError(
			name === "cat"
				? "torch.cat(): expected a non-empty list of Tensors"
				: "stack expects a non-empty TensorList",
		);
	for (const [i, t] of tensors.entries())
		if (!(t instanceof TensorBase))
			throw new DTypeError(
				`expected Tensor as element ${i} in argument 0 of ${name}, but got ${typeof t}`,
			);
	return first;
}

/** Tensors one after the other along `dim`. */
export function cat<const L extends readonly Tensor[]>(
	tensors: L,
	dim: number | { dim?: number } = 0,
): Tensor<L[number]["dtype"], Ranked<L[number]["shape"]>> {
	const first = joined("cat", tensors);
	for (const t of tensors)
		if (t.shape.length === 0)
			throw new ShapeError(
				`zero-dimensional tensor (at position ${tensors.indexOf(t)}) cannot be concatenated`,
			);
	const model = tensors.find(
		(t) => !(t.shape.length === 1 && t.shape[0] === 0),
	);
	const d = typeof dim === "number" ? dim : (dim.dim ?? 0);
	return first.catWith(
		tensors,
		wrapDim(d, (model ?? first).shape.length),
	) as never;
}

/** Tensors of one shape along a new dimension `dim`. */
export function stack<const L extends readonly Tensor[]>(
	tensors: L,
	dim: number | { dim?: number } = 0,
): Tensor<L[number]["dtype"], Ranked<[...L[number]["shape"], 1]>> {
	const first = joined("stack", tensors);
	const d = typeof dim === "number" ? dim : (dim.dim ?? 0);
	return first.stackWith(tensors, wrapDim(d, first.shape.length + 1)) as never;
}

/** Coordinates of the true elements, a vector for each dimension. */
export function where(condition: Tensor): Tensor<"int32">[];
/** `a` where the condition holds, else `b`. */
export function where<C extends Tensor, A extends Operand2, B extends Operand2>(
	condition: C & NoInfer<Mask<C, "where's condition">>,
	a: A & NoInfer<Meets<C, A>>,
	b: B & NoInfer<Meets<A, B>>,
): Tensor<Both<A, B>["dtype"]>;
export function where(
	condition: Tensor,
	a?: Operand2,
	b?: Operand2,
): Tensor | Tensor[] {
	if (a === undefined) {
		const flat = condition.dim() === 0 ? condition.unsqueeze(0) : condition;
		return flat.nonzero().unbind(1);
	}
	return apply(whereOp, [a, b as Operand2, condition], undefined);
}

/** Sums of products, as Einstein wrote them: `einsum("ij,jk->ik", a, b)`. */
export function einsum(
	equation: string,
	...operands: readonly Tensor[] | readonly [readonly Tensor[]]
): Tensor {
	const list = Array.isArray(operands[0]) ? operands[0] : operands;
	return contract(equation, list as readonly Tensor[]);
}

/** Tensors as views of one common shape. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
	let shape: Shape = [];
	for (const t of tensors) shape = broadcastShapes(shape, t.shape);
	return tensors.map((t) => t.expand(shape));
}

export function numel(x: Tensor): number {
	return x.numel();
}

/** Whether the dtype is a floating point type. */
export function isFloatingPoint(x: Tensor): boolean {
	return x.dtype === "float32";
}

// One operand

export function neg<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.neg();
}

export function abs<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.abs();
}

export function sign<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.sign();
}

export function square<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<PromoteNumber<D, 2>, S> {
	return x.square();
}

export function sqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sqrt();
}

export function rsqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.rsqrt();
}

export function reciprocal<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.reciprocal();
}

export function exp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.exp();
}

export function expm1<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.expm1();
}

export function log<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log();
}

export function log1p<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log1p();
}

export function log2<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log2();
}

export function sin<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sin();
}

export function cos<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.cos();
}

export function tanh<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.tanh();
}

export function sigmoid<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sigmoid();
}

export function erf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.erf();
}

export function floor<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.floor();
}

export function ceil<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.ceil();
}

export function round<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.round();
}

export function trunc<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.trunc();
}

export function relu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.relu();
}

export function isnan<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isnan();
}

export function isinf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isinf();
}

export function isfinite<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isfinite();
}

export function logicalNot<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.logicalNot();
}

export function bitwiseNot<D extends DType, S extends Shape>(
	x: Tensor<D, S> &
		NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
): Tensor<D, S> {
	return x.bitwiseNot();
}

export function clone<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.clone();
}

export function detach<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.detach();
}

export function t<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<AtMost2d<S>>,
): Tensor<D, MatrixTransposed<S>> {
	return x.t();
}

export function nonzero(x: Tensor): Tensor<"int32"> {
	return x.nonzero();
}

// Two operands, either of which may be a number

export function add<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).add(b as Operand2, options) as never;
}

export function sub<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).sub(b as Operand2, options) as never;
}

export function mul<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).mul(b as Operand2) as never;
}

export function div<
	A extends Operand2,
	B extends Operand2,
	const P extends DivOptions = object,
>(a: A, b: B & NoInfer<Meets<A, B>>, options?: P): BothDivided<A, B, P> {
	return lift(a, b).div(b as Operand2, options) as never;
}

export function floorDivide<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).floorDivide(b as Operand2) as never;
}

export function remainder<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).remainder(b as Operand2) as never;
}

export function pow<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).pow(b as Operand2) as never;
}

export function maximum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).maximum(b as Operand2) as never;
}

export function minimum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).minimum(b as Operand2) as never;
}

export function eq<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).eq(b as Operand2) as never;
}

export function ne<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ne(b as Operand2) as never;
}

export function lt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).lt(b as Operand2) as never;
}

export function le<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).le(b as Operand2) as never;
}

export function gt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).gt(b as Operand2) as never;
}

export function ge<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ge(b as Operand2) as never;
}

export function logicalAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalAnd(b as Operand2) as never;
}

export function logicalOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalOr(b as Operand2) as never;
}

export function logicalXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalXor(b as Operand2) as never;
}

export function bitwiseAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseAnd(b as Operand2) as never;
}

export function bitwiseOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseOr(b as Operand2) as never;
}

export function bitwiseXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseXor(b as Operand2) as never;
}

export function bitwiseLeftShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseLeftShift(b as Operand2) as never;
}

export function bitwiseRightShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseRightShift(b as Operand2) as never;
}

export function isclose(
	a: Operand2,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): Tensor {
	return lift(a, b).isclose(b, options, atol, equalNan);
}

export function allclose(
	a: Tensor,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): boolean {
	return a.allclose(b, options, atol, equalNan);
}

export function equal(a: Tensor, b: Tensor): boolean {
	return a.equal(b);
}

// Several operands

export function lerp(x: Tensor, end: Tensor, weight: Operand2): Tensor {
	return x.lerp(end, weight);
}

export function addcmul(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcmul(a, b, options);
}

export function addcdiv(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcdiv(a, b, options);
}

export function clamp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	min?: Operand2 | ClampOptions | null,
	max?: Operand2 | null,
): Tensor<D extends "float32" ? D : DType> {
	return x.clamp(min, max) as never;
}

export function maskedFill<C extends Tensor, D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	mask: C & NoInfer<Mask<C, "masked_fill's mask">> & NoInfer<Fits<S, C>>,
	value: Operand2 | boolean,
): Combined<D, S, C> {
	return x.maskedFill(mask, value);
}

export function maskedSelect<
	C extends Tensor,
	D extends DType,
	S extends Shape,
>(
	x: Tensor<D, S>,
	mask: C & NoInfer<Mask<C, "masked_select's mask">> & NoInfer<Fits<S, C>>,
): Tensor<D> {
	return x.maskedSelect(mask);
}

export function addmm<
	D extends DType,
	E extends DType,
	A extends Shape,
	B extends Shape,
>(
	x: Tensor<D>,
	a: Tensor<E, A> & NoInfer<SameDType<D, E>>,
	b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
	options?: AddmmOptions,
): Tensor<D, Product<A, B>> {
	return x.addmm(a, b, options);
}

export function baddbmm<
	D extends DType,
	E extends DType,
	A extends Shape,
	B extends Shape,
>(
	x: Tensor<D>,
	a: Tensor<E, A> & NoInfer<SameDType<D, E>>,
	b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
	options?: AddmmOptions,
): Tensor<D, Product<A, B>> {
	return x.baddbmm(a, b, options);
}

export function matmul<
	D extends DType,
	S extends Shape,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "matmul">>,
	other: Tensor<E, T> & NoInfer<SameDType<D, E>> & NoInfer<CanMultiply<S, T>>,
): Tensor<D, Product<S, T>> {
	return x.matmul(other);
}

export function mm<
	D extends DType,
	S extends Shape,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "mm">>,
	other: Tensor<E, T> &
		SameDType<D, E> &
		HasRank<S, 2> &
		HasRank<T, 2> &
		CanMultiply<S, T>,
): Tensor<D, Product<S, T>> {
	return x.mm(other);
}

export function mv<
	D extends DType,
	S extends Shape,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "mv">>,
	vector: Tensor<E, T> &
		SameDType<D, E> &
		HasRank<S, 2> &
		HasRank<T, 1> &
		CanMultiply<S, T>,
): Tensor<D, Product<S, T>> {
	return x.mv(vector);
}

export function dot<
	D extends DType,
	S extends Shape,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "dot">>,
	other: Tensor<E, T> &
		SameDType<D, E> &
		HasRank<S, 1> &
		HasRank<T, 1> &
		CanMultiply<S, T>,
): Tensor<D, []> {
	return x.dot(other);
}

export function bmm<
	D extends DType,
	S extends Shape,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "bmm">>,
	other: Tensor<E, T> &
		SameDType<D, E> &
		HasRank<S, 3> &
		HasRank<T, 3> &
		CanMultiply<S, T>,
): Tensor<D, Product<S, T>> {
	return x.bmm(other);
}

export function outer(x: Tensor, other: Tensor): Tensor {
	return x.outer(other);
}

// Reduction

export function sum<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<Summed<D>, Reduced<S, I, O>> {
	return x.sum(dim, options);
}

export function mean<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "mean">> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<D, Reduced<S, I, O>> {
	return x.mean(dim, options);
}

export function prod<
	D extends DType,
	S extends Shape,
	const I extends number | null | OneDimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<Summed<D>, Reduced<S, I, O>> {
	return x.prod(dim, options);
}

export function std<
	D extends DType,
	S extends Shape,
	const I extends Dims | VarOptions | undefined = undefined,
	const O extends VarOptions | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "std">> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
	keepdim?: boolean,
): Tensor<D, Reduced<S, I, O extends boolean ? false : O>> {
	return x.std(dim as Dims, options as boolean, keepdim as boolean) as never;
}

export function norm(
	x: Tensor,
	p?: number | "fro" | null | (DimOptions & { p?: number | "fro" }),
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.norm(p, dim, options);
}

export function logsumexp<
	D extends DType,
	S extends Shape,
	const I extends number | readonly number[] | (DimOptions & { dim: Dims }),
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim: I,
	options?: O,
): Tensor<"float32", Reduced<S, I, O>> {
	return x.logsumexp(dim, options);
}

export function amax<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<D, Reduced<S, I, O>> {
	return x.amax(dim, options);
}

export function amin<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<D, Reduced<S, I, O>> {
	return x.amin(dim, options);
}

export function argmax<
	D extends DType,
	S extends Shape,
	const I extends number | null | OneDimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<"int32", Reduced<S, I, O>> {
	return x.argmax(dim, options);
}

export function argmin<
	D extends DType,
	S extends Shape,
	const I extends number | null | OneDimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<"int32", Reduced<S, I, O>> {
	return x.argmin(dim, options);
}

export function any<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<D extends "uint8" ? "uint8" : "bool", Reduced<S, I, O>> {
	return x.any(dim, options);
}

export function all<
	D extends DType,
	S extends Shape,
	const I extends Dims | DimOptions | undefined = undefined,
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
): Tensor<D extends "uint8" ? "uint8" : "bool", Reduced<S, I, O>> {
	return x.all(dim, options);
}

export function cumsum<
	D extends DType,
	S extends Shape,
	const I extends number,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I | { dim: I },
): Tensor<Summed<D>, S> {
	return x.cumsum(dim);
}

export function softmax<
	D extends DType,
	S extends Shape,
	const I extends number,
>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "softmax">> & NoInfer<HasDim<S, I>>,
	dim: I | { dim: I },
): Tensor<D, S> {
	return x.softmax(dim);
}

export function logSoftmax<
	D extends DType,
	S extends Shape,
	const I extends number,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<D, "logSoftmax">> &
		NoInfer<HasDim<S, I>>,
	dim: I | { dim: I },
): Tensor<D, S> {
	return x.logSoftmax(dim);
}

function variance<
	D extends DType,
	S extends Shape,
	const I extends Dims | VarOptions | undefined = undefined,
	const O extends VarOptions | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "var">> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
	keepdim?: boolean,
): Tensor<D, Reduced<S, I, O extends boolean ? false : O>> {
	return x.var(dim as Dims, options as boolean, keepdim as boolean) as never;
}

export { variance as var };

export function max<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, []>;
export function max<A extends Tensor, B extends Tensor>(
	x: A,
	other: B & NoInfer<Meets<A, B>>,
): Both<A, B>;
export function max<
	D extends DType,
	S extends Shape,
	const I extends number | (OneDimOptions & { dim: number }),
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim: I,
	options?: O,
): ValuesIndices<D, Reduced<S, I, O>>;
export function max(
	x: Tensor,
	dim?: number | Tensor | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor | ValuesIndices {
	return x.max(dim as number, options);
}

export function min<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, []>;
export function min<A extends Tensor, B extends Tensor>(
	x: A,
	other: B & NoInfer<Meets<A, B>>,
): Both<A, B>;
export function min<
	D extends DType,
	S extends Shape,
	const I extends number | (OneDimOptions & { dim: number }),
	const O extends KeepDim | boolean | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim: I,
	options?: O,
): ValuesIndices<D, Reduced<S, I, O>>;
export function min(
	x: Tensor,
	dim?: number | Tensor | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor | ValuesIndices {
	return x.min(dim as number, options);
}

export function sort<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): ValuesIndices<D, S> {
	return x.sort(dim, options);
}

export function topk<
	D extends DType,
	S extends Shape,
	const K extends number,
	const I extends number | TopkOptions = -1,
>(
	x: Tensor<D, S>,
	k: K,
	dim?: I,
	options?: TopkOptions | boolean,
): ValuesIndices<D, Replaced<S, I extends number ? I : number, K>> {
	return x.topk(k, dim, options);
}

// Shape and index

export function reshape<
	D extends DType,
	S extends Shape,
	const A extends Sizes,
>(
	x: Tensor<D, S> & NoInfer<CanView<S, Asked<A>>>,
	...shape: A
): Tensor<D, Viewed<S, Asked<A>>> {
	return x.reshape(...shape) as never;
}

export function flatten<
	D extends DType,
	S extends Shape,
	const A extends number = 0,
	const B extends number = -1,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, A>> & NoInfer<HasDim<S, B>>,
	startDim?: A | { startDim?: A; endDim?: B },
	endDim?: B,
): Tensor<D, Flattened<S, A, B>> {
	return x.flatten(startDim as A, endDim);
}

export function unflatten<D extends DType>(
	x: Tensor<D>,
	dim: number,
	into: readonly number[],
): Tensor<D> {
	return x.unflatten(dim, into);
}

export function squeeze<
	D extends DType,
	S extends Shape,
	const I extends Dims | { dim: Dims } | undefined = undefined,
>(x: Tensor<D, S>, dim?: I): Tensor<D, Squeezed<S, I>> {
	return x.squeeze(dim);
}

export function unsqueeze<
	D extends DType,
	S extends Shape,
	const I extends number,
>(
	x: Tensor<D, S> & NoInfer<HasDim<[...S, 1], I>>,
	dim: I,
): Tensor<D, Inserted<S, I, 1>> {
	return x.unsqueeze(dim);
}

export function transpose<
	D extends DType,
	S extends Shape,
	const A extends number,
	const B extends number,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, A>> & NoInfer<HasDim<S, B>>,
	dim0: A,
	dim1: B,
): Tensor<D, Transposed<S, A, B>> {
	return x.transpose(dim0, dim1);
}

export function permute<
	D extends DType,
	S extends Shape,
	const A extends Sizes,
>(
	x: Tensor<D, S> & NoInfer<CanPermute<S, Asked<A>>>,
	...dims: A
): Tensor<D, Permuted<S, Asked<A>>> {
	return x.permute(...dims) as never;
}

export function movedim<D extends DType>(
	x: Tensor<D>,
	source: number | readonly number[],
	destination: number | readonly number[],
): Tensor<D> {
	return x.movedim(source, destination);
}

export function narrow<
	D extends DType,
	S extends Shape,
	const I extends number,
	const N extends number,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	start: number,
	length: N,
): Tensor<D, Replaced<S, I, N>> {
	return x.narrow(dim, start, length);
}

export function select<
	D extends DType,
	S extends Shape,
	const I extends number,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: number,
): Tensor<D, Removed<S, I>> {
	return x.select(dim, index);
}

export function diagonal<D extends DType>(
	x: Tensor<D>,
	offset?: number,
	dim1?: number,
	dim2?: number,
): Tensor<D> {
	return x.diagonal(offset, dim1, dim2);
}

export function flip<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	...dims: Sizes
): Tensor<D, S> {
	return x.flip(...dims);
}

export function repeatInterleave<D extends DType>(
	x: Tensor<D>,
	repeats: number | Tensor,
	dim?: number | null | { dim?: number | null },
): Tensor<D> {
	return x.repeatInterleave(repeats, dim) as Tensor<D>;
}

export function tril<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	diagonal?: number | DiagonalOptions,
): Tensor<D, S> {
	return x.tril(diagonal);
}

export function triu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	diagonal?: number | DiagonalOptions,
): Tensor<D, S> {
	return x.triu(diagonal);
}

export function diag<D extends DType>(
	x: Tensor<D>,
	diagonal?: number | DiagonalOptions,
): Tensor<D> {
	return x.diag(diagonal);
}

export function gather<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
): Tensor<D, T> {
	return x.gather(dim, index);
}

export function scatter<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	source: Operand2 | boolean,
): Tensor<D, S> {
	return x.scatter(dim, index, source);
}

export function scatterAdd<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	source: Tensor,
): Tensor<D, S> {
	return x.scatterAdd(dim, index, source);
}

export function indexSelect<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
): Tensor<
	D,
	Replaced<S, I, T extends readonly [infer N extends number] ? N : number>
> {
	return x.indexSelect(dim, index);
}

export function indexAdd<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	source: Tensor,
	options?: AddOptions,
): Tensor<D, S> {
	return x.indexAdd(dim, index, source, options);
}

export function indexCopy<
	D extends DType,
	S extends Shape,
	const I extends number,
	E extends DType,
	T extends Shape,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I,
	index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	source: Tensor,
): Tensor<D, S> {
	return x.indexCopy(dim, index, source);
}

export function argsort<S extends Shape>(
	x: Tensor<DType, S>,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): Tensor<"int32", S> {
	return x.argsort(dim, options);
}

export function split<D extends DType>(
	x: Tensor<D>,
	size: number | readonly number[],
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.split(size, dim);
}

export function chunk<D extends DType>(
	x: Tensor<D>,
	chunks: number,
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.chunk(chunks, dim);
}

export function unbind<D extends DType>(
	x: Tensor<D>,
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.unbind(dim);
}
