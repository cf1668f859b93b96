import { isGradEnabled, isImplicitOne } from "../autograd/mode.js";
import { DTypeError, ShapeError } from "../errors.js";
import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { densified, freeTemporaries, torchName } from "./operands.js";
import { blamed, outOfClasses } from "./range.js";
import { defineOp } from "./registry.js";

export interface SoftmaxParams {
	readonly dim: number;
	readonly log: boolean;
}

/** softmax, or its logarithm, along one dimension, shifted by the maximum. */
export const softmax = defineOp<readonly [Tensor], SoftmaxParams>({
	name: "softmax",
	node: ({ log }) => (log ? "LogSoftmaxBackward0" : "SoftmaxBackward0"),
	savesOutput: true,
	forward: (x, [a], { dim, log }) => {
		if (a.dtype !== "float32" && a.layout.numel === 0)
			return x.empty(a.shape, a.dtype);
		if (a.dtype !== "float32") {
			const last = dim >= a.shape.length - 1;
			const kernel = last
				? `${log ? "log_" : ""}softmax_lastdim_kernel_impl`
				: "softmax_kernel_impl";
			throw new DTypeError(
				`"${kernel}" not implemented for '${torchName(a.dtype)}'. Convert with .to('float32')`,
			);
		}
		const y = x.empty(a.shape, "float32");
		x.k.softmax(a, y, dim, log);
		return y;
	},
	saved: (_inputs, y) => [y],
	backward: (g, node) => {
		const y = node.tensor(0);
		const { dim, log } = node.params;
		return [g.softmaxBackward(y, dim, log)];
	},
});

/** The gradient of softmax as an operation, differentiable by ordinary ones. */
export const softmaxBackward = defineOp<
	readonly [Tensor, Tensor],
	SoftmaxParams
>({
	name: "softmaxBackward",
	node: ({ log }) =>
		log ? "LogSoftmaxBackwardDataBackward0" : "SoftmaxBackwardDataBackward0",
	forward: (x, [g, y], { dim, log }) => {
		const dx = x.empty(y.shape, "float32");
		x.k.softmaxBackward(g, y, dx, dim, log);
		return dx;
	},
	saved: (inputs) => inputs,
	backward: (v, node) => {
		const g = node.tensor(0);
		const y = node.tensor(1);
		const { dim, log } = node.params;
		const keep = { keepdim: true };
		if (log) {
			// dx = g - exp(y) Σ g
			const p = y.exp();
			const vp = v.mul(p).sum(dim, keep);
			return [
				node.needs(0) ? v.sub(vp) : null,
				node.needs(1) ? v.mul(p).mul(g.sum(dim, keep)).neg() : null,
			];
		}
		// dx = y (g - Σ g y)
		const vy = v.mul(y).sum(dim, keep);
		const gy = g.mul(y).sum(dim, keep);
		return [
			node.needs(0) ? y.mul(v.sub(vy)) : null,
			node.needs(1) ? v.mul(g.sub(gy)).sub(g.mul(vy)) : null,
		];
	},
});

const SCALAR: Shape = [];

export interface CrossEntropyParams {
	readonly mean: boolean;
	readonly ignoreIndex: number;
	/** The gradient, made together with the loss if anybody wants it. */
	dx: Tensor | null;
	readonly wantsGrad: boolean;
}

/**
 * -log softmax(x)[target], mean or sum over N, for logits [N, C] and classes
 * [N], with its gradient in the same pass.
 * Source: PyTorch's `nll_loss(log_softmax(x, 1), target)`.
 */
export const crossEntropy = defineOp<
	readonly [Tensor, Tensor],
	CrossEntropyParams
>({
	name: "crossEntropy",
	node: "NllLossBackward0",
	forward: (x, inputs, p) => {
		const a = inputs[0];
		const t = inputs[1];
		const loss = x.empty(SCALAR, "float32");
		const dx = p.wantsGrad ? x.empty(a.shape, "float32") : null;
		const words = outOfClasses(a.shape[1] as number);
		const bad = x.k.crossEntropy(
			densified(x.k, a),
			densified(x.k, t),
			loss,
			dx,
			p.mean,
			p.ignoreIndex,
			blamed(words),
		);
		freeTemporaries();
		if (bad >= 0) {
			loss.dispose();
			dx?.dispose();
			throw new ShapeError(words(t.dataSync()[bad] as number, bad));
		}
		p.dx = dx;
		return loss;
	},
	keep: (node, inputs, loss, p) => {
		node.keep(p.dx, loss);
		node.keep(inputs[0], loss);
		node.keep(inputs[1], loss);
	},
	backward: (g, node) => [
		isGradEnabled()
			? decomposed(g, node.tensor(1), node.tensor(2), node.params)
			: isImplicitOne(g)
				? node.tensor(0)
				: node.tensor(0).mul(g),
		null,
	],
});

/** The gradient in ordinary operations, to be differentiated again. */
function decomposed(
	g: Tensor,
	x: Tensor,
	t: Tensor,
	{ mean, ignoreIndex }: CrossEntropyParams,
): Tensor {
	const valid = t.ne(ignoreIndex);
	const classes = t.where(valid, 0).unsqueeze(1);
	const hot = x.detach().zerosLike().scatter(1, classes, 1);
	const d = x.softmax(1).sub(hot).mul(valid.unsqueeze(1).to("float32"));
	return (mean ? d.div(valid.sum().to("float32")) : d).mul(g);
}
