import type { DType } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { broadcastShapes, type Shape, sameShape, wrapDim } from "../layout.js";
import type { CanCat, CanStack, Ranked } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";
import { TensorBase } from "../tensor-base.js";

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
export function cat<
	const L extends readonly Tensor[],
	const I extends number | { dim?: number } = 0,
>(
	tensors: L & NoInfer<CanCat<L, I>>,
	dim?: I,
): Tensor<L[number]["dtype"], Ranked<L[number]["shape"]>>;
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
export function stack<const L extends readonly Tensor[]>(
	tensors: L & NoInfer<CanStack<L>>,
	dim?: number | { dim?: number },
): Tensor<L[number]["dtype"], Ranked<[...L[number]["shape"], 1]>>;
export function stack(
	tensors: readonly Tensor[],
	dim: number | { dim?: number } = 0,
): Tensor {
	const first = joined("stack", tensors);
	const d = typeof dim === "number" ? dim : (dim.dim ?? 0);
	return first.stackWith(tensors, wrapDim(d, first.shape.length + 1));
}

/** Tensors as views of one common shape. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
	let shape: Shape = [];
	for (const t of tensors) shape = broadcastShapes(shape, t.shape);
	return tensors.map((t) => (sameShape(t.shape, shape) ? t : t.expand(shape)));
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
