import { useModule } from "../backends/cpu/runner.js";
import { ShapeError, TorchletError } from "../errors.js";
import {
	type Activation,
	type Chain,
	checkOptions,
	finishChain,
	type InputOptions,
	type Layer,
	type WeightKind,
} from "./chain.js";
import { decodeCompact, isCompact } from "./compact.js";
import { checkObject, checkSignal, nameOf, Predictor } from "./predictor.js";
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
	/**
	 * The compiled module of `torchlet/predictor.wasm`, where an environment forbids
	 * compiling: an edge runtime, a strict Content-Security-Policy. Once given, later
	 * predictors use it too. Their threads work on copies.
	 */
	readonly wasmModule?: WebAssembly.Module;
}

/** Bytes of a weight file or of `predictor.toBytes()`. */
export type PredictorBytes = Uint8Array | ArrayBuffer;

export function isBytes(x: unknown): x is PredictorBytes {
	return x instanceof Uint8Array || x instanceof ArrayBuffer;
}

/**
 * Before anything is done.
 * @throws TorchletError on options that are none, the signal's reason if it is aborted
 */
export function settle(options: PredictorOptions): void {
	checkObject(options, "createPredictor: options");
	const {
		input = {},
		weights = "float32",
		activation,
		signal,
		wasmModule,
	} = options;
	checkSignal(signal);
	checkObject(input, "createPredictor: input");
	checkOptions(input, weights, activation);
	if (wasmModule) useModule(wasmModule);
}

/**
 * The network in some bytes.
 * @throws FormatError, ShapeError, TorchletError
 */
export function chainOfBytes(
	source: PredictorBytes,
	options: PredictorOptions,
): Chain {
	if (!isBytes(source))
		throw new TorchletError(
			`torchlet/predictor takes the bytes of a weight file or of predictor.toBytes(), but got ${nameOf(source)}`,
		);
	const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
	const { input = {}, weights, activation = "relu" } = options;
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
				`createPredictor: these bytes were made for ${key} '${chain[key]}', but '${asked[key]}' was asked for. Make them anew from the model`,
			);
	return chain;
}

/** Packs a chain; a number of threads that was asked for is waited for. */
export async function openPredictor(
	chain: Chain,
	{ threads = "auto", signal, input }: PredictorOptions,
): Promise<Predictor> {
	const { inputs } = chain.layers[0] as Layer;
	const length = input?.length ?? inputs;
	if (length !== inputs)
		throw new ShapeError(
			`createPredictor: input.length is ${length}, but the first layer takes ${inputs} values`,
		);
	const predictor = new Predictor(chain, threads);
	if (threads === "auto" || threads === 1) return predictor;
	await predictor.startPool().ready();
	if (signal?.aborted) predictor.dispose();
	checkSignal(signal);
	return predictor;
}
