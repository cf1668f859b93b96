import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type {
	AddOptions,
	Operand2,
	ScatterOptions,
	SortOptions,
	TopkOptions,
	ValuesIndices,
} from "../tensor/arguments.js";
import type { Needs } from "../tensor/dtype-types.js";
import type { HasDim, Replaced } from "../tensor/shape-types.js";
import type { Combined, Fits, Mask } from "../tensor/typed.js";
import type { Tensor } from "../tensor.js";

export { type IndexItem, type Slice, slice } from "../tensor/index-items.js";

/**
 * Coordinates of the elements that are not 0, int32 [n, rank]; with `asTuple` a
 * vector for each dimension. PyTorch: `torch.nonzero`.
 */
export function nonzero(x: Tensor): Tensor<"int32">;
export function nonzero(
	x: Tensor,
	options: { readonly asTuple: true },
): Tensor<"int32">[];
export function nonzero(
	x: Tensor,
	options?: { readonly asTuple: true },
): Tensor | Tensor[] {
	return options ? x.nonzero(options) : x.nonzero();
}

/** As `nonzero(x)`, on any device. */
export function nonzeroAsync(x: Tensor): Promise<Tensor<"int32">> {
	return x.nonzeroAsync() as Promise<Tensor<"int32">>;
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

/** As `maskedSelect(x, mask)`, on any device. */
export function maskedSelectAsync<
	C extends Tensor,
	D extends DType,
	S extends Shape,
>(
	x: Tensor<D, S>,
	mask: C & NoInfer<Mask<C, "masked_select's mask">> & NoInfer<Fits<S, C>>,
): Promise<Tensor<D>> {
	return x.maskedSelectAsync(mask) as Promise<Tensor<D>>;
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
	options?: ScatterOptions,
): Tensor<D, S> {
	return x.scatter(dim, index, source, options);
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
