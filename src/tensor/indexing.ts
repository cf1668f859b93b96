import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import { wrapDim } from "../layout.js";
import { maskedSelect } from "../ops/advanced-index.js";
import * as indexing from "../ops/indexing.js";
import * as ordering from "../ops/ordering.js";
import type { Tensor } from "../tensor.js";
import {
	type AddOptions,
	isOptions,
	type Operand2,
	type ScatterOptions,
	type SortOptions,
	type TopkOptions,
	ValuesIndices,
} from "./arguments.js";
import { TensorExtremes } from "./extremes.js";
import { type IndexItem, isMask, resolveIndex } from "./index-items.js";
import { addend } from "./pointwise-operands.js";

/** Methods that pick, place and order elements. */
export abstract class TensorIndexing extends TensorExtremes {
	/**
	 * What `items` name, as Python's `x[items]`: integers, ranges
	 * `{ slice: [start, stop, step] }`, null, "...", integer tensors and boolean masks; spread or as
	 * one array. A view unless a tensor is among them.
	 * @throws ShapeError, DTypeError in PyTorch's words; DeviceError for a mask on a
	 * device that cannot be read at once: there `indexAsync`
	 */
	index(
		...items: readonly IndexItem[] | readonly [readonly IndexItem[]]
	): Tensor {
		const list = (
			Array.isArray(items[0]) ? items[0] : items
		) as readonly IndexItem[];
		if (list.some(isMask))
			this.assertReadable("index() by a mask", "t.indexAsync(…)");
		const { view, dims, indices } = resolveIndex(this.self, list);
		return indices.length > 0 ? view.indexAt(dims, indices) : view;
	}

	/** A copy with `value` at what `items` name. */
	indexPut(
		items: readonly IndexItem[],
		value: Operand2 | boolean,
		options?: { accumulate?: boolean },
	): Tensor {
		return this.self.clone().indexPut_(items, value, options);
	}

	/** Whole slices of `dim`, picked by a vector of positions. */
	indexSelect(dim: number, index: Tensor): Tensor {
		return apply(indexing.indexSelect, [this.self, index], this.along(dim));
	}

	/** Adds slices of `source`, times alpha, at positions of `dim`. */
	indexAdd(
		dim: number,
		index: Tensor,
		source: Tensor,
		{ alpha = 1 }: AddOptions = {},
	): Tensor {
		return apply(
			indexing.indexAdd,
			[this.self, index, addend(source, alpha)],
			this.along(dim),
		);
	}

	/** Puts slices of `source` at positions of `dim`. */
	indexCopy(dim: number, index: Tensor, source: Tensor): Tensor {
		return apply(
			indexing.indexCopy,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/** result[i][j] = this[index[i][j]][j] for dim 0, and so on. */
	gather(dim: number, index: Tensor): Tensor {
		return apply(indexing.gather, [this.self, index], this.along(dim));
	}

	/**
	 * The inverse of gather: result[index[i][j]][j] = source[i][j]; or `reduce`d with
	 * what is there.
	 */
	scatter(
		dim: number,
		index: Tensor,
		source: Operand2 | boolean,
		options?: ScatterOptions,
	): Tensor {
		if (options?.reduce !== undefined)
			return this.self.clone().scatter_(dim, index, source, options);
		return apply(
			indexing.scatter,
			[this.self, index, typeof source === "boolean" ? Number(source) : source],
			this.along(dim),
		);
	}

	/**
	 * As scatter, adding to what is there. PyTorch: `torch.Tensor.scatter_add`.
	 * @throws ShapeError, DTypeError
	 */
	scatterAdd(dim: number, index: Tensor, source: Tensor): Tensor {
		return apply(
			indexing.scatterAdd,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/**
	 * Elements where the mask holds, as a vector.
	 * @throws DeviceError on a device that cannot be read at once: there `maskedSelectAsync`
	 */
	maskedSelect(mask: Tensor): Tensor {
		this.assertReadable("maskedSelect()", "t.maskedSelectAsync(mask)");
		return apply(maskedSelect, [this.self, mask], undefined);
	}

	/**
	 * Coordinates of the elements that are not 0, [n, rank]; with `asTuple` a vector
	 * for each dimension.
	 * @throws DeviceError on a device that cannot be read at once: there `nonzeroAsync`
	 */
	nonzero(): Tensor;
	nonzero(options: { readonly asTuple: true }): Tensor[];
	nonzero(options?: { readonly asTuple?: boolean }): Tensor | Tensor[] {
		this.assertReadable("nonzero()", "t.nonzeroAsync()");
		if (options?.asTuple)
			return (this.shape.length > 0 ? this.self : this.self.view(1))
				.nonzero()
				.unbind(1);
		return apply(ordering.nonzero, [this.self], undefined);
	}

	/** Sorted along `dim`, stably; NaN counts as the greatest. */
	sort(
		dim: number | SortOptions = -1,
		options: SortOptions | boolean = {},
	): ValuesIndices {
		if (typeof dim === "object") return this.sort(dim.dim ?? -1, dim);
		const params: ordering.SortParams = {
			dim: wrapDim(dim, this.shape.length),
			descending:
				typeof options === "object" ? (options.descending ?? false) : options,
			...(typeof options === "object" && options.stable !== undefined
				? { stable: options.stable }
				: null),
			indices: null,
		};
		const values = apply(ordering.sort, [this.self], params);
		return new ValuesIndices(values, params.indices as Tensor<"int32">, "sort");
	}

	/** Positions that sort the elements along `dim`. */
	argsort(
		dim: number | SortOptions = -1,
		options: SortOptions | boolean = {},
	): Tensor {
		const { values, indices } = this.sort(dim, options);
		values.dispose();
		return indices;
	}

	/** The k greatest (or least) elements along `dim`, in order, with their positions. */
	topk(
		k: number,
		dim: number | TopkOptions = -1,
		options: TopkOptions | boolean = {},
	): ValuesIndices {
		if (typeof options === "boolean")
			return this.topk(k, dim, { largest: options });
		if (isOptions<TopkOptions>(dim)) return this.topk(k, dim.dim ?? -1, dim);
		const d = wrapDim(dim as number, this.shape.length);
		const size = this.shape[d] ?? 1;
		if (!(k >= 0 && k <= size))
			throw new ShapeError("selected index k out of range");
		const params: ordering.TopkParams = {
			k,
			dim: d,
			largest: options.largest ?? true,
			indices: null,
		};
		const values = apply(ordering.topk, [this.self], params);
		return new ValuesIndices(values, params.indices as Tensor<"int32">, "topk");
	}
}
