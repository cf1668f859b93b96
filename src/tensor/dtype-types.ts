/** Element types as types: promotion, and what only some of them can do. */
import type { DType, TypedArray } from "../dtype.js";
import type { Shape } from "../layout.js";
import type { Mismatch } from "./shape-types.js";

/** The greater of two, in PyTorch's order. */
interface Promoted {
	float32: Record<DType, "float32">;
	int32: {
		float32: "float32";
		int32: "int32";
		uint8: "int32";
		bool: "int32";
	};
	uint8: { float32: "float32"; int32: "int32"; uint8: "uint8"; bool: "uint8" };
	bool: { float32: "float32"; int32: "int32"; uint8: "uint8"; bool: "bool" };
}

/** `Of` itself if it is not known, else `T`. */
type Unless<Of extends DType, T> = DType extends Of ? DType : T;

/** uint8 and int32 are of one kind: a tensor with dimensions decides. */
type Mixed<S extends Shape, A, T extends Shape, B> = number extends
	| S["length"]
	| T["length"]
	? A | B
	: S["length"] extends 0
		? T["length"] extends 0
			? "int32"
			: B
		: T["length"] extends 0
			? A
			: "int32";

/** The type in which tensors of types A and B and shapes S and T meet. */
export type Promote<
	A extends DType,
	S extends Shape,
	B extends DType,
	T extends Shape,
> = [A] extends ["float32"]
	? "float32"
	: [B] extends ["float32"]
		? "float32"
		: [A, B] extends ["int32", "uint8"] | ["uint8", "int32"]
			? Mixed<S, A, T, B>
			: Unless<A, Unless<B, Promoted[A][B]>>;

/** The type in which a tensor of type A meets the number N. */
export type PromoteNumber<A extends DType, N extends number> = [A] extends [
	"float32",
]
	? "float32"
	: Unless<
			A,
			number extends N
				? A | "float32" | ("bool" extends A ? "int32" : never)
				: `${N}` extends `${bigint}`
					? A extends "bool"
						? "int32"
						: A
					: "float32"
		>;

/** Sums of whole numbers are int32. */
export type Summed<D extends DType> = [D] extends ["float32"]
	? "float32"
	: Unless<D, D extends "float32" ? D : "int32">;

/** The type that options ask for, in either place; else `D`. */
export type InType<I, O, D extends DType> = I extends {
	readonly dtype: infer E extends DType;
}
	? E
	: O extends { readonly dtype: infer E extends DType }
		? E
		: D;

/** Types of which `D` must be one, as far as known; `Name` is for the message. */
export type Needs<
	D extends DType,
	Allowed extends DType,
	Name extends string,
> = [Extract<D, Allowed>] extends [never]
	? Mismatch<`${Name} is not implemented for ${D}: convert with .to('${Allowed}')`>
	: unknown;

export type NeedsFloat<D extends DType, Name extends string> = Needs<
	D,
	"float32",
	Name
>;

/** Whether two types can be the same. */
export type SameDType<A extends DType, B extends DType> = [
	Extract<A, B>,
] extends [never]
	? Mismatch<`expected dtype ${A}, but found ${B}: convert with .to('${A}')`>
	: unknown;

/** The typed array that a tensor's elements come in. */
export type ArrayOf<D extends DType> = DType extends D
	? TypedArray
	: D extends "float32"
		? Float32Array
		: D extends "int32"
			? Int32Array
			: Uint8Array;
