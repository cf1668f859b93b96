import type { Shape } from "../../layout.js";
import type { Replaced } from "./dimensions.js";
import type { List, Mismatch } from "./messages.js";

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
