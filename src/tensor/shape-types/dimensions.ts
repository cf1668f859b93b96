import type { Shape } from "../../layout.js";
import type { Mismatch } from "./messages.js";

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
export type Drop<
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
