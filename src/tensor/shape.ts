import { apply } from "../autograd/apply.js";
import { DTypeError, ShapeError } from "../errors.js";
import { inferShape, type Shape, showShape, wrapDim } from "../layout.js";
import * as indexing from "../ops/indexing.js";
import * as ordering from "../ops/ordering.js";
import { wrapDims } from "../ops/reduce.js";
import * as shapes from "../ops/shape.js";
import * as views from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import {
	type DiagonalOptions,
	type Dims,
	isOptions,
	type Sizes,
	sizes,
} from "./arguments.js";
import { TensorFoundation } from "./foundation.js";

const RESHAPE = "ReshapeAliasBackward0";

/** Methods that give the same elements another shape or order. */
export abstract class TensorShape extends TensorFoundation {
	/** Size of one dimension, or all of them. */
	size(): Shape;
	size(dim: number): number;
	size(dim?: number): Shape | number {
		if (dim === undefined) return this.shape;
		this.assertDims(dim);
		return this.shape[wrapDim(dim, this.shape.length)] as number;
	}

	private assertDims(dim: number): void {
		if (this.shape.length === 0)
			throw new ShapeError(
				`Dimension specified as ${dim} but tensor has no dimensions`,
			);
	}

	/** Length of the first dimension. */
	get length(): number {
		if (this.shape.length === 0) throw new ShapeError("len() of a 0-d tensor");
		return this.shape[0] as number;
	}

	/** The same memory under another shape. @throws ShapeError if that needs a copy */
	view(...shape: Sizes): Tensor {
		return apply(views.view, [this.self], { shape: sizes(shape) });
	}

	/** A view under another shape where possible, else a copy. */
	reshape(...shape: Sizes): Tensor {
		this.assertAlive();
		const to = inferShape(sizes(shape), this.layout.numel);
		return this.layout.viewAs(to)
			? apply(views.view, [this.self], { shape: to, node: RESHAPE })
			: apply(views.reshapeCopy, [this.self], { shape: to });
	}

	/**
	 * `view` under the other tensor's shape. PyTorch: `torch.Tensor.view_as`.
	 */
	viewAs(other: Tensor): Tensor {
		return this.view(other.shape);
	}

	/**
	 * `reshape` to the other tensor's shape. PyTorch: `torch.Tensor.reshape_as`.
	 */
	reshapeAs(other: Tensor): Tensor {
		return this.reshape(other.shape);
	}

	/** Dimensions `startDim` to `endDim` as one. */
	flatten(
		startDim: number | { startDim?: number; endDim?: number } = 0,
		endDim = -1,
	): Tensor {
		if (typeof startDim === "object")
			return this.flatten(startDim.startDim ?? 0, startDim.endDim ?? -1);
		const { shape } = this;
		const a = wrapDim(startDim, shape.length);
		const b = wrapDim(endDim, shape.length);
		if (shape.length === 0) return this.reshape(1);
		if (a > b)
			throw new ShapeError(
				"flatten() has invalid args: start_dim cannot come after end_dim",
			);
		if (a === b) return this.self;
		const merged = shape.slice(a, b + 1).reduce((p, n) => p * n, 1);
		return this.reshape([...shape.slice(0, a), merged, ...shape.slice(b + 1)]);
	}

	/** One dimension cut into several. */
	unflatten(dim: number, into: readonly number[]): Tensor {
		const d = wrapDim(dim, this.shape.length);
		const size = this.shape[d] as number;
		if (into.length === 0)
			throw new ShapeError("unflatten: sizes must be non-empty");
		let cut: Shape;
		try {
			cut = inferShape(into, size);
		} catch {
			throw new ShapeError(
				`unflatten: Provided sizes ${showShape(into)} don't multiply up to the size of dim ${d} (${size}) in the input tensor`,
			);
		}
		return this.view([
			...this.shape.slice(0, d),
			...cut,
			...this.shape.slice(d + 1),
		]);
	}

	/** Without the dimensions of size 1, or without `dim` if its size is 1. */
	squeeze(dim?: Dims | { dim: Dims }): Tensor {
		if (isOptions<{ dim: Dims }>(dim)) return this.squeeze(dim.dim);
		return apply(views.squeeze, [this.self], {
			dims: wrapDims(dim, this.shape.length),
			all: dim === undefined || dim === null,
		});
	}

	/**
	 * With a new dimension of size 1 at `dim`; a view. PyTorch:
	 * `torch.Tensor.unsqueeze`.
	 * @throws ShapeError out of range
	 */
	unsqueeze(dim: number | { dim: number }): Tensor {
		if (typeof dim === "object") return this.unsqueeze(dim.dim);
		return apply(views.unsqueeze, [this.self], {
			dim: wrapDim(dim, this.shape.length + 1),
		});
	}

	/**
	 * With two dimensions exchanged; a view. PyTorch: `torch.Tensor.transpose`.
	 * @throws ShapeError out of range
	 */
	transpose(dim0: number, dim1: number): Tensor {
		const rank = this.shape.length;
		return apply(views.transpose, [this.self], {
			a: wrapDim(dim0, rank),
			b: wrapDim(dim1, rank),
			short: false,
		});
	}

	/** Transpose of a matrix; vectors and scalars as they are. */
	t(): Tensor {
		const rank = this.shape.length;
		if (rank > 2)
			throw new ShapeError(
				`t() expects a tensor with <= 2 dimensions, but self is ${rank}D`,
			);
		return rank < 2
			? apply(views.view, [this.self], {
					shape: this.shape,
					node: "TBackward0",
				})
			: apply(views.transpose, [this.self], { a: 0, b: 1, short: true });
	}

	/** PyTorch's `T`: all dimensions reversed. */
	get T(): Tensor {
		return this.permute(this.shape.map((_, i) => this.shape.length - 1 - i));
	}

	/**
	 * With the dimensions in another order; a view. PyTorch:
	 * `torch.Tensor.permute`.
	 * @throws ShapeError unless each is named once
	 */
	permute(...dims: Sizes): Tensor {
		return apply(views.permute, [this.self], {
			dims: views.permutation(sizes(dims), this.shape.length),
		});
	}

	/** Some dimensions moved to other places; the others keep their order. */
	movedim(
		source: number | readonly number[],
		destination: number | readonly number[],
	): Tensor {
		const rank = this.shape.length;
		const [sources, targets] = [listed(source), listed(destination)];
		if (sources.length !== targets.length)
			throw new ShapeError(
				`movedim: Invalid source or destination dims: source (${showShape(sources)} dims) should contain the same number of dims as destination (${showShape(targets)} dims)`,
			);
		const from = places("source", sources, rank);
		const to = places("destination", targets, rank);
		const others = this.shape.map((_, d) => d).filter((d) => !from.includes(d));
		const order = this.shape.map((_, d) => {
			const at = to.indexOf(d);
			return at >= 0 ? (from[at] as number) : (others.shift() as number);
		});
		return this.permute(order);
	}

	/** Broadcast without a copy; -1 keeps a size. */
	expand(...shape: Sizes): Tensor {
		return apply(views.expand, [this.self], {
			shape: views.expandShape(this.shape, sizes(shape), this.dtype),
		});
	}

	/**
	 * `expand` to the other tensor's shape. PyTorch: `torch.Tensor.expand_as`.
	 */
	expandAs(other: Tensor): Tensor {
		return this.expand(other.shape);
	}

	/** `length` entries of `dim` from `start` on, as a view. */
	narrow(dim: number, start: number, length: number): Tensor {
		const d = wrapDim(dim, this.shape.length);
		const size = this.shape[d] as number;
		const from = start < 0 ? start + size : start;
		if (this.shape.length === 0)
			throw new ShapeError("narrow() cannot be applied to a 0-dim tensor.");
		if (!(from >= 0 && from <= size))
			throw new ShapeError(
				`Dimension out of range (expected to be in range of [${-size}, ${size - 1}], but got ${start})`,
			);
		if (!(length >= 0 && from + length <= size))
			throw new ShapeError(
				`start (${from}) + length (${length}) exceeds dimension size (${size}).`,
			);
		return this.sliced(d, from, length, 1);
	}

	/** @internal checked slicing */
	sliced(
		dim: number,
		start: number,
		length: number,
		step: number,
		node?: string,
	): Tensor {
		return apply(
			views.narrow,
			[this.self],
			node ? { dim, start, length, step, node } : { dim, start, length, step },
		);
	}

	/** One entry of `dim`, as a view without it. */
	select(dim: number, index: number): Tensor {
		if (this.shape.length === 0)
			throw new ShapeError("select() cannot be applied to a 0-dim tensor.");
		const d = wrapDim(dim, this.shape.length);
		const size = this.shape[d] as number;
		if (!Number.isInteger(index) || index < -size || index >= size)
			throw new ShapeError(
				`select(): index ${index} out of range for tensor of size ${showShape(this.shape)} at dimension ${d}`,
			);
		return apply(views.select, [this.self], {
			dim: d,
			index: index < 0 ? index + size : index,
		});
	}

	/** The diagonal of two dimensions as a last dimension, as a view. */
	diagonal(
		offset: number | { offset?: number; dim1?: number; dim2?: number } = 0,
		dim1 = 0,
		dim2 = 1,
	): Tensor {
		if (typeof offset === "object")
			return this.diagonal(offset.offset ?? 0, offset.dim1, offset.dim2);
		const rank = this.shape.length;
		const a = wrapDim(dim1, rank);
		const b = wrapDim(dim2, rank);
		if (a === b)
			throw new ShapeError(
				`diagonal dimensions cannot be identical ${dim1}, ${dim2}`,
			);
		return apply(views.diagonal, [this.self], { offset, a, b });
	}

	/** Parts of `dim` of one size (the last may be smaller), or of given sizes; views. */
	split(
		size: number | readonly number[],
		dim: number | { dim?: number } = 0,
	): Tensor[] {
		const d = this.dimOf(dim);
		if (this.shape.length === 0)
			throw new ShapeError("split expects at least a 1-dimensional tensor");
		const total = this.shape[d] as number;
		if (typeof size !== "number") {
			const sum = size.reduce((a, b) => a + b, 0);
			if (size.some((n) => n < 0))
				throw new ShapeError(
					`split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${showShape(size)}`,
				);
			if (sum !== total)
				throw new ShapeError(
					`split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${d}), but got split_sizes=${showShape(size)}`,
				);
			return this.parts(d, size, "SplitWithSizesBackward0");
		}
		if (size < 0)
			throw new ShapeError(
				`split expects split_size be non-negative, but got split_size=${size}`,
			);
		if (size === 0 && total !== 0)
			throw new ShapeError(
				`split_size can only be 0 if dimension size is 0, but got dimension size of ${total}`,
			);
		const count = size === 0 ? 1 : Math.max(Math.ceil(total / size), 1);
		const list = Array.from({ length: count }, (_, i) =>
			Math.min(size, total - i * size),
		);
		return this.parts(d, list, "SplitBackward0");
	}

	/** At most `chunks` parts of `dim`, of equal size but for the last; views. */
	chunk(chunks: number, dim: number | { dim?: number } = 0): Tensor[] {
		if (this.shape.length === 0)
			throw new ShapeError("chunk expects at least a 1-dimensional tensor");
		if (!(chunks > 0))
			throw new ShapeError(
				`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`,
			);
		const d = this.dimOf(dim);
		const total = this.shape[d] as number;
		const size = Math.ceil(total / chunks);
		if (size === 0)
			return this.parts(
				d,
				new Array(chunks).fill(0),
				"SplitWithSizesBackward0",
			);
		return this.split(size, d);
	}

	private dimOf(dim: number | { dim?: number }): number {
		return wrapDim(
			typeof dim === "number" ? dim : (dim.dim ?? 0),
			this.shape.length,
		);
	}

	private parts(dim: number, list: readonly number[], node: string): Tensor[] {
		let at = 0;
		return list.map((n, part) => {
			at += n;
			const params = { dim, start: at - n, length: n, step: 1, node, part };
			return apply(views.narrow, [this.self], params);
		});
	}

	/** All entries of `dim`, as views without it. */
	unbind(dim: number | { dim?: number } = 0): Tensor[] {
		if (typeof dim === "object") return this.unbind(dim.dim ?? 0);
		const d = wrapDim(dim, this.shape.length);
		if (this.shape.length === 0)
			throw new ShapeError(
				"Dimension specified as 0 but tensor has no dimensions",
			);
		return Array.from({ length: this.shape[d] as number }, (_, index) =>
			apply(views.select, [this.self], {
				dim: d,
				index,
				node: "UnbindBackward0",
			}),
		);
	}

	/** Iterates over the first dimension. */
	[Symbol.iterator](): IterableIterator<Tensor> {
		if (this.shape.length === 0)
			throw new ShapeError("iteration over a 0-d tensor");
		return this.unbind(0)[Symbol.iterator]();
	}

	/**
	 * In reverse order along the dimensions; a copy. PyTorch:
	 * `torch.Tensor.flip`.
	 * @throws ShapeError out of range
	 */
	flip(...dims: Sizes): Tensor {
		return apply(ordering.flip, [this.self], {
			dims:
				sizes(dims).length > 0 ? wrapDims(sizes(dims), this.shape.length) : [],
		});
	}

	/** Copies side by side: `times` for each dimension, new ones in front. */
	repeat(...times: Sizes): Tensor {
		const list = sizes(times);
		if (list.length < this.shape.length)
			throw new ShapeError(
				"Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
			);
		const lead = list.length - this.shape.length;
		const to = list.map(
			(n, i) => n * (i < lead ? 1 : (this.shape[i - lead] as number)),
		);
		for (const n of to)
			if (!(n >= 0))
				throw new ShapeError(
					`Trying to create tensor with negative dimension ${n}: ${showShape(to)}`,
				);
		return apply(shapes.repeat, [this.self], { times: list });
	}

	/** Each entry several times, one after the other; of the flattened tensor without `dim`. */
	repeatInterleave(
		repeats: number | Tensor,
		dim: number | null | { dim?: number | null } = null,
	): Tensor {
		const at =
			typeof dim === "object" && dim !== null ? (dim.dim ?? null) : dim;
		if (at === null) return this.reshape([-1]).repeatInterleave(repeats, 0);
		const d = wrapDim(at, this.shape.length);
		const n = this.shape[d] as number;
		const counts = typeof repeats === "number" ? null : countsOf(repeats);
		if (counts && counts.length !== n && counts.length !== 1)
			throw new ShapeError(
				"repeats must have the same size as input along dim",
			);
		const order: number[] = [];
		for (let i = 0; i < n; i++) {
			const times = counts
				? (counts[counts.length === 1 ? 0 : i] as number)
				: (repeats as number);
			if (times < 0) throw new ShapeError("repeats can not be negative");
			for (let j = 0; j < times; j++) order.push(i);
		}
		const index = this.newFrom(Int32Array.from(order), [order.length], "int32");
		return apply(indexing.indexSelect, [this.self, index], { dim: d });
	}

	/** The lower triangle of matrices, zeros above `diagonal`. */
	tril(diagonal: number | DiagonalOptions = 0): Tensor {
		return apply(shapes.tril, [this.self], this.triangle("tril", diagonal));
	}

	/** The upper triangle of matrices, zeros below `diagonal`. */
	triu(diagonal: number | DiagonalOptions = 0): Tensor {
		return apply(shapes.triu, [this.self], this.triangle("triu", diagonal));
	}

	/** @internal */
	triangle(
		name: string,
		diagonal: number | DiagonalOptions,
	): { diagonal: number } {
		if (this.shape.length < 2)
			throw new ShapeError(
				`Dimension out of range (expected to be in range of [-1, 0], but got -2): ${name} takes matrices`,
			);
		return { diagonal: offsetOf(diagonal) };
	}

	/** A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector; a copy. */
	diag(diagonal: number | DiagonalOptions = 0): Tensor {
		if (this.shape.length !== 1 && this.shape.length !== 2)
			throw new ShapeError(
				`matrix or a vector expected, got ${this.shape.length}D`,
			);
		const offset = offsetOf(diagonal);
		if (
			this.shape.length === 2 &&
			(offset > (this.shape[1] as number) ||
				-offset > (this.shape[0] as number))
		)
			throw new ShapeError("invalid diagonal");
		return apply(shapes.diag, [this.self], { diagonal: offset });
	}
}

function offsetOf(diagonal: number | DiagonalOptions): number {
	return typeof diagonal === "number" ? diagonal : (diagonal.diagonal ?? 0);
}

function listed(dims: number | readonly number[]): readonly number[] {
	return typeof dims === "number" ? [dims] : dims;
}

function places(name: string, dims: readonly number[], rank: number): number[] {
	const list = dims.map((d) => wrapDim(d, rank));
	if (new Set(list).size !== list.length)
		throw new ShapeError(
			`movedim: repeated dim in \`${name}\` (${showShape(list)})`,
		);
	return list;
}

function countsOf(repeats: Tensor): ArrayLike<number> {
	if (repeats.dtype !== "int32")
		throw new DTypeError("repeats has to be Long or Int tensor");
	if (repeats.shape.length > 1)
		throw new ShapeError("repeat_interleave only accept 1D vector as repeat");
	return repeats.dataSync();
}
