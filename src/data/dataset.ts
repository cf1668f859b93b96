import type { DeviceName } from "../backends/backend.js";
import { fromArray, randperm } from "../creation.js";
import { DatasetError, ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import type { Tensor } from "../tensor.js";

/**
 * Samples by position. PyTorch: `torch.utils.data.Dataset`, with `length` for
 * `__len__` and `get` for `__getitem__`.
 */
export abstract class Dataset<T = unknown> {
	/** How many there are. */
	abstract readonly length: number;

	/** Sample `index`, 0 to length - 1. */
	abstract get(index: number): T | Promise<T>;

	/**
	 * Whole batches at once, already collated, for datasets that can do that
	 * faster than sample by sample.
	 */
	batch?(indices: Int32Array): unknown;
}

/** Samples one after the other, of unknown number: an iterator of either kind. */
export abstract class IterableDataset<T = unknown> {
	[Symbol.asyncIterator]?(): AsyncIterator<T>;
	[Symbol.iterator]?(): Iterator<T>;
}

/** @throws ShapeError unless `index` is a position; negative ones count from the end */
export function position(index: number, length: number): number {
	if (!Number.isInteger(index) || index < -length || index >= length)
		throw new ShapeError(
			`index ${index} is out of range for a dataset of ${length} samples`,
		);
	return index < 0 ? index + length : index;
}

/** Samples along the first dimension of tensors of equal length. */
export class TensorDataset<
	T extends readonly Tensor[] = Tensor[],
> extends Dataset<Tensor[]> {
	/** The tensors whose first dimensions are walked together. */
	readonly tensors: T;

	/** @throws ShapeError if the first sizes differ */
	constructor(...tensors: T) {
		super();
		const [first] = tensors;
		if (first === undefined)
			throw new ShapeError("TensorDataset needs at least one tensor");
		for (const t of tensors)
			if (t.size(0) !== first.size(0))
				throw new ShapeError(
					`Size mismatch between tensors: the first dimensions are ${tensors.map((u) => u.size(0)).join(", ")}`,
				);
		this.tensors = tensors;
	}

	/** How many there are. */
	override get length(): number {
		return (this.tensors[0] as Tensor).size(0);
	}

	override get(index: number): Tensor[] {
		const i = position(index, this.length);
		return this.tensors.map((t) => t.select(0, i));
	}

	override batch(indices: Int32Array): Tensor[] {
		const rows = new Map<DeviceName, Tensor>();
		const out = this.tensors.map(({ device }, k) => {
			const list =
				rows.get(device) ?? fromArray(indices, [indices.length], { device });
			rows.set(device, list);
			return (this.tensors[k] as Tensor).indexSelect(0, list);
		});
		for (const list of rows.values()) list.dispose();
		return out;
	}

	/** The same samples on another device: batches are gathered there. */
	async to(device: DeviceName): Promise<TensorDataset> {
		const there: Tensor[] = [];
		// they outlive the scope that asks
		for (const t of this.tensors) {
			const moved = await t.to(device);
			there.push(moved === t ? t : moved.keep());
		}
		return new TensorDataset(...there);
	}
}

/** Some samples of another dataset, in a given order. */
export class Subset<T> extends Dataset<T> {
	/** The whole. */
	readonly dataset: Dataset<T>;
	/** Which samples of the whole. */
	readonly indices: Int32Array;
	override batch?: (indices: Int32Array) => unknown;

	constructor(dataset: Dataset<T>, indices: ArrayLike<number>) {
		super();
		this.dataset = dataset;
		this.indices = Int32Array.from(indices, (i) => position(i, dataset.length));
		if (dataset.batch)
			this.batch = (list) => {
				const positions = new Int32Array(list.length);
				for (let i = 0; i < list.length; i++)
					positions[i] = this.indices[list[i] as number] as number;
				return dataset.batch?.(positions);
			};
	}

	/** How many there are. */
	override get length(): number {
		return this.indices.length;
	}

	override get(index: number): T | Promise<T> {
		return this.dataset.get(
			this.indices[position(index, this.length)] as number,
		);
	}
}

/**
 * Several datasets, one after the other: `new ConcatDataset([a, b])` is what
 * PyTorch also writes as `a + b`. PyTorch: `torch.utils.data.ConcatDataset`.
 */
export class ConcatDataset<T> extends Dataset<T> {
	/** The parts, in order. */
	readonly datasets: readonly Dataset<T>[];
	private readonly ends: number[] = [];

	/** @throws ShapeError without any; DatasetError for one whose length is not known */
	constructor(datasets: readonly Dataset<T>[]) {
		super();
		if (datasets.some((d) => d instanceof IterableDataset))
			throw new DatasetError("ConcatDataset does not support IterableDataset");
		if (datasets.length === 0)
			throw new ShapeError("datasets should not be an empty iterable");
		this.datasets = datasets;
		let end = 0;
		for (const d of datasets) {
			end += d.length;
			this.ends.push(end);
		}
	}

	/** How many there are up to the end of each part. */
	get cumulativeSizes(): readonly number[] {
		return this.ends;
	}

	/** How many there are. */
	override get length(): number {
		return this.ends[this.ends.length - 1] as number;
	}

	override get(index: number): T | Promise<T> {
		const i = position(index, this.length);
		const which = this.ends.findIndex((end) => i < end);
		const start = which === 0 ? 0 : (this.ends[which - 1] as number);
		return (this.datasets[which] as Dataset<T>).get(i - start);
	}
}

/**
 * Random, non-overlapping subsets of the given lengths (or fractions that sum
 * to 1). PyTorch: `torch.utils.data.random_split`.
 * @throws ShapeError unless the lengths sum to the dataset's
 */
export function randomSplit<T>(
	dataset: Dataset<T>,
	lengths: readonly number[],
	options: { readonly generator?: Generator } = {},
): Subset<T>[] {
	const counts = splitCounts(dataset.length, lengths);
	const total = counts.reduce((a, b) => a + b, 0);
	if (total !== dataset.length)
		throw new ShapeError(
			`Sum of input lengths does not equal the length of the input dataset! (${total} and ${dataset.length})`,
		);
	const order = randperm(total, {
		generator: options.generator ?? globalGenerator(),
	});
	const indices = order.dataSync();
	order.dispose();
	let at = 0;
	return counts.map((n) => {
		at += n;
		return new Subset(dataset, indices.subarray(at - n, at));
	});
}

/** Fractions become lengths, and what rounding leaves goes round the parts. */
function splitCounts(length: number, lengths: readonly number[]): number[] {
	const sum = lengths.reduce((a, b) => a + b, 0);
	const fractions =
		Math.abs(sum - 1) < 1e-6 && lengths.some((n) => !Number.isInteger(n));
	if (!fractions) return lengths.slice();
	const counts = lengths.map((f) => Math.floor(length * f));
	let left = length - counts.reduce((a, b) => a + b, 0);
	for (let i = 0; left > 0; i = (i + 1) % counts.length, left--)
		counts[i] = (counts[i] as number) + 1;
	return counts;
}
