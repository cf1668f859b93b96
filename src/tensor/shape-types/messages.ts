import type { Shape } from "../../layout.js";

declare const mismatch: unique symbol;

/** What an argument would have to be, and cannot: the message says why. */
export interface Mismatch<Message extends string> {
	readonly [mismatch]: Message;
}

/** `64x784`, as PyTorch writes shapes in messages. */
export type Show<S extends Shape> = S extends readonly [
	infer H extends number,
	...infer R extends readonly [number, ...number[]],
]
	? `${H}x${Show<R>}`
	: S extends readonly [infer H extends number]
		? `${H}`
		: "";

/** `64, 784`, as PyTorch writes them in others. */
export type List<S extends Shape> = S extends readonly [
	infer H extends number,
	...infer R extends readonly [number, ...number[]],
]
	? `${H}, ${List<R>}`
	: Show<S>;
