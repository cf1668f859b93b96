import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import { showShape, wrapDim } from "../layout.js";
import * as views from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { TensorShape } from "./shape.js";

/** Methods that give a part of the elements, as a view, or all of them in parts. */
export abstract class TensorSlicing extends TensorShape {
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
}
