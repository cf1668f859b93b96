import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import { einsum as contract } from "../ops/einsum.js";
import type { AddmmOptions } from "../tensor/arguments.js";
import type { Needs, SameDType } from "../tensor/dtype-types.js";
import type { CanMultiply, HasRank, Product } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";

/** Sums of products, as Einstein wrote them: `einsum("ij,jk->ik", a, b)`. */
export function einsum(
	equation: string,
	...operands: readonly Tensor[] | readonly [readonly Tensor[]]
): Tensor {
	const list = Array.isArray(operands[0]) ? operands[0] : operands;
	return contract(equation, list as readonly Tensor[]);
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
