import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackgroundKernels, View } from "../../../src/backends/backend.js";
import { Layout } from "../../../src/layout.js";
import { builds, Device, noise } from "./support.js";

/** Exact product and the sum of absolute products, over float64. */
function product(
	terms: number,
	a: (p: number) => number,
	b: (p: number) => number,
	start = 0,
): { sum: number; scale: number } {
	let sum = start;
	let scale = Math.abs(start);
	for (let p = 0; p < terms; p++) {
		sum += a(p) * b(p);
		scale += Math.abs(a(p) * b(p));
	}
	return { sum, scale };
}

/** [m, k] of `background`, a share `density` of which is something else. */
function mostly(
	background: number,
	m: number,
	k: number,
	density: number,
	seed: number,
): Float32Array {
	const chance = noise(m * k, seed + 1);
	return noise(m * k, seed).map((v, i) =>
		((chance[i] as number) + 1) / 2 < density ? v * 3 : background,
	);
}

describe.each(builds)("background, %s", (_, open) => {
	const device = new Device(open());
	const kernels = device.kernels.background as BackgroundKernels;

	function listsOf(x: View, outputs: number): View | null {
		const bytes = kernels.probe(x, outputs);
		if (bytes === 0) return null;
		const lists = device.view([Math.ceil(bytes / 4)], "int32");
		return kernels.gather(x, lists) ? lists : null;
	}

	/** Both products against float64; false if the lists were not made. */
	function check(
		xs: Float32Array,
		[m, k, n]: readonly [number, number, number],
		withBias = true,
		relu = false,
	): boolean {
		const ws = noise(n * k, 5);
		const gs = noise(m * n, 6);
		const bs = noise(n, 7);
		const x = device.put(xs, [m, k]);
		const w = device.put(ws, new Layout([n, k], [k + 3, 1], 2));
		const bias = withBias ? device.put(bs, new Layout([n], [2], 1)) : null;
		const g = device.put(gs, new Layout([m, n], [1, m], 1));
		const y = device.view([m, n]);
		const dw = device.view([n, k]);
		const lists = listsOf(x, n);
		if (lists) {
			expect(kernels.linear(lists, w, bias, y, relu)).toBe(true);
			expect(kernels.weightGrad(x, lists, g, dw)).toBe(true);
			const at = device.get(y);
			// Each rounding is half an ulp of what the sum has come to; what a line
			// has of the background counts as part of it, eightfold at the most.
			const bound = (scale: number, terms: number) =>
				8 * scale * 6e-8 * (2 + Math.sqrt(terms)) + 1e-30;
			for (let i = 0; i < m * n; i++) {
				const [row, j] = [Math.floor(i / n), i % n];
				const { sum, scale } = product(
					k,
					(p) => xs[row * k + p] as number,
					(p) => ws[j * k + p] as number,
					withBias ? (bs[j] as number) : 0,
				);
				const want = relu ? Math.max(sum, 0) : sum;
				if (!(Math.abs((at[i] as number) - want) <= bound(scale, k)))
					throw new Error(`y[${row}, ${j}] is ${at[i]} instead of ${want}`);
			}
			const grad = device.get(dw);
			for (let i = 0; i < n * k; i++) {
				const [j, p] = [Math.floor(i / k), i % k];
				const { sum, scale } = product(
					m,
					(r) => xs[r * k + p] as number,
					(r) => gs[r * n + j] as number,
				);
				if (!(Math.abs((grad[i] as number) - sum) <= bound(scale, m)))
					throw new Error(`dw[${j}, ${p}] is ${grad[i]} instead of ${sum}`);
			}
			// nothing behind the ends
			const behind = (v: View) =>
				device.core.f32[
					(v.storage.handle as number) / 4 + v.layout.numel
				] as number;
			expect(behind(y)).toBeNaN();
			expect(behind(dw)).toBeNaN();
		}
		device.free(x, w, bias, g, y, dw, lists);
		return lists !== null;
	}

	test("agrees with float64 for every density, size and background", () => {
		let listed = 0;
		fc.assert(
			fc.property(
				fc.tuple(
					fc.integer({ min: 8, max: 70 }),
					fc.integer({ min: 32, max: 130 }),
					fc.integer({ min: 24, max: 80 }),
				),
				fc.constantFrom(0, -0.4242129, 1, 1000),
				fc.constantFrom(0, 0.02, 0.2, 0.4, 0.5, 1),
				fc.boolean(),
				fc.boolean(),
				fc.nat(1000),
				(sizes, background, density, withBias, relu, seed) => {
					const [m, k] = sizes;
					const xs = mostly(background, m, k, density, seed);
					if (check(xs, sizes, withBias, relu)) listed++;
				},
			),
			{ numRuns: 150, seed: 4 },
		);
		expect(listed).toBeGreaterThan(60);
	});

	test("decides by density", () => {
		const sizes = [64, 200, 32] as const;
		const at = (density: number) =>
			check(mostly(-0.42, 64, 200, density, 9), sizes);
		expect(at(0)).toBe(true);
		expect(at(0.2)).toBe(true);
		expect(at(0.35)).toBe(true);
		expect(at(0.6)).toBe(false);
		expect(at(1)).toBe(false);
	});

	test("does not pay for few rows, columns or outputs", () => {
		expect(check(mostly(1, 7, 300, 0.1, 2), [7, 300, 40])).toBe(false);
		expect(check(mostly(1, 40, 31, 0.1, 2), [40, 31, 40])).toBe(false);
		expect(check(mostly(1, 40, 300, 0.1, 2), [40, 300, 23])).toBe(false);
	});

	test("keeps rows and columns that are small beside the background", () => {
		const [m, k, n] = [40, 120, 28];
		const xs = mostly(1e6, m, k, 0, 3);
		const small = noise(m * k, 8);
		for (let i = 0; i < m * k; i++)
			if (i % k < 9 || Math.floor(i / k) === 5 || Math.floor(i / k) === 39)
				xs[i] = small[i] as number;
		expect(check(xs, [m, k, n])).toBe(true);
	});

	test("takes one-hot rows, and -0 for 0", () => {
		const xs = new Float32Array(64 * 100);
		for (let i = 0; i < 64; i++) xs[i * 100 + ((i * 37) % 100)] = 1;
		xs[3] = -0;
		expect(check(xs, [64, 100, 33])).toBe(true);
	});

	test("passes NaN and infinities on as the plain product does", () => {
		const [m, k, n] = [20, 64, 30];
		for (const background of [0, 0.5]) {
			const xs = mostly(background, m, k, 0.1, 4);
			xs[2 * k + 7] = Number.NaN;
			xs[4 * k + 9] = Number.POSITIVE_INFINITY;
			xs[5 * k + 63] = Number.NEGATIVE_INFINITY;
			const x = device.put(xs, [m, k]);
			const w = device.put(noise(n * k, 1), [n, k]);
			const g = device.put(noise(m * n, 2), [m, n]);
			const [y, dense] = [device.view([m, n]), device.view([m, n])];
			const [dw, denseDw] = [device.view([n, k]), device.view([n, k])];
			const lists = listsOf(x, n) as View;
			kernels.linear(lists, w, null, y, false);
			kernels.weightGrad(x, lists, g, dw);
			const t = (v: View) => ({ ...v, layout: v.layout.transpose(0, 1) });
			device.kernels.matmul(x, t(w), dense, null, false);
			device.kernels.matmul(t(g), x, denseDw, null, false);
			const special = (v: View) =>
				device.get(v).map((f) => (Number.isFinite(f) ? 0 : f));
			expect(special(y)).toEqual(special(dense));
			expect(special(dw)).toEqual(special(denseDw));
			expect(special(y).filter((f) => f !== 0)).toHaveLength(3 * n);
		}
	});

	test("leaves weights and gradients that are not finite to the plain product", () => {
		const [m, k, n] = [20, 64, 30];
		const x = device.put(mostly(0.5, m, k, 0.1, 4), [m, k]);
		const lists = listsOf(x, n) as View;
		const y = device.view([m, n]);
		const dw = device.view([n, k]);
		for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
			const ws = noise(n * k, 1);
			ws.fill(value, 29 * k + 60);
			const gs = noise(m * n, 1);
			for (let i = 0; i < m; i++) gs[i * n + 29] = value;
			const w = device.put(ws, [n, k]);
			const g = device.put(gs, [m, n]);
			expect(kernels.linear(lists, w, null, y, false)).toBe(false);
			expect(kernels.weightGrad(x, lists, g, dw)).toBe(false);
		}
	});

	test("does not subtract a background that is not finite, or huge", () => {
		for (const c of [Number.NaN, Number.POSITIVE_INFINITY, 2e38]) {
			const x = device.put(new Float32Array(64 * 64).fill(c), [64, 64]);
			expect(kernels.probe(x, 64)).toBe(0);
		}
	});

	test("a row has the same bits in any company", () => {
		const [m, k, n] = [48, 90, 50];
		const xs = mostly(0.25, m, k, 0.3, 11);
		const w = device.put(noise(n * k, 1), [n, k]);
		const rows = (from: number, to: number) => {
			const x = device.put(xs.subarray(from * k, to * k), [to - from, k]);
			const y = device.view([to - from, n]);
			const lists = listsOf(x, n) as View;
			expect(kernels.linear(lists, w, null, y, false)).toBe(true);
			return device.get(y);
		};
		const whole = rows(0, m);
		expect([...rows(0, 13), ...rows(13, 40), ...rows(40, m)]).toEqual(whole);
	});
});
