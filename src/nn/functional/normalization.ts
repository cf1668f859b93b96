import { apply } from "../../autograd/apply.js";
import { noGrad } from "../../autograd/mode.js";
import { ShapeError } from "../../errors.js";
import { type Shape, sameShape, showShape } from "../../layout.js";
import { normalize, embedding as rows } from "../../ops/normalize.js";
import { scope } from "../../scope.js";
import { isOptions } from "../../tensor/arguments.js";
import type { Tensor } from "../../tensor.js";

/** What `BatchNorm` takes besides its positional arguments. */
export interface BatchNormOptions {
	/** [C] */
	readonly weight?: Tensor | null;
	/** [C] */
	readonly bias?: Tensor | null;
	/** Use the batch's own statistics, and let the running ones follow. */
	readonly training?: boolean;
	/** Share of the batch in the new running statistics; a 0-dimensional tensor too. */
	readonly momentum?: number | Tensor;
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
}

/**
 * Normalises every channel of x [N, C, …].
 * PyTorch: `torch.nn.functional.batch_norm`.
 * @throws ShapeError
 */
export function batchNorm(
	x: Tensor,
	runningMean: Tensor | null,
	runningVar: Tensor | null,
	options: BatchNormOptions | Tensor | null = {},
	offset: Tensor | null = null,
	train = false,
	rate: number | Tensor = 0.1,
	least = 1e-5,
): Tensor {
	const {
		weight = null,
		bias = null,
		training = false,
		momentum = 0.1,
		eps = 1e-5,
	} = isOptions<BatchNormOptions>(options)
		? options
		: {
				weight: options as Tensor | null,
				bias: offset,
				training: train,
				momentum: rate,
				eps: least,
			};
	const channels = x.shape[1];
	if (channels === undefined)
		throw new ShapeError(
			`expected 2D or more input [N, C, …] (got ${x.shape.length}D input)`,
		);
	const named = {
		// in the order in which PyTorch looks at them
		running_mean: runningMean,
		running_var: runningVar,
		weight,
		bias,
	};
	for (const [name, t] of Object.entries(named))
		if (t && t.numel() !== channels)
			throw new ShapeError(
				`${name} should contain ${channels} elements not ${t.numel()}`,
			);
	if (!training && !(runningMean && runningVar))
		throw new ShapeError("running_mean must be defined in evaluation mode");
	const dims = x.shape.map((_, d) => d).filter((d) => d !== 1);
	const shape = [channels, ...x.shape.slice(2).map(() => 1)];
	const count = x.numel() / Math.max(channels, 1);
	if (training && count === 1)
		throw new ShapeError(
			`Expected more than 1 value per channel when training, got input size torch.Size(${showShape(x.shape)})`,
		);
	const y = apply(
		normalize,
		[
			x,
			weight,
			bias,
			training ? null : runningMean,
			training ? null : runningVar,
		],
		{ node: "NativeBatchNormBackward0", dims, shape, eps },
	);
	if (training && runningMean && runningVar)
		follow(x, runningMean, runningVar, dims, momentum);
	return y;
}

/** Moves the running statistics towards the batch's; the variance is the unbiased one. */
function follow(
	x: Tensor,
	mean: Tensor,
	variance: Tensor,
	dims: readonly number[],
	momentum: number | Tensor,
): void {
	scope(() =>
		noGrad(() => {
			for (const [running, batch] of [
				[mean, x.mean(dims)],
				[variance, x.var(dims)],
			] as const)
				if (typeof momentum === "number")
					running.mul_(1 - momentum).add_(batch, { alpha: momentum });
				else running.mul_(momentum.neg().add(1)).add_(batch.mul(momentum));
		}),
	);
}

/** What `LayerNorm` takes besides its positional arguments. */
export interface LayerNormOptions {
	/** Factors of the result; null or false for none. */
	readonly weight?: Tensor | null;
	/** Added to the result; null or false for none. */
	readonly bias?: Tensor | null;
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
}

/**
 * Normalises over the last dimensions, whose sizes are `normalizedShape`.
 * PyTorch: `torch.nn.functional.layer_norm`.
 * @throws ShapeError
 */
export function layerNorm(
	x: Tensor,
	normalizedShape: Shape,
	options: LayerNormOptions | Tensor | null = {},
	offset: Tensor | null = null,
	least = 1e-5,
): Tensor {
	const {
		weight = null,
		bias = null,
		eps = 1e-5,
	} = isOptions<LayerNormOptions>(options)
		? options
		: { weight: options as Tensor | null, bias: offset, eps: least };
	const own = normalizedShape.length;
	if (own === 0)
		throw new ShapeError(
			"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []",
		);
	for (const [name, t] of [
		["weight", weight],
		["bias", bias],
	] as const)
		if (t && !sameShape(t.shape, normalizedShape))
			throw new ShapeError(
				`Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${showShape(t.shape)} and normalized_shape = ${showShape(normalizedShape)}`,
			);
	const lead = x.shape.length - own;
	if (lead < 0 || !sameShape(x.shape.slice(lead), normalizedShape))
		throw new ShapeError(
			`Given normalized_shape=${showShape(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size${showShape(x.shape)}`,
		);
	const dims = normalizedShape.map((_, i) => lead + i);
	return apply(normalize, [x, weight, bias, null, null], {
		node: "NativeLayerNormBackward0",
		dims,
		shape: normalizedShape,
		eps,
	});
}

/** What `embedding` takes besides its positional arguments. */
export interface EmbeddingOptions {
	/** A row that is not trained; from the back if negative. */
	readonly paddingIdx?: number | null;
	/** Longer rows are shortened to it, in the weight itself, when looked up. */
	readonly maxNorm?: number | null;
	/** Order of that norm; 2 unless said otherwise. */
	readonly normType?: number;
	/** Gradients are divided by how often a row was looked up. */
	readonly scaleGradByFreq?: boolean;
}

/**
 * Rows of `weight` [rows, size] by number. PyTorch: `torch.nn.functional.embedding`.
 * @throws ShapeError, DTypeError
 */
export function embedding(
	index: Tensor,
	weight: Tensor,
	paddingIdx: number | null | EmbeddingOptions = null,
	longest: number | null = null,
	order = 2,
	byFrequency = false,
): Tensor {
	const {
		paddingIdx: asked = null,
		maxNorm = null,
		normType = 2,
		scaleGradByFreq = false,
	} = isOptions<EmbeddingOptions>(paddingIdx)
		? paddingIdx
		: {
				paddingIdx: paddingIdx as number | null,
				maxNorm: longest,
				normType: order,
				scaleGradByFreq: byFrequency,
			};
	const count = weight.shape[0] ?? 0;
	if (asked !== null && (asked >= count || asked < -count))
		throw new ShapeError("Padding_idx must be within num_embeddings");
	if (maxNorm !== null && weight.dim() === 2)
		shorten(weight, index.reshape([-1]), maxNorm, normType);
	return apply(rows, [weight, index], {
		paddingIdx: asked !== null && asked < 0 ? asked + count : asked,
		scaleGradByFreq,
	});
}

/** Rows that are looked up, in place: none is longer than `maxNorm` then. */
function shorten(
	weight: Tensor,
	index: Tensor,
	maxNorm: number,
	normType: number,
): void {
	if (index.numel() === 0) return;
	scope(() =>
		noGrad(() => {
			const picked = weight.detach().indexSelect(0, index);
			const norm = picked.norm(normType, 1, { keepdim: true });
			const scale = norm.add(1e-7).reciprocal().mul(maxNorm);
			weight
				.detach()
				.indexPut_([index], picked.mul(scale.where(norm.gt(maxNorm), 1)));
		}),
	);
}
