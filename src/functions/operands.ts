import { full } from "../creation.js";
import { promoteNumber } from "../dtype.js";
import type { Operand2 } from "../tensor/arguments.js";
import type { Tensor } from "../tensor.js";

/**
 * A tensor for an operand that may be a number: a 0-dimensional one of the type
 * in which it meets the other operand, or int32 if that is a whole number too.
 */
export function lift(x: Operand2, beside?: Operand2): Tensor {
	if (typeof x === "object") return x;
	const other = typeof beside === "object" ? beside : null;
	const whole = Number.isInteger(x) && Math.abs(x) <= 2147483647;
	const dtype = whole ? promoteNumber(other?.dtype ?? "int32", x) : "float32";
	// a number that meets bytes wraps
	const value = dtype === "uint8" ? x & 255 : x;
	return full([], value, { dtype, device: other?.device ?? "cpu" });
}
