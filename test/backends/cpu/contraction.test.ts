import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { View } from "../../../src/backends/backend.js";
import { Layout } from "../../../src/layout.js";
import { builds, Device, noise, openCore, scattered } from "./support.js";

/** Float64 product, with the sum of absolute products: the scale of rounding. */
function reference(
	a: ArrayLike<number>,
	b: ArrayLike<number>,
	bias: ArrayLike<number> | null,
	m: number,
	n: number,
	k: number,
) {
	const y: number[] = [];
	const scale: number[] = [];
	for (let i = 0; i < m; i++)
		for (let j = 0; j < n; j++) {
			let sum = bias ? (bias[j] as number) : 0;
			let size = Math.abs(sum);
			for (let p = 0; p < k; p++) {
				const product = (a[i * k + p] as number) * (b[p * n + j] as number);
				sum += product;
				size += Math.abs(product);
			}
			y.push(sum);
			scale.push(size);
		}
	return { y, scale };
}

describe.each(builds)("matmul, %s", (_, open) => {
	const device = new Device(open());

	function check(
		[m, n, k]: [number, number, number],
		layouts: [Layout, Layout, Layout],
		withBias: boolean,
		relu: boolean,
	): void {
		const av = noise(m * k, 3);
		const bv = noise(k * n, 5);
		const cv = withBias ? noise(n, 7) : null;
		const a = device.put(av, layouts[0]);
		const b = device.put(bv, layouts[1]);
		const bias = cv && device.put(cv, new Layout([n], [2], 1));
		const y = device.view(layouts[2]);
		device.kernels.matmul(a, b, y, bias, relu);
		const got = device.get(y);
		const want = reference(av, bv, cv, m, n, k);
		for (let i = 0; i < m * n; i++) {
			const sum = want.y[i] as number;
			const expected = relu ? Math.max(sum, 0) : sum;
			const error = Math.abs((got[i] as number) - expected);
			// sums of k terms: each rounding is half an ulp of what it adds to
			const bound = (want.scale[i] as number) * 6e-8 * (2 + Math.sqrt(k));
			if (!(error <= bound))
				throw new Error(
					`[${m}, ${k}] x [${k}, ${n}] at ${i}: ${got[i]} instead of ${expected}`,
				);
		}
		if (!device.isKeptAround(y))
			throw new Error(`[${m}, ${k}] x [${k}, ${n}] wrote beside its outputs`);
		device.free(a, b, bias, y);
	}

	/** Of a [m, k], b [k, n] and y [m, n], by `scattered`'s choices. */
	const layouts = (
		[m, n, k]: [number, number, number],
		[a, b, y]: [number, number, number],
	): [Layout, Layout, Layout] => [
		scattered([m, k], a),
		scattered([k, n], b),
		scattered([m, n], y),
	];

	function checkAny(
		size: fc.Arbitrary<number>,
		length: fc.Arbitrary<number>,
		choices: [fc.Arbitrary<number>, fc.Arbitrary<number>],
		numRuns: number,
	): void {
		fc.assert(
			fc.property(
				fc.tuple(size, size, length),
				fc.tuple(...choices, fc.nat(31)),
				fc.boolean(),
				fc.boolean(),
				(sizes, chosen, withBias, relu) =>
					check(sizes, layouts(sizes, chosen), withBias, relu),
			),
			{ numRuns },
		);
	}

	test("any sizes and layouts, with bias and ReLU", () => {
		const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.nat(6));
		checkAny(size, size, [fc.nat(31), fc.nat(31)], 400);
	});

	test.each([
		[64, 128, 784],
		[128, 784, 64],
		[129, 17, 401],
		[260, 50, 801],
		[3, 1030, 5],
		[1, 40, 1201],
		[40, 1, 803],
		[2, 33, 1000],
	])("blocks: [%i, %i] over %i", (m, n, k) => {
		for (const ca of [0, 1])
			for (const cb of [0, 1])
				check([m, n, k], layouts([m, n, k], [ca, cb, 0]), true, false);
	});

	test("rows with rows, by dot products: all ends of tiles, vectors and parts", () => {
		const length = fc.oneof(
			fc.integer({ min: 60, max: 130 }),
			fc.constantFrom(783, 784, 1024, 1025, 1030, 2047, 2048),
		);
		const rows = fc.constantFrom(0, 4, 16);
		const columns = fc.constantFrom(1, 5, 17);
		checkAny(fc.integer({ min: 1, max: 27 }), length, [rows, columns], 300);
	});

	test.each([
		["64 KB apart", 64, 13, 1024],
		["in two blocks", 131, 14, 784],
		["in blocks and parts", 131, 14, 2050],
		["one against some", 1, 13, 16384],
		["some against one", 13, 1, 16384],
	])("rows with rows %s", (_, m, n, k) => {
		check([m, n, k], layouts([m, n, k], [0, 1, 0]), true, true);
	});

	test("rows whose distance is that of an L1 cache's ways, with a rest of a vector", () => {
		const [m, n, k] = [19, 13, 1023];
		const a = new Layout([m, k], [1024, 1], 0);
		const b = new Layout([k, n], [1, 1024], 0);
		check([m, n, k], [a, b, scattered([m, n], 0)], true, false);
	});

	test("one row for all, by stride 0", () => {
		const [m, n, k] = [33, 9, 97];
		const row = device.put(noise(k), [1, k]);
		const all = { ...row, layout: row.layout.expand([m, k]) };
		const b = device.put(noise(k * n, 2), scattered([k, n], 1));
		const [one, y] = [device.view([1, n]), device.view([m, n])];
		device.kernels.matmul(row, b, one, null, false);
		device.kernels.matmul(all, b, y, null, false);
		const want = device.get(one);
		device.get(y).forEach((v, i) => {
			expect(v).toBe(want[i % n]);
		});
	});

	test("an output row has the same bits alone and among others", () => {
		for (const [n, k] of [
			[128, 784],
			[10, 128],
			[37, 810],
			[1, 500],
			[14, 1100],
		] as const) {
			const m = k > 1000 ? 131 : 9;
			const av = noise(m * k);
			const bv = noise(k * n, 2);
			const bias = device.put(noise(n, 3), [n]);
			const product = (a: View, b: View): number[] => {
				const y = device.view([a.layout.shape[0] as number, n]);
				device.kernels.matmul(a, b, y, bias, false);
				return device.get(y);
			};
			const a = device.put(av, [m, k]);
			const at = device.put(av, scattered([m, k], 1));
			const b = device.put(bv, [k, n]);
			const bt = device.put(bv, scattered([k, n], 1));
			for (const left of [a, at])
				for (const right of [b, bt]) {
					const all = product(left, right);
					for (let rows = 1; rows <= 7; rows++) {
						const part = { ...left, layout: left.layout.narrow(0, 2, rows) };
						expect(product(part, right)).toEqual(
							all.slice(2 * n, (2 + rows) * n),
						);
					}
				}
			// rows with rows, as are those of a single column, are added in another order
			if (n === 1) continue;
			expect(product(at, b)).toEqual(product(a, b));
			expect(product(at, bt)).toEqual(product(a, b));
		}
	});

	test("batches, one of them repeated by stride 0", () => {
		const [count, m, n, k] = [3, 5, 7, 6];
		const av = noise(count * m * k);
		const bv = noise(k * n, 4);
		const a = device.put(av, [count, m, k]);
		const b = device.put(bv, [k, n]);
		const repeated = { ...b, layout: b.layout.expand([count, k, n]) };
		const y = device.view([count, m, n]);
		device.kernels.matmul(a, repeated, y, null, false);
		const want = reference(av, bv, null, count * m, n, k).y;
		device.get(y).forEach((v, i) => {
			expect(v).toBeCloseTo(want[i] as number, 5);
		});
	});

	test("what an earlier product left in the workspace reaches no sum", () => {
		const [m, n, k] = [64, 40, 792];
		const none = Array.from({ length: m * k }, () => Number.NaN);
		for (const ca of [0, 1])
			for (const cb of [0, 1]) {
				const a = device.put(none, scattered([m, k], ca));
				const b = device.put(none.slice(0, k * n), scattered([k, n], cb));
				const y = device.view([m, n]);
				for (const depth of [1, 3, 5, 6, 7, 265, 791]) {
					device.kernels.matmul(a, b, y, null, false);
					expect(device.get(y).every(Number.isNaN)).toBe(true);
					for (const rows of [1, 5, 8, 13])
						check(
							[rows, 37, depth],
							layouts([rows, 37, depth], [ca, cb, 0]),
							false,
							false,
						);
				}
				device.free(a, b, y);
			}
	});

	test("sums of no terms, NaN and infinity", () => {
		const bias = device.put([1, -2], [2]);
		const empty = device.view([3, 2]);
		const none = device.view([3, 0]);
		device.kernels.matmul(none, device.view([0, 2]), empty, bias, true);
		expect(device.get(empty)).toEqual([1, 0, 1, 0, 1, 0]);

		const a = device.put([Number.NaN, 1, Number.POSITIVE_INFINITY, 0], [4, 1]);
		const b = device.put([1, 2], [1, 2]);
		const y = device.view([4, 2]);
		device.kernels.matmul(a, b, y, null, true);
		const inf = Number.POSITIVE_INFINITY;
		expect(device.get(y)).toEqual([
			Number.NaN,
			Number.NaN,
			1,
			2,
			inf,
			inf,
			0,
			0,
		]);
	});
});

// fused multiply-add has no counterpart here to compare with
test("dot products of the plain build add four lanes, in pairs, then the rest", () => {
	const device = new Device(openCore());
	const [m, n, k] = [7, 11, 1030];
	const part = 516;
	const f = Math.fround;
	const [av, bv, cv] = [noise(m * k), noise(n * k, 2), noise(n, 3)];
	const want: number[] = [];
	for (let i = 0; i < m; i++)
		for (let j = 0; j < n; j++) {
			let sum = cv[j] as number;
			for (let from = 0; from < k; from += part) {
				const end = Math.min(from + part, k);
				const product = (p: number) =>
					f((av[i * k + p] as number) * (bv[p * n + j] as number));
				const lanes: [number, number, number, number] = [0, 0, 0, 0];
				let p = from;
				for (; p + 4 <= end; p += 4)
					for (let l = 0; l < 4; l++)
						lanes[l] = f((lanes[l] as number) + product(p + l));
				let dot = f(f(lanes[0] + lanes[2]) + f(lanes[1] + lanes[3]));
				for (; p < end; p++) dot = f(dot + product(p));
				sum = f(sum + dot);
			}
			want.push(sum);
		}
	const y = device.view([m, n]);
	device.kernels.matmul(
		device.put(av, [m, k]),
		device.put(bv, new Layout([k, n], [1, k], 0)),
		y,
		device.put(cv, [n]),
		false,
	);
	expect(device.get(y)).toEqual(want);
});
