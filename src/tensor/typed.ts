/**
 * The typed face of `Tensor`: element types and shapes follow through its
 * methods. What they do, and their documentation, stands in the classes that
 * `Tensor` is made of, which know nothing of this.
 *
 * Every method takes the types from its `this`, so that none of them depends
 * on the interface's own parameters: comparing two tensor types compares two
 * fields, however many methods there are.
 */
import type { BackwardOptions } from "../autograd/engine.js";
import type { GradHook } from "../autograd/node.js";
import type { DeviceName } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import type {
	AddmmOptions,
	AddOptions,
	ClampOptions,
	DimOptions,
	Dims,
	DivOptions,
	DTypeOptions,
	KeepDim,
	MemoryFormatOptions,
	OneDimOptions,
	Operand2,
	ScatterOptions,
	Sizes,
	SortOptions,
	TopkOptions,
	ValueOptions,
	ValuesIndices,
	VarOptions,
} from "./arguments.js";
import type { TensorConversion } from "./conversion.js";
import type {
	ArrayOf,
	InType,
	Needs,
	NeedsFloat,
	Promote,
	PromoteNumber,
	SameDType,
	Summed,
} from "./dtype-types.js";
import type { IndexItem } from "./index-items.js";
import type {
	BernoulliOptions,
	ExponentialOptions,
	GeneratorOptions,
	NormalFillOptions,
	RangeOptions,
} from "./random.js";
import type {
	Asked,
	AtMost2d,
	Broadcast,
	Broadcasts,
	CanExpand,
	CanMultiply,
	CanPermute,
	CanView,
	Expanded,
	Flattened,
	HasDim,
	HasDims,
	HasRank,
	Inserted,
	MatrixTransposed,
	Mismatch,
	Permuted,
	Product,
	Reduced,
	Removed,
	Replaced,
	Squeezed,
	Transposed,
	Viewed,
} from "./shape-types.js";

/** Whether an operand has a common shape with `S`. */
export type Fits<S extends Shape, O> =
	O extends Tensor<DType, infer T> ? Broadcasts<S, T> : unknown;

/** A result in which both operands' types and shapes meet. */
export type Arithmetic<D extends DType, S extends Shape, O> = O extends number
	? Tensor<PromoteNumber<D, O>, S>
	: O extends Tensor<infer E, infer T>
		? Tensor<Promote<D, S, E, T>, Broadcast<S, T>>
		: never;

/** A result of shape alone. */
export type Combined<R extends DType, S extends Shape, O> = O extends number
	? Tensor<R, S>
	: O extends Tensor<DType, infer T>
		? Tensor<R, Broadcast<S, T>>
		: never;

/** What `div` gives: fractions, unless they are rounded. */
export type Quotient<D extends DType, S extends Shape, O, P> = P extends {
	readonly roundingMode: "floor" | "trunc";
}
	? Arithmetic<D, S, O>
	: Combined<"float32", S, O>;

/** Whether two operands, either of which may be a number, have a common shape. */
export type Meets<A, B> =
	A extends Tensor<DType, infer S> ? Fits<S, B> : unknown;

/** `Arithmetic`, where the first operand may be a number. */
export type Both<A, B> =
	A extends Tensor<infer D, infer S>
		? Arithmetic<D, S, B>
		: B extends Tensor<infer E, infer T>
			? Arithmetic<E, T, A>
			: Tensor<DType, []>;

/** `Combined`, where the first operand may be a number. */
export type BothInto<R extends DType, A, B> =
	A extends Tensor<DType, infer S>
		? Combined<R, S, B>
		: B extends Tensor<DType, infer T>
			? Tensor<R, T>
			: Tensor<R, []>;

/** `Quotient`, where the first operand may be a number. */
export type BothDivided<A, B, P> = P extends {
	readonly roundingMode: "floor" | "trunc";
}
	? Both<A, B>
	: BothInto<"float32", A, B>;

/** What an index may not hold: positions are whole numbers. */
export type IndexCheck<A> = A extends readonly (infer I)[]
	? I extends readonly (infer J)[]
		? IndexCheck<readonly J[]>
		: [Extract<I, Tensor<"float32">>] extends [never]
			? unknown
			: Mismatch<"tensors used as indices must be int32, uint8 or bool: convert with .to('int32')">
	: unknown;

/** Whether a condition or mask can be one. */
export type Mask<C, Name extends string> =
	C extends Tensor<infer D, Shape> ? Needs<D, "bool" | "uint8", Name> : unknown;

/** The public members of a class, of one level: nothing to walk for each new type. */
export type Members<T> = { [K in keyof T]: T[K] };

/** The methods of all tensors. */
export interface TypedMethods extends Members<TensorConversion> {
	keep<T>(this: T): T;

	// Reading
	data<Self extends Tensor>(this: Self): Promise<ArrayOf<Self["dtype"]>>;
	dataSync<Self extends Tensor>(this: Self): ArrayOf<Self["dtype"]>;
	requiresGrad_<Self extends Tensor>(
		this: Self & NoInfer<NeedsFloat<Self["dtype"], "requires_grad">>,
		value?: boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	registerHook<Self extends Tensor>(
		this: Self,
		hook: GradHook,
	): { remove(): void };
	size<Self extends Tensor>(this: Self): Self["shape"];
	size<D extends DType, S extends Shape, const I extends number>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
	): import("./shape-types.js").SizeAt<S, I>;
	clone<Self extends Tensor>(
		this: Self,
		options?: MemoryFormatOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	contiguous<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	detach<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	to<Self extends Tensor, E extends DType>(
		this: Self,
		dtype: E,
	): Tensor<E, Self["shape"]>;
	to<Self extends Tensor>(
		this: Self,
		device: DeviceName,
	): Promise<Tensor<Self["dtype"], Self["shape"]>>;
	float<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	int<Self extends Tensor>(this: Self): Tensor<"int32", Self["shape"]>;
	long<Self extends Tensor>(this: Self): Tensor<"int32", Self["shape"]>;
	byte<Self extends Tensor>(this: Self): Tensor<"uint8", Self["shape"]>;
	bool<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	typeAs<S extends Shape, E extends DType>(
		this: Tensor<DType, S>,
		other: Tensor<E>,
	): Tensor<E, S>;
	cpu<Self extends Tensor>(
		this: Self,
	): Promise<Tensor<Self["dtype"], Self["shape"]>>;
	zerosLike<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	onesLike<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;

	// Shape and order
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

	// Element by element
	add<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	sub<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	mul<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	floorDivide<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	remainder<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	fmod<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	maximum<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	minimum<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	pow<Self extends Tensor, O extends Operand2>(
		this: Self,
		exponent: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	div<
		Self extends Tensor,
		O extends Operand2,
		const P extends DivOptions = object,
	>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: P,
	): Quotient<Self["dtype"], Self["shape"], O, P>;
	eq<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	ne<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	lt<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	le<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	gt<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	ge<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalAnd<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalOr<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalXor<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	bitwiseAnd<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseAnd">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	bitwiseOr<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseOr">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	bitwiseXor<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseXor">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	logicalNot<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isnan<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isinf<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isfinite<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	bitwiseNot<D extends DType, S extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
	): Tensor<D, S>;
	sqrt<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	rsqrt<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	reciprocal<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	exp<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	expm1<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log1p<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log2<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	sin<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	cos<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	tanh<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	sigmoid<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	erf<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	neg<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	abs<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sign<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	floor<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	ceil<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	round<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	trunc<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	relu<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	square<Self extends Tensor>(
		this: Self,
	): Tensor<PromoteNumber<Self["dtype"], 2>, Self["shape"]>;
	clamp<Self extends Tensor>(
		this: Self,
		min?: number | ClampOptions | null,
		max?: number | null,
	): Tensor<
		Self["dtype"] extends "float32" ? Self["dtype"] : DType,
		Self["shape"]
	>;
	clamp<Self extends Tensor>(
		this: Self,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor;
	where<C extends Tensor, O extends Operand2, Self extends Tensor>(
		this: Self,
		condition: C & NoInfer<Mask<C, "where's condition">>,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Arithmetic<Self["dtype"], Self["shape"], O>["dtype"]>;
	maskedFill<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_fill's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
		value: Operand2 | boolean,
	): Combined<Self["dtype"], Self["shape"], C>;
	maskedSelect<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_select's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
	): Tensor<Self["dtype"]>;

	// Reductions
	sum<
		D extends DType,
		S extends Shape,
		const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
		const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<InType<I, O, Summed<D>>, Reduced<S, I, O>>;
	prod<
		D extends DType,
		S extends Shape,
		const I extends
			| number
			| null
			| (OneDimOptions & DTypeOptions)
			| undefined = undefined,
		const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> & NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<InType<I, O, Summed<D>>, Reduced<S, I, O>>;
	mean<
		D extends DType,
		S extends Shape,
		const I extends Dims | (DimOptions & DTypeOptions) | undefined = undefined,
		const O extends (KeepDim & DTypeOptions) | boolean | undefined = undefined,
	>(
		this: Tensor<D, S> &
			NoInfer<NeedsFloat<InType<I, O, D>, "mean">> &
			NoInfer<HasDims<S, I>>,
		dim?: I,
		options?: O,
	): Tensor<InType<I, O, D>, Reduced<S, I, O>>;
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

	// Products
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
	lerp<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "lerp">>,
		end: Tensor,
		weight: Operand2,
	): Tensor<D>;
	addcmul<Self extends Tensor>(
		this: Self,
		a: Tensor,
		b: Tensor,
		options?: ValueOptions,
	): Tensor;

	// Index and order
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

	// In place
	neg_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	abs_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sign_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sqrt_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	rsqrt_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	reciprocal_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	exp_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	expm1_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log1p_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log2_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sin_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	cos_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	tanh_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sigmoid_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	erf_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	square_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	floor_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	ceil_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	round_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	trunc_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	relu_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	zero_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	logicalNot_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseNot_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	add_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	sub_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	mul_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	floorDivide_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	remainder_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	fmod_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	eq_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	ne_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	lt_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	le_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	gt_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	ge_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalAnd_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalOr_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalXor_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseAnd_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseOr_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseXor_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseLeftShift_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseRightShift_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	pow_<Self extends Tensor, O extends Operand2>(
		this: Self,
		exponent: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	div_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: DivOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	clamp_<Self extends Tensor>(
		this: Self,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor<Self["dtype"], Self["shape"]>;
	fillDiagonal_<Self extends Tensor>(
		this: Self,
		value: number | boolean,
		options?: { readonly wrap?: boolean },
	): Tensor<Self["dtype"], Self["shape"]>;
	uniform_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "uniform_">>,
		from?: number | RangeOptions,
		to?: number,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	normal_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "normal_">>,
		mean?: number | NormalFillOptions,
		std?: number,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	bernoulli_<Self extends Tensor>(
		this: Self,
		p?: number | Tensor | BernoulliOptions,
		options?: GeneratorOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	random_<Self extends Tensor>(
		this: Self,
		from?: number | RangeOptions | null,
		to?: number | RangeOptions | null,
		options?: GeneratorOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	exponential_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "exponential_">>,
		lambd?: number | ExponentialOptions,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	fill_<Self extends Tensor>(
		this: Self,
		value: number | boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	copy_<Self extends Tensor, T extends Shape>(
		this: Self,
		source: Tensor<DType, T> & NoInfer<CanExpand<T, Self["shape"]>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	maskedFill_<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_fill's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
		value: Operand2 | boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	indexPut_<
		D extends DType,
		S extends Shape,
		const A extends readonly IndexItem[],
	>(
		this: Tensor<D, S> & NoInfer<IndexCheck<A>>,
		items: A,
		value: Operand2 | boolean,
		options?: { accumulate?: boolean },
	): Tensor<D, S>;
	backward(
		gradient?: Tensor | null | (BackwardOptions & { gradient?: Tensor }),
		options?: BackwardOptions,
	): void;
}
