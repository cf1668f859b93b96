import type { Shape } from "../../layout.js";
import type { Times } from "../size-types.js";
import type { Known, Place, Removed, SizeAt } from "./dimensions.js";
import type { List, Mismatch } from "./messages.js";

/** All sizes multiplied; `number` if one is not a literal. */
export type Numel<
	S extends readonly number[],
	N extends number = 1,
> = S extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? number extends H
		? number
		: Numel<R, Times<N, H>>
	: number extends S["length"]
		? number
		: N;

/** `S` without one size `N`; never if there is none. */
type Without<
	S extends readonly number[],
	N extends number,
	Seen extends number[] = [],
> = S extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? H extends N
		? [...Seen, ...R]
		: Without<R, N, [...Seen, H]>
	: never;

/** What -1 stands for, where the other sizes are all found among those of `S`. */
type Inferred<
	S extends readonly number[],
	A extends readonly number[],
> = A extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? number extends H
		? number
		: H extends -1 | 1
			? Inferred<S, R>
			: [Without<S, H>] extends [never]
				? number
				: Inferred<Without<S, H>, R>
	: Numel<S>;

/** The sizes `A`, with -1 replaced by what is left of the elements of `S`. */
export type Viewed<
	S extends Shape,
	A extends Shape,
> = number extends A["length"]
	? Shape
	: -1 extends A[number]
		? Known<{
				-readonly [K in keyof A]: A[K] extends -1
					? number extends S["length"]
						? number
						: Inferred<S, A>
					: A[K];
			}>
		: [...A];

/** Whether the elements of `S` can have the sizes `A`. */
export type CanView<S extends Shape, A extends Shape> = number extends
	| S["length"]
	| A["length"]
	? unknown
	: -1 extends A[number]
		? unknown
		: number extends Numel<S> | Numel<A>
			? unknown
			: Numel<S> extends Numel<A>
				? unknown
				: Mismatch<`shape '[${List<A>}]' is invalid for input of size ${Numel<S>}`>;

/** With a dimension of size `N` inserted at `I`. */
export type Inserted<
	S extends Shape,
	I extends number,
	N extends number,
> = number extends S["length"] | I ? Shape : Spliced<S, Place<[...S, 1], I>, N>;

type Spliced<
	S extends Shape,
	P,
	N extends number,
	Out extends number[] = [],
> = Out["length"] extends P
	? [...Out, N, ...S]
	: S extends readonly [
				infer H extends number,
				...infer R extends readonly number[],
			]
		? Spliced<R, P, N, [...Out, H]>
		: Shape;

/** Without the dimensions of size 1, or without dimension `I` if its size is 1. */
export type Squeezed<S extends Shape, I> = number extends S["length"]
	? Shape
	: I extends undefined | null
		? Unit<S>
		: I extends number
			? number extends I | SizeAt<S, I>
				? Shape
				: SizeAt<S, I> extends 1
					? Removed<S, I>
					: S
			: Shape;

type Unit<S extends Shape, Out extends number[] = []> = S extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? number extends H
		? Shape
		: Unit<R, H extends 1 ? Out : [...Out, H]>
	: Out;

/** Dimensions `A` to `B` as one. */
export type Flattened<
	S extends Shape,
	A extends number,
	B extends number,
> = number extends S["length"] | A | B
	? Shape
	: S extends readonly []
		? [1]
		: Merged<S, Place<S, A>, Place<S, B>>;

/** Walks from `P` to `Q`; `In` collects what becomes one. */
type Merged<
	S extends Shape,
	P,
	Q,
	Seen extends 0[] = [],
	Out extends number[] = [],
	In extends number[] | null = null,
> = S extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? In extends number[]
		? Seen["length"] extends Q
			? [...Out, Numel<[...In, H]>, ...R]
			: Merged<R, P, Q, [...Seen, 0], Out, [...In, H]>
		: Seen["length"] extends P
			? Seen["length"] extends Q
				? [...Out, ...S]
				: Merged<R, P, Q, [...Seen, 0], Out, [H]>
			: Merged<R, P, Q, [...Seen, 0], [...Out, H]>
	: Shape;
