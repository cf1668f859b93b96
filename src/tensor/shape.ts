import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import { inferShape, type Shape, showShape, wrapDim } from "../layout.js";
import { wrapDims } from "../ops/reduce.js";
import * as views from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { type Dims, isOptions, type Sizes, sizes } from "./arguments.js";
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

	protected assertDims(dim: number): void {
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
