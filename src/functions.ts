/**
 * The function forms of tensor methods: what PyTorch has as `torch.f(x)` and
 * `x.f()`, both exist.
 */
import type { Operand2 } from "./ops/binary.js";
import type { Dims, KeepDim, Sizes, Tensor, ValuesIndices } from "./tensor.js";
import { sizes } from "./tensor.js";
import { full } from "./creation.js";

/** A tensor for an operand that may be a number. */
function lift(x: Operand2): Tensor {
	return typeof x === "number" ? full([], x) : x;
}

export function relu(x: Tensor): Tensor {
	return x.relu();
}
