import type { Kernels, View, Window } from "../backend.js";
import { copyKernels, withContiguous } from "./copy.js";
import type { Core } from "./core.js";
import { addressOf, strideOf } from "./strides.js";

export interface ImageExports {
	im2col(a: number, x: number, y: number): void;
	col2im(a: number, x: number, y: number): void;
	maxPool2d(a: number, x: number, y: number, indices: number): void;
	avgPool2d(
		a: number,
		x: number,
		y: number,
		countPadding: boolean,
		divisor: number,
	): void;
	avgPool2dBackward(
		a: number,
		x: number,
		g: number,
		countPadding: boolean,
		divisor: number,
	): void;
}

/** Places that a window has along one side of the image. */
function placesOf(size: number, window: Window, side: 0 | 1): number {
	const reach = window.dilation[side] * (window.kernel[side] - 1) + 1;
	const room = size + 2 * window.padding[side] - reach;
	return Math.floor(room / window.stride[side]) + 1;
}

/** Windows that move over images [N, C, H, W] of floats. */
export function imageKernels(
	core: Core,
): Pick<
	Kernels,
	"im2col" | "col2im" | "maxPool2d" | "avgPool2d" | "avgPool2dBackward"
> {
	const { x: wasm } = core;
	const kernels = copyKernels(core);

	/** Writes the arguments (assembly/image.ts); the output's size is given. */
	function describe(x: View, window: Window, h: number, w: number): number {
		const { i32 } = core;
		let at = core.scratch >> 2;
		for (let i = 0; i < 4; i++) i32[at++] = x.layout.shape[i] as number;
		for (let i = 0; i < 4; i++) i32[at++] = strideOf(x, i);
		for (let i = 0; i < 2; i++) i32[at++] = window.kernel[i] as number;
		for (let i = 0; i < 2; i++) i32[at++] = window.stride[i] as number;
		for (let i = 0; i < 2; i++) i32[at++] = window.padding[i] as number;
		for (let i = 0; i < 2; i++) i32[at++] = window.dilation[i] as number;
		i32[at++] = h;
		i32[at] = w;
		return core.scratch;
	}

	function describeColumns(x: View, window: Window): number {
		const { shape } = x.layout;
		return describe(
			x,
			window,
			placesOf(shape[2] as number, window, 0),
			placesOf(shape[3] as number, window, 1),
		);
	}

	function describePool(x: View, y: View, window: Window): number {
		const { shape } = y.layout;
		return describe(x, window, shape[2] as number, shape[3] as number);
	}

	return {
		im2col(x, y, window) {
			if (y.layout.numel === 0) return;
			wasm.im2col(describeColumns(x, window), addressOf(x), addressOf(y));
		},
		col2im(x, y, window) {
			kernels.fill(y, 0);
			if (x.layout.numel === 0) return;
			withContiguous(core, kernels, x, "loads", (columns) =>
				wasm.col2im(
					describeColumns(y, window),
					addressOf(y),
					addressOf(columns),
				),
			);
		},
		maxPool2d(x, y, indices, window) {
			if (y.layout.numel === 0) return;
			withContiguous(core, kernels, y, "stores", (values) =>
				withContiguous(core, kernels, indices, "stores", (positions) =>
					wasm.maxPool2d(
						describePool(x, y, window),
						addressOf(x),
						addressOf(values),
						addressOf(positions),
					),
				),
			);
		},
		avgPool2d(x, y, window, countIncludePad, divisor) {
			if (y.layout.numel === 0) return;
			withContiguous(core, kernels, y, "stores", (values) =>
				wasm.avgPool2d(
					describePool(x, y, window),
					addressOf(x),
					addressOf(values),
					countIncludePad,
					divisor,
				),
			);
		},
		avgPool2dBackward(g, dx, window, countIncludePad, divisor) {
			kernels.fill(dx, 0);
			if (g.layout.numel === 0) return;
			withContiguous(core, kernels, g, "loads", (gradient) =>
				wasm.avgPool2dBackward(
					describePool(dx, g, window),
					addressOf(dx),
					addressOf(gradient),
					countIncludePad,
					divisor,
				),
			);
		},
	};
}
