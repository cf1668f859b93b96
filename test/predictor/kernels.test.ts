import { describe, expect, test } from "vitest";
import { BASE, newMemory, newRunner } from "../../src/backends/cpu/runner.js";
import {
	type Chain,
	finishChain,
	type InputDType,
	type Layer,
	newLayer,
	type WeightKind,
} from "../../src/predictor/chain.js";
import { decodeCompact, encodeCompact } from "../../src/predictor/compact.js";
import { predictorWasm } from "../../src/predictor/inlined.js";
import { layOut } from "../../src/predictor/layout.js";
import { Predictor } from "../../src/predictor/predictor.js";
import { layersOfBytes } from "../../src/predictor/weights.js";
import { seeded } from "../helpers/random.js";
import { INPUT, weightFile } from "./mnist.js";

type Rows = Uint8Array | Float32Array;

function randomLayers(sizes: readonly number[], seed: number): Layer[] {
	const next = seeded(seed);
	const noise = (n: number) =>
		Float32Array.from({ length: n }, () => next(2001) / 1000 - 1);
	return sizes.slice(1).map((n, i) => ({
		...newLayer(
			noise(n * (sizes[i] as number)),
			sizes[i] as number,
			n,
			noise(n),
		),
		activation: i < sizes.length - 2 ? "relu" : "none",
	}));
}

/** Results of the last layer in float64, by the folded and quantised chain's own numbers. */
function reference(chain: Chain, x: Rows): Float64Array {
	let h = Float64Array.from(x);
	for (const {
		inputs,
		outputs,
		weight,
		scales,
		bias,
		activation,
	} of chain.layers) {
		const rows = h.length / inputs;
		const y = new Float64Array(rows * outputs);
		for (let i = 0; i < rows; i++)
			for (let j = 0; j < outputs; j++) {
				let sum = 0;
				for (let k = 0; k < inputs; k++)
					sum +=
						(h[i * inputs + k] as number) * (weight[j * inputs + k] as number);
				sum = sum * (scales?.[j] ?? 1) + (bias[j] as number);
				y[i * outputs + j] = activation === "relu" ? Math.max(sum, 0) : sum;
			}
		h = y;
	}
	return h;
}

function check(chain: Chain, x: Rows): void {
	// probabilities that are the last layer's own results
	const raw: Chain = { ...chain, softmax: false };
	const predictor = new Predictor(raw, 1);
	const { labels, probabilities } = predictor.predictSync(x, {
		probabilities: true,
	});
	const want = reference(raw, x);
	const classes = predictor.classes;
	expect(probabilities?.length).toBe(want.length);
	const size = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
	let off = 0;
	want.forEach((v, i) => {
		off = Math.max(off, Math.abs((probabilities?.[i] as number) - v));
	});
	// float32 has 24 bits; a thousand sums lose a few of them
	expect(off / size).toBeLessThan(2e-5);
	labels.forEach((label, i) => {
		const row = want.subarray(i * classes, (i + 1) * classes);
		expect(Math.max(...row) - (row[label] as number)).toBeLessThan(4e-5 * size);
	});
	predictor.dispose();
}

/** Rows of bytes: mostly `background`, a part `ink`. */
function bytes(count: number, background: number, ink: number, seed: number) {
	const next = seeded(seed);
	return Uint8Array.from({ length: count }, () =>
		next(100) < ink ? next(256) : background,
	);
}

const SIZES: readonly (readonly number[])[] = [
	[1, 1],
	[1, 2],
	[2, 3, 1],
	[7, 5, 3],
	[15, 16, 4],
	[16, 17, 5],
	[17, 13, 33, 2],
	[31, 24, 10],
	[33, 40, 100],
	[785, 37, 11],
	[401, 3],
];

describe("against float64", () => {
	describe.each(["float32", "int16", "int8"] as const)("%s", (weights) => {
		test.each(SIZES)("%i, %i, …", (...sizes) => {
			const layers = randomLayers(sizes, sizes.length);
			const [length = 1] = sizes;
			for (const dtype of ["uint8", "float32"] as const) {
				const input = { dtype, mean: 0.1307, std: 0.3081 };
				const chain = finishChain(layers, true, input, weights);
				for (const rows of [0, 1, 2, 63, 64, 65, 129])
					for (const [background, ink] of [
						[0, 20],
						[255, 10],
						[7, 0],
						[0, 100],
					] as const) {
						const u = bytes(rows * length, background, ink, rows + ink);
						check(chain, rowsFor(dtype, u));
					}
			}
		});
	});

	function rowsFor(dtype: InputDType, u: Uint8Array): Rows {
		return dtype === "uint8" ? u : Float32Array.from(u, (v) => v / 255);
	}

	test("rows too long for lists", () => {
		const chain = finishChain(
			randomLayers([70_001, 3], 5),
			true,
			{},
			"float32",
		);
		check(chain, bytes(3 * 70_001, 0, 10, 1));
		check(
			finishChain(randomLayers([70_001, 3], 5), true, {}, "int16"),
			bytes(70_001, 0, 10, 1),
		);
	});

	test("whole numbers stay within 32 bits", () => {
		// with factors by the largest weight alone, 255 · 32767 · 20000 overflows
		const weight = new Float32Array(40_000).fill(1, 0, 20_000).fill(-1, 20_000);
		const chain = finishChain(
			[newLayer(weight, 20_000, 2)],
			true,
			{ dtype: "uint8" },
			"int16",
		);
		const [first] = chain.layers;
		for (const row of [0, 1]) {
			const total = first?.weight
				.subarray(row * 20_000, (row + 1) * 20_000)
				.reduce((s: number, w: number) => s + Math.abs(w), 0);
			expect(255 * (total as number)).toBeLessThan(2 ** 31);
		}
		const predictor = new Predictor({ ...chain, softmax: false }, 1);
		const { labels, probabilities } = predictor.predictSync(
			new Uint8Array(20_000).fill(255),
			{ probabilities: true },
		);
		expect(labels[0]).toBe(0);
		// each weight is off by half its factor at most
		for (const [row, want] of [20_000, -20_000].entries()) {
			const off = Math.abs((probabilities?.[row] as number) - want);
			const scale = first?.scales?.[row] as number;
			expect(off).toBeLessThanOrEqual((scale / 2) * 255 * 20_000);
		}
		predictor.dispose();
	});

	test("the same bits whatever the block's other rows and the background", () => {
		const chain = finishChain(
			randomLayers([100, 24, 10], 8),
			true,
			{},
			"int16",
		);
		const u = bytes(100 * 300, 0, 20, 4);
		const predictor = new Predictor(chain, 1);
		const all = predictor.predictSync(u, { probabilities: true });
		for (const i of [0, 1, 77, 299]) {
			const one = predictor.predictSync(u.subarray(100 * i, 100 * i + 100), {
				probabilities: true,
			});
			expect(one.probabilities).toEqual(
				all.probabilities?.subarray(10 * i, 10 * i + 10),
			);
		}
		predictor.dispose();
	});

	test("NaN and infinities go where PyTorch sends them", () => {
		const layers = randomLayers([20, 8, 4], 9);
		const chain = finishChain(layers, true, { dtype: "float32" }, "float32");
		const predictor = new Predictor(chain, 1);
		const x = new Float32Array(40).fill(0.5);
		x[3] = Number.NaN;
		x.fill(Infinity, 20, 40);
		const { labels, probabilities } = predictor.predictSync(x, {
			probabilities: true,
		});
		expect(labels[0]).toBe(0);
		expect(probabilities?.every(Number.isNaN)).toBe(true);
		predictor.dispose();
	});

	test("ties go to the first", () => {
		const layer = newLayer(new Float32Array(12 * 6), 6, 12);
		const chain = finishChain([layer], true, {}, "float32");
		const predictor = new Predictor(chain, 1);
		expect([...predictor.predictSync(new Uint8Array(12)).labels]).toEqual([
			0, 0,
		]);
		predictor.dispose();
	});
});

describe("the compact form", () => {
	test.each(["float32", "int16", "int8"] as WeightKind[])(
		"%s comes back as it was",
		(weights) => {
			const layers = randomLayers([9, 7, 3], 2).map((l) => ({
				...l,
				activation: "hardtanh" as const,
				p0: -Infinity,
				p1: 6,
			}));
			const chain = finishChain(layers, false, { mean: 0.2, std: 3 }, weights);
			expect(decodeCompact(encodeCompact(chain))).toEqual(chain);
		},
	);

	test("any damage is an error, never a hang or a crash", () => {
		const good = encodeCompact(
			finishChain(randomLayers([9, 7, 3], 2), true, {}, "int8"),
		);
		for (let length = 8; length < good.length; length += 3)
			expect(() => decodeCompact(good.slice(0, length))).toThrow(/damaged/);
		const next = seeded(1);
		for (let i = 0; i < 500; i++) {
			const bad = good.slice();
			for (let n = 0; n < 3; n++) bad[4 + next(bad.length - 4)] = next(256);
			try {
				decodeCompact(bad);
			} catch (error) {
				expect((error as Error).name).toMatch(/Error$/);
				expect(error).not.toBeInstanceOf(RangeError);
				expect(error).not.toBeInstanceOf(TypeError);
			}
		}
	});
});

describe("memory", () => {
	test("the module's constants lie below what the caller uses", () => {
		const runner = newRunner(predictorWasm, newMemory(1, false));
		expect(runner.base() >>> 0).toBeLessThanOrEqual(BASE);
	});

	test("the chapter's network takes less than 2 MiB", () => {
		for (const weights of ["float32", "int16", "int8"] as const) {
			const layers = layersOfBytes(weightFile(), "relu");
			const chain = finishChain(layers, true, INPUT, weights);
			expect(layOut(chain, 1).layout.pages).toBeLessThan(32);
		}
	});
});
