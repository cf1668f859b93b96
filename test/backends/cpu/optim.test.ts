import { describe, expect, test } from "vitest";
import type { AdamOptions } from "../../../src/backends/backend.js";
import { builds, Device, noise } from "./support.js";

// PyTorch's updates, one float32 operation at a time, as its Python source has
// them. The plain build must give these bits; a fusing engine may round less.
const f = Math.fround;

type Rule = (
	p: number,
	g: number,
	state: number[],
	step: number,
) => [number, number[]];

describe.each(builds)("optimizers, %s", (build, open) => {
	const device = new Device(open());

	/** Three steps for parameters of these sizes, against the rule. */
	function check(
		states: number,
		rule: Rule,
		kernel: (
			params: ReturnType<Device["view"]>[],
			grads: ReturnType<Device["view"]>[],
			states: ReturnType<Device["view"]>[][],
			step: number,
		) => void,
	): void {
		const sizes = [0, 1, 2, 3, 4, 5, 37, 64];
		const values = sizes.map((n, i) => [...noise(n, 10 + i)]);
		const params = values.map((v) => device.put(v, [v.length]));
		const kept = values.map((v) => v.map(() => new Array(states).fill(0)));
		const blocks = Array.from({ length: states }, () =>
			values.map((v) =>
				device.put(
					v.map(() => 0),
					[v.length],
				),
			),
		);
		for (let step = 1; step <= 3; step++) {
			const slopes = sizes.map((n, i) => [...noise(n, 100 * step + i)]);
			const grads = slopes.map((v) => device.put(v, [v.length]));
			kernel(params, grads, blocks, step);
			values.forEach((v, i) => {
				v.forEach((p, j) => {
					const g = slopes[i]?.[j] as number;
					const [next, state] = rule(p, g, kept[i]?.[j] as number[], step);
					v[j] = next;
					(kept[i] as number[][])[j] = state;
				});
			});
		}
		values.forEach((v, i) => {
			const got = device.get(params[i] as (typeof params)[0]);
			if (build === "simd") expect(got).toEqual(v);
			got.forEach((p, j) => {
				expect(p).toBeCloseTo(v[j] as number, 5);
			});
			for (let k = 0; k < states; k++) {
				const state = device.get(blocks[k]?.[i] as (typeof params)[0]);
				state.forEach((s, j) => {
					expect(s).toBeCloseTo(kept[i]?.[j]?.[k] as number, 5);
				});
			}
		});
	}

	const cases = [
		{ momentum: 0, weightDecay: 0, dampening: 0 },
		{ momentum: 0, weightDecay: 0.1, dampening: 0, maximize: true },
		{ momentum: 0.9, weightDecay: 0, dampening: 0 },
		{ momentum: 0.9, weightDecay: 0.01, dampening: 0, nesterov: true },
		{ momentum: 0.8, weightDecay: 0.01, dampening: 0.3, maximize: true },
	];
	test.each(cases)("sgd %o", (c) => {
		const o = { lr: 0.05, nesterov: false, maximize: false, ...c };
		check(
			o.momentum ? 1 : 0,
			(p, g, [buffer], step) => {
				let d = o.maximize ? -g : g;
				if (o.weightDecay) d = f(d + f(f(o.weightDecay) * p));
				if (!o.momentum) return [f(p + f(f(-o.lr) * d)), []];
				const b =
					step === 1
						? d
						: f(
								f((buffer as number) * f(o.momentum)) +
									f(f(1 - o.dampening) * d),
							);
				const u = o.nesterov ? f(d + f(f(o.momentum) * b)) : b;
				return [f(p + f(f(-o.lr) * u)), [b]];
			},
			(params, grads, [buffers], step) =>
				device.kernels.sgd(params, grads, buffers ?? [], {
					...o,
					first: step === 1,
				}),
		);
	});

	const adams = [
		{},
		{ weightDecay: 0.1 },
		{ weightDecay: 0.1, decoupled: true },
		{ amsgrad: true, maximize: true },
	];
	test.each(adams)("adam %o", (c) => {
		const o: Omit<AdamOptions, "step"> = {
			lr: 0.01,
			beta1: 0.9,
			beta2: 0.99,
			eps: 1e-8,
			weightDecay: 0,
			decoupled: false,
			amsgrad: false,
			maximize: false,
			...c,
		};
		check(
			o.amsgrad ? 3 : 2,
			(p, g, [mean, square, maximum], step) => {
				let d = o.maximize ? -g : g;
				if (o.weightDecay && !o.decoupled) d = f(d + f(f(o.weightDecay) * p));
				const w = o.decoupled ? f(p * f(1 - o.lr * o.weightDecay)) : p;
				const m = f(f((mean as number) * f(o.beta1)) + f(f(1 - o.beta1) * d));
				const v = f(
					f((square as number) * f(o.beta2)) + f(f(f(1 - o.beta2) * d) * d),
				);
				const top = o.amsgrad ? Math.max(maximum as number, v) : v;
				const correction = f(Math.sqrt(1 - o.beta2 ** step));
				const scale = f(f(f(Math.sqrt(top)) / correction) + f(o.eps));
				const rate = f(-o.lr / (1 - o.beta1 ** step));
				return [
					f(w + f(f(rate * m) / scale)),
					o.amsgrad ? [m, v, top] : [m, v],
				];
			},
			(params, grads, [means, squares, maxima], step) =>
				device.kernels.adam(
					params,
					grads,
					means ?? [],
					squares ?? [],
					maxima ?? [],
					{ ...o, step },
				),
		);
	});

	const rmsprops = [
		{},
		{ momentum: 0.9, weightDecay: 0.1 },
		{ centered: true, maximize: true },
		{ centered: true, momentum: 0.5 },
	];
	test.each(rmsprops)("rmsprop %o", (c) => {
		const o = {
			lr: 0.01,
			alpha: 0.9,
			eps: 1e-8,
			weightDecay: 0,
			momentum: 0,
			centered: false,
			maximize: false,
			...c,
		};
		check(
			3,
			(p, g, [square, buffer, average], _) => {
				let d = o.maximize ? -g : g;
				if (o.weightDecay) d = f(d + f(f(o.weightDecay) * p));
				const v = f(
					f((square as number) * f(o.alpha)) + f(f(f(1 - o.alpha) * d) * d),
				);
				let spread = v;
				let m = 0;
				if (o.centered) {
					m = f(f((average as number) * f(o.alpha)) + f(f(1 - o.alpha) * d));
					spread = f(v - f(m * m));
				}
				const scale = f(f(Math.sqrt(spread)) + f(o.eps));
				if (!o.momentum) return [f(p + f(f(f(-o.lr) * d) / scale)), [v, 0, m]];
				const b = f(f((buffer as number) * f(o.momentum)) + f(d / scale));
				return [f(p + f(f(-o.lr) * b)), [v, b, m]];
			},
			(params, grads, [squares, buffers, averages]) =>
				device.kernels.rmsprop(
					params,
					grads,
					squares ?? [],
					o.momentum ? (buffers ?? []) : [],
					o.centered ? (averages ?? []) : [],
					o,
				),
		);
	});

	test("adagrad", () => {
		const o = { lr: 0.1, eps: 1e-10, weightDecay: 0.1, maximize: true };
		check(
			1,
			(p, g, [sum]) => {
				const d = f(-g + f(f(o.weightDecay) * p));
				const s = f((sum as number) + f(d * d));
				const scale = f(f(Math.sqrt(s)) + f(o.eps));
				return [f(p + f(f(f(-o.lr) * d) / scale)), [s]];
			},
			(params, grads, [sums]) =>
				device.kernels.adagrad(params, grads, sums ?? [], o),
		);
	});

	test("arrays end where they end", () => {
		const p = device.put(noise(5), [5]);
		const g = device.put(noise(5, 2), [5]);
		device.kernels.sgd([p], [g], [], {
			lr: 1,
			momentum: 0,
			dampening: 0,
			weightDecay: 0,
			nesterov: false,
			maximize: false,
			first: true,
		});
		const at = (p.storage.handle as number) / 4;
		expect([...device.core.f32.subarray(at + 5, at + 8)]).toEqual([
			Number.NaN,
			Number.NaN,
			Number.NaN,
		]);
	});
});
