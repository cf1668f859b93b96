import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type { Dims, Sizes } from "../arguments.js";
import type {
	Asked,
	AtMost2d,
	CanExpand,
	CanPermute,
	CanView,
	Expanded,
	Flattened,
	HasDim,
	HasDims,
	Inserted,
	MatrixTransposed,
	Permuted,
	Removed,
	Replaced,
	SizeAt,
	Squeezed,
	Transposed,
	Viewed,
} from "../shape-types.js";
import type { TypedFoundation } from "./foundation.js";

/** The same elements in another shape or order. */
export interface TypedShape extends TypedFoundation {
	size<Self extends Tensor>(this: Self): Self["shape"];
	size<D extends DType, S extends Shape, const I extends number>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
	): SizeAt<S, I>;
	view<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<CanView<S, Asked<A>>>,
		...shape: A
	): Tensor<D, Viewed<S, Asked<A>>>;
	reshape<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<CanView<S, Asked<A>>>,
		...shape: A
	): Tensor<D, Viewed<S, Asked<A>>>;
	viewAs<D extends DType, S extends Shape, T extends Shape>(
		this: Tensor<D, S> & NoInfer<CanView<S, T>>,
		other: Tensor<DType, T>,
	): Tensor<D, T>;
	reshapeAs<D extends DType, S extends Shape, T extends Shape>(
		this: Tensor<D, S> & NoInfer<CanView<S, T>>,
		other: Tensor<DType, T>,
	): Tensor<D, T>;
	flatten<
		D extends DType,
		S extends Shape,
		const A extends number = 0,
		const B extends number = -1,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, A>> & NoInfer<HasDim<S, B>>,
		startDim?: A,
		endDim?: B,
	): Tensor<D, Flattened<S, A, B>>;
	flatten<
		D extends DType,
		S extends Shape,
		const A extends number = 0,
		const B extends number = -1,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, A>> & NoInfer<HasDim<S, B>>,
		options: { startDim?: A; endDim?: B },
	): Tensor<D, Flattened<S, A, B>>;
	unflatten<Self extends Tensor>(
		this: Self,
		dim: number,
		into: readonly number[],
	): Tensor<Self["dtype"]>;
	squeeze<
		D extends DType,
		S extends Shape,
		const I extends Dims | { dim: Dims } | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
	): Tensor<D, Squeezed<S, I>>;
	unsqueeze<D extends DType, S extends Shape, const I extends number>(
		this: Tensor<D, S> & NoInfer<HasDim<[...S, 1], I>>,
		dim: I | { dim: I },
	): Tensor<D, Inserted<S, I, 1>>;
	transpose<
		D extends DType,
		S extends Shape,
		const A extends number,
		const B extends number,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, A>> & NoInfer<HasDim<S, B>>,
		dim0: A,
		dim1: B,
	): Tensor<D, Transposed<S, A, B>>;
	t<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<AtMost2d<S>>,
	): Tensor<D, MatrixTransposed<S>>;
	permute<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<CanPermute<S, Asked<A>>>,
		...dims: A
	): Tensor<D, Permuted<S, Asked<A>>>;
	movedim<Self extends Tensor>(
		this: Self,
		source: number | readonly number[],
		destination: number | readonly number[],
	): Tensor<Self["dtype"]>;
	expand<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<CanExpand<S, Asked<A>>>,
		...shape: A
	): Tensor<D, Expanded<S, Asked<A>>>;
	expandAs<D extends DType, S extends Shape, T extends Shape>(
		this: Tensor<D, S> & NoInfer<CanExpand<S, T>>,
		other: Tensor<DType, T>,
	): Tensor<D, T>;
	narrow<
		D extends DType,
		S extends Shape,
		const I extends number,
		const N extends number,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		start: number,
		length: N,
	): Tensor<D, Replaced<S, I, N>>;
	select<D extends DType, S extends Shape, const I extends number>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: number,
	): Tensor<D, Removed<S, I>>;
	diagonal<Self extends Tensor>(
		this: Self,
		offset?: number | { offset?: number; dim1?: number; dim2?: number },
		dim1?: number,
		dim2?: number,
	): Tensor<Self["dtype"]>;
	split<
		D extends DType,
		S extends Shape,
		const I extends number | { dim?: number } = 0,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		size: number | readonly number[],
		dim?: I,
	): Tensor<D>[];
	chunk<
		D extends DType,
		S extends Shape,
		const I extends number | { dim?: number } = 0,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		chunks: number,
		dim?: I,
	): Tensor<D>[];
	unbind<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Removed<Self["shape"], 0>>[];
	unbind<Self extends Tensor>(
		this: Self,
		dim?: number | { dim?: number },
	): Tensor<Self["dtype"]>[];
	flip<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<HasDim<S, Asked<A>[number]>>,
		...dims: A
	): Tensor<D, S>;
	repeat<Self extends Tensor>(
		this: Self,
		...times: Sizes
	): Tensor<Self["dtype"]>;
	tril<Self extends Tensor>(
		this: Self,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<Self["dtype"], Self["shape"]>;
	triu<Self extends Tensor>(
		this: Self,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<Self["dtype"], Self["shape"]>;
	diag<Self extends Tensor>(
		this: Self,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<Self["dtype"]>;
}
