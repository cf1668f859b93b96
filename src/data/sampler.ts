import { fromArray, randint, randperm } from "../creation.js";
import { ShapeError } from "../errors.js";
import { Generator, globalGenerator } from "../generator.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";

/**
 * An order in which samples are visited. PyTorch: `torch.utils.data.Sampler`.
 * A subclass gives positions one by one, or in runs.
 */
export abstract class Sampler implements Iterable<number> {
	/** How many there are. */
	abstract readonly length: number;

	/** The positions in runs, so that nobody has to handle each by itself. */
	abstract runs(): Iterable<Int32Array>;

	*[Symbol.iterator](): Iterator<number> {
		for (const run of this.runs()) yield* run;
	}
}

/**
 * Positions 0, 1, … in order. PyTorch: `torch.utils.data.SequentialSampler`.
 */
export class SequentialSampler extends Sampler {
	constructor(private readonly source: { readonly length: number }) {
		super();
	}

	/** How many there are. */
	override get length(): number {
		return this.source.length;
	}

	override *runs(): Iterable<Int32Array> {
		yield Int32Array.from({ length: this.length }, (_, i) => i);
	}
}

export interface RandomSamplerOptions {
	readonly replacement?: boolean;
	/** How many to draw; the dataset's length if left out. */
	readonly numSamples?: number;
	readonly generator?: Generator;
}

/** As PyTorch: seeded from the global generator unless one is given. */
function streamOf(generator: Generator | undefined): Generator {
	return generator ?? new Generator().manualSeed(globalGenerator().nextSeed());
}

/** Numbers of a tensor that nobody else needs. */
function take(t: ReturnType<typeof fromArray>): Int32Array {
	const values = t.dataSync() as Int32Array;
	t.dispose();
	return values;
}

/** Every sample once in random order, or drawn with replacement. */
export class RandomSampler extends Sampler {
	private readonly count: number;

	/** @throws ShapeError if there is nothing to draw, as in PyTorch */
	constructor(
		private readonly source: { readonly length: number },
		private readonly options: RandomSamplerOptions = {},
	) {
		super();
		this.count = options.numSamples ?? source.length;
		if (!Number.isInteger(this.count) || this.count <= 0)
			throw new ShapeError(
				`num_samples should be a positive integer value, but got num_samples=${this.count}`,
			);
	}

	/** How many there are. */
	override get length(): number {
		return this.count;
	}

	override *runs(): Iterable<Int32Array> {
		const n = this.source.length;
		const generator = streamOf(this.options.generator);
		if (this.options.replacement) {
			for (let i = 0; i < Math.floor(this.count / 32); i++)
				yield take(randint(n, [32], { generator }));
			yield take(randint(n, [this.count % 32], { generator }));
			return;
		}
		for (let i = 0; i < Math.floor(this.count / n); i++)
			yield take(randperm(n, { generator }));
		// PyTorch draws this last permutation even if it uses none of it.
		yield take(randperm(n, { generator })).subarray(0, this.count % n);
	}
}

/** Random order of given positions. */
export class SubsetRandomSampler extends Sampler {
	constructor(
		private readonly indices: ArrayLike<number>,
		private readonly options: { readonly generator?: Generator } = {},
	) {
		super();
	}

	/** How many there are. */
	override get length(): number {
		return this.indices.length;
	}

	override *runs(): Iterable<Int32Array> {
		const generator = this.options.generator ?? globalGenerator();
		yield take(randperm(this.length, { generator })).map(
			(i) => this.indices[i] as number,
		);
	}
}

/** Positions drawn with given weights. */
export class WeightedRandomSampler extends Sampler {
	private readonly weights: Float64Array;

	/** @param weights an array, or a tensor of one dimension on the cpu */
	constructor(
		weights: ArrayLike<number> | Tensor,
		private readonly numSamples: number,
		private readonly options: {
			readonly replacement?: boolean;
			readonly generator?: Generator;
		} = {},
	) {
		super();
		if (!Number.isInteger(numSamples) || numSamples <= 0)
			throw new ShapeError(
				`num_samples should be a positive integer value, but got num_samples=${numSamples}`,
			);
		this.weights = Float64Array.from(
			isTensor(weights) ? weights.dataSync() : weights,
		);
	}

	/** How many there are. */
	override get length(): number {
		return this.numSamples;
	}

	override *runs(): Iterable<Int32Array> {
		const generator = this.options.generator ?? globalGenerator();
		yield multinomial(
			this.weights,
			this.numSamples,
			this.options.replacement ?? true,
			generator,
		);
	}
}

/**
 * Draws from the distribution of `weights`. Source: ATen's `multinomial`: with
 * replacement by the cumulative distribution, without by the greatest of weight / exponential.
 */
export function multinomial(
	weights: Float32Array | Float64Array,
	count: number,
	replacement: boolean,
	generator: Generator,
): Int32Array {
	const n = weights.length;
	if (!replacement && count > n)
		throw new ShapeError(
			"cannot sample n_sample > prob_dist.size(-1) samples without replacement",
		);
	if (replacement) return multinomialWithReplacement(weights, count, generator);
	if (weights.some((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY)))
		throw new ShapeError(
			"probability tensor contains either `inf`, `nan` or element < 0",
		);
	const draws = fromArray(new Float32Array(n));
	generator.draw.exponential(draws, 1);
	const q = draws.dataSync();
	draws.dispose();
	const score = weights.map((w, i) => w / (q[i] as number));
	return Int32Array.from(weights.keys())
		.sort((a, b) => (score[b] as number) - (score[a] as number))
		.subarray(0, count);
}

function multinomialWithReplacement(
	weights: Float32Array | Float64Array,
	count: number,
	generator: Generator,
): Int32Array {
	const n = weights.length;
	const cumulative = weights.slice(); // of the same precision
	let sum = 0;
	for (let i = 0; i < n; i++) {
		const w = weights[i] as number;
		if (w < 0) throw noDistribution("encountering probability entry < 0");
		if (!Number.isFinite(w))
			throw noDistribution("encountering probability entry = infinity or NaN");
		cumulative[i] = sum + w;
		sum = cumulative[i] as number;
	}
	if (sum <= 0) throw noDistribution("sum of probabilities <= 0");
	for (let i = 0; i < n; i++) cumulative[i] = (cumulative[i] as number) / sum;
	if (n > 0) cumulative[n - 1] = 1;
	return Int32Array.from({ length: count }, () => {
		const u = generator.random53();
		let left = 0;
		let right = n;
		while (right > left) {
			const mid = left + ((right - left) >> 1);
			if ((cumulative[mid] as number) < u) left = mid + 1;
			else right = mid;
		}
		return left;
	});
}

function noDistribution(why: string): ShapeError {
	return new ShapeError(`invalid multinomial distribution (${why})`);
}

/** Batches of positions from a sampler. */
export class BatchSampler implements Iterable<Int32Array> {
	/** @throws ShapeError unless batchSize is a positive whole number */
	constructor(
		private readonly sampler: Sampler | Iterable<number>,
		/** Positions in a batch. */
		readonly batchSize: number,
		/** Whether a last, shorter batch is left out. */
		readonly dropLast = false,
	) {
		if (!Number.isInteger(batchSize) || batchSize <= 0)
			throw new ShapeError(
				`batch_size should be a positive integer value, but got batch_size=${batchSize}`,
			);
	}

	/** How many there are. */
	get length(): number {
		const n = (this.sampler as Sampler).length;
		return this.dropLast
			? Math.floor(n / this.batchSize)
			: Math.ceil(n / this.batchSize);
	}

	*[Symbol.iterator](): Iterator<Int32Array> {
		let rest = new Int32Array(0);
		const runs =
			this.sampler instanceof Sampler
				? this.sampler.runs()
				: [Int32Array.from(this.sampler)];
		for (const run of runs) {
			let at = 0;
			if (rest.length > 0) {
				at = Math.min(this.batchSize - rest.length, run.length);
				const joined = new Int32Array(rest.length + at);
				joined.set(rest);
				joined.set(run.subarray(0, at), rest.length);
				rest = joined;
				if (rest.length === this.batchSize) {
					yield rest;
					rest = new Int32Array(0);
				}
			}
			for (; at + this.batchSize <= run.length; at += this.batchSize)
				yield run.subarray(at, at + this.batchSize);
			if (at < run.length) rest = run.slice(at);
		}
		if (rest.length > 0 && !this.dropLast) yield rest;
	}
}
