import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import { wrapDim } from "../layout.js";
import * as losses from "../ops/loss.js";
import * as moments from "../ops/moments.js";
import * as ordering from "../ops/ordering.js";
import * as reduce from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { TensorBase } from "../tensor-base.js";
import {
	type Dims,
	isOptions,
	type KeepDim,
	type Operand2,
	ValuesIndices,
	type VarOptions,
} from "./arguments.js";
import { TensorPointwise } from "./pointwise.js";

/** Methods that reduce dimensions, or normalise along one. */
export abstract class TensorReduction extends TensorPointwise {
	/** Sum over all elements, or over `dim`. */
	sum(dim?: Dims | KeepDim, options: KeepDim = {}): Tensor {
		if (isOptions<KeepDim>(dim)) return this.sum(null, dim);
		return apply(
			reduce.sum,
			[this.self],
			this.over(dim, options.keepdim ?? false),
		);
	}

	mean(dim?: Dims | KeepDim, options: KeepDim = {}): Tensor {
		if (isOptions<KeepDim>(dim)) return this.mean(null, dim);
		return apply(
			reduce.mean,
			[this.self],
			this.over(dim, options.keepdim ?? false),
		);
	}

	prod(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.prod, [this.self], this.over(dim, keepdim));
	}

	/** Variance, with Bessel's correction unless `unbiased: false` or another `correction`. */
	var(dim?: Dims | VarOptions, options: VarOptions = {}): Tensor {
		if (isOptions<VarOptions>(dim)) return this.var(null, dim);
		return apply(moments.variances, [this.self], this.spread(dim, options));
	}

	/** Standard deviation; options as for `var`. */
	std(dim?: Dims | VarOptions, options: VarOptions = {}): Tensor {
		if (isOptions<VarOptions>(dim)) return this.std(null, dim);
		return apply(moments.deviations, [this.self], this.spread(dim, options));
	}

	private spread(
		dim: Dims | undefined,
		{ unbiased = true, correction, keepdim = false }: VarOptions,
	): moments.VarParams {
		return {
			...this.over(dim, keepdim),
			correction: correction ?? (unbiased ? 1 : 0),
		};
	}

	/** The p-norm; `"fro"` is 2. */
	norm(
		p: number | "fro" | null = 2,
		dim?: Dims | KeepDim,
		options: KeepDim = {},
	): Tensor {
		if (isOptions<KeepDim>(dim)) return this.norm(p, null, dim);
		return apply(moments.norms, [this.self], {
			...this.over(dim, options.keepdim ?? false),
			p: p === "fro" || p === null ? 2 : p,
		});
	}

	/** log Σ exp(x) over `dim`, without overflow. */
	logsumexp(
		dim: number | readonly number[],
		{ keepdim = false }: KeepDim = {},
	): Tensor {
		return apply(moments.logsumexp, [this.self], this.over(dim, keepdim));
	}

	/** The greatest element, or along `dim` values and their positions; or elementwise with `other`. */
	max(): Tensor;
	max(other: Tensor): Tensor;
	max(dim: number, options?: KeepDim): ValuesIndices;
	max(dim?: number | Tensor, options?: KeepDim): Tensor | ValuesIndices {
		return dim instanceof TensorBase
			? this.maximum(dim as Operand2)
			: this.extreme("max", dim, options);
	}

	/** As `max`, for the least. */
	min(): Tensor;
	min(other: Tensor): Tensor;
	min(dim: number, options?: KeepDim): ValuesIndices;
	min(dim?: number | Tensor, options?: KeepDim): Tensor | ValuesIndices {
		return dim instanceof TensorBase
			? this.minimum(dim as Operand2)
			: this.extreme("min", dim, options);
	}

	private extreme(
		name: "max" | "min",
		dim: number | undefined,
		{ keepdim = false }: KeepDim = {},
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
			keepdim,
			indices: null,
		};
		const op = name === "max" ? reduce.maxAlong : reduce.minAlong;
		const values = apply(op, [this.self], params);
		return new ValuesIndices(values, params.indices as Tensor);
	}

	/** Greatest elements over any dimensions; ties share the gradient. */
	amax(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		const p = this.over(dim, keepdim);
		this.assertReducible("amax", p.all ? undefined : p.dims);
		return apply(reduce.amax, [this.self], { ...p, all: false });
	}

	/** Least elements over any dimensions; ties share the gradient. */
	amin(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		const p = this.over(dim, keepdim);
		this.assertReducible("amin", p.all ? undefined : p.dims);
		return apply(reduce.amin, [this.self], { ...p, all: false });
	}

	/** Position of the greatest element, in the flattened tensor or along `dim`. */
	argmax(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return this.argExtreme("max", dim, keepdim);
	}

	argmin(dim?: number | null, { keepdim = false }: KeepDim = {}): Tensor {
		return this.argExtreme("min", dim, keepdim);
	}

	private argExtreme(
		name: "max" | "min",
		dim: number | null | undefined,
		keepdim: boolean,
	): Tensor {
		this.assertReducible(`arg${name}`, dim ?? undefined);
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
	): void {
		this.assertAlive();
		if (this.layout.numel > 0) return;
		const dims = reduce.wrapDims(dim, this.shape.length);
		const empty = dims.find((d) => this.shape[d] === 0);
		if (empty === undefined) return;
		throw new ShapeError(
			dim === undefined
				? `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`
				: `${name}(): Expected reduction dim ${empty} to have non-zero size.`,
		);
	}

	/** Whether any element, or any along `dim`, is not 0. */
	any(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.truthReduce, [this.self], {
			...this.over(dim, keepdim),
			op: "max",
		});
	}

	/** Whether all elements, or all along `dim`, are not 0. */
	all(dim?: Dims, { keepdim = false }: KeepDim = {}): Tensor {
		return apply(reduce.truthReduce, [this.self], {
			...this.over(dim, keepdim),
			op: "min",
		});
	}

	/** Running sum along `dim`. */
	cumsum(dim: number): Tensor {
		return apply(ordering.cumsum, [this.self], this.along(dim));
	}

	/** Softmax along `dim`. */
	softmax(dim: number): Tensor {
		return apply(losses.softmax, [this.self], {
			dim: wrapDim(dim, this.shape.length),
			log: false,
		});
	}

	/** log(softmax(x)) along `dim`, without overflow. */
	logSoftmax(dim: number): Tensor {
		return apply(losses.softmax, [this.self], {
			dim: wrapDim(dim, this.shape.length),
			log: true,
		});
	}
}
