import { apply } from "../../autograd/apply.js";
import { isGradEnabled } from "../../autograd/mode.js";
import { DTypeError, ShapeError } from "../../errors.js";
import { sameShape, showShape } from "../../layout.js";
import { crossEntropy as fused } from "../../ops/loss.js";
import { nllLoss as nll, targetWeights } from "../../ops/losses.js";
import { torchName } from "../../ops/operands.js";
import { type Reduction, reduceLoss } from "../../ops/reduction.js";
import type { Tensor } from "../../tensor.js";
import { isTensor } from "../../tensor-base.js";

/** What `Nll` takes besides its positional arguments. */
export interface NllOptions {
	/** A factor for each class, [C]. */
	readonly weight?: Tensor | null;
	/** Targets of this class do not count. */
	readonly ignoreIndex?: number;
	/** What becomes of the losses: their mean, their sum, or themselves. */
	readonly reduction?: Reduction;
}

/** What `CrossEntropy` takes besides its positional arguments. */
export interface CrossEntropyOptions extends NllOptions {
	/** Share of the target that is spread evenly over all classes, 0 to 1. */
	readonly labelSmoothing?: number;
}

const NONE: CrossEntropyOptions = {};

/**
 * Cross-entropy of logits with classes or class probabilities.
 * PyTorch: `torch.nn.functional.cross_entropy`.
 *
 * @param x logits [N, C], [C] or [N, C, d…]
 * @param target int32 classes [N], [] or [N, d…]; or float32 probabilities of x's shape
 * @throws ShapeError if sizes do not fit or a class is out of range
 * @throws DTypeError if the logits are not float32
 */
export function crossEntropy(
	x: Tensor,
	target: Tensor,
	options: CrossEntropyOptions | Tensor = NONE,
): Tensor {
	if (isTensor(options))
		return crossEntropy(x, target, { weight: options as Tensor });
	const {
		weight = null,
		ignoreIndex = -100,
		reduction = "mean",
		labelSmoothing = 0,
	} = options;
	if (
		x.shape.length === 2 &&
		target.shape.length === 1 &&
		weight === null &&
		labelSmoothing === 0 &&
		(reduction === "mean" || reduction === "sum") &&
		target.dtype === "int32" &&
		x.dtype === "float32" &&
		x.shape[0] === target.shape[0]
	) {
		const params = {
			mean: reduction === "mean",
			ignoreIndex,
			dx: null as Tensor | null,
			wantsGrad: isGradEnabled() && x.requiresGrad,
		};
		const loss = apply(fused, [x, target], params);
		// The graph keeps its memory; the handle has served.
		params.dx?.recycle();
		return loss;
	}
	if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
		throw new ShapeError(
			`label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`,
		);
	const classDim = x.shape.length === 1 ? 0 : 1;
	if (sameShape(x.shape, target.shape)) {
		if (target.dtype !== "float32")
			throw new DTypeError(
				`Expected floating point type for target with class probabilities, got ${torchName(target.dtype)}`,
			);
		if (ignoreIndex >= 0)
			throw new ShapeError(
				"ignore_index is not supported for floating point target",
			);
		return ofProbabilities(
			x.logSoftmax(classDim),
			target,
			classDim,
			weight,
			labelSmoothing,
			reduction,
		);
	}
	const logp = x.logSoftmax(classDim);
	const nll = nllLoss(logp, target, options);
	if (labelSmoothing === 0) return nll;
	const classes = x.shape[classDim] as number;
	const smooth = spread(logp, target, classDim, weight, ignoreIndex, reduction);
	return nll.mul(1 - labelSmoothing).add(smooth.mul(labelSmoothing / classes));
}

/** `weight` along the classes of something of `rank` dimensions. */
function alongClasses(weight: Tensor, rank: number, classDim: number): Tensor {
	return weight.view(
		Array.from({ length: rank }, (_, i) => (i === classDim ? -1 : 1)),
	);
}

function ofProbabilities(
	logp: Tensor,
	target: Tensor,
	classDim: number,
	weight: Tensor | null,
	labelSmoothing: number,
	reduction: Reduction,
): Tensor {
	const classes = logp.shape[classDim] as number;
	const mixed =
		labelSmoothing === 0
			? target
			: target.mul(1 - labelSmoothing).add(labelSmoothing / classes);
	let product = logp.mul(mixed);
	if (weight)
		product = product.mul(alongClasses(weight, logp.shape.length, classDim));
	if (reduction === "none") return product.sum(classDim).neg();
	const sum = product.sum().neg();
	return reduction === "sum" ? sum : sum.dividedBy(logp.numel() / classes);
}

/** The part of the loss that label smoothing adds: -Σ log p over all classes. */
function spread(
	logp: Tensor,
	target: Tensor,
	classDim: number,
	weight: Tensor | null,
	ignoreIndex: number,
	reduction: Reduction,
): Tensor {
	const weighted = weight
		? logp.mul(alongClasses(weight, logp.shape.length, classDim))
		: logp;
	const counted = target.ne(ignoreIndex);
	const each = weighted.sum(classDim).neg().where(counted, 0);
	if (reduction !== "mean") return reduceLoss(each, reduction);
	return each
		.sum()
		.div(targetWeights(target.where(counted, 0), counted, weight).sum());
}

/**
 * Negative log likelihood: minus the entry of each target's class.
 * PyTorch: `torch.nn.functional.nll_loss`.
 *
 * @param x log-probabilities [N, C], [C] or [N, C, d…]
 * @param target int32 classes [N], [] or [N, d…]
 * @throws ShapeError if sizes do not fit or a class is out of range
 */
export function nllLoss(
	x: Tensor,
	target: Tensor,
	options: NllOptions | Tensor = NONE,
): Tensor {
	if (isTensor(options))
		return nllLoss(x, target, { weight: options as Tensor });
	const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
	checkTarget(x, target, weight, x.shape.length === 1 ? 0 : 1);
	return apply(nll, [x, target, weight], { ignoreIndex, reduction });
}

function checkTarget(
	x: Tensor,
	target: Tensor,
	weight: Tensor | null,
	classDim: number,
): void {
	const rank = x.shape.length;
	if (rank === 0)
		throw new ShapeError(`Expected 1 or more dimensions (got ${rank})`);
	if (rank > 1 && x.shape[0] !== target.shape[0])
		throw new ShapeError(
			`Expected input batch_size (${x.shape[0]}) to match target batch_size (${target.shape[0] ?? 1}).`,
		);
	const want = x.shape.filter((_, i) => i !== classDim);
	if (!sameShape(want, target.shape))
		throw new ShapeError(
			rank <= 2
				? `0D or 1D target tensor expected, multi-target not supported: the target has shape ${showShape(target.shape)}`
				: `Expected target size ${showShape(want)}, got ${showShape(target.shape)}`,
		);
	if (target.dtype === "float32" || target.dtype === "bool")
		throw new DTypeError(
			`expected scalar type Long but found ${torchName(target.dtype)}. Convert the classes with .to('int32')`,
		);
	const classes = x.shape[classDim] as number;
	if (weight && (weight.shape.length !== 1 || weight.shape[0] !== classes))
		throw new ShapeError(
			x.shape.length > 2
				? `weight tensor should be defined either for all or no classes: there are ${classes}, and weight has shape ${showShape(weight.shape)}`
				: `weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${showShape(weight.shape)}`,
		);
}
