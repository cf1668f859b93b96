import { beforeAll, describe, expect, test } from "vitest";
import { createPredictor } from "../../src/predictor/entry.js";
import type { PlainTensor } from "../../src/serialization/plain.js";
import { decodePth } from "../../src/serialization/pth.js";
import {
	INPUT,
	normalised,
	pytorchLogits,
	testImages,
	weightFile,
} from "./mnist.js";

const images = testImages();
const COUNT = 10_000;

/** Logits of the network in float64, [10000, 10]: the reference for all kinds. */
function exactLogits(): Float64Array {
	const state = decodePth(weightFile()) as Record<string, PlainTensor>;
	const floats = (name: string) =>
		Float64Array.from(
			new Float32Array(
				(state[name] as PlainTensor).storage.bytes.slice().buffer,
			),
		);
	const w1 = floats("fc1.weight");
	const b1 = floats("fc1.bias");
	const w2 = floats("fc2.weight");
	const b2 = floats("fc2.bias");
	const out = new Float64Array(COUNT * 10);
	const h = new Float64Array(128);
	for (let i = 0; i < COUNT; i++) {
		for (let j = 0; j < 128; j++) {
			let sum = b1[j] as number;
			for (let k = 0; k < 784; k++)
				sum +=
					(((images[i * 784 + k] as number) / 255 - 0.1307) / 0.3081) *
					(w1[j * 784 + k] as number);
			h[j] = Math.max(sum, 0);
		}
		for (let j = 0; j < 10; j++) {
			let sum = b2[j] as number;
			for (let k = 0; k < 128; k++)
				sum += (h[k] as number) * (w2[j * 128 + k] as number);
			out[i * 10 + j] = sum;
		}
	}
	return out;
}

function softmax(logits: ArrayLike<number>): Float64Array {
	const out = Float64Array.from(logits);
	for (let i = 0; i < out.length; i += 10) {
		const row = out.subarray(i, i + 10);
		const top = Math.max(...row);
		const sum = row.reduce((s, v) => s + Math.exp(v - top), 0);
		row.forEach((v, j) => {
			row[j] = Math.exp(v - top) / sum;
		});
	}
	return out;
}

function argmax(values: Float64Array): Int32Array {
	const out = new Int32Array(values.length / 10);
	for (let i = 0; i < out.length; i++) {
		const row = values.subarray(10 * i, 10 * i + 10);
		out[i] = row.indexOf(Math.max(...row));
	}
	return out;
}

function differing(a: Int32Array, b: Int32Array): number {
	let count = Math.abs(a.length - b.length);
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
	return count;
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let most = 0;
	for (let i = 0; i < b.length; i++)
		most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
	return most;
}

describe("10,000 test images", () => {
	let exact: Float64Array;
	let labels: Int32Array;
	beforeAll(() => {
		const logits = exactLogits();
		exact = softmax(logits);
		labels = argmax(logits);
	});

	test("the reference is PyTorch's", () => {
		const theirs = softmax(pytorchLogits());
		expect(furthest(exact, theirs)).toBeLessThan(2e-6);
	});

	// labels that may differ, and by how much probabilities may: in float32 as
	// little as PyTorch's, else what WeightKind's documentation says
	test.each([
		["float32", 0, 2e-6],
		["int16", 0, 1e-4],
		["int8", 10, 0.05],
	] as const)("%s, bytes", async (weights, wrong, error) => {
		const predictor = await createPredictor(weightFile(), {
			input: { dtype: "uint8", ...INPUT },
			weights,
			threads: 1,
		});
		const found = predictor.predictSync(images, { probabilities: true });
		const off = furthest(found.probabilities as Float32Array, exact);
		expect(differing(found.labels, labels)).toBeLessThanOrEqual(wrong);
		expect(off).toBeLessThan(error);
		const later = await predictor.predict(images, { probabilities: true });
		expect(later).toEqual(found);
		const size = { float32: 410_000, int16: 209_000, int8: 104_500 }[weights];
		expect(predictor.toBytes().length).toBeLessThan(size);
		predictor.dispose();
	});

	test("floats", async () => {
		const predictor = await createPredictor(weightFile(), {
			input: { dtype: "float32" },
			threads: 1,
		});
		const { labels: found, probabilities } = predictor.predictSync(
			normalised(images),
			{ probabilities: true },
		);
		expect(differing(found, labels)).toBe(0);
		expect(furthest(probabilities as Float32Array, exact)).toBeLessThan(2e-6);
		predictor.dispose();
	});
});
