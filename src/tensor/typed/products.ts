import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type { AddmmOptions } from "../arguments.js";
import type { Needs, SameDType } from "../dtype-types.js";
import type { CanMultiply, HasRank, Product } from "../shape-types.js";
import type { Arithmetic } from "./operands.js";
import type { TypedReduction } from "./reduction.js";

/** Products of matrices and vectors. */
export interface TypedProducts extends TypedReduction {
	matmul<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "float32" | "int32" | "uint8", "matmul">>,
		other: Tensor<E, T> & NoInfer<SameDType<D, E>> & NoInfer<CanMultiply<S, T>>,
	): Tensor<D, Product<S, T>>;
	mm<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "mm">>,
		other: Tensor<E, T> &
			SameDType<D, E> &
			HasRank<S, 2> &
			HasRank<T, 2> &
			CanMultiply<S, T>,
	): Tensor<D, Product<S, T>>;
	mv<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S> & NoInfer<Needs<D, "float32" | "int32" | "uint8", "mv">>,
		other: Tensor<E, T> &
			SameDType<D, E> &
			HasRank<S, 2> &
			HasRank<T, 1> &
			CanMultiply<S, T>,
	): Tensor<D, Product<S, T>>;
	bmm<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "float32" | "int32" | "uint8", "bmm">>,
		other: Tensor<E, T> &
			SameDType<D, E> &
			HasRank<S, 3> &
			HasRank<T, 3> &
			CanMultiply<S, T>,
	): Tensor<D, Product<S, T>>;
	dot<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "float32" | "int32" | "uint8", "dot">>,
		other: Tensor<E, T> &
			SameDType<D, E> &
			HasRank<S, 1> &
			HasRank<T, 1> &
			CanMultiply<S, T>,
	): Tensor<D, []>;
	outer<Self extends Tensor, O extends Tensor>(
		this: Self,
		other: O,
	): Tensor<
		Arithmetic<Self["dtype"], [], Tensor<O["dtype"], []>>["dtype"],
		Self["shape"] extends readonly [infer N extends number]
			? O["shape"] extends readonly [infer M extends number]
				? [N, M]
				: Shape
			: Shape
	>;
	addmm<Self extends Tensor, E extends DType, A extends Shape, B extends Shape>(
		this: Self,
		a: Tensor<E, A> & NoInfer<SameDType<Self["dtype"], E>>,
		b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
		options?: AddmmOptions,
	): Tensor<Self["dtype"], Product<A, B>>;
	baddbmm<
		Self extends Tensor,
		E extends DType,
		A extends Shape,
		B extends Shape,
	>(
		this: Self,
		a: Tensor<E, A> & NoInfer<SameDType<Self["dtype"], E>>,
		b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
		options?: AddmmOptions,
	): Tensor<Self["dtype"], Product<A, B>>;
}
