import type { Shape } from "../../layout.js";
import type { Drop, HasDim, Place } from "./dimensions.js";

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
