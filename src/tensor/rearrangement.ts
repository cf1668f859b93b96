import { apply } from "../autograd/apply.js";
import { DeviceError, DTypeError, ShapeError } from "../errors.js";
import { showShape, wrapDim } from "../layout.js";
import * as indexing from "../ops/indexing.js";
import * as ordering from "../ops/ordering.js";
import { wrapDims } from "../ops/reduce.js";
import * as shapes from "../ops/shape.js";
import type { Tensor } from "../tensor.js";
import { type DiagonalOptions, type Sizes, sizes } from "./arguments.js";
import { TensorSlicing } from "./slicing.js";

/** Methods that copy elements to other places: flipped, repeated, in triangles. */
export abstract class TensorRearrangement extends TensorSlicing {
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
		if (this.shape.length === 0) this.assertDims(-2);
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

function countsOf(repeats: Tensor): ArrayLike<number> {
	if (repeats.dtype !== "int32")
		throw new DTypeError("repeats has to be Long or Int tensor");
	if (repeats.shape.length > 1)
		throw new ShapeError("repeat_interleave only accept 1D vector as repeat");
	if (repeats.storage.backend.readSync === undefined)
		throw new DeviceError(
			`repeatInterleave(): the size of its result depends on repeats that lie on '${repeats.device}', and only an await can bring them here. Give them as await repeats.to('cpu')`,
		);
	return repeats.dataSync();
}
