import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { float, num } from "../repr.js";

export interface ReLUOptions {
	/** Overwrites the input. */
	readonly inplace?: boolean;
}

/** max(x, 0). PyTorch: `torch.nn.ReLU`. */
export class ReLU extends Module {
	readonly inplace: boolean;

	constructor({ inplace = false }: ReLUOptions = {}) {
		super();
		this.inplace = inplace;
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
	constructor(readonly negativeSlope = 0.01) {
		super();
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
	constructor(readonly alpha = 1) {
		super();
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

export interface GELUOptions {
	readonly approximate?: "none" | "tanh";
}

/** x · Φ(x). PyTorch: `torch.nn.GELU`. */
export class GELU extends Module {
	readonly approximate: "none" | "tanh";

	constructor({ approximate = "none" }: GELUOptions = {}) {
		super();
		this.approximate = approximate;
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
	constructor(
		readonly beta = 1,
		/** Above this, beta · x itself. */
		readonly threshold = 20,
	) {
		super();
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
	constructor(
		readonly minVal = -1,
		readonly maxVal = 1,
	) {
		super();
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

function dimRepr(dim: number | null): string {
	return `dim=${dim === null ? "None" : dim}`;
}

/** PyTorch: `torch.nn.Softmax`. */
export class Softmax extends Module {
	constructor(readonly dim: number | null = null) {
		super();
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
	constructor(readonly dim: number | null = null) {
		super();
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
