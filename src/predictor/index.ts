import { readyBackend } from "../backends/devices.js";
import { TorchletError } from "../errors.js";
import { Module } from "../nn/module.js";
import { stepAside } from "../scope.js";
import { type Chain, finishChain } from "./chain.js";
import { type DeviceOptions, GpuPredictor } from "./gpu.js";
import {
	chainOfBytes,
	isBytes,
	openPredictor,
	type PredictorBytes,
	type PredictorOptions,
	settle,
} from "./options.js";
import { nameOf, type Predictor } from "./predictor.js";
import { traceModule } from "./trace.js";

export type { Activation, InputOptions, WeightKind } from "./chain.js";
export type { DeviceOptions } from "./gpu.js";
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
 * @throws DeviceError if there is no such device
 */
export function createPredictor(
	source: Module | PredictorBytes,
	options: PredictorOptions & DeviceOptions = {},
): Promise<Predictor> {
	return stepAside(create(source, options).then(steppingAside));
}

/** Within a training loop its awaits keep the loop's scope, as all of Torchlet's do. */
function steppingAside(predictor: Predictor): Predictor {
	const predict = predictor.predict.bind(predictor);
	predictor.predict = (images, options) => stepAside(predict(images, options));
	return predictor;
}

async function create(
	source: Module | PredictorBytes,
	options: PredictorOptions & DeviceOptions,
): Promise<Predictor> {
	settle(options);
	if (isBytes(source)) return openOn(chainOfBytes(source, options), options);
	if (!(source instanceof Module))
		throw new TorchletError(
			`createPredictor takes a module, or the bytes of a weight file or of predictor.toBytes(), but got ${nameOf(source)}`,
		);
	const { input = {}, weights = "float32" } = options;
	const { layers, softmax } = await traceModule(source, input.length);
	return openOn(finishChain(layers, softmax, input, weights), options);
}

async function openOn(
	chain: Chain,
	options: PredictorOptions & DeviceOptions,
): Promise<Predictor> {
	const { device = "cpu", signal } = options;
	if (device === "webgpu") return GpuPredictor.open(chain, signal);
	// refuses what is no device
	if (device !== "cpu") readyBackend(device);
	return openPredictor(chain, options);
}
