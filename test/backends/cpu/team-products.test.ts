import { expect, test } from "vitest";
import { weightGradParts } from "../../../src/backends/cpu/team-products.js";
import type { GradArgs } from "../../../src/backends/cpu/team-protocol.js";
import { openCore } from "./support.js";

/** What a column takes besides its entries, in entries. */
const COLUMN = 5;

test.each([784, 560, 1200])(
	"a weight gradient by lists is cut by its work, not by its columns: %i of them",
	(k) => {
		const m = 256;
		// more ink from column to column, so that the halves differ in length
		const isInk = (i: number, j: number) =>
			((i * 7919 + j * 104729) % 1000) / 1000 < (0.5 * j) / k;
		const core = openCore();
		const { x } = core;
		const limit = Math.floor(m * k * 0.45);
		const values = x.alloc(4 * m * k) >>> 0;
		const work = x.alloc(x.backgroundWorkspace(m, k, 8, limit)) >>> 0;
		const lists = x.alloc(16 + 8 * limit + 4 * m * 16) >>> 0;
		const floats = new Float32Array(x.memory.buffer);
		const counts = new Float64Array(k);
		for (let i = 0; i < m; i++)
			for (let j = 0; j < k; j++) {
				const ink = isInk(i, j);
				floats[values / 4 + i * k + j] = ink ? 1 : 0;
				counts[j] = (counts[j] as number) + Number(ink);
			}
		expect(
			x.listBackground(values, m, k, 0, m, m, 0, lists, limit, work),
		).toBeTruthy();
		const entries = counts.reduce((a, b) => a + b);
		const args = [
			...[values, lists, m, k, 0, k, 0, 4, 4, 0, 4 * k, 8, limit, work, 0],
		] as unknown as GradArgs;
		const parts = weightGradParts(core, args, entries);
		const total = entries + COLUMN * k;
		for (const share of [0.25, 0.5, 0.75]) {
			const at = Math.round(parts.cut?.(share) as number);
			const before = counts
				.subarray(0, at)
				.reduce((a, b) => a + b, COLUMN * at);
			expect(Math.abs(before / total - share)).toBeLessThan(0.03);
		}
	},
);
