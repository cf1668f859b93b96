import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../../../src/backends/backend.js";
import { builds, Device, noise, scattered } from "./support.js";

const { NaN: nan } = Number;

type Four = readonly [number, number, number, number];

/** Places of a window along one side. */
function places(size: number, w: Window, d: 0 | 1): number {
	const reach = w.dilation[d] * (w.kernel[d] - 1) + 1;
	return Math.floor((size + 2 * w.padding[d] - reach) / w.stride[d]) + 1;
}

/** For each window, in row-major order, the pixels it covers; -1 is outside. */
function covered([, , h, w]: Four, win: Window): number[][] {
	const out: number[][] = [];
	for (let oh = 0; oh < places(h, win, 0); oh++)
		for (let ow = 0; ow < places(w, win, 1); ow++) {
			const pixels: number[] = [];
			for (let kh = 0; kh < win.kernel[0]; kh++)
				for (let kw = 0; kw < win.kernel[1]; kw++) {
					const y = oh * win.stride[0] - win.padding[0] + kh * win.dilation[0];
					const x = ow * win.stride[1] - win.padding[1] + kw * win.dilation[1];
					const isInside = y >= 0 && y < h && x >= 0 && x < w;
					pixels.push(isInside ? y * w + x : -1);
				}
			out.push(pixels);
		}
	return out;
}

const side = fc.tuple(
	fc.integer({ min: 1, max: 4 }),
	fc.integer({ min: 1, max: 4 }),
);

const cases = fc
	.record({
		shape: fc.tuple(
			fc.integer({ min: 1, max: 3 }),
			fc.integer({ min: 1, max: 3 }),
			fc.integer({ min: 1, max: 9 }),
			fc.integer({ min: 1, max: 14 }),
		),
		kernel: side,
		stride: side,
		dilation: side,
		padding: fc.tuple(fc.nat(3), fc.nat(3)),
		layouts: fc.tuple(fc.nat(31), fc.nat(31), fc.nat(31)),
		seed: fc.nat(1000),
		flag: fc.boolean(),
		divisor: fc.constantFrom(0, 0, 3),
	})
	.filter((c) => places(c.shape[2], c, 0) > 0 && places(c.shape[3], c, 1) > 0);

/** As PyTorch wants it for pooling: padding of at most half the window. */
const pools = cases.filter(
	(c) => c.padding[0] <= c.kernel[0] / 2 && c.padding[1] <= c.kernel[1] / 2,
);

describe.each(builds)("images, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	test("im2col, and col2im as its transpose", () => {
		fc.assert(
			fc.property(cases, (c) => {
				const [n, ch, h, w] = c.shape;
				const windows = covered(c.shape, c);
				const taps = c.kernel[0] * c.kernel[1];
				const values = noise(n * ch * h * w, c.seed);
				const x = device.put(values, scattered(c.shape, c.layouts[0]));
				const columnShape = [n, ch * taps, windows.length];
				const y = device.view(columnShape);
				kernels.im2col(x, y, c);
				const want: number[] = [];
				for (let plane = 0; plane < n * ch; plane++)
					for (let k = 0; k < taps; k++)
						for (const pixels of windows) {
							const p = pixels[k] as number;
							want.push(p < 0 ? 0 : (values[plane * h * w + p] as number));
						}
				expect(device.get(y)).toEqual(want);

				const columns = noise(want.length, c.seed + 1);
				const g = device.put(columns, scattered(columnShape, c.layouts[1]));
				const dx = device.view(scattered(c.shape, c.layouts[2]));
				kernels.col2im(g, dx, c);
				const sums = new Array<number>(values.length).fill(0);
				let i = 0;
				for (let plane = 0; plane < n * ch; plane++)
					for (let k = 0; k < taps; k++)
						for (const pixels of windows) {
							const p = pixels[k] as number;
							const v = columns[i++] as number;
							if (p >= 0)
								sums[plane * h * w + p] =
									(sums[plane * h * w + p] as number) + v;
						}
				device.get(dx).forEach((got, p) => {
					expect(Math.abs(got - (sums[p] as number))).toBeLessThan(4e-6);
				});
				device.free(x, y, g, dx);
			}),
			{ numRuns: 300 },
		);
	});

	test("maxPool2d", () => {
		fc.assert(
			fc.property(pools, (c) => {
				const [n, ch, h, w] = c.shape;
				const windows = covered(c.shape, c);
				// few values, so that windows have equal ones
				const values = Array.from(noise(n * ch * h * w, c.seed), (v) =>
					Math.round(v * 2),
				);
				const x = device.put(values, scattered(c.shape, c.layouts[0]));
				const out = [n, ch, places(h, c, 0), places(w, c, 1)];
				const y = device.view(scattered(out, c.layouts[1]));
				const at = device.view(scattered(out, c.layouts[2]), "int32");
				kernels.maxPool2d(x, y, at, c);
				const best: number[] = [];
				const where: number[] = [];
				for (let plane = 0; plane < n * ch; plane++)
					for (const pixels of windows) {
						let max = Number.NEGATIVE_INFINITY;
						// a dilated window may have no pixel at all
						let p = Math.max(0, pixels.find((q) => q >= 0) ?? 0);
						for (const q of pixels) {
							const v = values[plane * h * w + q] as number;
							if (q >= 0 && v > max) [max, p] = [v, q];
						}
						best.push(max);
						where.push(p);
					}
				expect(device.get(y)).toEqual(best);
				expect(device.get(at)).toEqual(where);
				device.free(x, y, at);
			}),
			{ numRuns: 300 },
		);
	});

	test("NaN wins a maximum; a window of -inf keeps its first position", () => {
		const inf = Number.POSITIVE_INFINITY;
		const x = device.put([1, nan, 3, 2, -inf, -inf, -inf, -inf], [1, 2, 1, 4]);
		const y = device.view([1, 2, 1, 2]);
		const at = device.view([1, 2, 1, 2], "int32");
		kernels.maxPool2d(x, y, at, {
			kernel: [1, 2],
			stride: [1, 2],
			padding: [0, 0],
			dilation: [1, 1],
		});
		expect(device.get(y)).toEqual([nan, 3, -inf, -inf]);
		expect(device.get(at)).toEqual([1, 2, 0, 2]);
	});

	test("avgPool2d and its gradient", () => {
		fc.assert(
			fc.property(
				pools.map((c) => ({ ...c, dilation: [1, 1] as [number, number] })),
				(c) => {
					if (places(c.shape[2], c, 0) < 1 || places(c.shape[3], c, 1) < 1)
						return;
					const [n, ch, h, w] = c.shape;
					const windows = covered(c.shape, c);
					const outW = places(w, c, 1);
					const values = noise(n * ch * h * w, c.seed);
					const x = device.put(values, scattered(c.shape, c.layouts[0]));
					const out = [n, ch, places(h, c, 0), outW];
					const y = device.view(scattered(out, c.layouts[1]));
					kernels.avgPool2d(x, y, c, c.flag, c.divisor);
					// PyTorch cuts the window at the padded image's end
					const counts = windows.map((pixels, i) => {
						if (c.divisor > 0) return c.divisor;
						if (!c.flag) return pixels.filter((p) => p >= 0).length;
						const top = Math.floor(i / outW) * c.stride[0] - c.padding[0];
						const left = (i % outW) * c.stride[1] - c.padding[1];
						return (
							(Math.min(top + c.kernel[0], h + c.padding[0]) - top) *
							(Math.min(left + c.kernel[1], w + c.padding[1]) - left)
						);
					});
					const gradient = noise(n * ch * windows.length, c.seed + 1);
					const g = device.put(gradient, scattered(out, c.layouts[1]));
					const dx = device.view(scattered(c.shape, c.layouts[2]));
					kernels.avgPool2dBackward(g, dx, c, c.flag, c.divisor);
					const got = device.get(y);
					const sums = new Array<number>(values.length).fill(0);
					for (let plane = 0; plane < n * ch; plane++)
						windows.forEach((pixels, i) => {
							let sum = 0;
							const o = plane * windows.length + i;
							for (const p of pixels) {
								if (p < 0) continue;
								const at = plane * h * w + p;
								sum += values[at] as number;
								sums[at] =
									(sums[at] as number) +
									(gradient[o] as number) / (counts[i] as number);
							}
							const mean = sum / (counts[i] as number);
							expect(Math.abs((got[o] as number) - mean)).toBeLessThan(2e-6);
						});
					device.get(dx).forEach((v, p) => {
						expect(Math.abs(v - (sums[p] as number))).toBeLessThan(4e-6);
					});
					device.free(x, y, g, dx);
				},
			),
			{ numRuns: 300 },
		);
	});
});
