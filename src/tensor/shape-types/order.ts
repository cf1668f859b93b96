import type { Shape } from "../../layout.js";
import type { HasDim, Place, SizeAt } from "./dimensions.js";
import type { Mismatch } from "./messages.js";

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
