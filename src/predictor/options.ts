import { TorchletError } from "../errors.js";
import {
	ACTIVATIONS,
	type Activation,
	type Chain,
	checkOptions,
	finishChain,
	type InputOptions,
	type WeightKind,
} from "./chain.js";
import { decodeCompact, isCompact } from "./compact.js";
import { Predictor } from "./predictor.js";
import { layersOfBytes } from "./weights.js";

/** What `createPredictor` takes. */
export interface PredictorOptions {
	/** What the rows are; normalisation is folded into the first layer. */
	readonly input?: InputOptions;
	/** How weights are kept: `'int16'` is fastest, `'int8'` smallest. Default `'float32'`. */
	readonly weights?: WeightKind;
	/** `'auto'`: up to 4 of the processors; 1: the calling thread only. Default `'auto'`. */
	readonly threads?: number | "auto";
	/** Of weight files, which do not tell: what stands between their layers. Default `'relu'`. */
	readonly activation?: Activation;
	/** Gives up when aborted. */
	readonly signal?: AbortSignal;
}

/** Bytes of a weight file or of `predictor.toBytes()`. */
export type PredictorBytes = Uint8Array | ArrayBuffer;

export function isBytes(x: unknown): x is PredictorBytes {
	return x instanceof Uint8Array || x instanceof ArrayBuffer;
}

/**
 * The network in some bytes.
 * @throws FormatError, ShapeError, TorchletError
 */
export function chainOfBytes(
	source: PredictorBytes,
	options: PredictorOptions,
): Chain {
	const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
	const { input = {}, weights, activation = "relu" } = options;
	checkOptions(input, weights ?? "float32");
	if (!ACTIVATIONS.includes(activation))
		throw new TorchletError(
			`createPredictor: activation must be one of ${ACTIVATIONS.join(", ")}, but is '${String(activation)}'`,
		);
	if (!isCompact(bytes))
		return finishChain(
			layersOfBytes(bytes, activation),
			true,
			input,
			weights ?? "float32",
		);
	const chain = decodeCompact(bytes);
	const asked = { weights, dtype: input.dtype };
	for (const key of ["weights", "dtype"] as const)
		if (asked[key] !== undefined && asked[key] !== chain[key])
			throw new TorchletError(
				`createPredictor: these bytes were made for ${key} '${chain[key]}', but '${asked[key]}' was asked for. Leave the option out, or make them anew from the model`,
			);
	return chain;
}

/** Packs a chain; a number of threads that was asked for is waited for. */
export async function openPredictor(
	chain: Chain,
	{ threads = "auto", signal }: PredictorOptions,
): Promise<Predictor> {
	signal?.throwIfAborted();
	const predictor = new Predictor(chain, threads);
	if (threads === "auto" || threads === 1) return predictor;
	await predictor.startPool().ready();
	if (signal?.aborted) predictor.dispose();
	signal?.throwIfAborted();
	return predictor;
}
