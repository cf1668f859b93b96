/**
 * The function forms of tensor methods: what PyTorch has as `torch.f(x)` and
 * `x.f()`, both exist. Documentation stands at the methods.
 */
import { apply } from "./autograd/apply.js";
import { full } from "./creation.js";
import { ShapeError } from "./errors.js";
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
import type { Tensor } from "./tensor.js";

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
	return first;
}

/** Tensors one after the other along `dim`. */
export function cat(
	tensors: readonly Tensor[],
	dim: number | { dim?: number } = 0,
): Tensor {
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
	return first.catWith(tensors, wrapDim(d, (model ?? first).shape.length));
}

/** Tensors of one shape along a new dimension `dim`. */
export function stack(
	tensors: readonly Tensor[],
	dim: number | { dim?: number } = 0,
): Tensor {
	const first = joined("stack", tensors);
	const d = typeof dim === "number" ? dim : (dim.dim ?? 0);
	return first.stackWith(tensors, wrapDim(d, first.shape.length + 1));
}

/** `a` where the condition holds, else `b`. */
export function where(condition: Tensor, a: Operand2, b: Operand2): Tensor {
	return apply(whereOp, [a, b, condition], undefined);
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

export function neg(x: Tensor): Tensor {
	return x.neg();
}

export function abs(x: Tensor): Tensor {
	return x.abs();
}

export function sign(x: Tensor): Tensor {
	return x.sign();
}

export function square(x: Tensor): Tensor {
	return x.square();
}

export function sqrt(x: Tensor): Tensor {
	return x.sqrt();
}

export function rsqrt(x: Tensor): Tensor {
	return x.rsqrt();
}

export function reciprocal(x: Tensor): Tensor {
	return x.reciprocal();
}

export function exp(x: Tensor): Tensor {
	return x.exp();
}

export function expm1(x: Tensor): Tensor {
	return x.expm1();
}

export function log(x: Tensor): Tensor {
	return x.log();
}

export function log1p(x: Tensor): Tensor {
	return x.log1p();
}

export function log2(x: Tensor): Tensor {
	return x.log2();
}

export function sin(x: Tensor): Tensor {
	return x.sin();
}

export function cos(x: Tensor): Tensor {
	return x.cos();
}

export function tanh(x: Tensor): Tensor {
	return x.tanh();
}

export function sigmoid(x: Tensor): Tensor {
	return x.sigmoid();
}

export function erf(x: Tensor): Tensor {
	return x.erf();
}

export function floor(x: Tensor): Tensor {
	return x.floor();
}

export function ceil(x: Tensor): Tensor {
	return x.ceil();
}

export function round(x: Tensor): Tensor {
	return x.round();
}

export function trunc(x: Tensor): Tensor {
	return x.trunc();
}

export function relu(x: Tensor): Tensor {
	return x.relu();
}

export function isnan(x: Tensor): Tensor {
	return x.isnan();
}

export function isinf(x: Tensor): Tensor {
	return x.isinf();
}

export function isfinite(x: Tensor): Tensor {
	return x.isfinite();
}

export function logicalNot(x: Tensor): Tensor {
	return x.logicalNot();
}

export function bitwiseNot(x: Tensor): Tensor {
	return x.bitwiseNot();
}

export function clone(x: Tensor): Tensor {
	return x.clone();
}

export function detach(x: Tensor): Tensor {
	return x.detach();
}

export function t(x: Tensor): Tensor {
	return x.t();
}

export function nonzero(x: Tensor): Tensor {
	return x.nonzero();
}

// Two operands, either of which may be a number

export function add(a: Operand2, b: Operand2, options?: AddOptions): Tensor {
	return lift(a, b).add(b, options);
}

export function sub(a: Operand2, b: Operand2, options?: AddOptions): Tensor {
	return lift(a, b).sub(b, options);
}

export function mul(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).mul(b);
}

export function div(a: Operand2, b: Operand2, options?: DivOptions): Tensor {
	return lift(a, b).div(b, options);
}

export function floorDivide(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).floorDivide(b);
}

export function remainder(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).remainder(b);
}

export function pow(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).pow(b);
}

export function maximum(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).maximum(b);
}

export function minimum(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).minimum(b);
}

export function eq(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).eq(b);
}

export function ne(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).ne(b);
}

export function lt(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).lt(b);
}

export function le(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).le(b);
}

export function gt(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).gt(b);
}

export function ge(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).ge(b);
}

export function logicalAnd(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).logicalAnd(b);
}

export function logicalOr(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).logicalOr(b);
}

export function logicalXor(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).logicalXor(b);
}

export function bitwiseAnd(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).bitwiseAnd(b);
}

export function bitwiseOr(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).bitwiseOr(b);
}

export function bitwiseXor(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).bitwiseXor(b);
}

export function bitwiseLeftShift(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).bitwiseLeftShift(b);
}

export function bitwiseRightShift(a: Operand2, b: Operand2): Tensor {
	return lift(a, b).bitwiseRightShift(b);
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

export function clamp(
	x: Tensor,
	min?: Operand2 | ClampOptions | null,
	max?: Operand2 | null,
): Tensor {
	return x.clamp(min, max);
}

export function maskedFill(
	x: Tensor,
	mask: Tensor,
	value: Operand2 | boolean,
): Tensor {
	return x.maskedFill(mask, value);
}

export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
	return x.maskedSelect(mask);
}

export function addmm(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: AddmmOptions,
): Tensor {
	return x.addmm(a, b, options);
}

export function baddbmm(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: AddmmOptions,
): Tensor {
	return x.baddbmm(a, b, options);
}

export function matmul(x: Tensor, other: Tensor): Tensor {
	return x.matmul(other);
}

export function mm(x: Tensor, other: Tensor): Tensor {
	return x.mm(other);
}

export function mv(x: Tensor, vector: Tensor): Tensor {
	return x.mv(vector);
}

export function dot(x: Tensor, other: Tensor): Tensor {
	return x.dot(other);
}

export function bmm(x: Tensor, other: Tensor): Tensor {
	return x.bmm(other);
}

export function outer(x: Tensor, other: Tensor): Tensor {
	return x.outer(other);
}

// Reduction

export function sum(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.sum(dim, options);
}

export function mean(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.mean(dim, options);
}

export function prod(
	x: Tensor,
	dim?: number | null | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.prod(dim, options);
}

export function std(
	x: Tensor,
	dim?: Dims | VarOptions,
	options?: VarOptions | boolean,
	keepdim?: boolean,
): Tensor {
	return x.std(dim, options, keepdim);
}

export function norm(
	x: Tensor,
	p?: number | "fro" | null | (DimOptions & { p?: number | "fro" }),
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.norm(p, dim, options);
}

export function logsumexp(
	x: Tensor,
	dim: number | readonly number[] | (DimOptions & { dim: Dims }),
	options?: KeepDim | boolean,
): Tensor {
	return x.logsumexp(dim, options);
}

export function amax(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.amax(dim, options);
}

export function amin(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.amin(dim, options);
}

export function argmax(
	x: Tensor,
	dim?: number | null | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.argmax(dim, options);
}

export function argmin(
	x: Tensor,
	dim?: number | null | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.argmin(dim, options);
}

export function any(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.any(dim, options);
}

export function all(
	x: Tensor,
	dim?: Dims | DimOptions,
	options?: KeepDim | boolean,
): Tensor {
	return x.all(dim, options);
}

export function cumsum(x: Tensor, dim: number | { dim: number }): Tensor {
	return x.cumsum(dim);
}

export function softmax(x: Tensor, dim: number | { dim: number }): Tensor {
	return x.softmax(dim);
}

export function logSoftmax(x: Tensor, dim: number | { dim: number }): Tensor {
	return x.logSoftmax(dim);
}

function variance(
	x: Tensor,
	dim?: Dims | VarOptions,
	options?: VarOptions | boolean,
	keepdim?: boolean,
): Tensor {
	return x.var(dim, options, keepdim);
}

export { variance as var };

export function max(x: Tensor): Tensor;
export function max(x: Tensor, other: Tensor): Tensor;
export function max(
	x: Tensor,
	dim: number | (OneDimOptions & { dim: number }),
	options?: KeepDim | boolean,
): ValuesIndices;
export function max(
	x: Tensor,
	dim?: number | Tensor | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor | ValuesIndices {
	return x.max(dim as number, options);
}

export function min(x: Tensor): Tensor;
export function min(x: Tensor, other: Tensor): Tensor;
export function min(
	x: Tensor,
	dim: number | (OneDimOptions & { dim: number }),
	options?: KeepDim | boolean,
): ValuesIndices;
export function min(
	x: Tensor,
	dim?: number | Tensor | OneDimOptions,
	options?: KeepDim | boolean,
): Tensor | ValuesIndices {
	return x.min(dim as number, options);
}

export function sort(
	x: Tensor,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): ValuesIndices {
	return x.sort(dim, options);
}

export function topk(
	x: Tensor,
	k: number,
	dim?: number | TopkOptions,
	options?: TopkOptions | boolean,
): ValuesIndices {
	return x.topk(k, dim, options);
}

// Shape and index

export function reshape(x: Tensor, ...shape: Sizes): Tensor {
	return x.reshape(...shape);
}

export function flatten(
	x: Tensor,
	startDim?: number | { startDim?: number; endDim?: number },
	endDim?: number,
): Tensor {
	return x.flatten(startDim, endDim);
}

export function unflatten(
	x: Tensor,
	dim: number,
	into: readonly number[],
): Tensor {
	return x.unflatten(dim, into);
}

export function squeeze(x: Tensor, dim?: Dims | { dim: Dims }): Tensor {
	return x.squeeze(dim);
}

export function unsqueeze(x: Tensor, dim: number): Tensor {
	return x.unsqueeze(dim);
}

export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
	return x.transpose(dim0, dim1);
}

export function permute(x: Tensor, ...dims: Sizes): Tensor {
	return x.permute(...dims);
}

export function movedim(
	x: Tensor,
	source: number | readonly number[],
	destination: number | readonly number[],
): Tensor {
	return x.movedim(source, destination);
}

export function narrow(
	x: Tensor,
	dim: number,
	start: number,
	length: number,
): Tensor {
	return x.narrow(dim, start, length);
}

export function select(x: Tensor, dim: number, index: number): Tensor {
	return x.select(dim, index);
}

export function diagonal(
	x: Tensor,
	offset?: number,
	dim1?: number,
	dim2?: number,
): Tensor {
	return x.diagonal(offset, dim1, dim2);
}

export function flip(x: Tensor, ...dims: Sizes): Tensor {
	return x.flip(...dims);
}

export function repeatInterleave(
	x: Tensor,
	repeats: number | Tensor,
	dim?: number | null | { dim?: number | null },
): Tensor {
	return x.repeatInterleave(repeats, dim);
}

export function tril(x: Tensor, diagonal?: number | DiagonalOptions): Tensor {
	return x.tril(diagonal);
}

export function triu(x: Tensor, diagonal?: number | DiagonalOptions): Tensor {
	return x.triu(diagonal);
}

export function diag(x: Tensor, diagonal?: number | DiagonalOptions): Tensor {
	return x.diag(diagonal);
}

export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
	return x.gather(dim, index);
}

export function scatter(
	x: Tensor,
	dim: number,
	index: Tensor,
	source: Operand2 | boolean,
): Tensor {
	return x.scatter(dim, index, source);
}

export function scatterAdd(
	x: Tensor,
	dim: number,
	index: Tensor,
	source: Tensor,
): Tensor {
	return x.scatterAdd(dim, index, source);
}

export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
	return x.indexSelect(dim, index);
}

export function indexAdd(
	x: Tensor,
	dim: number,
	index: Tensor,
	source: Tensor,
	options?: AddOptions,
): Tensor {
	return x.indexAdd(dim, index, source, options);
}

export function indexCopy(
	x: Tensor,
	dim: number,
	index: Tensor,
	source: Tensor,
): Tensor {
	return x.indexCopy(dim, index, source);
}

export function argsort(
	x: Tensor,
	dim?: number | SortOptions,
	options?: SortOptions | boolean,
): Tensor {
	return x.argsort(dim, options);
}

export function split(
	x: Tensor,
	size: number | readonly number[],
	dim?: number | { dim?: number },
): Tensor[] {
	return x.split(size, dim);
}

export function chunk(
	x: Tensor,
	chunks: number,
	dim?: number | { dim?: number },
): Tensor[] {
	return x.chunk(chunks, dim);
}

export function unbind(x: Tensor, dim?: number | { dim?: number }): Tensor[] {
	return x.unbind(dim);
}
