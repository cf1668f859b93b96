import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { defineOp } from "./registry.js";

/** The last result's, which a loop's next batch has too. */
let last: Shape = [];

function shapeOf(rows: number, of: Shape): Shape {
	let isLast = last.length === of.length && last[0] === rows;
	for (let i = 1; i < of.length && isLast; i++) isLast = last[i] === of[i];
	if (!isLast) last = [rows, ...of.slice(1)];
	return last;
}

/**
 * Bytes [N, C, ...] to floats by a table [C, 256]: rows `index` (int32, in
 * range; null for all) of the bytes, in one pass. How a loader makes a batch of images.
 */
export const lookup = defineOp<
	readonly [bytes: Tensor, index: Tensor | null, table: Tensor]
>({
	name: "lookup",
	node: "LookupBackward0",
	forward(x, inputs) {
		const bytes = inputs[0];
		const index = inputs[1];
		const table = inputs[2];
		const rows = (index ?? bytes).shape[0] as number;
		const y = x.empty(shapeOf(rows, bytes.shape), "float32");
		x.k.lookup(bytes, index, table, y);
		return y;
	},
});
