/**
 * Losses as modules. Each has the options of its function as fields, and
 * hands itself over as the options.
 */
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import * as F from "./functional.js";
import { Module } from "./module.js";

/** What becomes of the losses: their mean, their sum, or themselves. */
export type Reduction = "mean" | "sum" | "none";

/** What `Loss` takes besides its positional arguments. */
export interface LossOptions {
	/** What becomes of the losses: their mean, their sum, or themselves. */
	readonly reduction?: Reduction;
}

/** What `WeightedLoss` takes besides its positional arguments. */
export interface WeightedLossOptions extends LossOptions {
	/** Factors, for each class or element. */
	readonly weight?: Tensor | null;
}

abstract class Loss extends Module {
	/** What becomes of the losses: their mean, their sum, or themselves. */
	reduction: Reduction;

	constructor({ reduction = "mean" }: LossOptions = {}) {
		super();
		this.reduction = reduction;
	}

	abstract override forward(input: Tensor, target: Tensor): Tensor;
}

abstract class WeightedLoss extends Loss {
	/** Factor of each class, or null. */
	declare weight: Tensor | null;

	constructor({ weight = null, ...options }: WeightedLossOptions = {}) {
		super(options);
		this.registerBuffer("weight", weight);
	}
}

/** PyTorch takes the weight by position too. */
function weighted<O extends WeightedLossOptions>(settings: Tensor | O): O {
	return isTensor(settings)
		? ({ weight: settings } as unknown as O)
		: (settings as O);
}

/** What `NLLLoss` takes besides its positional arguments. */
export interface NLLLossOptions extends WeightedLossOptions {
	/** Targets of this class do not count; -100 unless said otherwise. */
	readonly ignoreIndex?: number;
}

/** What `CrossEntropyLoss` takes besides its positional arguments. */
export interface CrossEntropyLossOptions extends NLLLossOptions {
	/** Share of the target that is spread evenly over all classes, 0 to 1. */
	readonly labelSmoothing?: number;
}

/**
 * Softmax and negative log likelihood of logits [N, C, …] with classes [N, …]
 * or class probabilities. PyTorch: `torch.nn.CrossEntropyLoss`.
 */
export class CrossEntropyLoss extends WeightedLoss {
	/** Targets of this class count for nothing. */
	ignoreIndex: number;
	/** Share of the target that is spread over all classes. */
	labelSmoothing: number;

	constructor(settings: Tensor | CrossEntropyLossOptions = {}) {
		const {
			ignoreIndex = -100,
			labelSmoothing = 0,
			...options
		} = weighted<CrossEntropyLossOptions>(settings);
		super(options);
		this.ignoreIndex = ignoreIndex;
		this.labelSmoothing = labelSmoothing;
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.crossEntropy(input, target, this);
	}
}

/** Of log-probabilities with classes. PyTorch: `torch.nn.NLLLoss`. */
export class NLLLoss extends WeightedLoss {
	/** Targets of this class count for nothing. */
	ignoreIndex: number;

	constructor(settings: Tensor | NLLLossOptions = {}) {
		const { ignoreIndex = -100, ...options } =
			weighted<NLLLossOptions>(settings);
		super(options);
		this.ignoreIndex = ignoreIndex;
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.nllLoss(input, target, this);
	}
}

/** Mean squared error. PyTorch: `torch.nn.MSELoss`. */
export class MSELoss extends Loss {
	override forward(input: Tensor, target: Tensor): Tensor {
		return F.mseLoss(input, target, this);
	}
}

/** Mean absolute error. PyTorch: `torch.nn.L1Loss`. */
export class L1Loss extends Loss {
	override forward(input: Tensor, target: Tensor): Tensor {
		return F.l1Loss(input, target, this);
	}
}

/** What `SmoothL1Loss` takes besides its positional arguments. */
export interface SmoothL1LossOptions extends LossOptions {
	/** Where squares end and absolute values begin. */
	readonly beta?: number;
}

/** Squares near 0, absolute values beyond. PyTorch: `torch.nn.SmoothL1Loss`. */
export class SmoothL1Loss extends Loss {
	/** Where the square goes over into the absolute value. */
	beta: number;

	constructor({ beta = 1, ...options }: SmoothL1LossOptions = {}) {
		super(options);
		this.beta = beta;
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.smoothL1Loss(input, target, this);
	}
}

/** What `HuberLoss` takes besides its positional arguments. */
export interface HuberLossOptions extends LossOptions {
	/** Where squares end and absolute values begin. */
	readonly delta?: number;
}

/** Squares near 0, a line of slope delta beyond. PyTorch: `torch.nn.HuberLoss`. */
export class HuberLoss extends Loss {
	/** Where the square goes over into the line. */
	delta: number;

	constructor({ delta = 1, ...options }: HuberLossOptions = {}) {
		super(options);
		this.delta = delta;
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.huberLoss(input, target, this);
	}
}

/** Binary cross-entropy of probabilities. PyTorch: `torch.nn.BCELoss`. */
export class BCELoss extends WeightedLoss {
	constructor(settings: Tensor | WeightedLossOptions = {}) {
		super(weighted(settings));
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.binaryCrossEntropy(input, target, this);
	}
}

/** What `BCEWithLogitsLoss` takes besides its positional arguments. */
export interface BCEWithLogitsLossOptions extends WeightedLossOptions {
	/** Factor of the positive targets. */
	readonly posWeight?: Tensor | null;
}

/** Binary cross-entropy of logits. PyTorch: `torch.nn.BCEWithLogitsLoss`. */
export class BCEWithLogitsLoss extends WeightedLoss {
	/** Factor of the positive answers, or null. */
	declare posWeight: Tensor | null;

	constructor(settings: Tensor | BCEWithLogitsLossOptions = {}) {
		const { posWeight = null, ...options } =
			weighted<BCEWithLogitsLossOptions>(settings);
		super(options);
		this.registerBuffer("posWeight", posWeight);
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.binaryCrossEntropyWithLogits(input, target, this);
	}
}

/** What `KLDivLoss` takes besides its positional arguments. */
export interface KLDivLossOptions {
	/** What becomes of the losses: their mean, their sum, or themselves. */
	readonly reduction?: Reduction | "batchmean";
	/** Whether the target is logarithms too. */
	readonly logTarget?: boolean;
}

/** Kullback-Leibler divergence of log-probabilities. PyTorch: `torch.nn.KLDivLoss`. */
export class KLDivLoss extends Module {
	/** What becomes of the losses: their mean, their sum, or themselves. */
	reduction: Reduction | "batchmean";
	/** Whether targets are logarithms. */
	logTarget: boolean;

	constructor({
		reduction = "mean",
		logTarget = false,
	}: KLDivLossOptions = {}) {
		super();
		this.reduction = reduction;
		this.logTarget = logTarget;
	}

	override forward(input: Tensor, target: Tensor): Tensor {
		return F.klDiv(input, target, this);
	}
}
