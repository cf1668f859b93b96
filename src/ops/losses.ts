import { ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { blamed, isReadable, outOfClasses, watch } from "./range.js";
import { type Reduction, reduceLoss } from "./reduction.js";
import { type Arg, defineOp } from "./registry.js";

export interface LossParams {
	readonly reduction: Reduction;
}

/** The gradient of each element's loss, from that of the reduced one. */
function ofEach(g: Tensor, x: Tensor, reduction: Reduction): Tensor {
	return reduction === "mean" ? g.div(x.numel()) : g;
}

/** (x - t)². */
export const mseLoss = defineOp<readonly [Tensor, Tensor], LossParams>({
	name: "mseLoss",
	node: "MseLossBackward0",
	forward: (x, [a, t], { reduction }) =>
		composed(x, null, () => {
			const off = a.sub(t);
			return reduceLoss(off.mul(off), reduction);
		}),
	saved: (inputs) => inputs,
	backward: (g, n) => {
		const off = n.tensor(0).sub(n.tensor(1)).mul(2);
		const d = off.mul(ofEach(g, off, n.params.reduction));
		return [d, n.needs(1) ? d.neg() : null];
	},
});

/** A parabola within beta of the target, a line beyond; Huber's is beta times it. */
export const smoothL1Loss = defineOp<
	readonly [Tensor, Tensor],
	LossParams & { readonly beta: number; readonly huber?: boolean }
>({
	name: "smoothL1Loss",
	node: ({ huber }) => `${huber ? "Huber" : "SmoothL1"}LossBackward0`,
	forward: (x, [a, t], { reduction, beta, huber }) =>
		composed(x, null, () => {
			const off = a.sub(t).abs();
			const near = off.mul(off).mul(0.5 / beta);
			const each = near.where(off.lt(beta), off.sub(0.5 * beta));
			return reduceLoss(huber ? each.mul(beta) : each, reduction);
		}),
	saved: (inputs) => inputs,
	backward: (g, n) => {
		const { reduction, beta, huber } = n.params;
		const off = n.tensor(0).sub(n.tensor(1));
		const each = ofEach(g, off, reduction);
		const slope = (o: Tensor) => {
			// PyTorch asks x <= -beta first, so that without a parabola 0 falls left
			const line = beta > 0 ? o.sign() : o.gt(0).to("float32").mul(2).sub(1);
			const own = o.div(beta).where(o.abs().lt(beta), line);
			return own.mul(huber ? each.mul(beta) : each);
		};
		return [
			n.needs(0) ? slope(off) : null,
			n.needs(1) ? slope(off.neg()) : null,
		];
	},
});

/** PyTorch's lower bound of both logarithms. */
const LEAST_LOG = -100;

/** -(t log x + (1 - t) log(1 - x)) for probabilities x. */
export const binaryCrossEntropy = defineOp<
	readonly [Tensor, Tensor, Arg],
	LossParams
>({
	name: "binaryCrossEntropy",
	node: "BinaryCrossEntropyBackward0",
	forward: (x, [a, t, weight], { reduction }) =>
		composed(x, null, () => {
			const yes = t.mul(a.log().clamp(LEAST_LOG));
			const no = t.neg().add(1).mul(a.neg().log1p().clamp(LEAST_LOG));
			const each = yes.add(no).neg();
			return reduceLoss(weight === null ? each : each.mul(weight), reduction);
		}),
	saved: (inputs) => inputs,
	backward: (g, n) => {
		const x = n.tensor(0);
		const t = n.tensor(1);
		const weight = n.optional(2);
		const each = ofEach(weight ? g.mul(weight) : g, x, n.params.reduction);
		const rest = x.neg().add(1);
		return [
			n.needs(0) ? each.mul(x.sub(t)).div(rest.mul(x).clamp(1e-12)) : null,
			n.needs(1) ? each.mul(rest.log().sub(x.log())) : null,
			null,
		];
	},
});

/** As binaryCrossEntropy of sigmoid(x), without overflow. */
export const binaryCrossEntropyWithLogits = defineOp<
	readonly [Tensor, Tensor, Arg, Arg],
	LossParams
>({
	name: "binaryCrossEntropyWithLogits",
	node: "BinaryCrossEntropyWithLogitsBackward0",
	forward: (x, [a, t, weight, posWeight], { reduction }) =>
		composed(x, null, () => {
			const low = a.neg().clamp(0);
			const soft = a.abs().neg().exp().log1p().add(low);
			const factor =
				posWeight === null ? soft : soft.mul(positive(t, posWeight as Tensor));
			const each = t.neg().add(1).mul(a).add(factor);
			return reduceLoss(weight === null ? each : each.mul(weight), reduction);
		}),
	saved: (inputs) => inputs,
	backward: (g, n) => {
		const x = n.tensor(0);
		const t = n.tensor(1);
		const weight = n.optional(2);
		const posWeight = n.optional(3);
		const each = ofEach(weight ? g.mul(weight) : g, x, n.params.reduction);
		const s = x.sigmoid();
		// d/dx of (1 - t) x + f softplus(-x), f = 1 + (p - 1) t
		const slope = posWeight
			? s.mul(positive(t, posWeight)).sub(t.mul(posWeight))
			: s.sub(t);
		const ofTarget = () => {
			if (!posWeight) return x.neg();
			const soft = x.abs().neg().exp().log1p().add(x.neg().clamp(0));
			return soft.mul(posWeight.sub(1)).sub(x);
		};
		return [
			n.needs(0) ? each.mul(slope) : null,
			n.needs(1) ? each.mul(ofTarget()) : null,
			null,
			null,
		];
	},
});

/** 1 + (posWeight - 1) t. */
function positive(t: Tensor, posWeight: Tensor): Tensor {
	return t.mul(posWeight.sub(1)).add(1);
}

export interface NllParams extends LossParams {
	readonly ignoreIndex: number;
}

/** Classes with 0 where they do not count, and which count. */
function classesOf(target: Tensor, ignoreIndex: number): [Tensor, Tensor] {
	const counted = target.ne(ignoreIndex);
	return [target.where(counted, 0), counted];
}

/** The weight of each target: its class's, and 0 where it does not count. */
export function targetWeights(
	classes: Tensor,
	counted: Tensor,
	weight: Tensor | null,
): Tensor {
	if (weight === null) return counted.to("float32");
	return weight
		.indexSelect(0, classes.reshape([-1]))
		.reshape(classes.shape)
		.where(counted, 0);
}

/** Minus the entry of each target's class; classes lie along dimension 1, or 0 of a vector. */
export const nllLoss = defineOp<
	readonly [Tensor, Tensor, Tensor | null],
	NllParams
>({
	name: "nllLoss",
	node: (_p, [a]) =>
		a.shape.length > 2 ? "NllLoss2DBackward0" : "NllLossBackward0",
	forward: (x, [a, target, weight], { ignoreIndex, reduction }) =>
		composed(x, null, () => {
			const dim = a.shape.length === 1 ? 0 : 1;
			const [classes, counted] = classesOf(target, ignoreIndex);
			assertClasses(classes, a.shape[dim] as number);
			const weights = targetWeights(classes, counted, weight);
			const picked = a.gather(dim, classes.unsqueeze(dim)).squeeze(dim).neg();
			const each = (weight ? picked.mul(weights) : picked).where(counted, 0);
			return reduction === "mean"
				? each.sum().div(weights.sum())
				: reduceLoss(each, reduction);
		}),
	saved: ([, target, weight]) => [target, weight],
	backward: (g, n) => {
		const { ignoreIndex, reduction } = n.params;
		const shape = n.shape(0);
		const dim = shape.length === 1 ? 0 : 1;
		const [classes, counted] = classesOf(n.tensor(0), ignoreIndex);
		const weights = targetWeights(classes, counted, n.optional(1));
		const share = reduction === "mean" ? weights.div(weights.sum()) : weights;
		// where nothing counts, the mean divides by 0
		const d = share.neg().mul(g).where(counted, 0).unsqueeze(dim);
		return [
			g.newZeros(shape).scatterAdd(dim, classes.unsqueeze(dim), d),
			null,
			null,
		];
	},
});

/** @throws ShapeError naming the class that is out of range */
function assertClasses(classes: Tensor, count: number): void {
	const words = outOfClasses(count);
	if (!isReadable(classes)) {
		watch(classes, 0, count, blamed(words));
		return;
	}
	const values = classes.dataSync();
	for (let i = 0; i < values.length; i++) {
		const v = values[i] as number;
		if (v < 0 || v >= count) throw new ShapeError(words(v, i));
	}
}
