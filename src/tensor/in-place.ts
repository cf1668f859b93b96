import { applyInPlace } from "../autograd/apply.js";
import { checkFits } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import * as advanced from "../ops/advanced-index.js";
import * as indexing from "../ops/indexing.js";
import * as shapes from "../ops/shape.js";
import { maskedFill } from "../ops/ternary.js";
import { copyInto, fill } from "../ops/unary.js";
import { expandShape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { TensorBase } from "../tensor-base.js";
import type {
	AddOptions,
	DiagonalOptions,
	Operand2,
	ScatterOptions,
} from "./arguments.js";
import { TensorInPlaceLogic } from "./in-place-logic.js";
import { type IndexItem, isMask, resolveIndex } from "./index-items.js";
import { addend } from "./pointwise-operands.js";

/** Methods that place values in this tensor's memory and return the tensor. */
export abstract class TensorInPlace extends TensorInPlaceLogic {
	/** In place: filled with zeros. PyTorch: `torch.Tensor.zero_`. */
	zero_(): Tensor {
		return applyInPlace(fill, [this.self], { value: 0, zero: true });
	}

	/** In place: filled with `value`. PyTorch: `torch.Tensor.fill_`. */
	fill_(value: number | boolean): Tensor {
		checkFits(Number(value), this.dtype);
		return applyInPlace(fill, [this.self], { value: Number(value) });
	}

	/**
	 * In place: `value` on the main diagonal, which with `wrap` starts again below
	 * the square in a matrix that is higher than wide. PyTorch:
	 * `torch.Tensor.fill_diagonal_`.
	 * @throws ShapeError below two dimensions, and for more unless all sizes are equal
	 */
	fillDiagonal_(
		value: number | boolean,
		{ wrap = false }: { readonly wrap?: boolean } = {},
	): Tensor {
		const { shape } = this;
		if (shape.length < 2) throw new ShapeError("dimensions must larger than 1");
		if (shape.length > 2 && shape.some((size) => size !== shape[0]))
			throw new ShapeError("all dimensions of input must be of equal length");
		checkFits(Number(value), this.dtype);
		let line = this.diagonal();
		while (line.shape.length > 1) line = line.diagonal(0, 0, -1);
		line.fill_(value);
		const [rows, columns] = shape as readonly [number, number];
		if (!wrap || shape.length > 2 || columns === 0) return this.self;
		// a row is left out between one square and the next
		for (let at = columns + 1; at < rows; at += columns + 1)
			this.narrow(0, at, Math.min(columns, rows - at))
				.diagonal()
				.fill_(value);
		return this.self;
	}

	/** Overwritten with `source`, which is broadcast and converted. */
	copy_(source: Tensor): Tensor {
		const shape = this.broadcastShape(source);
		if (!sameShape(shape, this.shape))
			throw new ShapeError(
				`output with shape ${showShape(this.shape)} doesn't match the broadcast shape ${showShape(shape)}`,
			);
		return applyInPlace(copyInto, [this.self, source], undefined);
	}

	/**
	 * In place: `value` where the mask holds. PyTorch:
	 * `torch.Tensor.masked_fill_`.
	 * @throws DTypeError unless the mask is bool
	 */
	maskedFill_(mask: Tensor, value: Operand2 | boolean): Tensor {
		return applyInPlace(
			maskedFill,
			[this.self, typeof value === "boolean" ? Number(value) : value, mask],
			undefined,
		);
	}

	/**
	 * In place: the inverse of gather: result[index[i][j]][j] = source[i][j], or
	 * `reduce`d with what is there. PyTorch: `torch.Tensor.scatter_`.
	 * @throws ShapeError, DTypeError
	 */
	scatter_(
		dim: number,
		index: Tensor,
		source: Operand2 | boolean,
		options?: ScatterOptions,
	): Tensor {
		if (options?.reduce !== undefined)
			return this.scatterReduced(dim, index, source, options.reduce);
		return applyInPlace(
			indexing.scatter,
			[this.self, index, typeof source === "boolean" ? Number(source) : source],
			this.along(dim),
		);
	}

	private scatterReduced(
		dim: number,
		index: Tensor,
		source: Operand2 | boolean,
		reduce: "add" | "multiply",
	): Tensor {
		if (reduce !== "add" && reduce !== "multiply")
			throw new ShapeError("reduce argument must be either add or multiply.");
		const values =
			typeof source === "object"
				? source
				: this.newFull(index.shape, Number(source));
		if (reduce === "add") return this.scatterAdd_(dim, index, values);
		if (index.shape.length === 0) return this.mul_(values.reshape(this.shape));
		// one place along `dim` at a time: no two of its factors meet
		const count = index.shape[this.along(dim).dim] as number;
		for (let i = 0; i < count; i++) {
			const at = index.narrow(dim, i, 1);
			let factors = values.narrow(dim, i, 1);
			at.shape.forEach((n, d) => {
				factors = factors.narrow(d, 0, n);
			});
			this.scatter_(dim, at, this.self.gather(dim, at).mul(factors));
		}
		return this.self;
	}

	/**
	 * In place: as scatter, adding to what is there. PyTorch:
	 * `torch.Tensor.scatter_add_`.
	 * @throws ShapeError, DTypeError
	 */
	scatterAdd_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.scatterAdd,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/**
	 * In place: adds slices of `source`, times alpha, at positions of `dim`.
	 * PyTorch: `torch.Tensor.index_add_`.
	 * @throws ShapeError, DTypeError
	 */
	indexAdd_(
		dim: number,
		index: Tensor,
		source: Tensor,
		{ alpha = 1 }: AddOptions = {},
	): Tensor {
		return applyInPlace(
			indexing.indexAdd,
			[this.self, index, addend(source, alpha)],
			this.along(dim),
		);
	}

	/**
	 * In place: puts slices of `source` at positions of `dim`. PyTorch:
	 * `torch.Tensor.index_copy_`.
	 * @throws ShapeError, DTypeError
	 */
	indexCopy_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.indexCopy,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/**
	 * In place: the lower triangle of matrices, zeros above `diagonal`. PyTorch:
	 * `torch.Tensor.tril_`.
	 * @throws ShapeError below two dimensions
	 */
	tril_(diagonal: number | DiagonalOptions = 0): Tensor {
		return applyInPlace(
			shapes.tril,
			[this.self],
			this.triangle("tril", diagonal),
		);
	}

	/**
	 * In place: the upper triangle of matrices, zeros below `diagonal`. PyTorch:
	 * `torch.Tensor.triu_`.
	 * @throws ShapeError below two dimensions
	 */
	triu_(diagonal: number | DiagonalOptions = 0): Tensor {
		return applyInPlace(
			shapes.triu,
			[this.self],
			this.triangle("triu", diagonal),
		);
	}

	/**
	 * Writes `value` at what `items` name, as Python's `x[items] = value`; the
	 * items are those of `index`.
	 * @throws DeviceError for a mask with one value for each place, or beside other
	 * tensors, on a device that cannot be read at once
	 */
	indexPut_(
		items: readonly IndexItem[],
		value: Operand2 | boolean,
		{ accumulate = false }: { accumulate?: boolean } = {},
	): Tensor {
		const operand = typeof value === "boolean" ? Number(value) : value;
		if (
			this.storage.backend.readSync === undefined &&
			items.some(isMask) &&
			items.filter((item) => item instanceof TensorBase).length === 1
		)
			return this.whereMasked(items, operand, accumulate);
		const { view, dims, indices } = resolveIndex(this.self, items);
		if (indices.length > 0)
			applyInPlace(advanced.indexPut, [view, operand, ...indices], {
				dims,
				accumulate,
			});
		else if (accumulate) view.add_(operand);
		else if (typeof operand === "number") view.fill_(operand);
		else {
			const values = leading(operand, view.shape.length);
			expandShape(values.shape, view.shape, values.dtype);
			view.copy_(values);
		}
		return this.self;
	}

	/** `indexPut_` by one mask without knowing where it holds: every place is written, most with what was there. */
	private whereMasked(
		items: readonly IndexItem[],
		value: Operand2,
		accumulate: boolean,
	): Tensor {
		let mask: Tensor | null = null;
		// the mask itself stands for each of its dimensions
		const { view, dims } = resolveIndex(this.self, items, (m) => {
			mask = m;
			return m.shape.map(() => m);
		});
		if (mask === null) return this.self;
		const { shape } = mask as Tensor;
		const after =
			view.shape.length -
			(shape.length > 0 ? (dims[0] as number) : 0) -
			shape.length;
		const here = (mask as Tensor)
			.to("bool")
			.reshape([...shape, ...Array<number>(after).fill(1)]);
		const fitted =
			typeof value === "number"
				? view.newFull([], value)
				: this.forMask(value.to(view.dtype), shape.length, after);
		view.copy_((accumulate ? view.add(fitted) : fitted).where(here, view));
		return this.self;
	}

	/** The value so that it broadcasts to the indexed view. */
	private forMask(value: Tensor, masked: number, after: number): Tensor {
		const { shape } = value;
		const at = shape.length - after - 1;
		if (at < 0) return value;
		if (shape[at] !== 1)
			this.assertReadable(
				`indexPut_() by a mask with values of shape ${showShape(shape)}, one for each place where it holds`,
				"mask.nonzeroAsync(), and put the values at (await mask.nonzeroAsync()).unbind(1)",
			);
		return value.reshape([
			...shape.slice(0, at),
			...Array<number>(masked).fill(1),
			...shape.slice(at + 1),
		]);
	}
}

/** Without leading dimensions of size 1 beyond `rank`, which PyTorch lets an assignment have. */
function leading(value: Tensor, rank: number): Tensor {
	let t = value;
	while (t.shape.length > rank && t.shape[0] === 1) t = t.squeeze(0);
	return t;
}
