import { expect, test } from "vitest";
import { difference, readRows } from "./parity.js";

test.each(readRows().map((row) => [row.js, row] as const))(
	"%s as in PyTorch",
	async (_js, row) => {
		expect(await difference(row, "cpu")).toBe(null);
	},
);
