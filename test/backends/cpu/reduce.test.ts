import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReduceName, View } from "../../../src/backends/backend.js";
import type { DType } from "../../../src/dtype.js";
import { numelOf, type Shape } from "../../../src/layout.js";
import { builds, Device, noise, scattered } from "./support.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const START: Record<ReduceName, number> = {
	sum: 0,
	prod: 1,
	max: -inf,
	min: inf,
};

const JOIN: Record<ReduceName, (a: number, b: number) => number> = {
	sum: (a, b) => a + b,
	prod: (a, b) => a * b,
	max: Math.max,
	min: Math.min,
};

const JOIN_INT: Record<ReduceName, (a: number, b: number) => number> = {
	...JOIN,
	sum: (a, b) => (a + b) | 0,
	prod: Math.imul,
};

/** Results in double precision, and for each the sum of magnitudes. */
function reference(
	op: ReduceName,
	values: readonly number[],
	shape: Shape,
	out: Shape,
	join: (a: number, b: number) => number,
) {
	const y = new Array<number>(numelOf(out)).fill(START[op]);
	const size = new Array<number>(y.length).fill(0);
	values.forEach((v, i) => {
		let rest = i;
		let at = 0;
		let step = 1;
		for (let d = shape.length - 1; d >= 0; d--) {
			const k = rest % (shape[d] as number);
			rest = Math.floor(rest / (shape[d] as number));
			if (out[d] !== 1) at += k * step;
			step *= out[d] as number;
		}
		y[at] = join(y[at] as number, v);
		size[at] = (size[at] as number) + Math.abs(v);
	});
	return { y, size };
}

describe.each(builds)("reductions, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	const cases = fc.record({
		op: fc.constantFrom<ReduceName>("sum", "prod", "max", "min"),
		dtype: fc.constantFrom<DType>("float32", "int32", "uint8", "bool"),
		shape: fc.oneof(
			fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
			fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
			fc.tuple(
				fc.integer({ min: 1, max: 200 }),
				fc.integer({ min: 1, max: 40 }),
			),
			fc.tuple(fc.integer({ min: 500, max: 1600 })),
		),
		mask: fc.nat(31),
		expand: fc.nat(31),
		layouts: fc.tuple(fc.nat(31), fc.nat(31)),
	});

	test("of any type, over any dimensions, for any layouts", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const op =
					c.dtype === "uint8" || c.dtype === "bool"
						? c.op === "sum"
							? "max"
							: c.op === "prod"
								? "min"
								: c.op
						: c.op;
				const out = c.shape.map((n, i) => (c.mask & (1 << i) ? 1 : n));
				const own = c.shape.map((n, i) => (c.expand & 4 && i === 1 ? 1 : n));
				const layout = scattered(own, c.layouts[0]).expand(c.shape);
				const raw = noise(numelOf(c.shape), 9);
				const x = device.put(
					raw.map((v) =>
						c.dtype === "float32"
							? op === "prod"
								? 1 + v / 8
								: v
							: c.dtype === "bool"
								? Number(v > 0)
								: c.dtype === "uint8"
									? 128 + Math.floor(v * 100)
									: Math.floor(v * 1e9),
					),
					layout,
					c.dtype,
				);
				const y = device.view(scattered(out, c.layouts[1]), c.dtype);
				kernels.reduce(op, x, y);
				const join = c.dtype === "float32" ? JOIN[op] : JOIN_INT[op];
				const want = reference(op, device.get(x), c.shape, out, join);
				const n = numelOf(c.shape) / Math.max(numelOf(out), 1);
				device.get(y).forEach((got, i) => {
					const w = want.y[i] as number;
					if (numelOf(c.shape) === 0 && c.dtype !== "float32") return;
					if (c.dtype !== "float32") {
						expect(got).toBe(w);
						return;
					}
					const scale = op === "sum" ? (want.size[i] as number) : Math.abs(w);
					// no sum sees more than 20 roundings
					const terms = op === "prod" ? n : op === "sum" ? 20 : 0;
					if (Object.is(got, w) || got === w) return;
					if (!(Math.abs(got - w) <= 6e-8 * terms * scale))
						throw new Error(`${op} is ${got} instead of ${w}`);
				});
				device.free(x, y);
			}),
			{ numRuns: 800 },
		);
	});

	test("over no elements", () => {
		const expected: [ReduceName, DType, number][] = [
			["sum", "float32", 0],
			["prod", "float32", 1],
			["max", "float32", -inf],
			["min", "float32", inf],
			["sum", "int32", 0],
			["prod", "int32", 1],
			["max", "bool", 0],
			["min", "bool", 1],
		];
		for (const [op, dtype, want] of expected) {
			const y = device.view([2, 1], dtype);
			kernels.reduce(op, device.view([2, 0], dtype), y);
			expect(device.get(y)).toEqual([want, want]);
		}
	});

	test("NaN and infinities", () => {
		for (const [shape, out] of [
			[
				[30, 3],
				[1, 3],
			],
			[
				[3, 30],
				[3, 1],
			],
		] as [Shape, Shape][]) {
			const byRow = shape[0] === 3;
			const values = Array.from({ length: 90 }, (_, i) => i % 7);
			const at = (row: number, k: number) =>
				byRow ? row * 30 + k : k * 3 + row;
			values[at(0, 17)] = nan;
			values[at(1, 5)] = inf;
			values[at(2, 29)] = -inf;
			const x = device.put(values, shape);
			const y = device.view(out);
			const results: [ReduceName, number[]][] = [
				["sum", [nan, inf, -inf]],
				["max", [nan, inf, 6]],
				["min", [nan, 0, -inf]],
			];
			for (const [op, want] of results) {
				kernels.reduce(op, x, y);
				expect(device.get(y)).toEqual(want);
			}
		}
	});

	test("a mean is one rounding from exact", () => {
		const x = device.put(noise(3000, 4), [1000, 3]);
		const y = device.view([1, 3]);
		kernels.reduce("sum", x, y, 1 / 1000);
		const values = device.get(x);
		device.get(y).forEach((got, j) => {
			let sum = 0;
			for (let i = 0; i < 1000; i++) sum += values[i * 3 + j] as number;
			expect(Math.abs(got - sum / 1000)).toBeLessThan(3e-8);
		});
	});

	test("sums of a million terms stay exact to the last place or so", () => {
		const x = device.put(new Float32Array(1 << 20).fill(0.1), [1 << 20]);
		const want = Math.fround(0.1) * 2 ** 20;
		for (const shape of [[1 << 20], [1 << 18, 4], [1 << 16, 16]]) {
			const v: View = { ...x, layout: x.layout.viewAs(shape) ?? x.layout };
			const y = device.view([1, ...shape.slice(1)]);
			kernels.reduce("sum", v, y);
			const per = want / numelOf(shape.slice(1));
			for (const got of device.get(y))
				expect(Math.abs(got / per - 1)).toBeLessThan(1e-6);
		}
	});

	test("the order depends on the shape alone: same bits for every layout", () => {
		const shapes: [Shape, Shape][] = [
			[
				[37, 61],
				[1, 61],
			],
			[
				[37, 61],
				[37, 1],
			],
			[
				[5, 7, 41],
				[1, 7, 1],
			],
			[
				[5, 7, 41],
				[5, 1, 41],
			],
			[
				[3, 4, 5, 6],
				[1, 4, 1, 6],
			],
		];
		for (const [shape, out] of shapes) {
			const values = noise(numelOf(shape), 11);
			const results = Array.from({ length: 32 }, (_, choice) => {
				const x = device.put(values, scattered(shape, choice));
				const y = device.view(scattered(out, 31 - choice));
				kernels.reduce("sum", x, y);
				return device.get(y);
			});
			for (const r of results) expect(r).toEqual(results[0]);
		}
	});
});
