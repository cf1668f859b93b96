import { resultFor } from "../autograd/apply.js";
import { withGrad } from "../autograd/mode.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { assertHolds } from "./operands.js";
import type { Exec } from "./registry.js";

/**
 * A forward made of other operations, unrecorded: everything but the result is
 * freed at once. For entries that PyTorch has as one node and no device has as one kernel.
 */
export function composed(
	x: Exec,
	out: Tensor | null,
	body: () => Tensor,
): Tensor {
	const result = scope(() => withGrad(false, "forward", body));
	// a view in the end: of memory that nobody else has
	result.forgetBase();
	if (out === null) return result;
	assertHolds(out, result.shape, result.dtype);
	resultFor(x, out, result.shape, result.dtype);
	x.k.copy(result, out);
	result.dispose();
	return out;
}
