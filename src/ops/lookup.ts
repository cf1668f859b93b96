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
	forward(x, inputs) {
		const [bytes, index, table] = inputs;
		const shape = bytes.shape.slice();
		if (index) shape[0] = index.shape[0] as number;
		const y = x.empty(shape, "float32");
		x.k.lookup(bytes, index, table, y);
		return y;
	},
});
