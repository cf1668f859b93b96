import type { Shape } from "../../layout.js";
import type { Mismatch, Show } from "./messages.js";

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
