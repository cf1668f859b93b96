import { DTypeError, ShapeError } from "../errors.js";
import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { torchName } from "./operands.js";
import { defineOp } from "./registry.js";

const KEEP = { keepdim: true } as const;

export interface NormalizeParams {
	readonly node: string;
	/** Dimensions over which mean and variance are taken. */
	readonly dims: readonly number[];
	/** The shape under which weight and bias meet x. */
	readonly shape: Shape;
	readonly eps: number;
}

type Inputs = readonly [
	x: Tensor,
	weight: Tensor | null,
	bias: Tensor | null,
	mean: Tensor | null,
	variance: Tensor | null,
];

interface Standard {
	/** (x - mean) / deviation. */
	readonly x: Tensor;
	/** 1 / deviation. */
	readonly scale: Tensor;
}

function standardized(
	x: Tensor,
	mean: Tensor | null,
	variance: Tensor | null,
	{ dims, shape, eps }: NormalizeParams,
): Standard {
	const center = mean ? mean.view(shape) : x.mean(dims, KEEP);
	const off = x.sub(center);
	const spread = variance
		? variance.view(shape)
		: off.mul(off).mean(dims, KEEP);
	const scale = spread.add(eps).rsqrt();
	return { x: off.mul(scale), scale };
}

/**
 * Subtracts the mean, divides by the deviation, then scales and shifts: batch
 * and layer normalisation. With `mean` and `variance` these are used, else x's own.
 */
export const normalize = defineOp<Inputs, NormalizeParams>({
	name: "normalize",
	node: ({ node }) => node,
	forward: (x, [a, weight, bias, mean, variance], p) => {
		if (a.dtype !== "float32")
			throw new DTypeError(
				`"${p.node.includes("Layer") ? "LayerNormKernelImpl" : "batch_norm"}" not implemented for '${torchName(a.dtype)}'. Convert with .to('float32')`,
			);
		return composed(x, null, () => {
			let y = standardized(a, mean, variance, p).x;
			if (weight) y = y.mul_(weight.view(p.shape));
			return bias ? y.add_(bias.view(p.shape)) : y;
		});
	},
	saved: ([a, weight, , mean, variance]) => [a, weight, mean, variance],
	backward: (g, node) => {
		const p = node.params;
		const weight = node.optional(1);
		const own = node.optional(2) === null;
		const standard = standardized(
			node.tensor(0),
			node.optional(2),
			node.optional(3),
			p,
		);
		const ofStandard = weight ? g.mul(weight.view(p.shape)) : g;
		const shared: number[] = [];
		g.shape.forEach((_, d) => {
			const at = d - (g.shape.length - p.shape.length);
			if (at < 0 || p.shape[at] === 1) shared.push(d);
		});
		const toWeight = (t: Tensor, i: number) =>
			(shared.length > 0 ? t.sum(shared) : t).reshape(node.shape(i));
		return [
			node.needs(0)
				? own
					? ownStatistics(ofStandard, standard, p.dims)
					: ofStandard.mul(standard.scale)
				: null,
			node.needs(1) ? toWeight(g.mul(standard.x), 1) : null,
			node.needs(2) ? toWeight(g, 2) : null,
			null,
			null,
		];
	},
});

/** The gradient through x, and through its own mean and variance. */
function ownStatistics(
	g: Tensor,
	{ x, scale }: Standard,
	dims: readonly number[],
): Tensor {
	const mean = g.mean(dims, KEEP);
	const slope = g.mul(x).mean(dims, KEEP);
	return g.sub(mean).sub(x.mul(slope)).mul(scale);
}

/** Rows of `weight` by number. */
export const embedding = defineOp<
	readonly [weight: Tensor, index: Tensor],
	{ readonly paddingIdx: number | null; readonly scaleGradByFreq?: boolean }
>({
	name: "embedding",
	node: "EmbeddingBackward0",
	forward: (x, [weight, index]) => {
		if (weight.shape.length !== 2) throw new ShapeError("'weight' must be 2-D");
		if (index.dtype !== "int32" && index.dtype !== "uint8")
			throw new DTypeError(
				`Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${torchName(index.dtype)}Tensor instead (while checking arguments for embedding). Convert with .to('int32')`,
			);
		return composed(x, null, () =>
			weight
				.indexSelect(0, index.reshape([-1]))
				.view([...index.shape, weight.shape[1] as number]),
		);
	},
	saved: ([, index]) => [index],
	backward: (g, node) => {
		const [rows = 0, size = 0] = node.shape(0);
		const index = node.tensor(0).reshape([-1]);
		const { paddingIdx, scaleGradByFreq } = node.params;
		let slices = g.reshape([index.numel(), size]);
		if (scaleGradByFreq) {
			const times = g
				.newZeros([rows])
				.indexAdd(0, index, g.newFull([index.numel()], 1));
			slices = slices.div(times.indexSelect(0, index).unsqueeze(1));
		}
		const counted =
			paddingIdx === null
				? slices
				: slices.maskedFill(index.eq(paddingIdx).unsqueeze(1), 0);
		return [g.newZeros([rows, size]).indexAdd(0, index, counted), null];
	},
});
