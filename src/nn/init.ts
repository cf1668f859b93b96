/** Ways to fill weights at the start. PyTorch: `torch.nn.init`. */
import { allocate } from "../autograd/apply.js";
import type { RandomSource } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import { DTypeError, ShapeError, TorchletError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import { showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { erf, erfinv, orthonormalColumns } from "./init-math.js";
import { overwrite } from "./state-dict.js";

export { dirac_, type SparseOptions, sparse_ } from "./init-patterns.js";

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

/** Fills `t` on the cpu device, where random numbers are drawn, and brings them over. */
function fill(
	t: Tensor,
	draw: (source: RandomSource, y: Tensor) => void,
	generator: Generator = globalGenerator(),
): Tensor {
	t.assertAlive();
	if (t.dtype !== "float32")
		throw new DTypeError(
			`random initialisation takes float32 tensors, but this one is ${t.dtype}`,
		);
	if (t.device === "cpu" && t.isContiguous()) {
		draw(generator.draw, t);
		t.storage.version++;
		return t;
	}
	const here = allocate(readyBackend("cpu"), t.shape, "float32");
	draw(generator.draw, here);
	overwrite(t, here);
	here.dispose();
	return t;
}

/** What `Uniform` takes besides its positional arguments. */
export interface UniformOptions {
	/** Least number. */
	readonly a?: number;
	/** Bound above all numbers. */
	readonly b?: number;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator | undefined;
}

/** What `Normal` takes besides its positional arguments. */
export interface NormalOptions {
	/** Mean of the numbers. */
	readonly mean?: number;
	/** Standard deviation of the numbers. */
	readonly std?: number;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator | undefined;
}

/** Uniform in [a, b). */
export function uniform_(
	t: Tensor,
	a: number | UniformOptions = 0,
	b = 1,
	generator?: Generator,
): Tensor {
	if (typeof a === "object")
		return uniform_(t, a.a ?? 0, a.b ?? 1, a.generator);
	assertRange(a, b);
	return fill(t, (source, y) => source.uniform(y, a, b), generator);
}

/** Normal with the given mean and standard deviation. */
export function normal_(
	t: Tensor,
	mean: number | NormalOptions = 0,
	std = 1,
	generator?: Generator,
): Tensor {
	if (typeof mean === "object")
		return normal_(t, mean.mean ?? 0, mean.std ?? 1, mean.generator);
	if (!(std >= 0))
		throw new ShapeError(`normal expects std >= 0.0, but found std ${std}`);
	return fill(t, (source, y) => source.normal(y, mean, std), generator);
}

/** Normal, cut to [a, b]. */
export function truncNormal_(
	t: Tensor,
	mean: number | (NormalOptions & UniformOptions) = 0,
	std = 1,
	a = -2,
	b = 2,
	generator?: Generator,
): Tensor {
	if (typeof mean === "object") {
		const o = mean;
		return truncNormal_(t, o.mean, o.std, o.a, o.b, o.generator);
	}
	const cdf = (x: number) => (1 + erf(x / Math.SQRT2)) / 2;
	const [from, to] = [a, b].map((x) => 2 * cdf((x - mean) / std) - 1) as [
		number,
		number,
	];
	assertRange(from, to);
	const f = Math.fround;
	return fill(
		t,
		(source, y) => {
			source.uniform(y, from, to);
			const normal = (x: number) =>
				f(f(f(erfinv(x)) * f(std * Math.SQRT2)) + f(mean));
			write(
				y,
				Float32Array.from(y.dataSync(), (x) =>
					Math.min(Math.max(normal(x), a), b),
				),
			);
		},
		generator,
	);
}

/** Values that were computed here, into contiguous memory of the cpu device. */
function write(y: Tensor, values: Float32Array): void {
	y.storage.backend.write(
		y.storage.handle,
		y.layout.offset * values.BYTES_PER_ELEMENT,
		new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
	);
}

/** @throws ShapeError */
function assertRange(from: number, to: number): void {
	if (!(from <= to))
		throw new ShapeError(
			`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`,
		);
}

/** Fills a tensor with a number. */
export function constant_(t: Tensor, value: number): Tensor {
	t.assertAlive();
	t.storage.backend.fill(t, value);
	t.storage.version++;
	return t;
}

/** Fills a tensor with ones. */
export function ones_(t: Tensor): Tensor {
	return constant_(t, 1);
}

/** Fills a tensor with zeros. */
export function zeros_(t: Tensor): Tensor {
	return constant_(t, 0);
}

/** The identity matrix. @throws ShapeError unless t is a matrix */
export function eye_(t: Tensor): Tensor {
	if (t.shape.length !== 2)
		throw new ShapeError("Only tensors with 2 dimensions are supported");
	constant_(t, 0);
	t.storage.backend.fill(
		{ storage: t.storage, layout: t.layout.diagonal(0, 0, 1), dtype: t.dtype },
		1,
	);
	t.storage.version++;
	return t;
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

function withGain(
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

/**
 * A (semi-)orthogonal matrix; dimensions after the first count as one.
 * @throws ShapeError for less than two dimensions
 */
export function orthogonal_(
	t: Tensor,
	options: number | GainOptions = 1,
): Tensor {
	const { gain, generator } = withGain(options);
	if (t.shape.length < 2)
		throw new ShapeError(
			`Only tensors with 2 or more dimensions are supported, but this one is ${showShape(t.shape)}`,
		);
	const n = t.numel();
	if (n === 0) return t;
	const rows = t.shape[0] as number;
	return fill(
		t,
		(source, y) => {
			source.normal(y, 0, 1);
			const draws = Float64Array.from(y.dataSync());
			const q = orthonormalColumns(draws, rows, n / rows);
			write(
				y,
				Float32Array.from(q, (x) => Math.fround(x) * gain),
			);
		},
		generator,
	);
}
