import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { float, num } from "../repr.js";

/** What `ReLU` takes besides its positional arguments. */
export interface ReLUOptions {
	/** Overwrites the input. */
	readonly inplace?: boolean;
}

/** max(x, 0). PyTorch: `torch.nn.ReLU`. */
export class ReLU extends Module {
	/** Whether the input is overwritten. */
	readonly inplace: boolean;

	/** `ReLU(true)` = `ReLU({ inplace: true })` */
	constructor(inplace: boolean | ReLUOptions = {}) {
		super();
		this.inplace =
			typeof inplace === "object" ? (inplace.inplace ?? false) : inplace;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return this.inplace ? x.relu_() : F.relu(x);
	}

	override extraRepr(): string {
		return this.inplace ? "inplace=True" : "";
	}
}

/** x where positive, else negativeSlope · x. PyTorch: `torch.nn.LeakyReLU`. */
export class LeakyReLU extends Module {
	/** Slope below 0. */
	readonly negativeSlope: number;

	/** `LeakyReLU(0.2)` = `LeakyReLU({ negativeSlope: 0.2 })` */
	constructor(negativeSlope: number | { negativeSlope?: number } = 0.01) {
		super();
		this.negativeSlope =
			typeof negativeSlope === "object"
				? (negativeSlope.negativeSlope ?? 0.01)
				: negativeSlope;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.leakyRelu(x, this.negativeSlope);
	}

	override extraRepr(): string {
		return `negative_slope=${num(this.negativeSlope)}`;
	}
}

/** x where positive, else alpha · (exp(x) - 1). PyTorch: `torch.nn.ELU`. */
export class ELU extends Module {
	/** What the function goes to below 0, negated. */
	readonly alpha: number;

	/** `ELU(0.5)` = `ELU({ alpha: 0.5 })` */
	constructor(alpha: number | { alpha?: number } = 1) {
		super();
		this.alpha = typeof alpha === "object" ? (alpha.alpha ?? 1) : alpha;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.elu(x, this.alpha);
	}

	override extraRepr(): string {
		return `alpha=${float(this.alpha)}`;
	}
}

/** What `GELU` takes besides its positional arguments. */
export interface GELUOptions {
	/**
	 * How the normal distribution function is computed: "none" (exactly) or
	 * "tanh".
	 */
	readonly approximate?: "none" | "tanh";
}

/** x · Φ(x). PyTorch: `torch.nn.GELU`. */
export class GELU extends Module {
	/**
	 * How the normal distribution function is computed: "none" (exactly) or
	 * "tanh".
	 */
	readonly approximate: "none" | "tanh";

	/** `GELU("tanh")` = `GELU({ approximate: "tanh" })` */
	constructor(approximate: "none" | "tanh" | GELUOptions = {}) {
		super();
		this.approximate =
			typeof approximate === "object"
				? (approximate.approximate ?? "none")
				: approximate;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.gelu(x, { approximate: this.approximate });
	}

	override extraRepr(): string {
		return `approximate='${this.approximate}'`;
	}
}

/** x · sigmoid(x). PyTorch: `torch.nn.SiLU`. */
export class SiLU extends Module {
	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.silu(x);
	}
}

/** log(1 + exp(beta · x)) / beta. PyTorch: `torch.nn.Softplus`. */
export class Softplus extends Module {
	/** Factor of x; the sum is divided by it. */
	readonly beta: number;
	/** Above this, beta · x itself. */
	readonly threshold: number;

	/** `Softplus(2, 10)` = `Softplus({ beta: 2, threshold: 10 })` */
	constructor(
		beta: number | { beta?: number; threshold?: number } = 1,
		threshold = 20,
	) {
		super();
		const options = typeof beta === "object" ? beta : { beta, threshold };
		this.beta = options.beta ?? 1;
		this.threshold = options.threshold ?? 20;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.softplus(x, { beta: this.beta, threshold: this.threshold });
	}

	override extraRepr(): string {
		return `beta=${num(this.beta)}, threshold=${num(this.threshold)}`;
	}
}

/** x within [minVal, maxVal]. PyTorch: `torch.nn.Hardtanh`. */
export class Hardtanh extends Module {
	/** Lower bound. */
	readonly minVal: number;
	/** Upper bound. */
	readonly maxVal: number;

	/** `Hardtanh(0, 6)` = `Hardtanh({ minVal: 0, maxVal: 6 })` */
	constructor(
		minVal: number | { minVal?: number; maxVal?: number } = -1,
		maxVal = 1,
	) {
		super();
		const options = typeof minVal === "object" ? minVal : { minVal, maxVal };
		this.minVal = options.minVal ?? -1;
		this.maxVal = options.maxVal ?? 1;
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.hardtanh(x, this.minVal, this.maxVal);
	}

	override extraRepr(): string {
		return `min_val=${float(this.minVal)}, max_val=${float(this.maxVal)}`;
	}
}

/** x · clamp(x + 3, 0, 6) / 6. PyTorch: `torch.nn.Hardswish`. */
export class Hardswish extends Module {
	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.hardswish(x);
	}
}

/** 1 / (1 + exp(-x)). PyTorch: `torch.nn.Sigmoid`. */
export class Sigmoid extends Module {
	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return x.sigmoid();
	}
}

/** PyTorch: `torch.nn.Tanh`. */
export class Tanh extends Module {
	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return x.tanh();
	}
}

/** The dimension that PyTorch takes where none is given. */
function implicitDim(x: Tensor): number {
	const rank = x.dim();
	return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

function dimOf(dim: number | null | { dim?: number | null }): number | null {
	return typeof dim === "object" ? (dim?.dim ?? null) : dim;
}

function dimRepr(dim: number | null): string {
	return `dim=${dim === null ? "None" : dim}`;
}

/** PyTorch: `torch.nn.Softmax`. */
export class Softmax extends Module {
	/** The dimension. */
	readonly dim: number | null;

	/** `Softmax(1)` = `Softmax({ dim: 1 })` */
	constructor(dim: number | null | { dim?: number | null } = null) {
		super();
		this.dim = dimOf(dim);
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.softmax(x, this.dim ?? implicitDim(x));
	}

	override extraRepr(): string {
		return dimRepr(this.dim);
	}
}

/** PyTorch: `torch.nn.LogSoftmax`. */
export class LogSoftmax extends Module {
	/** The dimension. */
	readonly dim: number | null;

	/** `LogSoftmax(1)` = `LogSoftmax({ dim: 1 })` */
	constructor(dim: number | null | { dim?: number | null } = null) {
		super();
		this.dim = dimOf(dim);
	}

	override forward<D extends DType, S extends Shape>(
		x: Tensor<D, S>,
	): Tensor<D, S>;
	override forward(x: Tensor): Tensor {
		return F.logSoftmax(x, this.dim ?? implicitDim(x));
	}

	override extraRepr(): string {
		return dimRepr(this.dim);
	}
}
