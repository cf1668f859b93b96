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
	data<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Promise<ArrayOf<D>>;
	dataSync<D extends DType, S extends Shape>(this: Tensor<D, S>): ArrayOf<D>;
	requiresGrad_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "requires_grad">>,
		value?: boolean,
	): Tensor<D, S>;
	registerHook<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		hook: GradHook,
	): { remove(): void };
	size<D extends DType, S extends Shape>(this: Tensor<D, S>): S;
	size<D extends DType, S extends Shape, const I extends number>(
		this: Tensor<D, S> & NoInfer<HasDim<S, I>>,
		dim: I,
	): import("./shape-types.js").SizeAt<S, I>;
	clone<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		options?: MemoryFormatOptions,
	): Tensor<D, S>;
	contiguous<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<D, S>;
	detach<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	to<D extends DType, S extends Shape, E extends DType>(
		this: Tensor<D, S>,
		dtype: E,
	): Tensor<E, S>;
	to<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		device: DeviceName,
	): Promise<Tensor<D, S>>;
	float<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	int<S extends Shape>(this: Tensor<DType, S>): Tensor<"int32", S>;
	long<S extends Shape>(this: Tensor<DType, S>): Tensor<"int32", S>;
	byte<S extends Shape>(this: Tensor<DType, S>): Tensor<"uint8", S>;
	bool<S extends Shape>(this: Tensor<DType, S>): Tensor<"bool", S>;
	typeAs<S extends Shape, E extends DType>(
		this: Tensor<DType, S>,
		other: Tensor<E>,
	): Tensor<E, S>;
	cpu<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Promise<Tensor<D, S>>;
	zerosLike<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	onesLike<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;

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
	unflatten<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		dim: number,
		into: readonly number[],
	): Tensor<D>;
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
	movedim<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		source: number | readonly number[],
		destination: number | readonly number[],
	): Tensor<D>;
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
	diagonal<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		offset?: number | { offset?: number; dim1?: number; dim2?: number },
		dim1?: number,
		dim2?: number,
	): Tensor<D>;
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
	unbind<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<D, Removed<S, 0>>[];
	unbind<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		dim?: number | { dim?: number },
	): Tensor<D>[];
	flip<D extends DType, S extends Shape, const A extends Sizes>(
		this: Tensor<D, S> & NoInfer<HasDim<S, Asked<A>[number]>>,
		...dims: A
	): Tensor<D, S>;
	repeat<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		...times: Sizes
	): Tensor<D>;
	tril<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<D, S>;
	triu<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<D, S>;
	diag<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		diagonal?: number | { readonly diagonal?: number },
	): Tensor<D>;

	// Element by element
	add<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: AddOptions,
	): Arithmetic<D, S, O>;
	sub<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: AddOptions,
	): Arithmetic<D, S, O>;
	mul<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	floorDivide<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	remainder<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	fmod<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	maximum<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	minimum<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	pow<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		exponent: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	div<
		D extends DType,
		S extends Shape,
		O extends Operand2,
		const P extends DivOptions = object,
	>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: P,
	): Quotient<D, S, O, P>;
	eq<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	ne<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	lt<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	le<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	gt<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	ge<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	logicalAnd<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	logicalOr<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
	logicalXor<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Combined<"bool", S, O>;
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
	logicalNot<S extends Shape>(this: Tensor<DType, S>): Tensor<"bool", S>;
	isnan<S extends Shape>(this: Tensor<DType, S>): Tensor<"bool", S>;
	isinf<S extends Shape>(this: Tensor<DType, S>): Tensor<"bool", S>;
	isfinite<S extends Shape>(this: Tensor<DType, S>): Tensor<"bool", S>;
	bitwiseNot<D extends DType, S extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
	): Tensor<D, S>;
	sqrt<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	rsqrt<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	reciprocal<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	exp<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	expm1<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	log<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	log1p<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	log2<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	sin<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	cos<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	tanh<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	sigmoid<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	erf<S extends Shape>(this: Tensor<DType, S>): Tensor<"float32", S>;
	neg<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	abs<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	sign<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	floor<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	ceil<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	round<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	trunc<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	relu<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	square<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<PromoteNumber<D, 2>, S>;
	clamp<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		min?: number | ClampOptions | null,
		max?: number | null,
	): Tensor<D extends "float32" ? D : DType, S>;
	clamp<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor;
	where<C extends Tensor, O extends Operand2, D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		condition: C & NoInfer<Mask<C, "where's condition">>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<Arithmetic<D, S, O>["dtype"]>;
	maskedFill<C extends Tensor, D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		mask: C & NoInfer<Mask<C, "masked_fill's mask">> & NoInfer<Fits<S, C>>,
		value: Operand2 | boolean,
	): Combined<D, S, C>;
	maskedSelect<C extends Tensor, D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		mask: C & NoInfer<Mask<C, "masked_select's mask">> & NoInfer<Fits<S, C>>,
	): Tensor<D>;

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
	max<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, []>;
	max<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S>,
		other: Tensor<E, T> & NoInfer<Broadcasts<S, T>>,
	): Tensor<Promote<D, S, E, T>, Broadcast<S, T>>;
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
	min<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, []>;
	min<D extends DType, S extends Shape, E extends DType, T extends Shape>(
		this: Tensor<D, S>,
		other: Tensor<E, T> & NoInfer<Broadcasts<S, T>>,
	): Tensor<Promote<D, S, E, T>, Broadcast<S, T>>;
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
	outer<D extends DType, S extends Shape, O extends Tensor>(
		this: Tensor<D, S>,
		other: O,
	): Tensor<
		Arithmetic<D, [], Tensor<O["dtype"], []>>["dtype"],
		S extends readonly [infer N extends number]
			? O["shape"] extends readonly [infer M extends number]
				? [N, M]
				: Shape
			: Shape
	>;
	addmm<
		D extends DType,
		S extends Shape,
		E extends DType,
		A extends Shape,
		B extends Shape,
	>(
		this: Tensor<D, S>,
		a: Tensor<E, A> & NoInfer<SameDType<D, E>>,
		b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
		options?: AddmmOptions,
	): Tensor<D, Product<A, B>>;
	baddbmm<
		D extends DType,
		S extends Shape,
		E extends DType,
		A extends Shape,
		B extends Shape,
	>(
		this: Tensor<D, S>,
		a: Tensor<E, A> & NoInfer<SameDType<D, E>>,
		b: Tensor<E, B> & NoInfer<CanMultiply<A, B>>,
		options?: AddmmOptions,
	): Tensor<D, Product<A, B>>;
	lerp<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "lerp">>,
		end: Tensor,
		weight: Operand2,
	): Tensor<D>;
	addcmul<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
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
	argsort<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		dim?: number | SortOptions,
		options?: SortOptions | boolean,
	): Tensor<"int32", S>;
	topk<
		D extends DType,
		S extends Shape,
		const K extends number,
		const I extends number | TopkOptions = -1,
	>(
		this: Tensor<D, S>,
		k: K,
		dim?: I,
		options?: TopkOptions | boolean,
	): ValuesIndices<D, Replaced<S, I extends number ? I : number, K>>;

	// In place
	neg_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	abs_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	sign_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	sqrt_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	rsqrt_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	reciprocal_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<D, S>;
	exp_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	expm1_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	log_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	log1p_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	log2_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	sin_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	cos_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	tanh_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	sigmoid_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	erf_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	square_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	floor_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	ceil_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	round_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	trunc_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	relu_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	zero_<D extends DType, S extends Shape>(this: Tensor<D, S>): Tensor<D, S>;
	logicalNot_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<D, S>;
	bitwiseNot_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
	): Tensor<D, S>;
	add_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: AddOptions,
	): Tensor<D, S>;
	sub_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: AddOptions,
	): Tensor<D, S>;
	mul_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	floorDivide_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	remainder_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	fmod_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	eq_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	ne_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	lt_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	le_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	gt_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	ge_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	logicalAnd_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	logicalOr_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	logicalXor_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	bitwiseAnd_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	bitwiseOr_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	bitwiseXor_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	bitwiseLeftShift_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	bitwiseRightShift_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	pow_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		exponent: O & NoInfer<Fits<S, O>>,
	): Tensor<D, S>;
	div_<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S>,
		other: O & NoInfer<Fits<S, O>>,
		options?: DivOptions,
	): Tensor<D, S>;
	clamp_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor<D, S>;
	fillDiagonal_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		value: number | boolean,
		options?: { readonly wrap?: boolean },
	): Tensor<D, S>;
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
	bernoulli_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		p?: number | Tensor | BernoulliOptions,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	random_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		from?: number | RangeOptions | null,
		to?: number | RangeOptions | null,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	exponential_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "exponential_">>,
		lambd?: number | ExponentialOptions,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	fill_<D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		value: number | boolean,
	): Tensor<D, S>;
	copy_<D extends DType, S extends Shape, T extends Shape>(
		this: Tensor<D, S>,
		source: Tensor<DType, T> & NoInfer<CanExpand<T, S>>,
	): Tensor<D, S>;
	maskedFill_<C extends Tensor, D extends DType, S extends Shape>(
		this: Tensor<D, S>,
		mask: C & NoInfer<Mask<C, "masked_fill's mask">> & NoInfer<Fits<S, C>>,
		value: Operand2 | boolean,
	): Tensor<D, S>;
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
