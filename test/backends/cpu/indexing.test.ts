import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.js";
import { Layout, numelOf, type Shape } from "../../../src/layout.js";
import { builds, Device, scattered } from "./support.js";

const DTYPES: DType[] = ["float32", "int32", "uint8", "bool"];

/** Index of each element, in row-major order. */
function places(shape: Shape): number[][] {
	return Array.from({ length: numelOf(shape) }, (_, i) => {
		const at = new Array<number>(shape.length);
		for (let d = shape.length - 1; d >= 0; d--) {
			at[d] = i % (shape[d] as number);
			i = Math.floor(i / (shape[d] as number));
		}
		return at;
	});
}

function flat(at: readonly number[], shape: Shape): number {
	return at.reduce((sum, k, d) => sum * (shape[d] as number) + k, 0);
}

function replaced(at: readonly number[], dim: number, k: number): number[] {
	return at.map((v, d) => (d === dim ? k : v));
}

function combine(dtype: DType, a: number, b: number): number {
	if (dtype === "uint8") return (a + b) & 255;
	return dtype === "bool" ? a | b : a + b;
}

describe.each(builds)("indexing, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	const cases = fc.record({
		dtype: fc.constantFrom(...DTYPES),
		shape: fc.array(fc.integer({ min: 1, max: 6 }), {
			minLength: 1,
			maxLength: 4,
		}),
		dim: fc.nat(3),
		count: fc.nat(7),
		layouts: fc.tuple(fc.nat(31), fc.nat(31), fc.nat(31)),
		add: fc.boolean(),
		seed: fc.nat(1000),
	});

	function data(shape: Shape, dtype: DType, choice: number, seed = 0) {
		const values = Array.from({ length: numelOf(shape) }, (_, i) =>
			dtype === "bool" ? (i * 5 + seed) & 1 : ((i + 1) * 13 + seed) % 251,
		);
		const view = device.put(values, scattered(shape, choice), dtype);
		return { view, values };
	}

	/** Indices of [-size, size - 1]. */
	function indices(shape: Shape, size: number, choice: number, seed: number) {
		const values = Array.from(
			{ length: numelOf(shape) },
			(_, i) => (Math.imul(i + seed, 2654435761) >>> 9) % (2 * size),
		).map((v) => v - size);
		return {
			view: device.put(values, scattered(shape, choice), "int32"),
			wrapped: values.map((v) => (v < 0 ? v + size : v)),
		};
	}

	test("indexSelect and indexPut are what they say, element by element", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const dim = c.dim % c.shape.length;
				const size = c.shape[dim] as number;
				const index = indices([c.count], size, c.layouts[2], c.seed);
				const part = replaced(c.shape, dim, c.count);
				const x = data(c.shape, c.dtype, c.layouts[0]);
				const y = device.view(scattered(part, c.layouts[1]), c.dtype);
				expect(kernels.indexSelect(x.view, dim, index.view, y)).toBe(-1);
				expect(device.get(y)).toEqual(
					places(part).map((at) => {
						const k = index.wrapped[at[dim] as number] as number;
						return x.values[flat(replaced(at, dim, k), c.shape)];
					}),
				);

				const source = data(part, c.dtype, c.layouts[1], c.seed);
				const want = x.values.slice();
				places(part).forEach((at, i) => {
					const k = index.wrapped[at[dim] as number] as number;
					const to = flat(replaced(at, dim, k), c.shape);
					const v = source.values[i] as number;
					want[to] = c.add ? combine(c.dtype, want[to] as number, v) : v;
				});
				// with repeated indices the last one counts
				kernels.indexPut(x.view, dim, index.view, source.view, c.add);
				expect(device.get(x.view)).toEqual(want);
				device.free(x.view, y, index.view, source.view);
			}),
			{ numRuns: 300 },
		);
	});

	test("gather and scatter are what they say, element by element", () => {
		fc.assert(
			fc.property(cases, fc.boolean(), (c, withNumber) => {
				const dim = c.dim % c.shape.length;
				const size = c.shape[dim] as number;
				// smaller than x in all dimensions, longer along dim
				const part = c.shape.map((n, d) =>
					d === dim ? c.count : Math.max(1, n - (c.seed & 1)),
				);
				const index = indices(part, size, c.layouts[2], c.seed);
				const x = data(c.shape, c.dtype, c.layouts[0]);
				const y = device.view(scattered(part, c.layouts[1]), c.dtype);
				expect(kernels.gather(x.view, dim, index.view, y)).toBe(-1);
				const at = places(part).map((p, i) =>
					flat(replaced(p, dim, index.wrapped[i] as number), c.shape),
				);
				expect(device.get(y)).toEqual(at.map((p) => x.values[p]));

				const source = data(part, c.dtype, c.layouts[1], c.seed);
				const want = x.values.slice();
				at.forEach((to, i) => {
					const v = withNumber ? 1 : (source.values[i] as number);
					want[to] = c.add ? combine(c.dtype, want[to] as number, v) : v;
				});
				const operand = withNumber ? 1 : source.view;
				kernels.scatter(x.view, dim, index.view, operand, c.add);
				expect(device.get(x.view)).toEqual(want);
				device.free(x.view, y, index.view, source.view);
			}),
			{ numRuns: 300 },
		);
	});

	test("an index out of range is reported before anything is written", () => {
		const x = device.put([1, 2, 3, 4, 5, 6], [2, 3]);
		const y = device.put([0, 0, 0, 0, 0, 0], [2, 3]);
		for (const bad of [3, -4, 2 ** 31 - 1, -(2 ** 31)]) {
			const row = device.put([0, -3, bad], new Layout([3], [2], 1), "int32");
			const all = device.put([0, 1, 2, 0, bad, bad], [2, 3], "int32");
			expect(kernels.indexSelect(x, 1, row, y)).toBe(2);
			expect(kernels.indexPut(y, 1, row, x, true)).toBe(2);
			expect(kernels.gather(x, 1, all, y)).toBe(4);
			expect(kernels.scatter(y, 1, all, x, false)).toBe(4);
			expect(kernels.scatter(y, 1, all, 7, true)).toBe(4);
			expect(device.get(y)).toEqual([0, 0, 0, 0, 0, 0]);
		}
	});

	test("rows longer than what is copied inline", () => {
		const x = device.put(
			Array.from({ length: 5 * 784 }, (_, i) => i),
			[5, 784],
		);
		const y = device.view([3, 784]);
		kernels.indexSelect(x, 0, device.put([4, -5, 2], [3], "int32"), y);
		expect(device.get(y)).toEqual(
			[4, 0, 2].flatMap((r) =>
				Array.from({ length: 784 }, (_, i) => r * 784 + i),
			),
		);
	});

	test("nonzero gives row-major positions; NaN is not 0, -0 is", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const pool =
					c.dtype === "float32" ? [0, -0, Number.NaN, 1e-45] : [0, 1];
				const values = Array.from(
					{ length: numelOf(c.shape) },
					(_, i) => pool[(i + c.seed) % pool.length] as number,
				);
				const x = device.put(values, scattered(c.shape, c.layouts[0]), c.dtype);
				const y = device.view([values.length], "int32");
				const n = kernels.nonzero(x, y);
				expect(device.get(y).slice(0, n)).toEqual(
					values.flatMap((v, i) => (v === 0 ? [] : [i])),
				);
				device.free(x, y);
			}),
			{ numRuns: 100 },
		);
	});

	test("0-dimensional views", () => {
		const x = device.put([5], []);
		const y = device.view([]);
		const zero = device.put([0], [], "int32");
		expect(kernels.gather(x, 0, zero, y)).toBe(-1);
		expect(device.get(y)).toEqual([5]);
		expect(kernels.scatter(y, 0, device.put([-1], [], "int32"), 2, true)).toBe(
			-1,
		);
		expect(device.get(y)).toEqual([7]);
		expect(kernels.gather(x, 0, device.put([1], [], "int32"), y)).toBe(0);
		const n = device.view([1], "int32");
		expect(kernels.nonzero(x, n)).toBe(1);
		expect(device.get(n)).toEqual([0]);
	});
});
