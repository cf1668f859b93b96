import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type { DiagonalOptions, Dims, Sizes } from "../tensor/arguments.js";
import type {
	Asked,
	AtMost2d,
	CanPermute,
	CanView,
	Flattened,
	HasDim,
	HasDims,
	Inserted,
	MatrixTransposed,
	Permuted,
	Removed,
	Replaced,
	Squeezed,
	Transposed,
	Viewed,
} from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";

/** Number of elements. PyTorch: `torch.numel`. */
export function numel(x: Tensor): number {
	return x.numel();
}

/** Whether the dtype is a floating point type. */
export function isFloatingPoint(x: Tensor): boolean {
	return x.dtype === "float32";
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
>(x: Tensor<D, S> & NoInfer<HasDims<S, I>>, dim?: I): Tensor<D, Squeezed<S, I>>;
export function squeeze(x: Tensor, dim?: Dims | { dim: Dims }): Tensor {
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
 * without `dim`. Of a vector of counts alone, each position as often as it says.
 * PyTorch: `torch.repeat_interleave`.
 * @throws ShapeError, DTypeError
 */
export function repeatInterleave(repeats: Tensor): Tensor<"int32">;
export function repeatInterleave<D extends DType>(
	x: Tensor<D>,
	repeats: number | Tensor,
	dim?: number | null | { dim?: number | null },
): Tensor<D>;
export function repeatInterleave(
	x: Tensor,
	repeats?: number | Tensor,
	dim?: number | null | { dim?: number | null },
): Tensor {
	if (repeats !== undefined) return x.repeatInterleave(repeats, dim);
	const places = x.newFull([x.numel()], 1, "int32").cumsum(0).sub(1);
	return places.repeatInterleave(x);
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
