/**
 * Shapes as types: what can be told from literal sizes is told by the
 * compiler. Nothing of this is left at run time. Where a size is a plain
 * `number`, it stays one; where not even the number of dimensions is known,
 * the result is `Shape`, and every check passes.
 */
import type { Shape } from "../layout.js";
import type { Times } from "./size-types.js";

declare const mismatch: unique symbol;

/** What an argument would have to be, and cannot: the message says why. */
export interface Mismatch<Message extends string> {
	readonly [mismatch]: Message;
}

/** `64x784`, as PyTorch writes shapes in messages. */
type Show<S extends Shape> = S extends readonly [
	infer H extends number,
	...infer R extends readonly [number, ...number[]],
]
	? `${H}x${Show<R>}`
	: S extends readonly [infer H extends number]
		? `${H}`
		: "";

/** `64, 784`, as PyTorch writes them in others. */
type List<S extends Shape> = S extends readonly [
	infer H extends number,
	...infer R extends readonly [number, ...number[]],
]
	? `${H}, ${List<R>}`
	: Show<S>;

/** Any `N` sizes. */
type Any = [
	[],
	[number],
	[number, number],
	[number, number, number],
	[number, number, number, number],
	[number, number, number, number, number],
	[number, number, number, number, number, number],
];

/** Sizes as an argument: spread or as an array; as they are known. */
export type Asked<A extends readonly unknown[]> = A extends readonly [
	infer X extends readonly number[],
]
	? Known<X>
	: Known<A>;

/** Whether one size at least is a literal. */
type Literal<S extends readonly unknown[]> = {
	[K in keyof S]: number extends S[K] ? never : 1;
}[number];

/** A tuple of sizes, or `Shape` if no size is a literal. */
export type Known<S extends readonly unknown[]> = number extends S["length"]
	? Shape
	: S extends readonly []
		? []
		: [Literal<S>] extends [never]
			? Shape
			: S extends readonly number[]
				? [...S]
				: Shape;

/** The place of dimension `I`, which may count from the end; never if out of range. */
export type Place<S extends Shape, I extends number> = I extends unknown
	? `${I}` extends keyof S
		? I
		: `${I}` extends `-${infer P extends keyof Any & number}`
			? S extends readonly [
					...infer H extends readonly number[],
					...Extract<Any[P], readonly number[]>,
				]
				? H["length"]
				: never
			: never
	: never;

type Less = [-1, 0, 1, 2, 3, 4, 5, 6, 7];

/** Those of the dimensions `I` that `S` does not have. */
type Outside<S extends Shape, I extends number> = I extends unknown
	? [Place<S, I>] extends [never]
		? I
		: never
	: never;

/** Whether `I`, or each of several, is a dimension of `S`, as far as both are known. */
export type HasDim<S extends Shape, I> = [I] extends [number]
	? number extends S["length"] | I
		? unknown
		: S["length"] extends 0
			? unknown
			: [Outside<S, I>] extends [never]
				? unknown
				: Mismatch<`Dimension out of range (expected to be in range of [-${S["length"]}, ${Less[S["length"] & keyof Less] & number}], but got ${Outside<S, I>})`>
	: unknown;

/** The size of dimension `I`. */
export type SizeAt<S extends Shape, I extends number> = number extends
	| S["length"]
	| I
	? number
	: S[Place<S, I>];

/** Without the places `P`. */
type Drop<
	S extends Shape,
	P,
	Seen extends 0[] = [],
	Out extends number[] = [],
> = S extends readonly [
	infer H extends number,
	...infer R extends readonly number[],
]
	? Drop<R, P, [...Seen, 0], Seen["length"] extends P ? Out : [...Out, H]>
	: Out;

/** Without dimension `I`. */
export type Removed<S extends Shape, I extends number> = number extends
	| S["length"]
	| I
	? Shape
	: Drop<S, Place<S, I>>;

/** With size `N` at dimension `I`. */
export type Replaced<
	S extends Shape,
	I extends number,
	N extends number,
> = number extends S["length"] | I
	? Shape
	: {
			-readonly [K in keyof S]: K extends `${Place<S, I>}` ? N : S[K];
		};

/** As many dimensions as `S`, of sizes that are not known. */
export type Ranked<S extends Shape> = number extends S["length"]
	? Shape
	: { -readonly [K in keyof S]: number };

// Reductions

type KeepsDims<I, O> = I extends { readonly keepdim: infer K }
	? K
	: O extends boolean
		? O
		: O extends { readonly keepdim: infer K }
			? K
			: false;

/** The dimensions that were asked for: undefined for all of them. */
type DimsOf<I> = I extends number | readonly number[]
	? I
	: I extends { readonly dim: infer J }
		? DimsOf<J>
		: undefined;

type ReducedOver<S extends Shape, J, K> = [J] extends [readonly number[]]
	? number extends J["length"]
		? Shape
		: J extends readonly []
			? ReducedOver<S, undefined, K>
			: ReducedOver<S, J[number], K>
	: [J] extends [number]
		? number extends J
			? Shape
			: K extends true
				? {
						-readonly [P in keyof S]: P extends `${Place<S, J>}` ? 1 : S[P];
					}
				: Drop<S, Place<S, J>>
		: K extends true
			? { -readonly [P in keyof S]: 1 }
			: [];

/**
 * The shape after a reduction over `I`: a dimension, several, options, or
 * undefined for all; with `O`, options or `keepdim` itself.
 */
export type Reduced<S extends Shape, I, O = false> =
	boolean extends KeepsDims<I, O>
		? Shape
		: number extends S["length"]
			? DimsOf<I> extends undefined
				? KeepsDims<I, O> extends true
					? Shape
					: []
				: Shape
			: ReducedOver<S, DimsOf<I>, KeepsDims<I, O>>;

/** Whether `I` names dimensions of `S`. */
export type HasDims<S extends Shape, I> =
	DimsOf<I> extends readonly (infer J)[] ? HasDim<S, J> : HasDim<S, DimsOf<I>>;

// Broadcasting

type Meet<A extends number, B extends number> = number extends A
	? B extends 1
		? A
		: B
	: number extends B
		? A extends 1
			? B
			: A
		: A extends B
			? A
			: A extends 1
				? B
				: B extends 1
					? A
					: never;

type Zip<
	A extends Shape,
	B extends Shape,
	Out extends number[] = [],
> = A extends readonly [
	...infer A1 extends readonly number[],
	infer a extends number,
]
	? B extends readonly [
			...infer B1 extends readonly number[],
			infer b extends number,
		]
		? [Meet<a, b>] extends [never]
			? never
			: Zip<A1, B1, [Meet<a, b>, ...Out]>
		: [...A, ...Out]
	: [...B, ...Out];

/** The common shape of two; never if there is none. */
export type Broadcast<A extends Shape, B extends Shape> = number extends
	| A["length"]
	| B["length"]
	? Shape
	: Zip<A, B>;

/** Whether `B` has a common shape with `A`. */
export type Broadcasts<A extends Shape, B extends Shape> = [
	Broadcast<A, B>,
] extends [never]
	? Mismatch<`The sizes of tensors must match: ${Show<A>} and ${Show<B>} have no common shape`>
	: unknown;

// Shape and order

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

/** With dimensions `A` and `B` exchanged. */
export type Transposed<
	S extends Shape,
	A extends number,
	B extends number,
> = number extends S["length"] | A | B
	? Shape
	: {
			-readonly [K in keyof S]: K extends `${Place<S, A>}`
				? SizeAt<S, B>
				: K extends `${Place<S, B>}`
					? SizeAt<S, A>
					: S[K];
		};

/** The transpose of a matrix; vectors and scalars as they are. */
export type MatrixTransposed<S extends Shape> = S extends readonly [
	infer A extends number,
	infer B extends number,
]
	? [B, A]
	: S;

/** Whether `t()` takes `S`. */
export type AtMost2d<S extends Shape> = S["length"] extends infer N extends
	number
	? number extends N
		? unknown
		: N extends 0 | 1 | 2
			? unknown
			: Mismatch<`t() expects a tensor with <= 2 dimensions, but self is ${N}D`>
	: unknown;

/** The dimensions in the order `A`. */
export type Permuted<S extends Shape, A extends Shape> = number extends
	| S["length"]
	| A["length"]
	? Shape
	: { -readonly [K in keyof A]: SizeAt<S, A[K] & number> };

/** Whether `A` names as many dimensions as `S` has. */
export type CanPermute<S extends Shape, A extends Shape> = number extends
	| S["length"]
	| A["length"]
	? unknown
	: S["length"] extends A["length"]
		? HasDim<S, A[number]>
		: Mismatch<`number of dims don't match in permute: ${A["length"]} for a tensor of ${S["length"]} dimensions`>;

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

/** Something where both are known and not the same, as far as both are known. */
type Differ<A extends Shape, B extends Shape> = number extends
	| A["length"]
	| B["length"]
	? never
	: A["length"] extends B["length"]
		? {
				[K in keyof A & `${number}`]: K extends keyof B
					? number extends A[K] | B[K]
						? never
						: A[K] extends B[K]
							? never
							: 1
					: never;
			}[keyof A & `${number}`]
		: 1;

interface Shaped {
	readonly shape: Shape;
}

/** The first shape of `L` that does not stack onto `A`. */
type Odd<A extends Shape, L> = L extends readonly [
	infer T extends Shaped,
	...infer R,
]
	? [Differ<A, T["shape"]>] extends [never]
		? Odd<A, R>
		: T["shape"]
	: never;

/** Whether tensors have one shape. */
export type CanStack<L> = L extends readonly [
	infer T extends Shaped,
	...infer R,
]
	? [Odd<T["shape"], R>] extends [never]
		? unknown
		: Mismatch<`stack expects each tensor to be equal size, but got [${List<T["shape"]>}] at entry 0 and [${List<Odd<T["shape"], R>>}] later`>
	: unknown;

type OddBeside<A extends Shape, L, I extends number> = L extends readonly [
	infer T extends Shaped,
	...infer R,
]
	? T["shape"] extends readonly [0]
		? OddBeside<A, R, I>
		: [
					Differ<Replaced<A, I, number>, Replaced<T["shape"], I, number>>,
				] extends [never]
			? OddBeside<A, R, I>
			: T["shape"]
	: never;

/** Whether tensors have one shape but for dimension `I`; empty vectors go with all. */
export type CanCat<L, I> = L extends readonly [
	infer T extends Shaped,
	...infer R,
]
	? T["shape"] extends readonly [0]
		? unknown
		: I extends number
			? [OddBeside<T["shape"], R, I>] extends [never]
				? unknown
				: Mismatch<`Sizes of tensors must match except in dimension ${I}: [${List<T["shape"]>}] and [${List<OddBeside<T["shape"], R, I>>}]`>
			: unknown
	: unknown;

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

/** `S` broadcast to the sizes `A`, where -1 keeps a size. */
export type Expanded<
	S extends Shape,
	A extends Shape,
	Out extends number[] = [],
> = number extends S["length"] | A["length"]
	? Shape
	: A extends readonly [
				...infer A1 extends readonly number[],
				infer a extends number,
			]
		? S extends readonly [
				...infer S1 extends readonly number[],
				infer s extends number,
			]
			? Expanded<S1, A1, [a extends -1 ? s : a, ...Out]>
			: [...A, ...Out]
		: Out;

/** Whether `S` can be broadcast to the sizes `A`. */
export type CanExpand<S extends Shape, A extends Shape> = number extends
	| S["length"]
	| A["length"]
	? unknown
	: [Broadcast<S, Expanded<S, A>>] extends [never]
		? Mismatch<`The expanded size of the tensor must match the existing size: ${Show<S>} cannot become ${Show<A>}`>
		: unknown;

// Products

type Last<S extends Shape> = S extends readonly [
	...infer R extends readonly number[],
	infer N extends number,
]
	? [R, N]
	: never;

/** Whether two sizes may be the same. */
type Same<A, B> = number extends A
	? true
	: number extends B
		? true
		: A extends B
			? true
			: false;

/** The shape of a product of matrices, vectors and batches; never where sizes disagree. */
export type Product<A extends Shape, B extends Shape> = number extends
	| A["length"]
	| B["length"]
	? Shape
	: A extends readonly [infer n]
		? B extends readonly [infer k]
			? Same<n, k> extends true
				? []
				: never
			: Last<B> extends [infer Bh extends Shape, infer m extends number]
				? Last<Bh> extends [infer Bb extends readonly number[], infer k]
					? Same<n, k> extends true
						? [...Bb, m]
						: never
					: never
				: never
		: Last<A> extends [infer Ah extends readonly number[], infer n]
			? B extends readonly [infer k]
				? Same<n, k> extends true
					? [...Ah]
					: never
				: Last<B> extends [infer Bh extends Shape, infer m extends number]
					? Last<Bh> extends [infer Bb extends Shape, infer k]
						? Same<n, k> extends true
							? Last<Ah> extends [
									infer Ab extends Shape,
									infer l extends number,
								]
								? Broadcast<Ab, Bb> extends infer W extends number[]
									? [...W, l, m]
									: never
								: never
							: never
						: never
					: never
			: never;

/** Whether the product of `A` and `B` exists. */
export type CanMultiply<A extends Shape, B extends Shape> = [
	Product<A, B>,
] extends [never]
	? Mismatch<`mat1 and mat2 shapes cannot be multiplied (${Show<A>} and ${Show<B>})`>
	: unknown;

/** Whether `S` has `R` dimensions, as far as known. */
export type HasRank<
	S extends Shape,
	R extends number,
> = number extends S["length"]
	? unknown
	: S["length"] extends R
		? unknown
		: Mismatch<`expected ${R} dimensions, but found ${S["length"]} (${Show<S>})`>;

/** Whether the last size of `S` is `N`. */
export type EndsIn<S extends Shape, N extends number> =
	Last<S> extends [unknown, infer L]
		? Same<L, N> extends true
			? unknown
			: Mismatch<`the input's last size must be ${N}, but it is ${L & number} (${Show<S>})`>
		: unknown;

/** `S` with its last size replaced by `N`. */
export type Ending<
	S extends Shape,
	N extends number,
> = number extends S["length"]
	? Shape
	: Last<S> extends [infer R extends readonly number[], unknown]
		? [...R, N]
		: Shape;
