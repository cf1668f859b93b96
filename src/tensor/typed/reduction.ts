import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type {
	DimOptions,
	Dims,
	DTypeOptions,
	KeepDim,
	OneDimOptions,
	ValuesIndices,
	VarOptions,
} from "../arguments.js";
import type { InType, NeedsFloat, Promote, Summed } from "../dtype-types.js";
import type {
	Broadcast,
	Broadcasts,
	HasDim,
	HasDims,
	Reduced,
} from "../shape-types.js";
import type { TypedUnary } from "./unary.js";

/** Over dimensions, or along one. */
export interface TypedReduction extends TypedUnary {
	sum<
		D extends DType,
		S extends Shape,
		const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
		const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
		const P extends DTypeOptions | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
		typed?: P,
	): Tensor<InType<I, O, InType<P, undefined, Summed<D>>>, Reduced<S, I, O>>;
	prod<
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
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
		typed?: P,
	): Tensor<InType<I, O, InType<P, undefined, Summed<D>>>, Reduced<S, I, O>>;
	mean<
		D extends DType,
		S extends Shape,
		const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
		const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
		const P extends DTypeOptions | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<InType<I, O, InType<P, undefined, D>>, "mean">> &
			NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
		typed?: P,
	): Tensor<InType<I, O, InType<P, undefined, D>>, Reduced<S, I, O>>;
	amax<
		D extends DType,
		S extends Shape,
		const I extends Dims | DimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<D, Reduced<S, I, O>>;
	amin<
		D extends DType,
		S extends Shape,
		const I extends Dims | DimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<D, Reduced<S, I, O>>;
	argmax<
		D extends DType,
		S extends Shape,
		const I extends number | null | OneDimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<"int32", Reduced<S, I, O>>;
	argmin<
		D extends DType,
		S extends Shape,
		const I extends number | null | OneDimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<"int32", Reduced<S, I, O>>;
	any<
		D extends DType,
		S extends Shape,
		const I extends Dims | DimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<D extends "uint8" ? "uint8" : "bool", Reduced<S, I, O>>;
	all<
		D extends DType,
		S extends Shape,
		const I extends Dims | DimOptions | undefined = undefined,
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<D extends "uint8" ? "uint8" : "bool", Reduced<S, I, O>>;
	var<
		D extends DType,
		S extends Shape,
		const I extends Dims | boolean | VarOptions | undefined = undefined,
		const O extends VarOptions | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<D, "var">> &
			NoInfer<HasDims<S, Exclude<I, boolean>>>,
		dim?: I,
		options?: O,
	): Tensor<D, Reduced<S, Exclude<I, boolean>, O extends boolean ? false : O>>;
	var<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "var">>,
		dim: Dims | undefined,
		unbiased: boolean,
		keepdim: boolean,
	): Tensor<D>;
	std<
		D extends DType,
		S extends Shape,
		const I extends Dims | boolean | VarOptions | undefined = undefined,
		const O extends VarOptions | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<D, "std">> &
			NoInfer<HasDims<S, Exclude<I, boolean>>>,
		dim?: I,
		options?: O,
	): Tensor<D, Reduced<S, Exclude<I, boolean>, O extends boolean ? false : O>>;
	std<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "std">>,
		dim: Dims | undefined,
		unbiased: boolean,
		keepdim: boolean,
	): Tensor<D>;
	norm<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "norm">>,
		p?: number | "fro" | null,
	): Tensor<D, []>;
	norm<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "norm">>,
		p?: number | "fro" | null | (DimOptions & { p?: number | "fro" }),
		dim?: Dims | DimOptions,
		options?: KeepDim | boolean,
	): Tensor<D>;
	logsumexp<
		D extends DType,
		S extends Shape,
		const I extends number | readonly number[] | (DimOptions & { dim: Dims }),
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim: I,
		options?: O,
	): Tensor<"float32", Reduced<S, I, O>>;
	max<Self extends Tensor>(this: Self): Tensor<Self["dtype"], []>;
	max<Self extends Tensor, E extends DType, T extends Shape>(
		this: Self,
		other: Tensor<E, T> & NoInfer<Broadcasts<Self["shape"], T>>,
	): Tensor<
		Promote<Self["dtype"], Self["shape"], E, T>,
		Broadcast<Self["shape"], T>
	>;
	max<
		D extends DType,
		S extends Shape,
		const I extends number | (OneDimOptions & { dim: number }),
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim: I,
		options?: O,
	): ValuesIndices<D, Reduced<S, I, O>>;
	min<Self extends Tensor>(this: Self): Tensor<Self["dtype"], []>;
	min<Self extends Tensor, E extends DType, T extends Shape>(
		this: Self,
		other: Tensor<E, T> & NoInfer<Broadcasts<Self["shape"], T>>,
	): Tensor<
		Promote<Self["dtype"], Self["shape"], E, T>,
		Broadcast<Self["shape"], T>
	>;
	min<
		D extends DType,
		S extends Shape,
		const I extends number | (OneDimOptions & { dim: number }),
		const O extends KeepDim | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim: I,
		options?: O,
	): ValuesIndices<D, Reduced<S, I, O>>;
	cumsum<
		D extends DType,
		S extends Shape,
		const I extends number,
		const O extends DTypeOptions | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I | { dim: I; dtype?: DType | null },
		options?: O,
	): Tensor<InType<undefined, O, Summed<D>>, S>;
	softmax<
		D extends DType,
		S extends Shape,
		const I extends number,
		const O extends DTypeOptions | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<InType<undefined, O, D>, "softmax">> &
			NoInfer<HasDim<S, I>>,
		dim: I | { dim: I; dtype?: DType | null },
		options?: O,
	): Tensor<InType<undefined, O, D>, S>;
	logSoftmax<
		D extends DType,
		S extends Shape,
		const I extends number,
		const O extends DTypeOptions | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<InType<undefined, O, D>, "logSoftmax">> &
			NoInfer<HasDim<S, I>>,
		dim: I | { dim: I; dtype?: DType | null },
		options?: O,
	): Tensor<InType<undefined, O, D>, S>;
}
