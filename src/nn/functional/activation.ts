import type { Tensor } from "../../tensor.js";

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
	return x.relu();
}

/** Softmax along `dim`. */
export function softmax(x: Tensor, dim: number): Tensor {
	return x.softmax(dim);
}

/** log(softmax(x)) along `dim`, computed without overflow. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
	return x.logSoftmax(dim);
}
