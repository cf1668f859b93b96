import type { DeviceName } from "../../backends/backend.js";
import { ones, tensor, zeros } from "../../creation.js";
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { ones_, zeros_ } from "../init.js";
import { Module } from "../module.js";
import { emptyParameter, type Parameter } from "../parameter.js";
import { bool, float, num, tuple } from "../repr.js";
import { assertCount } from "./linear.js";

/** What `BatchNorm` takes besides its positional arguments. */
export interface BatchNormOptions {
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
	/** Share of a new batch in the running statistics; null: all batches alike. */
	readonly momentum?: number | null;
	/** Whether the module has weight and bias. */
	readonly affine?: boolean;
	/** Whether running statistics are kept for evaluation. */
	readonly trackRunningStats?: boolean;
	/** Where the parameters are made. */
	readonly device?: DeviceName;
}

/** What BatchNorm1d and BatchNorm2d share: all but the input's rank. */
export abstract class BatchNorm extends Module {
	/** Factors of the result; null or false for none. */
	weight: Parameter | null;
	/** Added to the result; null or false for none. */
	bias: Parameter | null;
	/** [numFeatures] */
	declare runningMean: Tensor | null;
	/** [numFeatures] */
	declare runningVar: Tensor | null;
	/** int32, 0-dimensional */
	declare numBatchesTracked: Tensor | null;
	/** Added to denominators, against division by 0. */
	readonly eps: number;
	/** Share of the batch in the new running statistics. */
	momentum: number | null;
	/** Whether the module has weight and bias. */
	readonly affine: boolean;
	/** Whether running statistics are kept for evaluation. */
	readonly trackRunningStats: boolean;

	constructor(
		/** Number of channels. */
		readonly numFeatures: number,
		/** PyTorch takes `eps` and `momentum` by position too. */
		settings: number | BatchNormOptions = {},
		momentumOnly?: number | null,
	) {
		super();
		const {
			eps = 1e-5,
			momentum = 0.1,
			affine = true,
			trackRunningStats = true,
			...options
		} = typeof settings === "object"
			? settings
			: momentumOnly === undefined
				? { eps: settings }
				: { eps: settings, momentum: momentumOnly };
		assertCount("num_features", numFeatures);
		this.eps = eps;
		this.momentum = momentum;
		this.affine = affine;
		this.trackRunningStats = trackRunningStats;
		this.weight = affine ? emptyParameter([numFeatures], options) : null;
		this.bias = affine ? emptyParameter([numFeatures], options) : null;
		const track = trackRunningStats;
		this.registerBuffer(
			"runningMean",
			track ? zeros([numFeatures], options) : null,
		);
		this.registerBuffer(
			"runningVar",
			track ? ones([numFeatures], options) : null,
		);
		this.registerBuffer(
			"numBatchesTracked",
			track ? tensor(0, { dtype: "int32", ...options }) : null,
		);
		this.resetParameters();
	}

	/** Forgets the running statistics. */
	resetRunningStats(): void {
		if (this.runningMean) zeros_(this.runningMean);
		if (this.runningVar) ones_(this.runningVar);
		if (this.numBatchesTracked) zeros_(this.numBatchesTracked);
	}

	/** Draws initial weights anew, as PyTorch. */
	resetParameters(): void {
		this.resetRunningStats();
		if (this.weight) ones_(this.weight);
		if (this.bias) zeros_(this.bias);
	}

	/** @internal @throws ShapeError unless x has the layer's number of dimensions */
	protected abstract assertRank(x: Tensor): void;

	override forward(x: Tensor): Tensor {
		this.assertRank(x);
		const learns = this.training && this.trackRunningStats;
		let factor: number | Tensor = this.momentum ?? 0;
		if (learns && this.numBatchesTracked) {
			this.numBatchesTracked.add_(1);
			// on the device: a GPU cannot be read here
			if (this.momentum === null) factor = this.numBatchesTracked.reciprocal();
		}
		const uses = !this.training || this.trackRunningStats;
		const y = F.batchNorm(
			x,
			uses ? this.runningMean : null,
			uses ? this.runningVar : null,
			{
				weight: this.weight,
				bias: this.bias,
				training: this.training || this.runningMean === null,
				momentum: factor,
				eps: this.eps,
			},
		);
		if (typeof factor === "object") factor.dispose();
		return y;
	}

	/** Files from before PyTorch 0.4.1 do not count batches. */
	override mayLack(name: string): boolean {
		return name === "num_batches_tracked";
	}

	override extraRepr(): string {
		return `${this.numFeatures}, eps=${num(this.eps)}, momentum=${this.momentum === null ? "None" : float(this.momentum)}, affine=${bool(this.affine)}, track_running_stats=${bool(this.trackRunningStats)}`;
	}
}

/** Over the batch of [N, C] or [N, C, L]. PyTorch: `torch.nn.BatchNorm1d`. */
export class BatchNorm1d extends BatchNorm {
	protected override assertRank(x: Tensor): void {
		if (x.dim() !== 2 && x.dim() !== 3)
			throw new ShapeError(`expected 2D or 3D input (got ${x.dim()}D input)`);
	}
}

/** Over the batch and the pixels of [N, C, H, W]. PyTorch: `torch.nn.BatchNorm2d`. */
export class BatchNorm2d extends BatchNorm {
	protected override assertRank(x: Tensor): void {
		if (x.dim() !== 4)
			throw new ShapeError(`expected 4D input (got ${x.dim()}D input)`);
	}
}

/** What `LayerNorm` takes besides its positional arguments. */
export interface LayerNormOptions {
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
	/** Whether the module has weight and bias. */
	readonly elementwiseAffine?: boolean;
	/** Where the parameters are made. */
	readonly device?: DeviceName;
}

/** Over the last dimensions of each element. PyTorch: `torch.nn.LayerNorm`. */
export class LayerNorm extends Module {
	/** Sizes of the last dimensions, over which is normalised. */
	readonly normalizedShape: readonly number[];
	/** Factors of the result; null or false for none. */
	weight: Parameter | null;
	/** Added to the result; null or false for none. */
	bias: Parameter | null;
	/** Added to denominators, against division by 0. */
	readonly eps: number;
	/** Whether the module has weight and bias. */
	readonly elementwiseAffine: boolean;

	constructor(
		normalizedShape: number | readonly number[],
		settings: number | LayerNormOptions = {},
	) {
		super();
		const {
			eps = 1e-5,
			elementwiseAffine = true,
			...options
		} = typeof settings === "object" ? settings : { eps: settings };
		this.normalizedShape =
			typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
		this.eps = eps;
		this.elementwiseAffine = elementwiseAffine;
		const parameter = () => emptyParameter(this.normalizedShape, options);
		this.weight = elementwiseAffine ? parameter() : null;
		this.bias = elementwiseAffine ? parameter() : null;
		this.resetParameters();
	}

	/** Draws initial weights anew, as PyTorch. */
	resetParameters(): void {
		if (this.weight) ones_(this.weight);
		if (this.bias) zeros_(this.bias);
	}

	override forward(x: Tensor): Tensor {
		return F.layerNorm(x, this.normalizedShape, {
			weight: this.weight,
			bias: this.bias,
			eps: this.eps,
		});
	}

	override extraRepr(): string {
		return `${tuple(this.normalizedShape)}, eps=${num(this.eps)}, elementwise_affine=${bool(this.elementwiseAffine)}`;
	}
}
