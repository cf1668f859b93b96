import type { DType } from "../../dtype.js";
import { TorchletError } from "../../errors.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { num } from "../repr.js";

/**
 * In training, zeros with probability p, and what is left scaled by
 * 1 / (1 - p). PyTorch: `torch.nn.Dropout`.
 */
export class Dropout extends Module {
	/** Share of the elements that become 0. */
	readonly p: number;

	/**
	 * `Dropout(0.2)` = `Dropout({ p: 0.2 })`
	 * @throws TorchletError unless p is within [0, 1]
	 */
	constructor(p: number | { p?: number } = 0.5) {
		super();
		this.p = typeof p === "object" ? (p.p ?? 0.5) : p;
		if (!(this.p >= 0 && this.p <= 1))
			throw new TorchletError(
				`dropout probability has to be between 0 and 1, but got ${this.p}`,
			);
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.dropout(x, { p: this.p, training: this.training });
	}

	override extraRepr(): string {
		return `p=${num(this.p)}, inplace=False`;
	}
}
