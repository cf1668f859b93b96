import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { torchName } from "./operands.js";
import { countOf, type DimsParams, widened } from "./reduce.js";
import { defineOp } from "./registry.js";

type One = readonly [Tensor];

const KEEP = { keepdim: true } as const;

function floatsOnly(name: string, a: Tensor): void {
	if (a.dtype !== "float32")
		throw new DTypeError(
			`${name} only support floating point and complex dtypes, but got ${torchName(a.dtype)}. Convert with .to('float32')`,
		);
}

export interface VarParams extends DimsParams {
	/** Subtracted from the count: 1 is Bessel's correction. */
	readonly correction: number;
}

function freedom(a: Tensor, p: VarParams): number {
	return Math.max(countOf(a.shape, p.dims) - p.correction, 0);
}

function variance(a: Tensor, p: VarParams): Tensor {
	const off = a.sub(a.mean(p.dims, KEEP));
	return off.mul(off).sum(p.dims, { keepdim: p.keepdim }).div(freedom(a, p));
}

/** Gradient of the variance: 2 (x - mean) / freedom. */
function varianceGradient(g: Tensor, a: Tensor, p: VarParams): Tensor {
	return widened(g, a.shape, p)
		.mul(2 / freedom(a, p))
		.mul(a.sub(a.mean(p.dims, KEEP)));
}

/** Over no dimension there is nothing to average, and mean() would take all of them. */
function overAll(p: VarParams, a: Tensor): VarParams {
	return p.dims.length === 0 && a.shape.length > 0
		? { ...p, dims: a.shape.map((_, i) => i) }
		: p;
}

export const variances = defineOp<One, VarParams>({
	name: "var",
	node: "VarBackward0",
	forward: (x, [a], p) => {
		floatsOnly("std and var", a);
		return composed(x, null, () => variance(a, overAll(p, a)));
	},
	saved: ([a]) => [a],
	backward: (g, n) => [varianceGradient(g, n.tensor(0), n.params)],
});

export const deviations = defineOp<One, VarParams>({
	name: "std",
	node: "StdBackward0",
	forward: (x, [a], p) => {
		floatsOnly("std and var", a);
		return composed(x, null, () => variance(a, overAll(p, a)).sqrt());
	},
	saved: ([a], y) => [a, y],
	backward: (g, n) => {
		const y = n.tensor(1);
		const ofVariance = g.div(y.mul(2)).maskedFill(y.eq(0), 0);
		return [varianceGradient(ofVariance, n.tensor(0), n.params)];
	},
});

export interface NormParams extends DimsParams {
	/** Which norm: 0 and ±Infinity have their limits' meaning. */
	readonly p: number;
}

function normOf(a: Tensor, { p, dims, keepdim }: NormParams): Tensor {
	const keep = { keepdim };
	if (dims.length === 0) return p === 0 ? a.ne(0).to("float32") : a.abs();
	switch (p) {
		case 0:
			return a.ne(0).to("float32").sum(dims, keep);
		case 1:
			return a.abs().sum(dims, keep);
		case 2:
			return a.mul(a).sum(dims, keep).sqrt();
		case Number.POSITIVE_INFINITY:
			return a.abs().amax(dims, keep);
		case Number.NEGATIVE_INFINITY:
			return a.abs().amin(dims, keep);
		default:
			return a
				.abs()
				.pow(p)
				.sum(dims, keep)
				.pow(1 / p);
	}
}

/** Source: PyTorch's `norm_backward`. */
function normGradient(g: Tensor, a: Tensor, y: Tensor, p: number): Tensor {
	switch (p) {
		case 1:
			return a.sign().mul(g);
		case 2:
			return a.mul(g.div(y).maskedFill(y.eq(0), 0));
		case Number.POSITIVE_INFINITY:
		case Number.NEGATIVE_INFINITY: {
			const hit = a.abs().eq(y).to("float32");
			return a.sign().mul(hit);
		}
	}
	if (p < 2) {
		const steep = a.sign().mul(a.abs().pow(p - 1));
		const scale =
			p < 1 ? g.mul(y.pow(1 - p)) : g.div(y.pow(p - 1)).maskedFill(y.eq(0), 0);
		return (p < 1 ? steep.maskedFill(a.eq(0), 0) : steep).mul(scale);
	}
	const scale = g.div(y.pow(p - 1)).maskedFill(y.eq(0), 0);
	return a.mul(a.abs().pow(p - 2)).mul(scale);
}

export const norms = defineOp<One, NormParams>({
	name: "norm",
	node: "NormBackward1",
	forward: (x, [a], params) => {
		if (a.dtype !== "float32")
			throw new DTypeError(
				`norm(): input dtype should be either floating point or complex. Got ${torchName(a.dtype)} instead.`,
			);
		return composed(x, null, () =>
			// of nothing it is 0, for every p
			a.numel() > 0 ? normOf(a, params) : a.sum(params.dims, params),
		);
	},
	saved: ([a], y) => [a, y],
	backward: (g, n) => {
		const { p, dims } = n.params;
		if (p === 0) return [null];
		const a = n.tensor(0);
		const wide = widened(g, a.shape, n.params);
		const y = widened(n.tensor(1), a.shape, n.params);
		const grad = normGradient(wide, a, y, p);
		if (Math.abs(p) !== Number.POSITIVE_INFINITY) return [grad];
		// Ties share the gradient equally.
		const hits = a.abs().eq(y).to("float32");
		return [grad.mul(wide.div(dims.length > 0 ? hits.sum(dims, KEEP) : hits))];
	},
});

/** log Σ exp(x), shifted by the maximum. */
export const logsumexp = defineOp<One, DimsParams>({
	name: "logsumexp",
	node: "LogsumexpBackward0",
	forward: (x, [a], { dims, keepdim }) => {
		return composed(x, null, () => {
			if (a.dtype !== "float32")
				return a.to("float32").logsumexp(dims, { keepdim });
			if (dims.length === 0) return a.clone();
			if (a.numel() === 0) return a.exp().sum(dims, { keepdim }).log();
			const top = a.amax(dims, KEEP);
			// infinite maxima would give inf - inf
			const shift = top.maskedFill(top.abs().eq(Number.POSITIVE_INFINITY), 0);
			const sum = a.sub(shift).exp().sum(dims, KEEP).log().add(shift);
			return keepdim
				? sum
				: sum.view(a.shape.filter((_, i) => !dims.includes(i)));
		});
	},
	saved: ([a], y) => [a, y],
	backward: (g, n) => {
		const a = n.tensor(0);
		const y = widened(n.tensor(1), a.shape, n.params);
		return [widened(g, a.shape, n.params).mul(a.sub(y).exp())];
	},
});
