import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type { Needs, Promote, PromoteNumber } from "../dtype-types.js";
import type { Broadcast, Broadcasts, Mismatch } from "../shape-types.js";

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
