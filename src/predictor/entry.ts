/** `torchlet/predictor`: serving of saved networks, and nothing of training. */
import {
	chainOfBytes,
	openPredictor,
	type PredictorBytes,
	type PredictorOptions,
	settle,
} from "./options.js";
import type { Predictor } from "./predictor.js";

// Those that are thrown here: each of the others would take its bytes.
export {
	DTypeError,
	FormatError,
	OutOfMemoryError,
	ShapeError,
	TensorDisposedError,
	TorchletError,
} from "../errors.js";
export type { Activation, InputOptions, WeightKind } from "./chain.js";
export type { PredictorBytes, PredictorOptions } from "./options.js";
export type {
	AsyncPredictOptions,
	Images,
	Prediction,
	PredictOptions,
	Predictor,
	PredictorCapabilities,
} from "./predictor.js";

/**
 * A predictor from the bytes of a `.pth` or `.safetensors` state dict of linear
 * layers, or of `predictor.toBytes()`.
 *
 * @throws FormatError if the bytes are none of these, or hold anything else
 * @throws ShapeError, TorchletError if layers or options do not fit
 */
export async function createPredictor(
	source: PredictorBytes,
	options: PredictorOptions = {},
): Promise<Predictor> {
	settle(options);
	return openPredictor(chainOfBytes(source, options), options);
}
