import { Type } from "../../../assembly/kinds.js";
import type { Kernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf, Loops, strideOf } from "./strides.js";

export interface ScanExports {
	argReduceLoops(
		type: number,
		isMax: boolean,
		d: number,
		x: number,
		values: number,
		indices: number,
		stride: number,
		n: number,
	): void;
	cumsumLoops(
		type: number,
		d: number,
		x: number,
		y: number,
		strideX: number,
		strideY: number,
		n: number,
	): void;
	sortLoops(
		type: number,
		descending: boolean,
		d: number,
		x: number,
		values: number,
		indices: number,
		strideX: number,
		strideValues: number,
		strideIndices: number,
		n: number,
		work: number,
	): void;
}

/** Bytes of workspace for each element that is sorted. */
const SORT_WORK = 20;

function sizeAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 1 : (v.layout.shape[dim] as number);
}

function strideAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 0 : strideOf(v, dim);
}

/** What goes through one dimension in order. */
export function scanKernels(
	core: Core,
): Pick<Kernels, "argReduce" | "cumsum" | "sort"> {
	const { x: wasm } = core;
	const loops = new Loops(core);

	/** Loops over all dimensions but one. */
	function others(dim: number, a: View, b: View | null, c: View): number {
		const { shape } = a.layout;
		return loops
			.begin()
			.addDims(0, Math.min(dim, shape.length), shape, a, b, c, null)
			.addDims(dim + 1, shape.length, shape, a, b, c, null)
			.end();
	}

	return {
		argReduce(op, x, values, indices) {
			if (indices.layout.numel === 0) return;
			const { shape } = indices.layout;
			// any dimension of size 1 will do where x has none that is longer
			let dim = 0;
			for (let i = 0; i < shape.length; i++)
				if (shape[i] === 1 && (shape[dim] !== 1 || x.layout.shape[i] !== 1))
					dim = i;
			wasm.argReduceLoops(
				Type[x.dtype],
				op === "max",
				others(dim, x, values, indices),
				addressOf(x),
				values === null ? 0 : addressOf(values),
				addressOf(indices),
				strideAt(x, dim),
				sizeAt(x, dim),
			);
		},
		cumsum(x, y, dim) {
			if (y.layout.numel === 0) return;
			const { shape } = x.layout;
			const d = loops
				.begin()
				.addDims(0, Math.min(dim, shape.length), shape, x, y, null, null)
				.addDims(dim + 1, shape.length, shape, x, y, null, null)
				.end();
			wasm.cumsumLoops(
				Type[x.dtype],
				d,
				addressOf(x),
				addressOf(y),
				strideAt(x, dim),
				strideAt(y, dim),
				sizeAt(x, dim),
			);
		},
		sort(x, values, indices, dim, descending) {
			if (x.layout.numel === 0) return;
			const n = sizeAt(x, dim);
			// before the description: memory may grow
			const work = core.workspace(n * SORT_WORK);
			wasm.sortLoops(
				Type[x.dtype],
				descending,
				others(dim, x, values, indices),
				addressOf(x),
				addressOf(values),
				addressOf(indices),
				strideAt(x, dim),
				strideAt(values, dim),
				strideAt(indices, dim),
				n,
				work,
			);
		},
	};
}
