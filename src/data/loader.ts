import { ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import { currentScope, enterScope, Scope, stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { defaultCollate } from "./collate.js";
import { type Dataset, IterableDataset, TensorDataset } from "./dataset.js";
import {
	BatchSampler,
	RandomSampler,
	type Sampler,
	SequentialSampler,
} from "./sampler.js";

/** What `new DataLoader(dataset, options)` takes. */
export interface DataLoaderOptions {
	/** Samples per batch, 1 by default; null gives the samples themselves. */
	readonly batchSize?: number | null;
	/** New random order in every epoch. */
	readonly shuffle?: boolean;
	/** Leave out the last batch if it is smaller. */
	readonly dropLast?: boolean;
	/** Order of the samples, instead of `shuffle`. */
	readonly sampler?: Sampler | Iterable<number>;
	/** Whole batches of positions, instead of all of the above. */
	readonly batchSampler?: Iterable<ArrayLike<number>>;
	/** Makes a batch of samples; PyTorch's default_collate if left out. */
	readonly collateFn?: (samples: never[]) => unknown;
	/** Where order and seeds come from, instead of the global generator. */
	readonly generator?: Generator;
}

/** What samples come from; of a tensor, its rows. */
type Source = Dataset | IterableDataset | readonly unknown[] | Tensor;

/** A tensor as a dataset of its rows. */
function rowsOf(t: Tensor): Dataset<Tensor> {
	const rows = new TensorDataset(t);
	return {
		length: rows.length,
		get: (i) => rows.get(i)[0] as Tensor,
		batch: (indices) => rows.batch(indices)[0],
	};
}

/**
 * Batches of a dataset. The body of `for await (… of loader)` is a scope: what
 * is made in it is freed at its end. PyTorch: `torch.utils.data.DataLoader`.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a batch holds depends on the dataset
export class DataLoader<B = any> implements AsyncIterable<B> {
	/** Where the samples come from. */
	readonly dataset: Source;
	/** Samples in a batch. */
	readonly batchSize: number | null;
	/** Draws the order; the global one if null. */
	readonly generator: Generator | undefined;
	private readonly batches: Iterable<ArrayLike<number>> | null;
	private readonly collate: (samples: unknown[]) => unknown;
	private readonly dropLast: boolean;
	private readonly wholeBatches: boolean;

	/** @throws ShapeError if options are wrong or exclude each other */
	constructor(dataset: Source, options: DataLoaderOptions = {}) {
		const { shuffle = false, dropLast = false, generator } = options;
		const { sampler, batchSampler } = options;
		this.dataset = dataset;
		this.batchSize = options.batchSize === undefined ? 1 : options.batchSize;
		this.generator = generator;
		this.dropLast = dropLast;
		this.collate = (options.collateFn ??
			(this.batchSize === null
				? ([sample]: unknown[]) => sample
				: defaultCollate)) as typeof this.collate;
		this.wholeBatches =
			options.collateFn === undefined && this.batchSize !== null;
		if (this.batchSize === null && dropLast)
			throw new ShapeError(
				"batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
			);
		if (sampler && shuffle)
			throw new ShapeError("sampler option is mutually exclusive with shuffle");
		if (
			batchSampler &&
			(options.batchSize !== undefined || shuffle || sampler || dropLast)
		)
			throw new ShapeError(
				"batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
			);
		if (dataset instanceof IterableDataset) {
			const given = [
				shuffle && "shuffle option, but got shuffle=True",
				sampler && "sampler option, but got one",
				batchSampler && "batch_sampler option, but got one",
			].find(Boolean);
			if (given)
				throw new ShapeError(
					`DataLoader with IterableDataset: expected unspecified ${given}`,
				);
			this.batches = null;
			return;
		}
		const source = isTensor(dataset) ? { length: dataset.size(0) } : dataset;
		const order =
			sampler ??
			(shuffle
				? new RandomSampler(source, generator ? { generator } : {})
				: new SequentialSampler(source));
		this.batches =
			batchSampler ?? new BatchSampler(order, this.batchSize ?? 1, dropLast);
	}

	/** Number of batches in an epoch. */
	get length(): number {
		const n = (this.batches as { length?: number } | null)?.length;
		if (n === undefined)
			throw new ShapeError(
				"this DataLoader's dataset or sampler does not tell its length",
			);
		return n;
	}

	[Symbol.asyncIterator](): AsyncIterator<B> {
		// PyTorch draws a seed for its workers here, whether it has any or not.
		(this.generator ?? globalGenerator()).nextSeed();
		const next =
			this.dataset instanceof IterableDataset
				? this.fromStream(this.dataset)
				: this.fromPositions(
						isTensor(this.dataset) ? rowsOf(this.dataset) : this.dataset,
					);
		return new ScopedIterator<B>(next);
	}

	private fromPositions(dataset: Dataset | readonly unknown[]): NextBatch {
		const get = (i: number) => ("get" in dataset ? dataset.get(i) : dataset[i]);
		const order = (this.batches as Iterable<ArrayLike<number>>)[
			Symbol.iterator
		]();
		return () => {
			const step = order.next();
			if (step.done) return END;
			const indices =
				step.value instanceof Int32Array
					? step.value
					: Int32Array.from(step.value);
			if (this.wholeBatches && "batch" in dataset && dataset.batch)
				return dataset.batch(indices);
			return this.gather(Array.from(indices, get));
		};
	}

	private gather(samples: unknown[]): unknown {
		if (!samples.some((s) => s instanceof Promise))
			return this.collate(samples);
		const scope = currentScope();
		return Promise.all(samples).then((ready) => {
			const before = enterScope(scope);
			try {
				return this.collate(ready);
			} finally {
				enterScope(before);
			}
		});
	}

	private fromStream(dataset: IterableDataset): NextBatch {
		const stream =
			dataset[Symbol.asyncIterator]?.() ?? dataset[Symbol.iterator]?.();
		if (stream === undefined)
			throw new ShapeError(
				`${dataset.constructor.name} has neither [Symbol.asyncIterator] nor [Symbol.iterator]: an IterableDataset needs one of them`,
			);
		const collect = async (scope: Scope | null) => {
			const samples: unknown[] = [];
			const size = this.batchSize ?? 1;
			while (samples.length < size) {
				const step = await stream.next();
				if (step.done) break;
				samples.push(step.value);
			}
			if (samples.length === 0) return END;
			if (this.dropLast && samples.length < size) return END;
			const before = enterScope(scope);
			try {
				return this.collate(samples);
			} finally {
				enterScope(before);
			}
		};
		return () => collect(currentScope());
	}
}

/** Marks the end of an epoch. */
const END = Symbol("end");

type NextBatch = () => unknown;

/** Gives every iteration of a loop a scope of its own. */
class ScopedIterator<B> implements AsyncIterator<B> {
	private readonly outer = currentScope();
	private scope: Scope | null = null;
	private finished = false;

	constructor(private readonly produce: NextBatch) {}

	next(): Promise<IteratorResult<B>> {
		this.endIteration();
		if (this.finished) return this.end();
		const scope = new Scope(this.outer);
		const before = enterScope(scope);
		try {
			const batch = this.produce();
			if (batch === END) {
				scope.end();
				return this.end();
			}
			this.scope = scope;
			if (batch instanceof Promise) return this.later(batch);
			return stepAside({ done: false, value: batch as B });
		} catch (error) {
			scope.end();
			this.finished = true;
			throw error;
		} finally {
			enterScope(before);
		}
	}

	/** Called when the loop is left early. */
	return(): Promise<IteratorResult<B>> {
		this.endIteration();
		return this.end();
	}

	// by itself: a closure in `next` would cost every call its variables
	private later(batch: Promise<unknown>): Promise<IteratorResult<B>> {
		return stepAside(
			batch.then(
				(b) => this.result(b),
				// a loop whose next batch fails does not call return()
				(error) => {
					this.endIteration();
					this.finished = true;
					throw error;
				},
			),
		);
	}

	private result(batch: unknown): IteratorResult<B> {
		if (batch !== END) return { done: false, value: batch as B };
		this.endIteration();
		this.finished = true;
		return { done: true, value: undefined };
	}

	/** The loop goes on in the scope that it stands in. */
	private end(): Promise<IteratorResult<B>> {
		this.finished = true;
		const before = enterScope(this.outer);
		const done = stepAside<IteratorResult<B>>({ done: true, value: undefined });
		enterScope(before);
		return done;
	}

	private endIteration(): void {
		const scope = this.scope;
		if (scope === null) return;
		this.scope = null;
		if (currentScope() === scope) enterScope(this.outer);
		scope.end();
	}
}
