import { apply } from "../autograd/apply.js";
import { DTypeError, ShapeError } from "../errors.js";
import { wrapDim } from "../layout.js";
import * as reduce from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import {
	type DimOptions,
	type Dims,
	isOptions,
	type KeepDim,
	keeps,
	type OneDimOptions,
	type Operand2,
	ValuesIndices,
} from "./arguments.js";
import { TensorReduction } from "./reduction.js";

/** Methods that look for the greatest and least elements. */
export abstract class TensorExtremes extends TensorReduction {
	/** The greatest element, or along `dim` values and their positions; or elementwise with `other`. */
	max(): Tensor;
	max(other: Tensor): Tensor;
	max(
		dim: number | (OneDimOptions & { dim: number }),
		options?: KeepDim | boolean,
	): ValuesIndices;
	max(
		dim?: number | Tensor | OneDimOptions,
		options?: KeepDim | boolean,
	): Tensor | ValuesIndices {
		if (isOptions<OneDimOptions>(dim))
			return this.extreme("max", dim.dim ?? undefined, dim);
		return isTensor(dim)
			? this.maximum(dim as Operand2)
			: this.extreme("max", dim as number | undefined, options);
	}

	/** As `max`, for the least. */
	min(): Tensor;
	min(other: Tensor): Tensor;
	min(
		dim: number | (OneDimOptions & { dim: number }),
		options?: KeepDim | boolean,
	): ValuesIndices;
	min(
		dim?: number | Tensor | OneDimOptions,
		options?: KeepDim | boolean,
	): Tensor | ValuesIndices {
		if (isOptions<OneDimOptions>(dim))
			return this.extreme("min", dim.dim ?? undefined, dim);
		return isTensor(dim)
			? this.minimum(dim as Operand2)
			: this.extreme("min", dim as number | undefined, options);
	}

	private extreme(
		name: "max" | "min",
		dim: number | undefined,
		options: KeepDim | boolean | undefined,
	): Tensor | ValuesIndices {
		this.assertReducible(name, dim);
		if (dim === undefined)
			return apply(
				name === "max" ? reduce.amax : reduce.amin,
				[this.self],
				this.over(undefined, false),
			);
		const params: reduce.ExtremeParams = {
			dim: wrapDim(dim, this.shape.length),
			keepdim: keeps(options),
			indices: null,
		};
		const op = name === "max" ? reduce.maxAlong : reduce.minAlong;
		const values = apply(op, [this.self], params);
		return new ValuesIndices(values, params.indices as Tensor<"int32">, name);
	}

	/** Greatest elements over any dimensions; ties share the gradient. */
	amax(dim?: Dims | DimOptions, options?: KeepDim | boolean): Tensor {
		if (isOptions<DimOptions>(dim)) return this.amax(dim.dim, dim);
		const p = this.over(dim, keeps(options));
		this.assertReducible("amax", dim ?? undefined, true);
		return apply(reduce.amax, [this.self], { ...p, all: false });
	}

	/** Least elements over any dimensions; ties share the gradient. */
	amin(dim?: Dims | DimOptions, options?: KeepDim | boolean): Tensor {
		if (isOptions<DimOptions>(dim)) return this.amin(dim.dim, dim);
		const p = this.over(dim, keeps(options));
		this.assertReducible("amin", dim ?? undefined, true);
		return apply(reduce.amin, [this.self], { ...p, all: false });
	}

	/** Position of the greatest element, in the flattened tensor or along `dim`. */
	argmax(
		dim?: number | null | OneDimOptions,
		options?: KeepDim | boolean,
	): Tensor {
		if (isOptions<OneDimOptions>(dim)) return this.argmax(dim.dim, dim);
		return this.argExtreme("max", dim, keeps(options));
	}

	/**
	 * Position of the least element, in the flattened tensor or along `dim`;
	 * int32. PyTorch: `torch.Tensor.argmin`.
	 */
	argmin(
		dim?: number | null | OneDimOptions,
		options?: KeepDim | boolean,
	): Tensor {
		if (isOptions<OneDimOptions>(dim)) return this.argmin(dim.dim, dim);
		return this.argExtreme("min", dim, keeps(options));
	}

	private argExtreme(
		name: "max" | "min",
		dim: number | null | undefined,
		keepdim: boolean,
	): Tensor {
		this.assertReducible(`arg${name}`, dim ?? undefined);
		const at = dim == null ? null : wrapDim(dim, this.shape.length);
		// where there is nothing to compare, PyTorch asks for no kernel
		const isTrivial =
			this.layout.numel === 0 || (at !== null && this.shape[at] === 1);
		if (this.dtype === "bool" && !isTrivial)
			throw new DTypeError(
				`"arg${name}_cpu" not implemented for 'Bool'. Convert with .to('uint8')`,
			);
		return apply(reduce.argExtreme, [this.self], {
			name,
			dim: at,
			keepdim,
		});
	}

	/** An extreme of nothing does not exist. @throws ShapeError */
	private assertReducible(
		name: string,
		dim: number | readonly number[] | undefined,
		/** Whether PyTorch names the dimension as the caller did. */
		asGiven = false,
	): void {
		this.assertAlive();
		if (this.layout.numel > 0) return;
		const dims = reduce.wrapDims(dim, this.shape.length);
		let empty = dims.find((d) => this.shape[d] === 0);
		if (empty === undefined) return;
		const given = typeof dim === "number" ? [dim] : (dim ?? []);
		if (asGiven) empty = given.find((d) => this.shape.at(d) === 0) ?? empty;
		throw new ShapeError(
			given.length === 0
				? `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`
				: `${name}(): Expected reduction dim ${empty} to have non-zero size.`,
		);
	}
}
