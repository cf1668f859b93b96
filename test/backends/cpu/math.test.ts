import { describe, expect, test } from "vitest";
import type { UnaryName } from "../../../src/backends/backend.js";
import { builds, Device } from "./support.js";

/** By its series, or for larger arguments a continued fraction. */
function erf(x: number): number {
	const a = Math.abs(x);
	if (x === 0 || Number.isNaN(x)) return x;
	if (a > 6) return Math.sign(x);
	if (a < 2.5) {
		let sum = a;
		let term = a;
		for (let k = 1; k < 200; k++) {
			term *= (-a * a) / k;
			sum += term / (2 * k + 1);
		}
		return (Math.sign(x) * sum * 2) / Math.sqrt(Math.PI);
	}
	let f = 0;
	for (let k = 60; k >= 1; k--) f = k / 2 / (a + f);
	return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
}

/** In double precision; the bound is in units of the last place. */
const functions: [UnaryName, (x: number) => number, bound: number][] = [
	["exp", Math.exp, 2],
	["log", Math.log, 2],
	["tanh", Math.tanh, 2],
	["expm1", Math.expm1, 2],
	["log1p", Math.log1p, 2],
	["log2", Math.log2, 2],
	["erf", erf, 2],
	["sin", Math.sin, 1],
	["cos", Math.cos, 1],
	["sqrt", Math.sqrt, 0.5],
	["sigmoid", (x) => 1 / (1 + Math.exp(-x)), 2.3],
];

const SPECIAL = [
	0,
	-0,
	Number.POSITIVE_INFINITY,
	Number.NEGATIVE_INFINITY,
	Number.NaN,
	1,
	-1,
	1e-45,
	-1e-45,
	3e38,
	-3e38,
	88.72283,
	88.73,
	-87.3,
	-103.9,
	-104.1,
	1e-20,
	-1e-20,
];

/** Distance of two neighbouring floats at x. */
function ulp(x: number): number {
	const e = Math.floor(Math.log2(Math.abs(x)));
	return 2 ** (Math.max(e, -126) - 23);
}

describe.each(builds)("functions over all floats, %s", (_, open) => {
	const { core, kernels } = new Device(open());
	const COUNT = 1 << 16;
	const layout = new Device(core).view([COUNT]).layout;
	const device = new Device(core);
	const x = device.view(layout);
	const y = device.view(layout);

	function worst(
		op: UnaryName,
		f: (x: number) => number,
		fill: (inputs: Int32Array, floats: Float32Array) => number,
	): { error: number; at: number } {
		const px = (x.storage.handle as number) >> 2;
		const py = (y.storage.handle as number) >> 2;
		const found = { error: 0, at: 0 };
		for (;;) {
			const n = fill(
				core.i32.subarray(px, px + COUNT),
				core.f32.subarray(px, px + COUNT),
			);
			if (n === 0) return found;
			kernels.unary(op, x, y);
			for (let i = 0; i < n; i++) {
				const input = core.f32[px + i] as number;
				const got = core.f32[py + i] as number;
				const want = f(input);
				const rounded = Math.fround(want);
				let error = 0;
				if (!Number.isFinite(rounded) || rounded === 0) {
					// a result below the least float may be rounded up to it
					const isTiny = rounded === 0 && Math.abs(got) < 2e-45;
					const isSame = Object.is(got, rounded);
					error = isSame || (isTiny && want !== 0) ? 0 : Infinity;
				} else {
					error = Math.abs(got - want) / ulp(rounded);
					if (Number.isNaN(error)) error = Infinity;
				}
				if (error > found.error) {
					found.error = error;
					found.at = input;
				}
			}
		}
	}

	test.each(functions)("%s at special values", (op, f, bound) => {
		let done = false;
		const { error, at } = worst(op, f, (_, floats) => {
			if (done) return 0;
			done = true;
			floats.set(SPECIAL);
			return SPECIAL.length;
		});
		expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
	});

	test.each(functions)("%s at every 5,003rd float", (op, f, bound) => {
		let bits = -(2 ** 31);
		const { error, at } = worst(op, f, (inputs) => {
			let n = 0;
			for (; n < COUNT && bits < 2 ** 31; bits += 5003) inputs[n++] = bits;
			return n;
		});
		expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
	});
});
