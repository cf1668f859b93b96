import { applyInPlace } from "../autograd/apply.js";
import type { RandomSource, View } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import { type DType, ITEM_SIZE } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import type { Layout } from "../layout.js";
import { cName, torchName } from "../ops/operands.js";
import { bernoulliFill, randomFill } from "../ops/random.js";
import { isReadable, watchWhere } from "../ops/range.js";
import { expandShape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { isOptions } from "./arguments.js";
import { TensorInPlace } from "./in-place.js";

/** What methods that draw random numbers take last. */
export interface GeneratorOptions {
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator | undefined;
}

/** What `uniform_` and `random_` take by name. */
export interface RangeOptions extends GeneratorOptions {
	/** The least number. */
	readonly from?: number;
	/** Above all numbers. */
	readonly to?: number | null;
}

/** What `normal_` takes by name. */
export interface NormalFillOptions extends GeneratorOptions {
	/** Mean of the numbers. */
	readonly mean?: number;
	/** Standard deviation of the numbers. */
	readonly std?: number;
}

/** What `bernoulli_` takes by name. */
export interface BernoulliOptions extends GeneratorOptions {
	/** Probability of 1: one number, or one for each element. */
	readonly p?: number | Tensor;
}

/** What `exponential_` takes by name. */
export interface ExponentialOptions extends GeneratorOptions {
	/** The rate: one over the mean. */
	readonly lambd?: number;
}

function sourceOf(options: GeneratorOptions | undefined): RandomSource {
	return (options?.generator ?? globalGenerator()).draw;
}

/** The greatest that `random_()` draws of each type, plus 1. */
const ENDS: Readonly<Record<DType, number>> = {
	// all whole numbers up to here are float32
	float32: 2 ** 24 + 1,
	int32: 2 ** 31,
	uint8: 256,
	bool: 2,
};

/** Fewer values than make PyTorch's vectorised normal path. */
const PAIRED = 15;

/** Normal values: PyTorch goes by pairs, not by blocks of 16, where the target is not contiguous. */
function drawNormal(mean: number, std: number) {
	return (source: RandomSource, y: View, target: Layout): void => {
		if (target.isContiguous) {
			source.normal(y, mean, std);
			return;
		}
		const flat = y.layout.viewAs([y.layout.numel]) as Layout;
		for (let at = 0; at < flat.numel; at += PAIRED) {
			const n = Math.min(PAIRED, flat.numel - at);
			source.normal({ ...y, layout: flat.narrow(0, at, n) }, mean, std);
		}
	};
}

/** The bounds that float32 can hold. Source: PyTorch's `update_from` and `update_to`. */
function floatBounds(from: number, to: number): [number, number] {
	const last = (x: number) => 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);
	const first = Math.fround(from + 1);
	const end = Math.fround(to - 1);
	return [
		first < from ? first + last(from + 1) : from,
		end >= to ? end - last(to - 1) : to,
	];
}

/** Ranges that take 64 bits a draw, as float32 numbers. */
function drawWide(low: number, range: number) {
	return (source: RandomSource, y: View): void => {
		const values = Float32Array.from({ length: y.layout.numel }, () => {
			const high = BigInt(source.random32()) << 32n;
			const draw = (high | BigInt(source.random32())) % BigInt(range);
			return low + Number(draw);
		});
		readyBackend("cpu").write(
			y.storage.handle,
			y.layout.offset * ITEM_SIZE.float32,
			new Uint8Array(values.buffer),
		);
	};
}

/** Methods that overwrite this tensor with random numbers, PyTorch's for a seed. */
export abstract class TensorRandom extends TensorInPlace {
	/**
	 * In place: uniform in [from, to); float32. PyTorch:
	 * `torch.Tensor.uniform_`.
	 * @throws DTypeError unless float32; ShapeError for from > to; AutogradError on
	 * a leaf that requires grad
	 */
	uniform_(
		from: number | RangeOptions = 0,
		to = 1,
		options?: GeneratorOptions,
	): Tensor {
		if (typeof from === "object")
			return this.uniform_(from.from ?? 0, from.to ?? 1, from);
		this.assertFloat("check_uniform_bounds");
		for (const [name, bound] of [
			["from", from],
			["to", to],
		] as const)
			if (!Number.isFinite(Math.fround(bound)))
				throw new ShapeError(`${name} is out of bounds for float`);
		if (from > to)
			throw new ShapeError(
				`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`,
			);
		return this.drawn("UniformBackward0", "float32", options, (source, y) =>
			source.uniform(y, from, to),
		);
	}

	/**
	 * In place: normal with `mean` and standard deviation `std`; float32.
	 * PyTorch: `torch.Tensor.normal_`.
	 * @throws DTypeError unless float32; ShapeError for std < 0; AutogradError on a
	 * leaf that requires grad
	 */
	normal_(
		mean: number | NormalFillOptions = 0,
		std = 1,
		options?: GeneratorOptions,
	): Tensor {
		if (typeof mean === "object")
			return this.normal_(mean.mean ?? 0, mean.std ?? 1, mean);
		if (!(std >= 0))
			throw new ShapeError(`normal expects std >= 0.0, but found std ${std}`);
		this.assertFloat("normal_kernel_cpu");
		return this.drawn(
			"NormalBackward0",
			"float32",
			options,
			drawNormal(mean, std),
		);
	}

	/**
	 * In place: 1 with probability `p`, else 0; any dtype. A tensor of probabilities
	 * is broadcast. PyTorch: `torch.Tensor.bernoulli_`.
	 * @throws ShapeError for p outside of [0, 1], which on a device that cannot be read
	 * at once is told for numbers only; DTypeError for a p that is not float32
	 */
	bernoulli_(
		p: number | Tensor | BernoulliOptions = 0.5,
		options?: GeneratorOptions,
	): Tensor {
		if (isOptions<BernoulliOptions>(p)) return this.bernoulli_(p.p ?? 0.5, p);
		if (isTensor(p)) return this.bernoulliOf(p, "BernoulliBackward1", options);
		const share = p as number;
		if (!(share >= 0 && share <= 1))
			throw new ShapeError(
				`bernoulli_ expects p to be in [0, 1], but got p=${Number.isNaN(share) ? "nan" : share}`,
			);
		return this.drawn("BernoulliBackward2", "float32", options, (source, y) =>
			source.bernoulli(y, share),
		);
	}

	/** @internal */
	bernoulliOf(p: Tensor, node: string, options?: GeneratorOptions): Tensor {
		if (p.dtype !== "float32")
			throw new DTypeError(
				`"bernoulli_tensor_cpu_p_" not implemented for '${torchName(p.dtype)}'`,
			);
		expandShape(p.shape, this.shape);
		const refusal =
			"Expected p_in >= 0 && p_in <= 1 to be true, but got false.";
		if (!isReadable(p))
			watchWhere(
				() => p.ge(0).logicalAnd(p.le(1)).logicalNot(),
				() => refusal,
			);
		else if (p.dataSync().some((share) => !(share >= 0 && share <= 1)))
			throw new ShapeError(refusal);
		return applyInPlace(bernoulliFill, [this.self, p], {
			node,
			source: sourceOf(options),
		});
	}

	/**
	 * In place: whole numbers in [0, to), in [from, to), or without bounds from 0
	 * to the greatest that the dtype has, 2^24 for float32. PyTorch:
	 * `torch.Tensor.random_`; int32 gives what PyTorch's int32 does.
	 * @throws ShapeError unless from < to; DTypeError for bounds that the dtype does not have
	 */
	random_(
		from?: number | RangeOptions | null,
		to?: number | RangeOptions | null,
		options?: GeneratorOptions,
	): Tensor {
		if (isOptions<RangeOptions>(from))
			return this.random_(from.from ?? 0, from.to ?? null, from);
		const low = from as number | null | undefined;
		if (isOptions<RangeOptions>(to))
			return to.to === undefined
				? this.random_(low, undefined, to)
				: this.random_(low, to.to, to);
		const high = to as number | null | undefined;
		const whole = low === undefined || low === null;
		// random_(to), random_(from, to), random_(from, null)
		const [start, end] =
			high === undefined ? [0, whole ? null : low] : [whole ? 0 : low, high];
		return this.randomWithin(
			start,
			end ?? ENDS[this.dtype],
			whole ? 2 : high === undefined ? 1 : 0,
			options,
		);
	}

	private randomWithin(
		from: number,
		to: number,
		form: number,
		options?: GeneratorOptions,
	): Tensor {
		const { dtype } = this;
		if (!(from < to))
			throw new ShapeError(
				`random_ expects 'from' to be less than 'to', but got from=${from} >= to=${to}`,
			);
		this.assertBound("from", from);
		this.assertBound("to - 1", to - 1);
		const [low, end] = dtype === "float32" ? floatBounds(from, to) : [from, to];
		const fits = low >= -(2 ** 31) && end <= 2 ** 31;
		return this.drawn(
			`RandomBackward${form}`,
			fits ? "int32" : "float32",
			options,
			fits
				? (source, y) => source.randint(y, low, end)
				: drawWide(low, end - low),
		);
	}

	/** @throws DTypeError */
	private assertBound(name: string, value: number): void {
		const { dtype } = this;
		const most = ENDS[dtype] - 1;
		const least = dtype === "int32" ? -most - 1 : 0;
		if (dtype !== "float32" && !(value >= least && value <= most))
			throw new DTypeError(
				`${name} is out of bounds for ${dtype === "int32" ? "int" : cName(dtype)}`,
			);
	}

	/**
	 * In place: exponential with rate `lambd`; float32. PyTorch:
	 * `torch.Tensor.exponential_`.
	 * @throws DTypeError unless float32; ShapeError for lambd < 0
	 */
	exponential_(
		lambd: number | ExponentialOptions = 1,
		options?: GeneratorOptions,
	): Tensor {
		if (typeof lambd === "object")
			return this.exponential_(lambd.lambd ?? 1, lambd);
		if (!(lambd >= 0))
			throw new ShapeError(
				`exponential_ expects lambda >= 0.0, but found lambda=${lambd}`,
			);
		this.assertFloat("exponential_cpu");
		return this.drawn("ExponentialBackward0", "float32", options, (source, y) =>
			source.exponential(y, lambd),
		);
	}

	private assertFloat(kernel: string): void {
		if (this.dtype !== "float32")
			throw new DTypeError(
				`"${kernel}" not implemented for '${torchName(this.dtype)}'. Convert with .to('float32')`,
			);
	}

	private drawn(
		node: string,
		dtype: DType,
		options: GeneratorOptions | undefined,
		draw: (source: RandomSource, y: View, layout: Layout) => void,
	): Tensor {
		return applyInPlace(randomFill, [this.self], {
			node,
			dtype,
			source: sourceOf(options),
			draw,
		});
	}
}
