import { apply } from "../autograd/apply.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { wrapDim } from "../layout.js";
import * as losses from "../ops/loss.js";
import * as moments from "../ops/moments.js";
import { torchName } from "../ops/operands.js";
import * as ordering from "../ops/ordering.js";
import * as reduce from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import {
	type DimOptions,
	type Dims,
	type DTypeOptions,
	isOptions,
	type KeepDim,
	keeps,
	type OneDimOptions,
	type Operand2,
	ValuesIndices,
	type VarOptions,
} from "./arguments.js";
import { TensorComparison } from "./comparison.js";

/** Methods that reduce dimensions, or normalise along one. */
export abstract class TensorReduction extends TensorComparison {
	/** Sum over all elements, or over `dim`, in the type `dtype`. */
	sum(
		dim?: Dims | (DimOptions & DTypeOptions),
		options?: (KeepDim & DTypeOptions) | boolean,
	): Tensor {
		if (isOptions<DimOptions & DTypeOptions>(dim))
			return this.sum(dim.dim, dim);
		const dtype = askedType(options);
		if (dtype !== null)
			return this.self.to(dtype).sum(dim, keeps(options)).to(dtype);
		return apply(reduce.sum, [this.self], this.totalOver(dim, keeps(options)));
	}

	/** `over`, where PyTorch's graph tells a dimension that is named, even null, from none. */
	private totalOver(dim: Dims | undefined, keepdim: boolean) {
		const p = this.over(dim, keepdim);
		return p.all && dim !== undefined ? { ...p, all: false } : p;
	}

	/**
	 * Mean over all elements, or over `dim`. PyTorch: `torch.Tensor.mean`.
	 * @throws DTypeError unless float32
	 */
	mean(
		dim?: Dims | (DimOptions & DTypeOptions),
		options?: (KeepDim & DTypeOptions) | boolean,
	): Tensor {
		if (isOptions<DimOptions & DTypeOptions>(dim))
			return this.mean(dim.dim, dim);
		const dtype = askedType(options);
		if (dtype !== null && dtype !== "float32")
			throw new DTypeError(
				`mean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ${torchName(dtype)}`,
			);
		if (dtype !== null) return this.self.to(dtype).mean(dim, keeps(options));
		// on whole numbers it is the type that is wrong, whatever the dimension
		const dims = this.dtype === "float32" ? dim : undefined;
		return apply(
			reduce.mean,
			[this.self],
			this.totalOver(dims, keeps(options)),
		);
	}

	/**
	 * Product of all elements, or along `dim`; whole numbers give int32.
	 * PyTorch: `torch.Tensor.prod`.
	 */
	prod(
		dim?: number | null | (OneDimOptions & DTypeOptions),
		options?: (KeepDim & DTypeOptions) | boolean,
	): Tensor {
		if (isOptions<OneDimOptions & DTypeOptions>(dim))
			return this.prod(dim.dim, dim);
		const dtype = askedType(options);
		if (dtype !== null)
			return this.self.to(dtype).prod(dim, keeps(options)).to(dtype);
		return apply(reduce.prod, [this.self], this.over(dim, keeps(options)));
	}

	/**
	 * Variance, with Bessel's correction unless `unbiased: false` or another
	 * `correction`. A truth alone is `unbiased`.
	 */
	var(
		dim?: Dims | boolean | VarOptions,
		options?: VarOptions | boolean,
		keepdim = false,
	): Tensor {
		return apply(
			moments.variances,
			[this.self],
			this.spread(dim, options, keepdim),
		);
	}

	/** Standard deviation; arguments as for `var`. */
	std(
		dim?: Dims | boolean | VarOptions,
		options?: VarOptions | boolean,
		keepdim = false,
	): Tensor {
		return apply(
			moments.deviations,
			[this.self],
			this.spread(dim, options, keepdim),
		);
	}

	/** PyTorch takes `unbiased` and `keepdim` by position too. */
	private spread(
		dim: Dims | boolean | VarOptions | undefined,
		options: VarOptions | boolean | undefined,
		keepdim: boolean,
	): moments.VarParams {
		if (this.dtype !== "float32")
			throw new DTypeError(
				"std and var only support floating point and complex dtypes. Convert with .to('float32')",
			);
		if (typeof dim === "boolean")
			return this.spread(undefined, { unbiased: dim }, keepdim);
		if (isOptions<VarOptions>(dim)) return this.spread(dim.dim, dim, keepdim);
		if (typeof options === "boolean")
			return this.spread(dim, { unbiased: options, keepdim }, keepdim);
		return {
			...this.over(dim, options?.keepdim ?? false),
			correction: options?.correction ?? (options?.unbiased === false ? 0 : 1),
		};
	}

	/** The p-norm; `"fro"` is 2. */
	norm(
		p: number | "fro" | null | (DimOptions & { p?: number | "fro" }) = 2,
		dim?: Dims | DimOptions,
		options?: KeepDim | boolean,
	): Tensor {
		if (typeof p === "object" && p !== null)
			return this.norm(p.p ?? 2, p.dim, p);
		if (isOptions<DimOptions>(dim)) return this.norm(p, dim.dim, dim);
		return apply(moments.norms, [this.self], {
			...this.over(dim, keeps(options)),
			p: p === "fro" || p === null ? 2 : p,
		});
	}

	/** log Σ exp(x) over `dim`, without overflow. */
	logsumexp(
		dim: number | readonly number[] | (DimOptions & { dim: Dims }),
		options?: KeepDim | boolean,
	): Tensor {
		if (isOptions<DimOptions & { dim: Dims }>(dim))
			return this.logsumexp(dim.dim as number, dim);
		return apply(
			moments.logsumexp,
			[this.self],
			this.over(dim as Dims, keeps(options)),
		);
	}

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
		if (this.dtype === "bool")
			throw new DTypeError(
				`"arg${name}_cpu" not implemented for 'Bool'. Convert with .to('uint8')`,
			);
		return apply(reduce.argExtreme, [this.self], {
			name,
			dim: dim == null ? null : wrapDim(dim, this.shape.length),
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

	/** Whether any element, or any along `dim`, is not 0. */
	any(dim?: Dims | DimOptions, options?: KeepDim | boolean): Tensor {
		if (isOptions<DimOptions>(dim)) return this.any(dim.dim, dim);
		return apply(reduce.truthReduce, [this.self], {
			...this.over(dim, keeps(options)),
			op: "max",
		});
	}

	/** Whether all elements, or all along `dim`, are not 0. */
	all(dim?: Dims | DimOptions, options?: KeepDim | boolean): Tensor {
		if (isOptions<DimOptions>(dim)) return this.all(dim.dim, dim);
		return apply(reduce.truthReduce, [this.self], {
			...this.over(dim, keeps(options)),
			op: "min",
		});
	}

	/** Running sum along `dim`, in the type `dtype`. */
	cumsum(
		dim: number | ({ dim: number } & DTypeOptions),
		options?: DTypeOptions,
	): Tensor {
		const dtype = askedType(typeof dim === "object" ? dim : options);
		if (dtype !== null) return this.self.to(dtype).cumsum(plain(dim)).to(dtype);
		return apply(ordering.cumsum, [this.self], this.along(plain(dim)));
	}

	/** Softmax along `dim`, of the elements as `dtype`. */
	softmax(
		dim: number | ({ dim: number } & DTypeOptions),
		options?: DTypeOptions,
	): Tensor {
		const dtype = askedType(typeof dim === "object" ? dim : options);
		if (dtype !== null && dtype !== this.dtype)
			return this.self.to(dtype).softmax(plain(dim));
		return apply(losses.softmax, [this.self], {
			dim: wrapDim(plain(dim), this.shape.length),
			log: false,
		});
	}

	/** log(softmax(x)) along `dim`, without overflow. */
	logSoftmax(
		dim: number | ({ dim: number } & DTypeOptions),
		options?: DTypeOptions,
	): Tensor {
		const dtype = askedType(typeof dim === "object" ? dim : options);
		if (dtype !== null && dtype !== this.dtype)
			return this.self.to(dtype).logSoftmax(plain(dim));
		return apply(losses.softmax, [this.self], {
			dim: wrapDim(plain(dim), this.shape.length),
			log: true,
		});
	}
}

function askedType(options: DTypeOptions | boolean | undefined): DType | null {
	return typeof options === "object" ? (options.dtype ?? null) : null;
}

function plain(dim: number | { dim: number }): number {
	return typeof dim === "object" ? dim.dim : dim;
}
