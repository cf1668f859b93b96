import type { AugmentKernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf } from "./strides.js";

type Pick = (
	x: number,
	y: number,
	rows: number,
	rowStep: number,
	cols: number,
	colStep: number,
	images: number,
	channels: number,
	height: number,
	width: number,
	outH: number,
	outW: number,
	fill: number,
) => void;

export interface AugmentExports {
	pickBytes: Pick;
	pickWords: Pick;
	warpImages(
		x: number,
		y: number,
		maps: number,
		step: number,
		fills: number,
		bilinear: boolean,
		images: number,
		channels: number,
		height: number,
		width: number,
		outH: number,
		outW: number,
	): void;
	resampleLines(
		x: number,
		y: number,
		indices: number,
		weights: number,
		taps: number,
		outer: number,
		size: number,
		outSize: number,
		inner: number,
	): void;
	eraseBoxes(
		y: number,
		boxes: number,
		values: number,
		images: number,
		channels: number,
		height: number,
		width: number,
	): void;
}

/** Sizes of images [N, C, H, W]. */
function sizesOf(v: View): readonly [number, number, number, number] {
	return v.layout.shape as readonly [number, number, number, number];
}

/** Bytes from one image's row of a table of words to the next's; 0 if there is one for all. */
function stepOf(table: View): number {
	const [rows = 0, length = 0] = table.layout.shape;
	return rows === 1 ? 0 : length * 4;
}

export function augmentKernels(core: Core): AugmentKernels {
	const { x: wasm } = core;

	/** A number as an element of y's dtype, in the low bits. */
	function bitsOf(value: number, y: View): number {
		if (y.dtype !== "float32")
			return y.dtype === "bool" ? Number(value !== 0) : Math.trunc(value);
		const at = core.scratch >> 2;
		core.f32[at] = value;
		return core.i32[at] as number;
	}

	return {
		pick(x, rows, cols, y, fill) {
			if (y.layout.numel === 0) return;
			const isBytes = y.dtype === "uint8" || y.dtype === "bool";
			const run = isBytes ? wasm.pickBytes : wasm.pickWords;
			const [images, channels, outH, outW] = sizesOf(y);
			run(
				addressOf(x),
				addressOf(y),
				addressOf(rows),
				stepOf(rows),
				addressOf(cols),
				stepOf(cols),
				images,
				channels,
				sizesOf(x)[2],
				sizesOf(x)[3],
				outH,
				outW,
				bitsOf(fill, y),
			);
		},
		warp(x, maps, fills, y, bilinear) {
			if (y.layout.numel === 0) return;
			const [images, channels, outH, outW] = sizesOf(y);
			wasm.warpImages(
				addressOf(x),
				addressOf(y),
				addressOf(maps),
				stepOf(maps),
				addressOf(fills),
				bilinear,
				images,
				channels,
				sizesOf(x)[2],
				sizesOf(x)[3],
				outH,
				outW,
			);
		},
		resample(x, dim, indices, weights, y) {
			if (y.layout.numel === 0) return;
			const { shape } = x.layout;
			const outSize = y.layout.shape[dim] as number;
			const inner = shape.slice(dim + 1).reduce((n, s) => n * s, 1);
			wasm.resampleLines(
				addressOf(x),
				addressOf(y),
				addressOf(indices),
				addressOf(weights),
				indices.layout.shape[1] as number,
				y.layout.numel / (outSize * inner),
				shape[dim] as number,
				outSize,
				inner,
			);
		},
		erase(y, boxes, values) {
			if (y.layout.numel === 0) return;
			const [images, channels, height, width] = sizesOf(y);
			wasm.eraseBoxes(
				addressOf(y),
				addressOf(boxes),
				addressOf(values),
				images,
				channels,
				height,
				width,
			);
		},
	};
}
