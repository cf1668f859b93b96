import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type {
	AddOptions,
	Operand2,
	ScatterOptions,
	SortOptions,
	TopkOptions,
	ValuesIndices,
} from "../arguments.js";
import type { Needs } from "../dtype-types.js";
import type { IndexItem } from "../index-items.js";
import type { HasDim, HasDims, Replaced } from "../shape-types.js";
import type { IndexCheck } from "./operands.js";
import type { TypedProducts } from "./products.js";

/** Elements by position, and in order. */
export interface TypedIndexing extends TypedProducts {
	index<
		D extends DType,
		S extends Shape,
		const A extends readonly IndexItem[] | readonly [readonly IndexItem[]],
	>(this: Tensor<D, S> & NoInfer<IndexCheck<A>>, ...items: A): Tensor<D>;
	indexPut<
		D extends DType,
		S extends Shape,
		const A extends readonly IndexItem[],
	>(
		this: Tensor<D, S> & NoInfer<IndexCheck<A>>,
		items: A,
		value: Operand2 | boolean,
		options?: { accumulate?: boolean },
	): Tensor<D, S>;
	indexSelect<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	): Tensor<
		D,
		Replaced<S, I, T extends readonly [infer N extends number] ? N : number>
	>;
	gather<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
	): Tensor<D, T>;
	scatter<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
		source: Operand2 | boolean,
		options?: ScatterOptions,
	): Tensor<D, S>;
	scatterAdd<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
		source: Tensor,
	): Tensor<D, S>;
	indexAdd<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
		source: Tensor,
		options?: AddOptions,
	): Tensor<D, S>;
	indexCopy<
		D extends DType,
		S extends Shape,
		const I extends number,
		E extends DType,
		T extends Shape,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
		index: Tensor<E, T> & NoInfer<Needs<E, "int32" | "uint8", "an index">>,
		source: Tensor,
	): Tensor<D, S>;
	nonzero(): Tensor<"int32">;
	nonzero(options: { readonly asTuple: true }): Tensor<"int32">[];
	sort<
		D extends DType,
		S extends Shape,
		const I extends number | SortOptions = -1,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: SortOptions | boolean,
	): ValuesIndices<D, S>;
	argsort<Self extends Tensor>(
		this: Self,
		dim?: number | SortOptions,
		options?: SortOptions | boolean,
	): Tensor<"int32", Self["shape"]>;
	topk<
		Self extends Tensor,
		const K extends number,
		const I extends number | TopkOptions = -1,
	>(
		this: Self,
		k: K,
		dim?: I,
		options?: TopkOptions | boolean,
	): ValuesIndices<
		Self["dtype"],
		Replaced<Self["shape"], I extends number ? I : number, K>
	>;
}
