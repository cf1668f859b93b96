import { ShapeError, TorchletError } from "../errors.js";
import { allFinite, foldInput } from "./fold.js";

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
			if (allFinite(values)) continue;
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
export function checkOptions(
	input: InputOptions,
	weights: unknown,
	activation: Activation = "relu",
): void {
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
	if (!ACTIVATIONS.includes(activation))
		throw new TorchletError(
			`createPredictor: activation must be one of ${ACTIVATIONS.join(", ")}, but is '${String(activation)}'`,
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
	const { dtype = "uint8", mean = 0, std = 1 } = input;
	checkSizes(layers);
	const [first, ...rest] = layers as [Layer, ...Layer[]];
	const scale = 1 / ((dtype === "uint8" ? 255 : 1) * std);
	const shift = -mean / std;
	const served =
		foldInput(first, weights, scale, shift) ??
		// to say which number is not finite
		(foldInput(first, "float32", scale, shift) as Layer);
	// NaN has no whole number: `rest` before it is rounded
	checkNumbers([served, ...rest]);
	return {
		dtype,
		weights,
		softmax,
		layers: [
			served,
			...rest.map((l) => (weights === "int8" && foldInput(l, "int8")) || l),
		],
	};
}
