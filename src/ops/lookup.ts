import type { Tensor } from "../tensor.js";
import { defineOp } from "./registry.js";

/**
 * Bytes [N, C, ...] to floats by a table [C, 256]: rows `index` (int32, in
 * range; null for all) of the bytes, in one pass. How a loader makes a batch of images.
 */
export const lookup = defineOp<
	readonly [bytes: Tensor, index: Tensor | null, table: Tensor]
>({
	name: "lookup",
	node: "LookupBackward0",
	forward(x, [bytes, index, table]) {
		const rows = (index ?? bytes).shape[0] as number;
		const y = x.empty([rows, ...bytes.shape.slice(1)], "float32");
		x.k.lookup(bytes, index, table, y);
		return y;
	},
});
