import type { Tensor } from "../../tensor.js";
import { Module } from "../module.js";
import { tuple } from "../repr.js";

/** Dimensions `startDim` to `endDim` as one. PyTorch: `torch.nn.Flatten`. */
export class Flatten extends Module {
	/** The first of the dimensions that become one. */
	readonly startDim: number;
	/** The last of the dimensions that become one. */
	readonly endDim: number;

	/** `Flatten(0, 1)` = `Flatten({ startDim: 0, endDim: 1 })` */
	constructor(
		startDim: number | { startDim?: number; endDim?: number } = 1,
		endDim = -1,
	) {
		super();
		const options =
			typeof startDim === "object" ? startDim : { startDim, endDim };
		this.startDim = options.startDim ?? 1;
		this.endDim = options.endDim ?? -1;
	}

	override forward(x: Tensor): Tensor {
		return x.flatten(this.startDim, this.endDim);
	}

	override extraRepr(): string {
		return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
	}
}

/** Dimension `dim` cut into several. PyTorch: `torch.nn.Unflatten`. */
export class Unflatten extends Module {
	constructor(
		/** The dimension. */
		readonly dim: number,
		/** Sizes that the dimension is cut into. */
		readonly unflattenedSize: readonly number[],
	) {
		super();
	}

	override forward(x: Tensor): Tensor {
		return x.unflatten(this.dim, this.unflattenedSize);
	}

	override extraRepr(): string {
		return `dim=${this.dim}, unflattened_size=${tuple(this.unflattenedSize)}`;
	}
}
