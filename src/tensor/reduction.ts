import { apply } from "../autograd/apply.js";
import type { DType } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { wrapDim } from "../layout.js";
import * as losses from "../ops/loss.js";
import * as moments from "../ops/moments.js";
import { torchName } from "../ops/operands.js";
import * as ordering from "../ops/ordering.js";
import * as reduce from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import {
	type DimOptions,
	type Dims,
	type DTypeOptions,
	isOptions,
	type KeepDim,
	keeps,
	type OneDimOptions,
	type VarOptions,
} from "./arguments.js";
import { TensorComparison } from "./comparison.js";

/** Methods that reduce dimensions, or normalise along one. */
export abstract class TensorReduction extends TensorComparison {
	/** Sum over all elements, or over `dim`, in the type `dtype`. */
	sum(
		dim?: Dims | (DimOptions & DTypeOptions),
		options?: (KeepDim & DTypeOptions) | boolean,
		typed?: DTypeOptions,
	): Tensor {
		if (isOptions<DimOptions & DTypeOptions>(dim))
			return this.sum(dim.dim, dim);
		const dtype = askedType(options, typed);
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
		typed?: DTypeOptions,
	): Tensor {
		if (isOptions<DimOptions & DTypeOptions>(dim))
			return this.mean(dim.dim, dim);
		const dtype = askedType(options, typed);
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
		typed?: DTypeOptions,
	): Tensor {
		if (isOptions<OneDimOptions & DTypeOptions>(dim))
			return this.prod(dim.dim, dim);
		const dtype = askedType(options, typed);
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
		if (dtype === "bool")
			throw new DTypeError("\"cumsum_out_cpu\" not implemented for 'Bool'");
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

function askedType(
	options: DTypeOptions | boolean | undefined,
	typed?: DTypeOptions,
): DType | null {
	const last = typeof options === "object" ? options : typed;
	return last?.dtype ?? null;
}

function plain(dim: number | { dim: number }): number {
	return typeof dim === "object" ? dim.dim : dim;
}
