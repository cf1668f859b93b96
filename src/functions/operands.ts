import { full } from "../creation.js";
import type { Operand2 } from "../tensor/arguments.js";
import type { Tensor } from "../tensor.js";

/**
 * A tensor for an operand that may be a number: a 0-dimensional one, whole
 * numbers as int32, so that it lifts other dtypes as PyTorch's does.
 */
export function lift(x: Operand2, beside?: Operand2): Tensor {
	if (typeof x === "object") return x;
	const device = typeof beside === "object" ? beside.device : "cpu";
	const whole = Number.isInteger(x) && Math.abs(x) <= 2147483647;
	return full([], x, { dtype: whole ? "int32" : "float32", device });
}
