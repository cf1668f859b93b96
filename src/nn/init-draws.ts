import { allocate } from "../autograd/apply.js";
import type { RandomSource } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import type { Tensor } from "../tensor.js";
import { erf, erfinv } from "./init-math.js";
import { overwrite } from "./state-dict.js";

/** Fills `t` on the cpu device, where random numbers are drawn, and brings them over. */
export function fill(
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
export function write(y: Tensor, values: Float32Array): void {
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
