import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Layout } from "../../../src/layout.js";
import { builds, Device, noise, positions, scattered } from "./support.js";

/** Row-major positions of each line along dim. */
function linesOf(shape: number[], dim: number): number[][] {
	const l = Layout.contiguous(shape);
	const size = shape[dim] ?? 1;
	const step = l.strides[dim] ?? 0;
	return positions(l)
		.filter((p) => size <= 1 || Math.floor(p / step) % size === 0)
		.map((p) => Array.from({ length: size }, (_, i) => p + i * step));
}

function softmaxOf(x: number[]): number[] {
	const m = Math.max(...x);
	const e = x.map((v) => Math.exp(v - m));
	const sum = e.reduce((a, b) => a + b, 0);
	return e.map((v) => v / sum);
}

function close(got: number[], want: number[], tolerance: number): void {
	expect(got.length).toBe(want.length);
	got.forEach((v, i) => {
		const w = want[i] as number;
		expect(Math.abs(v - w), `${i}: ${v} for ${w}`).toBeLessThanOrEqual(
			tolerance * (1 + Math.abs(w)),
		);
	});
}

describe.each(builds)("softmax, %s", (_, open) => {
	const device = new Device(open());

	test("forward and backward, any shape, dim and layout", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
				fc.nat(),
				fc.nat(31),
				fc.nat(31),
				fc.boolean(),
				(shape, which, ca, cb, log) => {
					const dim = shape.length ? which % shape.length : 0;
					const n = shape.reduce((a, b) => a * b, 1);
					const values = noise(n, 3).map((v) => v * 20);
					const grads = noise(n, 9);
					const x = device.put(values, scattered(shape, ca));
					const y = device.view(scattered(shape, cb));
					device.kernels.softmax(x, y, dim, log);
					const want = new Array<number>(n);
					const wantGrad = new Array<number>(n);
					for (const line of linesOf(shape, dim)) {
						const xs = line.map((p) => values[p] as number);
						const gs = line.map((p) => grads[p] as number);
						const probability = softmaxOf(xs);
						const weighted = log
							? gs.reduce((a, b) => a + b, 0)
							: gs.reduce((a, g, i) => a + g * (probability[i] as number), 0);
						line.forEach((p, i) => {
							const q = probability[i] as number;
							const g = gs[i] as number;
							want[p] = log ? Math.log(q) : q;
							wantGrad[p] = log ? g - q * weighted : q * (g - weighted);
						});
					}
					close(device.get(y), want, 1e-6);
					const g = device.put(grads, scattered(shape, ca));
					const dx = device.view(scattered(shape, ca ^ 1));
					device.kernels.softmaxBackward(g, y, dx, dim, log);
					close(device.get(dx), wantGrad, 3e-6);
					// in place
					device.kernels.softmaxBackward(g, y, g, dim, log);
					expect(device.get(g)).toEqual(device.get(dx));
					device.free(x, y, g, dx);
				},
			),
			{ numRuns: 300 },
		);
	});

	test("large values, -inf, NaN", () => {
		const inf = Number.POSITIVE_INFINITY;
		const run = (values: number[], log: boolean) => {
			const x = device.put(values, [values.length]);
			device.kernels.softmax(x, x, 0, log);
			return device.get(x);
		};
		expect(run([1000, 1000, -inf, -1000, -inf, -inf], false)).toEqual([
			0.5, 0.5, 0, 0, 0, 0,
		]);
		expect(run([0, -inf, -inf, -inf, -inf], true)).toEqual([
			0,
			-inf,
			-inf,
			-inf,
			-inf,
		]);
		expect(run([1, 2, 3, 4, Number.NaN], false).every(Number.isNaN)).toBe(true);
		expect(run([-inf, -inf], false).every(Number.isNaN)).toBe(true);
	});

	test("empty tensors", () => {
		const x = device.view([3, 0]);
		device.kernels.softmax(x, x, 1, false);
		device.kernels.softmaxBackward(x, x, x, 0, true);
		expect(device.get(x)).toEqual([]);
	});

	test("an empty or short line reads and writes nothing beyond itself", () => {
		for (const n of [1, 2, 3, 5, 6, 7]) {
			const block = device.view([20]);
			const x = { ...block, layout: new Layout([n], [1], 4) };
			device.core.f32.fill(
				5,
				(block.storage.handle as number) / 4 + 4,
				(block.storage.handle as number) / 4 + 4 + n,
			);
			device.kernels.softmax(x, x, 0, false);
			const all = device.get(block);
			all.forEach((v, i) => {
				if (i < 4 || i >= 4 + n) expect(v).toBeNaN();
				else expect(v).toBeCloseTo(1 / n, 6);
			});
		}
	});
});

describe.each(builds)("crossEntropy, %s", (_, open) => {
	const device = new Device(open());

	test("loss and gradient, any sizes and layouts", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 20 }),
				fc.integer({ min: 1, max: 13 }),
				fc.nat(31),
				fc.nat(31),
				fc.boolean(),
				fc.boolean(),
				(m, n, cx, cd, mean, ignore) => {
					const values = noise(m * n, 5).map((v) => v * 10);
					const classes = Array.from({ length: m }, (_, i) =>
						ignore && i % 3 === 1 ? -100 : (i * 7) % n,
					);
					const x = device.put(values, scattered([m, n], cx));
					const t = device.put(classes, new Layout([m], [2], 1), "int32");
					const loss = device.view([]);
					const dx = device.view(scattered([m, n], cd));
					const answer = device.kernels.crossEntropy(
						x,
						t,
						loss,
						dx,
						mean,
						-100,
					);
					expect(answer).toBe(-1);
					const counted = classes.filter((c) => c >= 0).length;
					let total = 0;
					const want: number[] = [];
					for (let i = 0; i < m; i++) {
						const q = softmaxOf([...values.slice(i * n, (i + 1) * n)]);
						const c = classes[i] as number;
						if (c >= 0) total -= Math.log(q[c] as number);
						for (let j = 0; j < n; j++) {
							const g = c < 0 ? 0 : (q[j] as number) - (c === j ? 1 : 0);
							want.push(mean ? g / counted : g);
						}
					}
					close(device.get(loss), [mean ? total / counted : total], 2e-6);
					close(device.get(dx), want, 1e-6);
					const alone = device.view([]);
					device.kernels.crossEntropy(x, t, alone, null, mean, -100);
					expect(device.get(alone)).toEqual(device.get(loss));
					device.free(x, t, loss, dx, alone);
				},
			),
			{ numRuns: 300 },
		);
	});

	test("a class out of range is named and nothing is written", () => {
		const x = device.put(noise(8), [4, 2]);
		for (const [bad, row] of [
			[[0, 1, 2, 9], 2],
			[[0, -1, 1, 1], 1],
		] as const) {
			const t = device.put(bad, [4], "int32");
			const loss = device.view([]);
			const dx = device.view([4, 2]);
			expect(device.kernels.crossEntropy(x, t, loss, dx, true, -100)).toBe(row);
			expect(device.get(loss)).toEqual([Number.NaN]);
			expect(device.get(dx).every(Number.isNaN)).toBe(true);
		}
	});

	test("all rows ignored, or none there: a mean of nothing is NaN, a sum 0", () => {
		const x = device.put(noise(4), [2, 2]);
		const t = device.put([-1, -1], [2], "int32");
		const loss = device.view([]);
		const dx = device.view([2, 2]);
		device.kernels.crossEntropy(x, t, loss, dx, true, -1);
		expect(device.get(loss)).toEqual([Number.NaN]);
		expect(device.get(dx)).toEqual([0, 0, 0, 0]);
		const none = device.view([0, 2]);
		const noClasses = device.view([0], "int32");
		device.kernels.crossEntropy(none, noClasses, loss, none, false, -100);
		expect(device.get(loss)).toEqual([0]);
	});
});
