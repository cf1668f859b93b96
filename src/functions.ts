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
/**
 * `a` where the condition (bool, or uint8 that is not 0) holds, else `b`. Two
 * numbers give float32, as numbers alone do everywhere, two booleans bool.
 */
export function where<
	C extends Tensor,
	A extends Operand2 | boolean,
	B extends Operand2 | boolean,
>(
	condition: C & NoInfer<Mask<C, "where's condition">>,
	a: A & NoInfer<Meets<C, A>>,
	b: B & NoInfer<Meets<A, B>>,
): Tensor<Either<A, B>>;
export function where(
	condition: Tensor,
	a?: Operand2 | boolean,
	b?: Operand2 | boolean,
): Tensor | Tensor[] {
	if (a === undefined) {
		const flat = condition.dim() === 0 ? condition.unsqueeze(0) : condition;
		return flat.nonzero().unbind(1);
	}
	const plain = typeof a !== "object" && typeof b !== "object";
	const lifted = plain && typeof a !== typeof b ? Number(a) : (a as Operand2);
	const first =
		plain && typeof lifted === "number"
			? condition.newFull([], lifted, "float32")
			: lifted;
	return apply(
		whereOp,
		[first, (plain && first !== a ? Number(b) : b) as Operand2, condition],
		undefined,
	);
}

/** The dtype of `where`: of numbers alone float32, of truths alone bool. */
type Either<A, B> = A extends boolean
	? B extends boolean
		? "bool"
		: B extends Tensor
			? DType
			: "float32"
	: A extends number
		? B extends Tensor
			? Both<A, B>["dtype"]
			: "float32"
		: B extends boolean
			? DType
			: Both<A, B>["dtype"];

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

/** Number of elements. PyTorch: `torch.numel`. */
export function numel(x: Tensor): number {
	return x.numel();
}

/** Whether the dtype is a floating point type. */
export function isFloatingPoint(x: Tensor): boolean {
	return x.dtype === "float32";
}

// One operand

/**
 * -x. PyTorch: `torch.neg`.
 * @throws DTypeError on bool
 */
export function neg<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.neg();
}

/** Absolute values. PyTorch: `torch.abs`. */
export function abs<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.abs();
}

/** -1, 0 or 1. PyTorch: `torch.sign`. */
export function sign<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.sign();
}

/** x · x. PyTorch: `torch.square`. */
export function square<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<PromoteNumber<D, 2>, S> {
	return x.square();
}

/** Square root; float32, NaN below 0. PyTorch: `torch.sqrt`. */
export function sqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sqrt();
}

/** 1 / sqrt(x); float32. PyTorch: `torch.rsqrt`. */
export function rsqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.rsqrt();
}

/** 1 / x; float32. PyTorch: `torch.reciprocal`. */
export function reciprocal<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.reciprocal();
}

/** e to the power of the elements; float32. PyTorch: `torch.exp`. */
export function exp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.exp();
}

/** exp(x) - 1, exact near 0; float32. PyTorch: `torch.expm1`. */
export function expm1<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.expm1();
}

/** Natural logarithm; float32. PyTorch: `torch.log`. */
export function log<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log();
}

/** log(1 + x), exact near 0; float32. PyTorch: `torch.log1p`. */
export function log1p<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log1p();
}

/** Logarithm to base 2; float32. PyTorch: `torch.log2`. */
export function log2<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log2();
}

/** Sine of angles in radians; float32. PyTorch: `torch.sin`. */
export function sin<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sin();
}

/** Cosine of angles in radians; float32. PyTorch: `torch.cos`. */
export function cos<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.cos();
}

/** Hyperbolic tangent; float32. PyTorch: `torch.tanh`. */
export function tanh<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.tanh();
}

/** 1 / (1 + exp(-x)); float32. PyTorch: `torch.sigmoid`. */
export function sigmoid<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sigmoid();
}

/** The error function; float32. PyTorch: `torch.erf`. */
export function erf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.erf();
}

/**
 * Rounded down. PyTorch: `torch.floor`.
 * @throws DTypeError on bool
 */
export function floor<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.floor();
}

/**
 * Rounded up. PyTorch: `torch.ceil`.
 * @throws DTypeError on bool
 */
export function ceil<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.ceil();
}

/**
 * To the nearest whole number, halves to even. PyTorch: `torch.round`.
 * @throws DTypeError on bool
 */
export function round<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.round();
}

/**
 * Rounded towards zero. PyTorch: `torch.trunc`.
 * @throws DTypeError on bool
 */
export function trunc<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.trunc();
}

/** max(x, 0); the gradient at 0 is 0. PyTorch: `torch.relu`. */
export function relu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.relu();
}

/** Whether elements are NaN; bool. PyTorch: `torch.isnan`. */
export function isnan<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isnan();
}

/** Whether elements are infinite; bool. PyTorch: `torch.isinf`. */
export function isinf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isinf();
}

/**
 * Whether elements are neither NaN nor infinite; bool. PyTorch:
 * `torch.isfinite`.
 */
export function isfinite<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isfinite();
}

/** Whether elements are 0; bool. PyTorch: `torch.logical_not`. */
export function logicalNot<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.logicalNot();
}

/**
 * Bitwise complement of whole numbers; logical not of bool. PyTorch:
 * `torch.bitwise_not`.
 * @throws DTypeError on float32
 */
export function bitwiseNot<D extends DType, S extends Shape>(
	x: Tensor<D, S> &
		NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
): Tensor<D, S> {
	return x.bitwiseNot();
}

/**
 * A copy with its own memory; gradients flow back through it. PyTorch:
 * `torch.clone`.
 */
export function clone<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.clone();
}

/** The same memory without history. PyTorch: `torch.detach`. */
export function detach<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.detach();
}

/**
 * Transpose of a matrix, a view; vectors and scalars as they are. PyTorch:
 * `torch.t`.
 * @throws ShapeError beyond two dimensions
 */
export function t<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<AtMost2d<S>>,
): Tensor<D, MatrixTransposed<S>> {
	return x.t();
}

/**
 * Coordinates of the elements that are not 0, int32 [n, rank]. PyTorch:
 * `torch.nonzero`.
 */
export function nonzero(x: Tensor): Tensor<"int32"> {
	return x.nonzero();
}

// Two operands, either of which may be a number

/** a + alpha · b, in the common type and shape. PyTorch: `torch.add`. */
export function add<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).add(b as Operand2, options) as never;
}

/** a - alpha · b, in the common type and shape. PyTorch: `torch.sub`. */
export function sub<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).sub(b as Operand2, options) as never;
}

/**
 * Products, element by element, in the common type and shape. PyTorch:
 * `torch.mul`.
 */
export function mul<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).mul(b as Operand2) as never;
}

/**
 * Quotients in float32, or rounded by `roundingMode` ("floor", "trunc").
 * PyTorch: `torch.div`.
 */
export function div<
	A extends Operand2,
	B extends Operand2,
	const P extends DivOptions = object,
>(a: A, b: B & NoInfer<Meets<A, B>>, options?: P): BothDivided<A, B, P> {
	return lift(a, b).div(b as Operand2, options) as never;
}

/** Quotients rounded down. PyTorch: `torch.floor_divide`. */
export function floorDivide<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).floorDivide(b as Operand2) as never;
}

/**
 * Remainders with the divisor's sign, as Python's `%`. PyTorch:
 * `torch.remainder`.
 */
export function remainder<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).remainder(b as Operand2) as never;
}

/**
 * Remainders with the dividend's sign, as C's `fmod`. PyTorch: `torch.fmod`.
 * @throws DTypeError for whole numbers by 0
 */
export function fmod<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).fmod(b as Operand2) as never;
}

/**
 * Powers. PyTorch: `torch.pow`.
 * @throws DTypeError for whole numbers to negative whole powers
 */
export function pow<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).pow(b as Operand2) as never;
}

/** The greater of two; NaN wins. PyTorch: `torch.maximum`. */
export function maximum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).maximum(b as Operand2) as never;
}

/** The smaller of two; NaN wins. PyTorch: `torch.minimum`. */
export function minimum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).minimum(b as Operand2) as never;
}

/**
 * Whether elements are equal; bool. PyTorch: `torch.eq`.
 * @throws ShapeError without a common shape
 */
export function eq<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).eq(b as Operand2) as never;
}

/**
 * Whether elements differ; bool. PyTorch: `torch.ne`.
 * @throws ShapeError without a common shape
 */
export function ne<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ne(b as Operand2) as never;
}

/**
 * Whether elements are less than the other's; bool. PyTorch: `torch.lt`.
 * @throws ShapeError without a common shape
 */
export function lt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).lt(b as Operand2) as never;
}

/**
 * Whether elements are at most the other's; bool. PyTorch: `torch.le`.
 * @throws ShapeError without a common shape
 */
export function le<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).le(b as Operand2) as never;
}

/**
 * Whether elements are greater than the other's; bool. PyTorch: `torch.gt`.
 * @throws ShapeError without a common shape
 */
export function gt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).gt(b as Operand2) as never;
}

/**
 * Whether elements are at least the other's; bool. PyTorch: `torch.ge`.
 * @throws ShapeError without a common shape
 */
export function ge<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ge(b as Operand2) as never;
}

/** Whether both are not 0; bool. PyTorch: `torch.logical_and`. */
export function logicalAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalAnd(b as Operand2) as never;
}

/** Whether one at least is not 0; bool. PyTorch: `torch.logical_or`. */
export function logicalOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalOr(b as Operand2) as never;
}

/** Whether exactly one is not 0; bool. PyTorch: `torch.logical_xor`. */
export function logicalXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalXor(b as Operand2) as never;
}

/**
 * Bitwise and of whole numbers; logical and of bool. PyTorch:
 * `torch.bitwise_and`.
 * @throws DTypeError on float32
 */
export function bitwiseAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseAnd(b as Operand2) as never;
}

/**
 * Bitwise or of whole numbers; logical or of bool. PyTorch:
 * `torch.bitwise_or`.
 * @throws DTypeError on float32
 */
export function bitwiseOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseOr(b as Operand2) as never;
}

/**
 * Bitwise exclusive or of whole numbers; logical one of bool. PyTorch:
 * `torch.bitwise_xor`.
 * @throws DTypeError on float32
 */
export function bitwiseXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseXor(b as Operand2) as never;
}

/**
 * Bits moved up by `other` places. PyTorch: `torch.bitwise_left_shift`.
 * @throws DTypeError on float32
 */
export function bitwiseLeftShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseLeftShift(b as Operand2) as never;
}

/**
 * Bits moved down by `other` places; the sign stays. PyTorch:
 * `torch.bitwise_right_shift`.
 * @throws DTypeError on float32
 */
export function bitwiseRightShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseRightShift(b as Operand2) as never;
}

/**
 * Whether each element is within atol + rtol · |b| of the other's; bool.
 * PyTorch: `torch.isclose`.
 * @throws DTypeError if the types differ
 */
export function isclose(
	a: Operand2,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): Tensor {
	return lift(a, b).isclose(b, options, atol, equalNan);
}

/**
 * Whether all elements are close. PyTorch: `torch.allclose`.
 * @throws DeviceError on a device that cannot be read at once
 */
export function allclose(
	a: Tensor,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): boolean {
	return a.allclose(b, options, atol, equalNan);
}

/**
 * Whether shapes and all elements are the same. PyTorch: `torch.equal`.
 * @throws DeviceError on a device that cannot be read at once
 */
export function equal(a: Tensor, b: Tensor): boolean {
	return a.equal(b);
}

// Several operands

/**
 * From x to `end` by `weight`: 0 is here, 1 is there. PyTorch: `torch.lerp`.
 * @throws DTypeError unless float32
 */
export function lerp(x: Tensor, end: Tensor, weight: Operand2): Tensor {
	return x.lerp(end, weight);
}

/** x + value · a · b. PyTorch: `torch.addcmul`. */
export function addcmul(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcmul(a, b, options);
}

/**
 * x + value · a / b. PyTorch: `torch.addcdiv`.
 * @throws DTypeError if a and b are whole numbers
 */
export function addcdiv(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcdiv(a, b, options);
}

/**
 * Within [min, max]; either may be left out. NaN stays. PyTorch:
 * `torch.clamp`.
 */
export function clamp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	min?: Operand2 | ClampOptions | null,
	max?: Operand2 | null,
): Tensor<D extends "float32" ? D : DType> {
	return x.clamp(min, max) as never;
}

/**
 * `value` where the mask holds. PyTorch: `torch.masked_fill`.
 * @throws DTypeError unless the mask is bool
 */
export function maskedFill<C extends Tensor, D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	mask: C & NoInfer<Mask<C, "masked_fill's mask">> & NoInfer<Fits<S, C>>,
	value: Operand2 | boolean,
): Combined<D, S, C> {
	return x.maskedFill(mask, value);
}

/**
 * Elements where the mask holds, as a vector. PyTorch: `torch.masked_select`.
 * @throws DTypeError unless the mask is bool
 */
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

/**
 * beta · x + alpha · a · b, for matrices a and b. PyTorch: `torch.addmm`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * beta · x + alpha · a · b, for batches of matrices. PyTorch: `torch.baddbmm`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Product of matrices, vectors and batches of them. PyTorch: `torch.matmul`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Product of two matrices, [n, k] and [k, m]. PyTorch: `torch.mm`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Product of a matrix [n, k] and a vector [k]. PyTorch: `torch.mv`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Sum of the products of two vectors' entries. PyTorch: `torch.dot`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Products of two batches of matrices, [b, n, k] and [b, k, m]. PyTorch:
 * `torch.bmm`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * All products of two vectors' entries, [n, m]. PyTorch: `torch.outer`.
 * @throws ShapeError
 */
export function outer(x: Tensor, other: Tensor): Tensor {
	return x.outer(other);
}

// Reduction

/**
 * Sum over all elements, or over `dim`; whole numbers sum to int32. PyTorch:
 * `torch.sum`.
 */
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

/**
 * Mean over all elements, or over `dim`. PyTorch: `torch.mean`.
 * @throws DTypeError unless float32
 */
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

/**
 * Product of all elements, or along `dim`; whole numbers give int32. PyTorch:
 * `torch.prod`.
 */
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

/**
 * Standard deviation, with Bessel's correction unless `unbiased: false` or
 * another `correction`. PyTorch: `torch.std`.
 * @throws DTypeError unless float32
 */
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

/**
 * The p-norm over all elements, or over `dim`; "fro" is 2. PyTorch:
 * `torch.norm`.
 * @throws DTypeError unless float32
 */
export function norm(
	x: Tensor,
	p?: number | "fro" | null | (DimOptions & { p?: number | "fro" }),
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.norm(p, dim, options);
}

/** log Σ exp(x) over `dim`, without overflow. PyTorch: `torch.logsumexp`. */
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

/**
 * Greatest elements over any dimensions; ties share the gradient. PyTorch:
 * `torch.amax`.
 * @throws ShapeError if there are none
 */
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

/**
 * Least elements over any dimensions; ties share the gradient. PyTorch:
 * `torch.amin`.
 * @throws ShapeError if there are none
 */
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

/**
 * Position of the greatest element, in the flattened tensor or along `dim`;
 * int32. PyTorch: `torch.argmax`.
 */
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

/**
 * Position of the least element, in the flattened tensor or along `dim`;
 * int32. PyTorch: `torch.argmin`.
 */
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

/**
 * Whether any element, or any along `dim`, is not 0. PyTorch: `torch.any`.
 */
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

/**
 * Whether all elements, or all along `dim`, are not 0. PyTorch: `torch.all`.
 */
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

/**
 * Running sum along `dim`; whole numbers sum to int32. PyTorch:
 * `torch.cumsum`.
 */
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

/**
 * Softmax along `dim`: positive, with sum 1. PyTorch: `torch.softmax`.
 * @throws DTypeError unless float32
 */
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

/**
 * log(softmax(x)) along `dim`, without overflow. PyTorch: `torch.log_softmax`.
 * @throws DTypeError unless float32
 */
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

/**
 * Variance, with Bessel's correction unless `unbiased: false` or another
 * `correction`. PyTorch: `torch.var`.
 * @throws DTypeError unless float32
 */
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

/**
 * The greatest element; along `dim`, values and their positions; or
 * elementwise with another tensor. PyTorch: `torch.max`.
 * @throws ShapeError if there are none
 */
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

/**
 * The least element; along `dim`, values and their positions; or elementwise
 * with another tensor. PyTorch: `torch.min`.
 * @throws ShapeError if there are none
 */
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

/**
 * Sorted along `dim`, stably, with the positions; NaN counts as the greatest.
 * PyTorch: `torch.sort`.
 */
export function sort<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): ValuesIndices<D, S> {
	return x.sort(dim, options);
}

/**
 * The k greatest (or least) elements along `dim`, in order, with their
 * positions. PyTorch: `torch.topk`.
 * @throws ShapeError if there are fewer
 */
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

/**
 * A view under another shape where possible, else a copy; one size may be -1.
 * PyTorch: `torch.reshape`.
 * @throws ShapeError if the sizes do not multiply to the number of elements
 */
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

/**
 * Dimensions `startDim` to `endDim` as one. PyTorch: `torch.flatten`.
 * @throws ShapeError
 */
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

/**
 * One dimension cut into several; one of them may be -1. PyTorch:
 * `torch.unflatten`.
 * @throws ShapeError
 */
export function unflatten<D extends DType>(
	x: Tensor<D>,
	dim: number,
	into: readonly number[],
): Tensor<D> {
	return x.unflatten(dim, into);
}

/**
 * Without the dimensions of size 1, or without `dim` if its size is 1; a view.
 * PyTorch: `torch.squeeze`.
 */
export function squeeze<
	D extends DType,
	S extends Shape,
	const I extends Dims | { dim: Dims } | undefined = undefined,
>(x: Tensor<D, S>, dim?: I): Tensor<D, Squeezed<S, I>> {
	return x.squeeze(dim);
}

/**
 * With a new dimension of size 1 at `dim`; a view. PyTorch: `torch.unsqueeze`.
 * @throws ShapeError out of range
 */
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

/**
 * With two dimensions exchanged; a view. PyTorch: `torch.transpose`.
 * @throws ShapeError out of range
 */
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

/**
 * With the dimensions in another order; a view. PyTorch: `torch.permute`.
 * @throws ShapeError unless each is named once
 */
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

/**
 * Some dimensions moved to other places; the others keep their order. PyTorch:
 * `torch.movedim`.
 * @throws ShapeError
 */
export function movedim<D extends DType>(
	x: Tensor<D>,
	source: number | readonly number[],
	destination: number | readonly number[],
): Tensor<D> {
	return x.movedim(source, destination);
}

/**
 * `length` entries of `dim` from `start` on, as a view. PyTorch:
 * `torch.narrow`.
 * @throws ShapeError out of range
 */
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

/**
 * One entry of `dim`, as a view without it. PyTorch: `torch.select`.
 * @throws ShapeError out of range
 */
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

/**
 * The diagonal of two dimensions as a last dimension, as a view. PyTorch:
 * `torch.diagonal`.
 * @throws ShapeError
 */
export function diagonal<D extends DType>(
	x: Tensor<D>,
	offset?: number,
	dim1?: number,
	dim2?: number,
): Tensor<D> {
	return x.diagonal(offset, dim1, dim2);
}

/**
 * In reverse order along the dimensions; a copy. PyTorch: `torch.flip`.
 * @throws ShapeError out of range
 */
export function flip<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	...dims: Sizes
): Tensor<D, S> {
	return x.flip(...dims);
}

/**
 * Each entry several times, one after the other; of the flattened tensor
 * without `dim`. PyTorch: `torch.repeat_interleave`.
 * @throws ShapeError, DTypeError
 */
export function repeatInterleave<D extends DType>(
	x: Tensor<D>,
	repeats: number | Tensor,
	dim?: number | null | { dim?: number | null },
): Tensor<D> {
	return x.repeatInterleave(repeats, dim) as Tensor<D>;
}

/**
 * The lower triangle of matrices, zeros above `diagonal`. PyTorch:
 * `torch.tril`.
 * @throws ShapeError below two dimensions
 */
export function tril<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	diagonal?: number | DiagonalOptions,
): Tensor<D, S> {
	return x.tril(diagonal);
}

/**
 * The upper triangle of matrices, zeros below `diagonal`. PyTorch:
 * `torch.triu`.
 * @throws ShapeError below two dimensions
 */
export function triu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	diagonal?: number | DiagonalOptions,
): Tensor<D, S> {
	return x.triu(diagonal);
}

/**
 * A vector as the diagonal of a matrix, or the diagonal of a matrix as a
 * vector; a copy. PyTorch: `torch.diag`.
 * @throws ShapeError
 */
export function diag<D extends DType>(
	x: Tensor<D>,
	diagonal?: number | DiagonalOptions,
): Tensor<D> {
	return x.diag(diagonal);
}

/**
 * result[i][j] = x[index[i][j]][j] for dim 0, and so on. PyTorch:
 * `torch.gather`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * The inverse of gather: result[index[i][j]][j] = source[i][j]. PyTorch:
 * `torch.scatter`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * As scatter, adding to what is there. PyTorch: `torch.scatter_add`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Whole slices of `dim`, picked by a vector of positions. PyTorch:
 * `torch.index_select`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Adds slices of `source`, times alpha, at positions of `dim`. PyTorch:
 * `torch.index_add`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Puts slices of `source` at positions of `dim`. PyTorch: `torch.index_copy`.
 * @throws ShapeError, DTypeError
 */
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

/**
 * Positions that sort the elements along `dim`; int32. PyTorch:
 * `torch.argsort`.
 */
export function argsort<S extends Shape>(
	x: Tensor<DType, S>,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): Tensor<"int32", S> {
	return x.argsort(dim, options);
}

/**
 * Parts of `dim` of one size (the last may be smaller), or of given sizes;
 * views. PyTorch: `torch.split`.
 * @throws ShapeError
 */
export function split<D extends DType>(
	x: Tensor<D>,
	size: number | readonly number[],
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.split(size, dim);
}

/**
 * At most `chunks` parts of `dim`, of equal size but for the last; views.
 * PyTorch: `torch.chunk`.
 * @throws ShapeError
 */
export function chunk<D extends DType>(
	x: Tensor<D>,
	chunks: number,
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.chunk(chunks, dim);
}

/**
 * All entries of `dim`, as views without it. PyTorch: `torch.unbind`.
 * @throws ShapeError
 */
export function unbind<D extends DType>(
	x: Tensor<D>,
	dim?: number | { dim?: number },
): Tensor<D>[] {
	return x.unbind(dim);
}
