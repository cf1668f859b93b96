import type { Tensor } from "../../tensor.js";
import type { MaxPoolOptions } from "../functional/pooling.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { bool, size } from "../repr.js";
import type { Size2 } from "./conv.js";

/** What `MaxPool2d` takes besides its positional arguments. */
export interface MaxPool2dOptions {
	/** The window's size unless said otherwise. */
	readonly stride?: Size2 | null;
	/** Zeros on each side: height and width. */
	readonly padding?: Size2;
	/** Distance of a window's elements: height and width. */
	readonly dilation?: Size2;
	/** Whether windows may hang over the end. */
	readonly ceilMode?: boolean;
	/** Whether `forward` gives `[maxima, indices]`. */
	readonly returnIndices?: boolean;
}

/** Greatest value of each window. PyTorch: `torch.nn.MaxPool2d`. */
export class MaxPool2d<const R extends boolean = false> extends Module {
	/** Size of the windows: height and width. */
	readonly kernelSize: Size2;
	/** Steps of the windows: height and width. */
	readonly stride: Size2;
	/** Zeros on each side: height and width. */
	readonly padding: Size2;
	/** Distance of a window's elements: height and width. */
	readonly dilation: Size2;
	/** Whether windows may hang over the end. */
	readonly ceilMode: boolean;
	/** Whether `forward` gives `[maxima, indices]`. */
	readonly returnIndices: boolean;

	/** `MaxPool2d(3, 2, 1)` = `MaxPool2d(3, { stride: 2, padding: 1 })` */
	constructor(
		kernelSize:
			| Size2
			| (MaxPool2dOptions & {
					readonly kernelSize: Size2;
					readonly returnIndices?: R;
			  }),
		stride?: Size2 | null | (MaxPool2dOptions & { readonly returnIndices?: R }),
		padding: Size2 = 0,
		dilation: Size2 = 1,
		returnIndices: boolean & R = false as boolean & R,
		ceilMode = false,
	) {
		super();
		if (named(kernelSize)) {
			stride = kernelSize;
			kernelSize = kernelSize.kernelSize;
		}
		this.kernelSize = kernelSize;
		const options = named(stride)
			? stride
			: { stride, padding, dilation, ceilMode, returnIndices };
		this.stride = options.stride ?? kernelSize;
		this.padding = options.padding ?? 0;
		this.dilation = options.dilation ?? 1;
		this.ceilMode = options.ceilMode ?? false;
		this.returnIndices = options.returnIndices ?? false;
	}

	override forward(
		x: Tensor,
	): R extends true ? [maxima: Tensor, indices: Tensor] : Tensor {
		return F.maxPool2d(x, this.kernelSize, this as MaxPoolOptions) as never;
	}

	override extraRepr(): string {
		return `kernel_size=${size(this.kernelSize)}, stride=${size(this.stride)}, padding=${size(this.padding)}, dilation=${size(this.dilation)}, ceil_mode=${bool(this.ceilMode)}`;
	}
}

/** What `AvgPool2d` takes besides its positional arguments. */
export interface AvgPool2dOptions {
	/** The window's size unless said otherwise. */
	readonly stride?: Size2 | null;
	/** Zeros on each side: height and width. */
	readonly padding?: Size2;
	/** Whether windows may hang over the end. */
	readonly ceilMode?: boolean;
	/** Whether the zeros around the image count in the mean. */
	readonly countIncludePad?: boolean;
	/** What sums are divided by, instead of the window's size. */
	readonly divisorOverride?: number | null;
}

/** Mean of each window. PyTorch: `torch.nn.AvgPool2d`. */
export class AvgPool2d extends Module {
	/** Size of the windows: height and width. */
	readonly kernelSize: Size2;
	/** Steps of the windows: height and width. */
	readonly stride: Size2;
	/** Zeros on each side: height and width. */
	readonly padding: Size2;
	/** Whether windows may hang over the end. */
	readonly ceilMode: boolean;
	/** Whether zeros of the padding count in the mean. */
	readonly countIncludePad: boolean;
	/** Divides the sums instead of the windows' sizes, or null. */
	readonly divisorOverride: number | null;

	/** `AvgPool2d(3, 2, 1)` = `AvgPool2d(3, { stride: 2, padding: 1 })` */
	constructor(
		kernelSize: Size2 | (AvgPool2dOptions & { readonly kernelSize: Size2 }),
		stride?: Size2 | null | AvgPool2dOptions,
		padding: Size2 = 0,
		ceilMode = false,
		countIncludePad = true,
		divisorOverride: number | null = null,
	) {
		super();
		if (named(kernelSize)) {
			stride = kernelSize;
			kernelSize = kernelSize.kernelSize;
		}
		this.kernelSize = kernelSize;
		const options = named(stride)
			? stride
			: { stride, padding, ceilMode, countIncludePad, divisorOverride };
		this.stride = options.stride ?? kernelSize;
		this.padding = options.padding ?? 0;
		this.ceilMode = options.ceilMode ?? false;
		this.countIncludePad = options.countIncludePad ?? true;
		this.divisorOverride = options.divisorOverride ?? null;
	}

	override forward(x: Tensor): Tensor {
		return F.avgPool2d(x, this.kernelSize, {
			stride: this.stride,
			padding: this.padding,
			ceilMode: this.ceilMode,
			countIncludePad: this.countIncludePad,
			divisorOverride: this.divisorOverride,
		});
	}

	override extraRepr(): string {
		return `kernel_size=${size(this.kernelSize)}, stride=${size(this.stride)}, padding=${size(this.padding)}`;
	}
}

/** Means of windows that give `outputSize`. PyTorch: `torch.nn.AdaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends Module {
	/** @param outputSize `null` in a dimension keeps the input's size */
	constructor(
		readonly outputSize: number | readonly [number | null, number | null],
	) {
		super();
	}

	override forward(x: Tensor): Tensor {
		return F.adaptiveAvgPool2d(x, this.outputSize);
	}

	override extraRepr(): string {
		return `output_size=${size(this.outputSize)}`;
	}
}

function named<O extends object>(
	stride: Size2 | null | undefined | O,
): stride is O {
	return (
		typeof stride === "object" && stride !== null && !Array.isArray(stride)
	);
}
