import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const holds = torch.tensor([true, false]);

/** JavaScript does not tell 1 from 1.0: PyTorch gives int64 for where(c, 1, 0), and float32 for where(c, 1., 0.). */
test.each([
	[1, 0, "float32", [1, 0]],
	[1, 0.5, "float32", [1, 0.5]],
	[true, 0.5, "float32", [1, 0.5]],
	[2, true, "float32", [2, 1]],
	[false, true, "bool", [false, true]],
] as const)("where(c, %s, %s) is %s", (a, b, dtype, values) => {
	const result = torch.where(holds, a, b);
	expect(result.dtype).toBe(dtype);
	expect(result.tolistSync()).toEqual(values);
});
