import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type {
	DimOptions,
	Dims,
	KeepDim,
	OneDimOptions,
	ValuesIndices,
} from "../tensor/arguments.js";
import type { HasDims, Reduced } from "../tensor/shape-types.js";
import type { Both, Meets } from "../tensor/typed.js";
import type { Tensor } from "../tensor.js";

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
