import type { Kernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf } from "./strides.js";

export interface OptimExports {
	sgd(
		list: number,
		count: number,
		lr: number,
		momentum: number,
		share: number,
		decay: number,
		nesterov: number,
		maximize: number,
		first: number,
	): void;
	adam(
		p: number,
		g: number,
		mean: number,
		square: number,
		maximum: number,
		n: number,
		stepSize: number,
		beta1: number,
		rest1: number,
		beta2: number,
		rest2: number,
		correction: number,
		eps: number,
		decay: number,
		keep: number,
		maximize: number,
	): void;
	rmsprop(
		p: number,
		g: number,
		square: number,
		buffer: number,
		average: number,
		n: number,
		lr: number,
		alpha: number,
		rest: number,
		eps: number,
		decay: number,
		momentum: number,
		maximize: number,
	): void;
	adagrad(
		p: number,
		g: number,
		sum: number,
		n: number,
		lr: number,
		eps: number,
		decay: number,
		maximize: number,
	): void;
}

/** Parameters of one call: four words each in the core's scratch area. */
const RECORDS = 240;

/** Address of the i-th view, or 0 where the option that needs it is off. */
function addressAt(views: readonly View[], i: number): number {
	const v = views[i];
	return v ? addressOf(v) : 0;
}

export function optimKernels(
	core: Core,
): Pick<Kernels, "sgd" | "adam" | "rmsprop" | "adagrad"> {
	const { x } = core;
	return {
		sgd(params, grads, buffers, o) {
			for (let i = 0; i < params.length; i += RECORDS) {
				const count = Math.min(params.length - i, RECORDS);
				let at = core.scratch >> 2;
				for (let j = i; j < i + count; j++) {
					core.i32[at++] = addressAt(params, j);
					core.i32[at++] = addressAt(grads, j);
					core.i32[at++] = addressAt(buffers, j);
					core.i32[at++] = (params[j] as View).layout.numel;
				}
				x.sgd(
					core.scratch,
					count,
					o.lr,
					o.momentum,
					1 - o.dampening,
					o.weightDecay,
					o.nesterov ? 1 : 0,
					o.maximize ? 1 : 0,
					o.first ? 1 : 0,
				);
			}
		},

		adam(params, grads, means, squares, maxima, o) {
			const stepSize = o.lr / (1 - o.beta1 ** o.step);
			const correction = Math.sqrt(1 - o.beta2 ** o.step);
			for (let i = 0; i < params.length; i++)
				x.adam(
					addressAt(params, i),
					addressAt(grads, i),
					addressAt(means, i),
					addressAt(squares, i),
					addressAt(maxima, i),
					(params[i] as View).layout.numel,
					stepSize,
					o.beta1,
					1 - o.beta1,
					o.beta2,
					1 - o.beta2,
					correction,
					o.eps,
					o.decoupled ? 0 : o.weightDecay,
					o.decoupled ? 1 - o.lr * o.weightDecay : 1,
					o.maximize ? 1 : 0,
				);
		},

		rmsprop(params, grads, squares, buffers, averages, o) {
			for (let i = 0; i < params.length; i++)
				x.rmsprop(
					addressAt(params, i),
					addressAt(grads, i),
					addressAt(squares, i),
					addressAt(buffers, i),
					addressAt(averages, i),
					(params[i] as View).layout.numel,
					o.lr,
					o.alpha,
					1 - o.alpha,
					o.eps,
					o.weightDecay,
					o.momentum,
					o.maximize ? 1 : 0,
				);
		},

		adagrad(params, grads, sums, o) {
			for (let i = 0; i < params.length; i++)
				x.adagrad(
					addressAt(params, i),
					addressAt(grads, i),
					addressAt(sums, i),
					(params[i] as View).layout.numel,
					o.lr,
					o.eps,
					o.weightDecay,
					o.maximize ? 1 : 0,
				);
		},
	};
}
