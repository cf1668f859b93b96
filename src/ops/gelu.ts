import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { defineOp } from "./registry.js";

const BEND = 0.044715;
const SLOPE = Math.sqrt(2 / Math.PI);

/** tanh(√(2/π) (x + 0.044715 x³)). */
function bent(x: Tensor): Tensor {
	return x.mul(x).mul(BEND).add(1).mul(x).mul(SLOPE).tanh();
}

/** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2: gelu without the error function. */
export const geluTanh = defineOp<readonly [Tensor]>({
	name: "geluTanh",
	node: "GeluBackward0",
	forward: (x, [a], _p, out) =>
		composed(x, out, () => bent(a).add(1).mul(a).mul(0.5)),
	saved: ([a]) => [a],
	backward: (g, n) => {
		const x = n.tensor(0);
		const y = bent(x);
		const inner = x
			.mul(x)
			.mul(3 * BEND)
			.add(1)
			.mul(SLOPE);
		const slope = y.mul(y).neg().add(1).mul(inner);
		return [g.mul(y.add(1).add(x.mul(slope)).mul(0.5))];
	},
});
