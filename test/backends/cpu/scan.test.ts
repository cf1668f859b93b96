import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.js";
import { numelOf, type Shape } from "../../../src/layout.js";
import { builds, Device, scattered } from "./support.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const VALUES: Partial<Record<DType, number[]>> = {
	float32: [0, -0, 1, -1, 2.5, -2.5, inf, -inf, nan, 1e-40, 2.5, 3],
	int32: [0, -1, 1, 2147483647, -2147483648, 5, 5],
	uint8: [0, 1, 255, 128, 3],
};

/** Lists of row-major positions of the lines along `dim`. */
function linesOf(shape: Shape, dim: number): number[][] {
	const inner = numelOf(shape.slice(dim + 1));
	const n = shape[dim] as number;
	const lines: number[][] = [];
	for (let o = 0; o < numelOf(shape.slice(0, dim)); o++)
		for (let i = 0; i < inner; i++)
			lines.push(Array.from({ length: n }, (_, k) => (o * n + k) * inner + i));
	return lines;
}

describe.each(builds)("along one dimension, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	const cases = fc.record({
		dtype: fc.constantFrom<DType>("float32", "int32", "uint8"),
		shape: fc.oneof(
			fc.array(fc.integer({ min: 1, max: 6 }), {
				minLength: 1,
				maxLength: 4,
			}),
			fc.tuple(
				fc.integer({ min: 1, max: 300 }),
				fc.integer({ min: 1, max: 4 }),
			),
		),
		dim: fc.nat(3),
		layouts: fc.tuple(fc.nat(31), fc.nat(31), fc.nat(31)),
		flag: fc.boolean(),
		seed: fc.nat(1000),
	});
	type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

	function input(c: Case) {
		const pool = VALUES[c.dtype] as number[];
		const values = Array.from(
			{ length: numelOf(c.shape) },
			(_, i) =>
				pool[(Math.imul(i + c.seed, 2654435761) >>> 7) % pool.length] as number,
		);
		const x = device.put(values, scattered(c.shape, c.layouts[0]), c.dtype);
		return { x, values: device.get(x), dim: c.dim % c.shape.length };
	}

	test("sort is stable, NaN is the greatest, ±0 are equal", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const { x, values, dim } = input(c);
				const v = device.view(scattered(c.shape, c.layouts[1]), c.dtype);
				const i = device.view(scattered(c.shape, c.layouts[2]), "int32");
				kernels.sort(x, v, i, dim, c.flag);
				const gotValues = device.get(v);
				const gotIndices = device.get(i);
				const rank = (a: number) => (Number.isNaN(a) ? [1, 0] : [0, a]);
				for (const line of linesOf(c.shape, dim)) {
					const own = line.map((p) => values[p] as number);
					const order = own
						.map((_, k) => k)
						.sort((p, q) => {
							const a = rank(own[p] as number) as [number, number];
							const b = rank(own[q] as number) as [number, number];
							let by = a[0] - b[0];
							if (by === 0 && a[1] !== b[1]) by = a[1] < b[1] ? -1 : 1;
							return (c.flag ? -by : by) || p - q;
						});
					expect(line.map((p) => gotIndices[p])).toEqual(order);
					expect(line.map((p) => gotValues[p])).toEqual(
						order.map((k) => own[k]),
					);
				}
				device.free(x, v, i);
			}),
			{ numRuns: 300 },
		);
	});

	test("argReduce finds the first extreme, or the first NaN", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const { x, values, dim } = input(c);
				const out = c.shape.map((n, d) => (d === dim ? 1 : n));
				const v = device.view(scattered(out, c.layouts[1]), c.dtype);
				const i = device.view(scattered(out, c.layouts[2]), "int32");
				const op = c.flag ? "max" : "min";
				kernels.argReduce(op, x, c.seed % 3 ? v : null, i);
				const want = linesOf(c.shape, dim).map((line) => {
					const own = line.map((p) => values[p] as number);
					const best = Math[op](...own);
					return own.findIndex(
						(a) => a === best || (Number.isNaN(a) && Number.isNaN(best)),
					);
				});
				expect(device.get(i)).toEqual(want);
				if (c.seed % 3)
					expect(device.get(v)).toEqual(
						linesOf(c.shape, dim).map(
							(line, k) => values[line[want[k] as number] as number],
						),
					);
				device.free(x, v, i);
			}),
			{ numRuns: 300 },
		);
	});

	test("cumsum", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const dtype = c.dtype === "uint8" ? "int32" : c.dtype;
				const { x, values, dim } = input({ ...c, dtype });
				const y = device.view(scattered(c.shape, c.layouts[1]), dtype);
				kernels.cumsum(x, y, dim);
				const got = device.get(y);
				for (const line of linesOf(c.shape, dim)) {
					let sum = 0;
					for (const p of line) {
						sum += values[p] as number;
						sum = dtype === "int32" ? sum | 0 : sum;
						// -0 never comes out of a sum that starts at 0
						expect(got[p]).toBe(dtype === "int32" ? sum : Math.fround(sum));
					}
				}
				device.free(x, y);
			}),
			{ numRuns: 200 },
		);
	});

	test("0-dimensional views", () => {
		const x = device.put([3], []);
		const v = device.view([]);
		const i = device.view([], "int32");
		kernels.sort(x, v, i, 0, false);
		expect([device.get(v), device.get(i)]).toEqual([[3], [0]]);
		kernels.cumsum(x, v, 0);
		expect(device.get(v)).toEqual([3]);
		kernels.argReduce("max", x, v, i);
		expect([device.get(v), device.get(i)]).toEqual([[3], [0]]);
	});
});
