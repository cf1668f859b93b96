import { TorchletError } from "../errors.js";
import { Module } from "../nn/module.js";
import { checkOptions, finishChain } from "./chain.js";
import {
	chainOfBytes,
	isBytes,
	openPredictor,
	type PredictorBytes,
	type PredictorOptions,
} from "./options.js";
import type { Predictor } from "./predictor.js";
import { traceModule } from "./trace.js";

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
 * Packs a network for serving: rows of pixels in, labels out. A module's
 * `forward` is traced once, as `torch.jit.trace` does, in eval mode; later
 * changes of its weights do not reach the predictor. Bytes are those of a state
 * dict of linear layers (`.pth`, `.safetensors`) or of `predictor.toBytes()`.
 *
 * @throws TorchletError that names an operation that cannot be served, or for
 * weights that are not finite
 * @throws FormatError if bytes are no such file
 * @throws ShapeError if sizes do not fit together
 */
export async function createPredictor(
	source: Module | PredictorBytes,
	options: PredictorOptions = {},
): Promise<Predictor> {
	if (isBytes(source))
		return openPredictor(chainOfBytes(source, options), options);
	if (!(source instanceof Module))
		throw new TorchletError(
			"createPredictor takes a module, or the bytes of a weight file or of predictor.toBytes()",
		);
	const { input = {}, weights = "float32" } = options;
	checkOptions(input, weights);
	const { layers, softmax } = await traceModule(source, input.length);
	return openPredictor(finishChain(layers, softmax, input, weights), options);
}
