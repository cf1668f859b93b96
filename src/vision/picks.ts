import { apply } from "../autograd/apply.js";
import { pickPixels } from "../ops/augment.js";
import type { Tensor } from "../tensor.js";
import { type ImageSize, ImageTransform, tableOf } from "./image-transform.js";

/**
 * Transforms that only move pixels: which row and which column of the image
 * each row and column of the result shows. -1 is outside.
 */
export interface Picks {
	readonly rows: Int32Array;
	readonly cols: Int32Array;
}

export abstract class PickTransform extends ImageTransform<Picks> {
	/** Outside of the image. */
	protected get outside(): number {
		return 0;
	}

	/** @internal */
	sizeAfter([c, h, w]: ImageSize, plan: Picks | null): ImageSize {
		return [c, plan?.rows.length ?? h, plan?.cols.length ?? w];
	}

	/** @internal */
	run(x: Tensor, plans: readonly (Picks | null)[]): Tensor {
		const rest = plans.includes(null)
			? {
					rows: allOf(x.shape[2] as number),
					cols: allOf(x.shape[3] as number),
				}
			: null;
		const all = plans.map((plan) => plan ?? (rest as Picks));
		const rows = tableOf(
			all.map((p) => p.rows),
			x,
		);
		const cols = tableOf(
			all.map((p) => p.cols),
			x,
		);
		return apply(pickPixels, [x, rows, cols], { fill: this.outside });
	}
}

/** Every row, or every column. */
export function allOf(size: number): Int32Array {
	const line = new Int32Array(size);
	for (let i = 0; i < size; i++) line[i] = i;
	return line;
}
