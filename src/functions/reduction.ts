import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type {
	DimOptions,
	Dims,
	DTypeOptions,
	KeepDim,
	OneDimOptions,
	VarOptions,
} from "../tensor/arguments.js";
import type { InType, NeedsFloat, Summed } from "../tensor/dtype-types.js";
import type { HasDim, HasDims, Reduced } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";

/**
 * Sum over all elements, or over `dim`; whole numbers sum to int32. PyTorch:
 * `torch.sum`.
 */
export function sum<
	D extends DType,
	S extends Shape,
	const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
	const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	const P extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
	typed?: P,
): Tensor<InType<I, O, InType<P, undefined, Summed<D>>>, Reduced<S, I, O>> {
	return x.sum(dim, options, typed);
}

/**
 * Mean over all elements, or over `dim`. PyTorch: `torch.mean`.
 * @throws DTypeError unless float32
 */
export function mean<
	D extends DType,
	S extends Shape,
	const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
	const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	const P extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<InType<I, O, InType<P, undefined, D>>, "mean">> &
		NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
	typed?: P,
): Tensor<InType<I, O, InType<P, undefined, D>>, Reduced<S, I, O>> {
	// its gate on the type waits for a P that is known
	const t = x as Tensor<"float32">;
	return t.mean(dim as Dims, options as KeepDim, typed as object) as never;
}

/**
 * Product of all elements, or along `dim`; whole numbers give int32. PyTorch:
 * `torch.prod`.
 */
export function prod<
	D extends DType,
	S extends Shape,
	const I extends
		| number
		| null
		| (OneDimOptions & DTypeOptions)
		| undefined = undefined,
	const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	const P extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDims<S, I>>,
	dim?: I,
	options?: O,
	typed?: P,
): Tensor<InType<I, O, InType<P, undefined, Summed<D>>>, Reduced<S, I, O>> {
	return x.prod(dim, options, typed);
}

/**
 * Standard deviation, with Bessel's correction unless `unbiased: false` or
 * another `correction`. PyTorch: `torch.std`.
 * @throws DTypeError unless float32
 */
export function std<
	D extends DType,
	S extends Shape,
	const I extends Dims | boolean | VarOptions | undefined = undefined,
	const O extends VarOptions | boolean | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<D, "std">> &
		NoInfer<HasDims<S, Exclude<I, boolean>>>,
	dim?: I,
	options?: O,
	keepdim?: boolean,
): Tensor<D, Reduced<S, Exclude<I, boolean>, O extends boolean ? false : O>> {
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
	const O extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> & NoInfer<HasDim<S, I>>,
	dim: I | { dim: I; dtype?: DType | null },
	options?: O,
): Tensor<InType<undefined, O, Summed<D>>, S> {
	return x.cumsum(dim, options);
}

/**
 * Softmax along `dim`: positive, with sum 1. PyTorch: `torch.softmax`.
 * @throws DTypeError unless float32
 */
export function softmax<
	D extends DType,
	S extends Shape,
	const I extends number,
	const O extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<InType<undefined, O, D>, "softmax">> &
		NoInfer<HasDim<S, I>>,
	dim: I | { dim: I; dtype?: DType | null },
	options?: O,
): Tensor<InType<undefined, O, D>, S> {
	return (x as Tensor).softmax(dim as number, options as DTypeOptions) as never;
}

/**
 * log(softmax(x)) along `dim`, without overflow. PyTorch: `torch.log_softmax`.
 * @throws DTypeError unless float32
 */
export function logSoftmax<
	D extends DType,
	S extends Shape,
	const I extends number,
	const O extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<InType<undefined, O, D>, "logSoftmax">> &
		NoInfer<HasDim<S, I>>,
	dim: I | { dim: I; dtype?: DType | null },
	options?: O,
): Tensor<InType<undefined, O, D>, S> {
	return (x as Tensor).logSoftmax(
		dim as number,
		options as DTypeOptions,
	) as never;
}

/**
 * Variance, with Bessel's correction unless `unbiased: false` or another
 * `correction`. PyTorch: `torch.var`.
 * @throws DTypeError unless float32
 */
function variance<
	D extends DType,
	S extends Shape,
	const I extends Dims | boolean | VarOptions | undefined = undefined,
	const O extends VarOptions | boolean | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<D, "var">> &
		NoInfer<HasDims<S, Exclude<I, boolean>>>,
	dim?: I,
	options?: O,
	keepdim?: boolean,
): Tensor<D, Reduced<S, Exclude<I, boolean>, O extends boolean ? false : O>> {
	return x.var(dim as Dims, options as boolean, keepdim as boolean) as never;
}

export { variance as var };
