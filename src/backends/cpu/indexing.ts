import { Type } from "../../../assembly/kinds.js";
import type { Kernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf, Loops, operandAddress, strideOf } from "./strides.js";

type SliceExport<Rest extends unknown[]> = (
	type: number,
	...rest: Rest
) => void;
type Slices = [
	d: number,
	x: number,
	y: number,
	index: number,
	stride: number,
	count: number,
	size: number,
	strideX: number,
	strideY: number,
];

export interface IndexingExports {
	firstBad(d: number, index: number, size: number): number;
	selectLoops: SliceExport<Slices>;
	putLoops: SliceExport<[add: boolean, ...Slices]>;
	gatherLoops(
		type: number,
		d: number,
		x: number,
		index: number,
		y: number,
		size: number,
		step: number,
	): void;
	scatterLoops(
		type: number,
		add: boolean,
		d: number,
		y: number,
		index: number,
		x: number,
		size: number,
		step: number,
	): void;
	nonzeroLoops(type: number, d: number, x: number, y: number): number;
}

/** Stride in bytes; 0 for the one place of a 0-dimensional view. */
function strideAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 0 : strideOf(v, dim);
}

function sizeAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 1 : (v.layout.shape[dim] as number);
}

/** Reading and writing by indices, which are checked before the first write. */
export function indexingKernels(
	core: Core,
): Pick<
	Kernels,
	"indexSelect" | "indexPut" | "gather" | "scatter" | "nonzero"
> {
	const { x: wasm } = core;
	const loops = new Loops(core);

	function firstBad(index: View, size: number): number {
		if (index.layout.numel === 0) return -1;
		const d = loops.over(index.layout.shape, index);
		return wasm.firstBad(d, addressOf(index), size);
	}

	/** Loops over the slices that the indices choose. */
	function slices(dim: number, x: View, y: View): number {
		const { shape } = x.layout;
		return loops
			.begin()
			.addDims(0, Math.min(dim, shape.length), shape, x, y, null, null)
			.addDims(dim + 1, shape.length, shape, x, y, null, null)
			.end();
	}

	/** Loops over the index, where `v` stands still along `dim`. */
	function places(
		index: View,
		dim: number,
		v: View,
		other: View | null,
	): number {
		const { shape } = index.layout;
		loops.begin();
		for (let i = 0; i < shape.length; i++)
			loops.add(
				shape[i] as number,
				i === dim ? 0 : strideOf(v, i),
				strideOf(index, i),
				strideOf(other, i),
				0,
			);
		return loops.end();
	}

	return {
		indexSelect(x, dim, index, y) {
			const size = sizeAt(x, dim);
			const bad = firstBad(index, size);
			if (bad >= 0 || y.layout.numel === 0) return bad;
			wasm.selectLoops(
				Type[x.dtype],
				slices(dim, x, y),
				addressOf(x),
				addressOf(y),
				addressOf(index),
				strideAt(index, 0),
				index.layout.numel,
				size,
				strideAt(x, dim),
				strideAt(y, dim),
			);
			return -1;
		},
		indexPut(y, dim, index, x, add) {
			const size = sizeAt(y, dim);
			const bad = firstBad(index, size);
			if (bad >= 0 || x.layout.numel === 0) return bad;
			wasm.putLoops(
				Type[y.dtype],
				add,
				slices(dim, x, y),
				addressOf(x),
				addressOf(y),
				addressOf(index),
				strideAt(index, 0),
				index.layout.numel,
				size,
				strideAt(x, dim),
				strideAt(y, dim),
			);
			return -1;
		},
		gather(x, dim, index, y) {
			const size = sizeAt(x, dim);
			const bad = firstBad(index, size);
			if (bad >= 0 || y.layout.numel === 0) return bad;
			wasm.gatherLoops(
				Type[x.dtype],
				places(index, dim, x, y),
				addressOf(x),
				addressOf(index),
				addressOf(y),
				size,
				strideAt(x, dim),
			);
			return -1;
		},
		scatter(y, dim, index, x, add) {
			const size = sizeAt(y, dim);
			const bad = firstBad(index, size);
			if (bad >= 0 || index.layout.numel === 0) return bad;
			const source = operandAddress(core, x, y.dtype, 0);
			wasm.scatterLoops(
				Type[y.dtype],
				add,
				places(index, dim, y, typeof x === "number" ? null : x),
				addressOf(y),
				addressOf(index),
				source,
				size,
				strideAt(y, dim),
			);
			return -1;
		},
		nonzero(x, y) {
			if (x.layout.numel === 0) return 0;
			return wasm.nonzeroLoops(
				Type[x.dtype],
				loops.over(x.layout.shape, x),
				addressOf(x),
				addressOf(y),
			);
		},
	};
}
