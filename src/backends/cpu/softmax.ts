import type { Kernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf } from "./strides.js";

export interface SoftmaxExports {
	softmax(
		rank: number,
		x: number,
		xStep: number,
		y: number,
		yStep: number,
		n: number,
		log: number,
		work: number,
	): void;
	softmaxBackward(
		rank: number,
		g: number,
		gStep: number,
		y: number,
		yStep: number,
		dx: number,
		dxStep: number,
		n: number,
		log: number,
		work: number,
	): void;
	crossEntropy(
		x: number,
		xRow: number,
		xStep: number,
		t: number,
		tStep: number,
		loss: number,
		dx: number,
		dxRow: number,
		dxStep: number,
		m: number,
		n: number,
		mean: number,
		ignored: number,
		work: number,
	): number;
}

/**
 * Writes what `startLines` in the core reads: all dimensions but `dim`.
 * @returns how many they are
 */
function describeLines(
	core: Core,
	dim: number,
	a: View,
	b: View,
	c: View,
): number {
	let at = core.scratch >> 2;
	for (let i = a.layout.rank - 1; i >= 0; i--) {
		if (i === dim) continue;
		core.i32[at] = a.layout.shape[i] as number;
		core.i32[at + 1] = (a.layout.strides[i] as number) * 4;
		core.i32[at + 2] = (b.layout.strides[i] as number) * 4;
		core.i32[at + 3] = (c.layout.strides[i] as number) * 4;
		at += 5;
	}
	return Math.max(a.layout.rank - 1, 0);
}

/** Bytes between neighbours along dim; a 0-dimensional tensor is a line of one. */
function stepOf(v: View, dim: number): number {
	const size = v.layout.shape[dim] ?? 1;
	return size === 1 ? 4 : (v.layout.strides[dim] as number) * 4;
}

export function softmaxKernels(
	core: Core,
): Pick<Kernels, "softmax" | "softmaxBackward" | "crossEntropy"> {
	const { x: wasm } = core;
	return {
		softmax(x, y, dim, log) {
			if (x.layout.numel === 0) return;
			const n = x.layout.shape[dim] ?? 1;
			const work = core.workspace(n * 8);
			wasm.softmax(
				describeLines(core, dim, x, y, y),
				addressOf(x),
				stepOf(x, dim),
				addressOf(y),
				stepOf(y, dim),
				n,
				log ? 1 : 0,
				work,
			);
		},

		softmaxBackward(g, y, dx, dim, log) {
			if (g.layout.numel === 0) return;
			const n = g.layout.shape[dim] ?? 1;
			const work = core.workspace(n * 12);
			wasm.softmaxBackward(
				describeLines(core, dim, g, y, dx),
				addressOf(g),
				stepOf(g, dim),
				addressOf(y),
				stepOf(y, dim),
				addressOf(dx),
				stepOf(dx, dim),
				n,
				log ? 1 : 0,
				work,
			);
		},

		crossEntropy(x, t, loss, dx, mean, ignoreIndex) {
			const m = x.layout.shape[0] as number;
			const n = x.layout.shape[1] as number;
			const work = core.workspace(n * 8);
			return wasm.crossEntropy(
				addressOf(x),
				(x.layout.strides[0] as number) * 4,
				stepOf(x, 1),
				addressOf(t),
				(t.layout.strides[0] as number) * 4,
				addressOf(loss),
				dx ? addressOf(dx) : 0,
				dx ? (dx.layout.strides[0] as number) * 4 : 0,
				dx ? stepOf(dx, 1) : 0,
				m,
				n,
				mean ? 1 : 0,
				ignoreIndex,
				work,
			);
		},
	};
}
