import { BASE, newMemory, newRunner } from "../backends/cpu/runner.js";
import type { Layer, WeightKind } from "./chain.js";
import { predictorWasm } from "./inlined.js";

/** Largest whole numbers of each kind. */
const LARGEST = { int16: 32767, int8: 127 } as const;

/** Sums of products are kept in 32 bits. */
const MAX_SUM = 2 ** 31 - 1;

/** Numbers that a memory of one page has room for as floats and as whole numbers. */
const SMALLEST = 8192;

/** Rows at once, each with 12 bytes of results. */
const MOST_ROWS = 512;

/** The module on a memory for some rows: in JavaScript most of a cold start would go here. */
function newWorker(length: number) {
	const results = BASE + 8 * Math.ceil((6 * length) / 8);
	const bytes = results + 12 * MOST_ROWS;
	const memory = newMemory(Math.ceil(bytes / 65536), false);
	const { buffer } = memory;
	return {
		runner: newRunner(predictorWasm, memory),
		floats: new Float32Array(buffer, BASE, length),
		/** Behind the floats: these rounded. */
		whole: new Int16Array(buffer, BASE + 4 * length, length),
		/** Of each row. */
		sums: new Float64Array(buffer, results, MOST_ROWS),
		factors: new Float32Array(buffer, results + 8 * MOST_ROWS, MOST_ROWS),
	};
}

/** One for all short rows: to make a memory costs more than to fill it. */
let shared: ReturnType<typeof newWorker> | null = null;

function workerFor(length: number): ReturnType<typeof newWorker> {
	if (length > SMALLEST) return newWorker(length);
	shared ??= newWorker(SMALLEST);
	return shared;
}

/** Whether each is: their sum, taken in 64 bits, is finite just then. */
export function allFinite(values: Float32Array): boolean {
	const { runner, floats, sums } = workerFor(0);
	let sum = 0;
	for (let at = 0; at < values.length; at += SMALLEST) {
		const part = values.subarray(at, at + SMALLEST);
		floats.set(part);
		runner.foldRows(BASE, 1, part.length, 1, sums.byteOffset);
		sum += sums[0] as number;
	}
	return Number.isFinite(sum);
}

/**
 * The layer that takes x where `layer`, of floats, takes x · scale + shift. Its
 * weights as floats; or as whole numbers, rounded to the nearest, with a factor
 * for each output. There is no zero point: 0 stays 0. Where bytes might overflow
 * the 32-bit sum, Σ |w| · 255 > 2³¹ - 1, the factor is larger. Null if one of
 * the weights has no whole number since it is not finite.
 */
export function foldInput(
	layer: Layer,
	kind: WeightKind,
	scale = 1,
	shift = 0,
): Layer | null {
	const { inputs, outputs } = layer;
	const size = inputs * outputs;
	const largest = kind === "float32" ? null : LARGEST[kind];
	const weight =
		kind === "float32"
			? new Float32Array(size)
			: new (kind === "int16" ? Int16Array : Int8Array)(size);
	const bias = new Float32Array(layer.bias);
	const { runner, floats, whole, sums, factors } = workerFor(inputs);
	const scales = largest && new Float32Array(outputs);
	const atOnce = Math.min(Math.floor(floats.length / inputs), MOST_ROWS);
	for (let j = 0; j < outputs; j += atOnce) {
		const rows = Math.min(atOnce, outputs - j);
		const from = j * inputs;
		const count = rows * inputs;
		floats.set(layer.weight.subarray(from, from + count));
		runner.foldRows(BASE, rows, inputs, scale, sums.byteOffset);
		if (largest)
			runner.quantiseRows(
				BASE,
				rows,
				inputs,
				whole.byteOffset,
				largest,
				// each rounding adds at most a half
				MAX_SUM / 255 - inputs / 2,
				factors.byteOffset,
			);
		weight.set((largest ? whole : floats).subarray(0, count), from);
		scales?.set(factors.subarray(0, rows), j);
		for (let i = 0; i < rows; i++) {
			const sum = sums[i] as number;
			if (largest && !Number.isFinite(sum + (factors[i] as number)))
				return null;
			bias[j + i] = (layer.bias[j + i] as number) + shift * sum;
		}
	}
	return { ...layer, weight, bias, scales };
}
