import { ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";

/** How a loss of many elements becomes the result. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
	readonly reduction?: Reduction;
}

/** @throws ShapeError on a name that is none */
export function reduceLoss(
	loss: Tensor,
	reduction: Reduction = "mean",
): Tensor {
	switch (reduction) {
		case "mean":
			return loss.mean();
		case "sum":
			return loss.sum();
		case "none":
			return loss;
		default:
			throw new ShapeError(
				`${String(reduction)} is not a valid value for reduction`,
			);
	}
}
