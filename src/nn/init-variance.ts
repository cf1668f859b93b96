import { ShapeError, TorchletError } from "../errors.js";
import type { Generator } from "../generator.js";
import type { Tensor } from "../tensor.js";
import { normal_, uniform_ } from "./init-draws.js";

/** Which side of a layer keeps its variance. */
export type FanMode = "fanIn" | "fanOut" | "fan_in" | "fan_out";

/** Name of a function, as in `nn.functional`; in PyTorch's spelling too. */
export type Nonlinearity =
	| "linear"
	| "conv1d"
	| "conv2d"
	| "conv3d"
	| "sigmoid"
	| "tanh"
	| "relu"
	| "leakyRelu"
	| "leaky_relu"
	| "selu";

/** What `Gain` takes besides its positional arguments. */
export interface GainOptions {
	/** Factor of the bounds. */
	readonly gain?: number;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator;
}

/** What `Kaiming` takes besides its positional arguments. */
export interface KaimingOptions {
	/** Slope of the leaky ReLU that follows. */
	readonly a?: number;
	/**
	 * Whether the variance is kept forwards ("fanIn") or backwards ("fanOut").
	 */
	readonly mode?: FanMode;
	/** The activation that follows. */
	readonly nonlinearity?: Nonlinearity;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator;
}

/**
 * Inputs and outputs of each unit of a weight: [out, in, …window].
 * @throws ShapeError for less than two dimensions
 */
export function calculateFanInAndFanOut(t: Tensor): [number, number] {
	const { shape } = t;
	if (shape.length < 2)
		throw new ShapeError(
			"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
		);
	const window = shape.slice(2).reduce((p, n) => p * n, 1);
	return [(shape[1] as number) * window, (shape[0] as number) * window];
}

/** Factor that keeps the variance through a nonlinearity. */
export function calculateGain(
	nonlinearity: Nonlinearity,
	param?: number,
): number {
	switch (nonlinearity) {
		case "linear":
		case "conv1d":
		case "conv2d":
		case "conv3d":
		case "sigmoid":
			return 1;
		case "tanh":
			return 5 / 3;
		case "relu":
			return Math.sqrt(2);
		case "leakyRelu":
		case "leaky_relu":
			return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
		case "selu":
			return 3 / 4;
		default:
			throw new TorchletError(
				`Unsupported nonlinearity ${String(nonlinearity)}`,
			);
	}
}

export function withGain(
	gain: number | GainOptions,
): Required<Pick<GainOptions, "gain">> & GainOptions {
	return typeof gain === "number" ? { gain } : { gain: 1, ...gain };
}

/** Uniform, for layers with tanh or sigmoid (Glorot). */
export function xavierUniform_(
	t: Tensor,
	options: number | GainOptions = 1,
): Tensor {
	const { gain, generator } = withGain(options);
	const [fanIn, fanOut] = calculateFanInAndFanOut(t);
	const std = gain * Math.sqrt(2 / (fanIn + fanOut));
	const bound = Math.sqrt(3) * std;
	return uniform_(t, -bound, bound, generator);
}

/** Normal, for layers with tanh or sigmoid (Glorot). */
export function xavierNormal_(
	t: Tensor,
	options: number | GainOptions = 1,
): Tensor {
	const { gain, generator } = withGain(options);
	const [fanIn, fanOut] = calculateFanInAndFanOut(t);
	return normal_(t, 0, gain * Math.sqrt(2 / (fanIn + fanOut)), generator);
}

/** Standard deviation of `kaiming*`. @throws TorchletError on an unknown mode */
function kaimingStd(
	t: Tensor,
	{ a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions,
): number {
	const [fanIn, fanOut] = calculateFanInAndFanOut(t);
	const byIn = mode === "fanIn" || mode === "fan_in";
	if (!byIn && mode !== "fanOut" && mode !== "fan_out")
		throw new TorchletError(
			`Mode ${String(mode)} not supported, please use one of ['fan_in', 'fan_out']`,
		);
	return calculateGain(nonlinearity, a) / Math.sqrt(byIn ? fanIn : fanOut);
}

function kaimingOptions(
	a: number | KaimingOptions,
	mode: FanMode,
	nonlinearity: Nonlinearity,
): KaimingOptions {
	return typeof a === "number" ? { a, mode, nonlinearity } : a;
}

/** Uniform, for layers with ReLU (He). */
export function kaimingUniform_(
	t: Tensor,
	a: number | KaimingOptions = 0,
	mode: FanMode = "fanIn",
	nonlinearity: Nonlinearity = "leakyRelu",
): Tensor {
	if (t.shape.includes(0)) return t;
	const options = kaimingOptions(a, mode, nonlinearity);
	const bound = Math.sqrt(3) * kaimingStd(t, options);
	return uniform_(t, -bound, bound, options.generator);
}

/** Normal, for layers with ReLU (He). */
export function kaimingNormal_(
	t: Tensor,
	a: number | KaimingOptions = 0,
	mode: FanMode = "fanIn",
	nonlinearity: Nonlinearity = "leakyRelu",
): Tensor {
	if (t.shape.includes(0)) return t;
	const options = kaimingOptions(a, mode, nonlinearity);
	return normal_(t, 0, kaimingStd(t, options), options.generator);
}
