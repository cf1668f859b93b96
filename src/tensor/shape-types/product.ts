import type { Shape } from "../../layout.js";
import type { Broadcast } from "./broadcasting.js";
import type { Mismatch, Show } from "./messages.js";

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
