import { apply } from "../../autograd/apply.js";
import { DTypeError, ShapeError } from "../../errors.js";
import { sameShape, showShape } from "../../layout.js";
import * as losses from "../../ops/losses.js";
import { torchName } from "../../ops/operands.js";
import { isReadable, watchWhere } from "../../ops/range.js";
import { type Reduction, reduceLoss } from "../../ops/reduction.js";
import type { Tensor } from "../../tensor.js";

export type { Reduction };

/** What `Loss` takes besides its positional arguments. */
export interface LossOptions {
	/** How the elements' losses become the result: "mean" if left out. */
	readonly reduction?: Reduction;
}

/** What `WeightedLoss` takes besides its positional arguments. */
export interface WeightedLossOptions extends LossOptions {
	/** A factor for each element; broadcast. */
	readonly weight?: Tensor | null;
}

/**
 * Both in float32, as views of their common shape.
 * @throws DTypeError if neither is float32, ShapeError if they do not broadcast
 */
function paired(name: string, x: Tensor, target: Tensor): [Tensor, Tensor] {
	if (x.dtype !== "float32" && target.dtype !== "float32")
		throw new DTypeError(
			`"${name}" not implemented for '${torchName(x.dtype)}'. Convert with .to('float32')`,
		);
	const [a, b] = [x.to("float32"), target.to("float32")];
	if (sameShape(a.shape, b.shape)) return [a, b];
	const shape = a.broadcastShape(b);
	return [a.expand(shape), b.expand(shape)];
}

/** (x - target)². PyTorch: `torch.nn.functional.mse_loss`. */
export function mseLoss(
	x: Tensor,
	target: Tensor,
	{ reduction = "mean" }: LossOptions = {},
): Tensor {
	return apply(losses.mseLoss, paired("mse_cpu", x, target), { reduction });
}

/** |x - target|. PyTorch: `torch.nn.functional.l1_loss`. */
export function l1Loss(
	x: Tensor,
	target: Tensor,
	{ reduction = "mean" }: LossOptions = {},
): Tensor {
	const [a, b] = paired("l1_loss", x, target);
	return reduceLoss(a.sub(b).abs(), reduction);
}

/** A parabola within `beta` of the target, a line beyond. */
export function smoothL1Loss(
	x: Tensor,
	target: Tensor,
	{ reduction = "mean", beta = 1 }: LossOptions & { beta?: number } = {},
): Tensor {
	if (beta < 0)
		throw new ShapeError(
			"smooth_l1_loss does not support negative values for beta.",
		);
	return apply(losses.smoothL1Loss, paired("smooth_l1_cpu", x, target), {
		reduction,
		beta,
	});
}

/** A parabola within `delta` of the target, a line of that slope beyond. */
export function huberLoss(
	x: Tensor,
	target: Tensor,
	{ reduction = "mean", delta = 1 }: LossOptions & { delta?: number } = {},
): Tensor {
	if (!(delta > 0))
		throw new ShapeError(
			"huber_loss does not support non-positive values for delta.",
		);
	return apply(losses.smoothL1Loss, paired("huber_cpu", x, target), {
		reduction,
		beta: delta,
		huber: true,
	});
}

/**
 * Cross-entropy of probabilities x with targets within [0, 1].
 * @throws ShapeError if the sizes differ or an x is outside of [0, 1]
 */
export function binaryCrossEntropy(
	x: Tensor,
	target: Tensor,
	{ weight = null, reduction = "mean" }: WeightedLossOptions = {},
): Tensor {
	if (!sameShape(x.shape, target.shape))
		throw new ShapeError(
			`Using a target size (torch.Size(${showShape(target.shape)})) that is different to the input size (torch.Size(${showShape(x.shape)})) is deprecated. Please ensure they have the same size.`,
		);
	for (const t of [x, target])
		if (t.dtype !== "float32")
			throw new DTypeError(
				`Found dtype ${torchName(t.dtype)} but expected Float. Convert with .to('float32')`,
			);
	const [a, t] = [x, target];
	if (!isReadable(a))
		watchWhere(
			() => a.lt(0).logicalOr(a.gt(1)),
			(at) => outOfShares(`element ${at} is not`),
		);
	else
		for (const v of a.dataSync())
			if (v < 0 || v > 1) throw new ShapeError(outOfShares(`found ${v}`));
	return apply(losses.binaryCrossEntropy, [a, t, weight], { reduction });
}

const outOfShares = (found: string) =>
	`all elements of input should be between 0 and 1, but ${found}. Apply sigmoid, or use binaryCrossEntropyWithLogits`;

/** As `binaryCrossEntropy` of sigmoid(x), without overflow. */
export function binaryCrossEntropyWithLogits(
	x: Tensor,
	target: Tensor,
	{
		weight = null,
		posWeight = null,
		reduction = "mean",
	}: WeightedLossOptions & { posWeight?: Tensor | null } = {},
): Tensor {
	if (!sameShape(x.shape, target.shape))
		throw new ShapeError(
			`Target size (torch.Size(${showShape(target.shape)})) must be the same as input size (torch.Size(${showShape(x.shape)}))`,
		);
	const [a, t] = paired("binary_cross_entropy_with_logits", x, target);
	return apply(losses.binaryCrossEntropyWithLogits, [a, t, weight, posWeight], {
		reduction,
	});
}

/** What `KlDiv` takes besides its positional arguments. */
export interface KlDivOptions {
	/** "batchmean" divides the sum by the first dimension's size. */
	readonly reduction?: Reduction | "batchmean";
	/** The target holds logarithms too. */
	readonly logTarget?: boolean;
}

/** target (log target - x), for log-probabilities x. PyTorch: `torch.nn.functional.kl_div`. */
export function klDiv(
	x: Tensor,
	target: Tensor,
	{ reduction = "mean", logTarget = false }: KlDivOptions = {},
): Tensor {
	const [t, a] = paired("kl_div", target, x);
	const each = logTarget
		? t.exp().mul(t.sub(a))
		: // 0 log 0 is 0
			t.mul(t.log()).maskedFill(t.eq(0), 0).sub(t.mul(a));
	if (reduction === "batchmean")
		return x.dim() === 0 ? each.sum() : each.sum().div(x.size(0));
	return reduceLoss(each, reduction);
}
