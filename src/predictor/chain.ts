import {
	BASE,
	newMemory,
	newRunner,
	type RunnerExports,
} from "../backends/cpu/runner.js";
import { ShapeError, TorchletError } from "../errors.js";
import { predictorWasm } from "./inlined.js";

/** What the kernels serve, in the order of assembly/predict-output.ts. */
export const ACTIVATIONS = [
	"none",
	"relu",
	"sigmoid",
	"tanh",
	"leakyRelu",
	"gelu",
	"silu",
	"elu",
	"hardtanh",
	"hardswish",
] as const;

/** Functions that a served layer can end in. */
export type Activation = (typeof ACTIVATIONS)[number];

/**
 * How weights are kept: as they are, or as whole numbers with a factor for each
 * output. Measured with the chapter's network on MNIST's 10,000 test images:
 * `'int16'` gives the same labels, and probabilities within 1e-4; `'int8'`, a
 * quarter of the size, other labels for fewer than 10, and probabilities within 0.05.
 */
export type WeightKind = "float32" | "int16" | "int8";

export type InputDType = "uint8" | "float32";

/** One layer: activation(x · weightᵀ + bias). */
export interface Layer {
	readonly inputs: number;
	readonly outputs: number;
	/** [outputs, inputs]; whole numbers if there are `scales`. */
	readonly weight: Float32Array | Int16Array | Int8Array;
	/** [outputs]: a weight is its number times its output's factor. */
	readonly scales: Float32Array | null;
	/** [outputs] */
	readonly bias: Float32Array;
	readonly activation: Activation;
	/** Up to two numbers of the activation. */
	readonly p0: number;
	readonly p1: number;
}

/** A network as a predictor serves it, with the input's normalisation folded in. */
export interface Chain {
	readonly dtype: InputDType;
	readonly weights: WeightKind;
	readonly layers: readonly Layer[];
	/** Probabilities are the softmax of the last layer's results, or these themselves. */
	readonly softmax: boolean;
}

/** Largest whole numbers of each kind. */
const LARGEST = { int16: 32767, int8: 127 } as const;

/** Sums of products are kept in 32 bits. */
const MAX_SUM = 2 ** 31 - 1;

/** A layer as it comes, with float32 weights and the identity after it. */
export function newLayer(
	weight: Float32Array,
	inputs: number,
	outputs: number,
	bias?: Float32Array | null,
): Layer {
	return {
		inputs,
		outputs,
		weight,
		scales: null,
		bias: bias ?? new Float32Array(outputs),
		activation: "none",
		p0: 0,
		p1: 0,
	};
}

type Numbers = number | ArrayLike<number>;

/** In place; gives the sum of values · shift. */
function foldEach(
	values: Float32Array,
	scale: Numbers,
	shift: Numbers,
): number {
	const at = (v: Numbers, k: number) =>
		typeof v === "number" ? v : (v[k] as number);
	let sum = 0;
	for (let k = 0; k < values.length; k++) {
		const w = values[k] as number;
		values[k] = w * at(scale, k);
		sum += w * at(shift, k);
	}
	return sum;
}

/** Numbers that a memory of one page has room for as floats and as whole numbers. */
const SMALLEST = 8192;

/** The module on a memory for one row: in JavaScript most of a cold start would go here. */
class RowWorker {
	private readonly runner: RunnerExports;
	private readonly floats: Float32Array;
	/** Behind the floats. */
	private readonly whole: Int16Array;

	constructor(length: number) {
		const memory = newMemory(Math.ceil((BASE + 6 * length) / 65536), false);
		this.runner = newRunner(predictorWasm, memory);
		this.floats = new Float32Array(memory.buffer, BASE, length);
		this.whole = new Int16Array(memory.buffer, BASE + 4 * length, length);
	}

	/** In place; gives the sum that the values had. */
	fold(values: Float32Array, scale: number): number {
		this.floats.set(values);
		const { length } = values;
		const sum = this.runner.foldRow(BASE, length, scale);
		values.set(this.floats.subarray(0, length));
		return sum;
	}

	/** Whether each is: their sum, taken in 64 bits, is finite just then. */
	finite(values: Float32Array): boolean {
		let sum = 0;
		for (let at = 0; at < values.length; at += SMALLEST) {
			const part = values.subarray(at, at + SMALLEST);
			this.floats.set(part);
			sum += this.runner.foldRow(BASE, part.length, 1);
		}
		return Number.isFinite(sum);
	}

	/** Gives the factor. */
	quantise(
		values: ArrayLike<number>,
		to: Int16Array | Int8Array,
		largest: number,
		room: number,
	): number {
		this.floats.set(values);
		const { length } = values;
		const at = this.whole.byteOffset;
		const scale = this.runner.quantiseRow(BASE, length, at, largest, room);
		to.set(this.whole.subarray(0, length));
		return scale;
	}
}

/** One for all short rows: to make a memory costs more than to fill it. */
let shared: RowWorker | null = null;

function rowWorker(length: number): RowWorker {
	if (length > SMALLEST) return new RowWorker(length);
	shared ??= new RowWorker(SMALLEST);
	return shared;
}

/**
 * The layer that takes x where `layer` takes x · scale + shift; `scale` and
 * `shift` are numbers, or have one for each input.
 */
export function foldInput(layer: Layer, scale: Numbers, shift: Numbers): Layer {
	const { inputs, outputs } = layer;
	const weight = new Float32Array(layer.weight);
	const bias = new Float32Array(outputs);
	const numbers = typeof scale === "number" && typeof shift === "number";
	const row = rowWorker(numbers ? inputs : 0);
	for (let j = 0; j < outputs; j++) {
		const values = weight.subarray(j * inputs, (j + 1) * inputs);
		bias[j] =
			(layer.bias[j] as number) +
			(numbers
				? shift * row.fold(values, scale)
				: foldEach(values, scale, shift));
	}
	return { ...layer, weight, bias };
}

/**
 * Whole numbers from -largest to largest and a factor for each output, rounded
 * to the nearest. There is no zero point: 0 stays 0. Where bytes might
 * overflow the 32-bit sum, Σ |w| · 255 > 2³¹ - 1, the factor is larger.
 */
export function quantise(layer: Layer, kind: "int16" | "int8"): Layer {
	const { inputs, outputs, weight } = layer;
	const numbers =
		kind === "int16"
			? new Int16Array(weight.length)
			: new Int8Array(weight.length);
	const scales = new Float32Array(outputs);
	const worker = rowWorker(inputs);
	// each rounding adds at most a half
	const room = MAX_SUM / 255 - inputs / 2;
	for (let j = 0; j < outputs; j++) {
		const [from, to] = [j * inputs, (j + 1) * inputs];
		scales[j] = worker.quantise(
			weight.subarray(from, to),
			numbers.subarray(from, to),
			LARGEST[kind],
			room,
		);
	}
	return { ...layer, weight: numbers, scales };
}

/** A layer with float32 weights. */
export function dequantise(layer: Layer): Layer {
	const { scales, inputs } = layer;
	if (scales === null) return layer;
	const weight = Float32Array.from(
		layer.weight,
		(w, i) => w * (scales[Math.floor(i / inputs)] as number),
	);
	return { ...layer, weight, scales: null };
}

/** @throws ShapeError, TorchletError if layers do not fit together */
function checkSizes(layers: readonly Layer[]): void {
	let inputs = layers[0]?.inputs;
	if (inputs === undefined)
		throw new TorchletError(
			"createPredictor found no linear layer: there is nothing to serve",
		);
	for (const [i, layer] of layers.entries()) {
		if (layer.inputs !== inputs)
			throw new ShapeError(
				`createPredictor: layer ${i} takes ${layer.inputs} values, but gets ${inputs}`,
			);
		if (layer.inputs === 0 || layer.outputs === 0)
			throw new ShapeError(
				`createPredictor: layer ${i} has ${layer.inputs} inputs and ${layer.outputs} outputs; at least one of each is needed`,
			);
		inputs = layer.outputs;
	}
}

/** @throws TorchletError naming a number that is not finite */
function checkNumbers(layers: readonly Layer[]): void {
	for (const [i, { weight, bias, scales }] of layers.entries())
		for (const [what, values] of Object.entries({ weight, bias, scales })) {
			// whole numbers are finite
			if (!(values instanceof Float32Array)) continue;
			if (rowWorker(0).finite(values)) continue;
			const bad = values.findIndex((v) => !Number.isFinite(v));
			if (bad >= 0)
				throw new TorchletError(
					`createPredictor: the ${what} of layer ${i} holds ${values[bad]} at position ${bad}. Only finite weights can be served: was the training diverging?`,
				);
		}
}

/** @throws ShapeError if layers do not fit together, TorchletError if a number is not finite */
export function checkChain({ layers }: Chain): void {
	checkSizes(layers);
	checkNumbers(layers);
}

/** Normalisation of the input, as in `transforms.Normalize`. */
export interface InputOptions {
	/** `'uint8'`: raw pixels, of which ToTensor makes x / 255; `'float32'`: numbers as they are. */
	readonly dtype?: InputDType;
	/** Subtracted from inputs, after they were brought to [0, 1]. */
	readonly mean?: number;
	/** Divides inputs, after the mean was subtracted. */
	readonly std?: number;
	/** Numbers in a row; told by the first layer where it is left out. */
	readonly length?: number;
}

/** @throws TorchletError on settings that are none */
export function checkOptions(input: InputOptions, weights: unknown): void {
	const { dtype = "uint8", mean = 0, std = 1 } = input;
	if (dtype !== "uint8" && dtype !== "float32")
		throw new TorchletError(
			`createPredictor: input.dtype must be 'uint8' or 'float32', but is '${String(dtype)}'`,
		);
	if (!Number.isFinite(mean) || !Number.isFinite(std) || std === 0)
		throw new TorchletError(
			`createPredictor: input.mean and input.std must be finite and std not 0, but are ${String(mean)} and ${String(std)}`,
		);
	if (weights !== "float32" && weights !== "int16" && weights !== "int8")
		throw new TorchletError(
			`createPredictor: weights must be 'float32', 'int16' or 'int8', but is '${String(weights)}'`,
		);
}

/**
 * The chain for these inputs and weights: of int16 only the first layer has
 * whole numbers, which is where the time goes; of int8 all have.
 * @throws ShapeError, TorchletError
 */
export function finishChain(
	layers: readonly Layer[],
	softmax: boolean,
	input: InputOptions,
	weights: WeightKind,
): Chain {
	const { dtype = "uint8", mean = 0, std = 1, length } = input;
	checkSizes(layers);
	const [first, ...rest] = layers as [Layer, ...Layer[]];
	if (length !== undefined && length !== first.inputs)
		throw new ShapeError(
			`createPredictor: input.length is ${length}, but the first layer takes ${first.inputs} values`,
		);
	const folded = foldInput(
		first,
		1 / ((dtype === "uint8" ? 255 : 1) * std),
		-mean / std,
	);
	// before they are rounded: NaN has no whole number
	checkNumbers([folded, ...rest]);
	return {
		dtype,
		weights,
		softmax,
		layers: [
			weights === "float32" ? folded : quantise(folded, weights),
			...rest.map((l) => (weights === "int8" ? quantise(l, "int8") : l)),
		],
	};
}
