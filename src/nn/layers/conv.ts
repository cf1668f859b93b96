import type { DeviceName } from "../../backends/backend.js";
import { ShapeError, TorchletError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { emptyParameter, type Parameter } from "../parameter.js";
import { tuple } from "../repr.js";
import { assertCount, resetWeightAndBias } from "./linear.js";

/** One number for height and width, or one for each. */
export type Size2 = number | readonly [number, number];

const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"] as const;

/** What a convolution's border is made of. */
export type PaddingMode = (typeof PADDING_MODES)[number];

/** What `Conv2d` takes besides its positional arguments. */
export interface Conv2dOptions {
	/** Steps of the windows: height and width. */
	readonly stride?: Size2;
	/** Zeros around the image; `'same'` keeps its size (stride 1 only). */
	readonly padding?: Size2 | "same" | "valid";
	/** Distance of a window's elements: height and width. */
	readonly dilation?: Size2;
	/** Groups of channels that do not meet. */
	readonly groups?: number;
	/** Added to the result; null or false for none. */
	readonly bias?: boolean;
	/** What the border is made of: zeros, or the image's own pixels. */
	readonly paddingMode?: PaddingMode;
	/** Where the parameters are made. */
	readonly device?: DeviceName;
}

/** The options as PyTorch takes them by position. */
type ConvPositions = readonly [
	stride: Size2,
	padding?: Conv2dOptions["padding"],
	dilation?: Size2,
	groups?: number,
	bias?: boolean,
	paddingMode?: PaddingMode,
];

function named(
	settings: readonly [Conv2dOptions?] | ConvPositions,
): Conv2dOptions {
	const [first = {}] = settings;
	if (typeof first === "object" && !Array.isArray(first))
		return first as Conv2dOptions;
	const names = [
		"stride",
		"padding",
		"dilation",
		"groups",
		"bias",
		"paddingMode",
	] as const;
	const given = settings
		.map((value, i) => [names[i], value] as const)
		.filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as Conv2dOptions;
}

function pair(value: Size2): readonly [number, number] {
	return typeof value === "number" ? [value, value] : value;
}

/**
 * Cross-correlation of images [N, C, H, W] (or [C, H, W]) with `outChannels`
 * windows. PyTorch: `torch.nn.Conv2d`.
 */
export class Conv2d extends Module {
	/** [outChannels, inChannels / groups, height, width] */
	weight: Parameter;
	/** [outChannels] */
	bias: Parameter | null;
	/** Size of the windows: height and width. */
	readonly kernelSize: readonly [number, number];
	/** Steps of the windows: height and width. */
	readonly stride: readonly [number, number];
	/** Zeros on each side: height and width. */
	readonly padding: readonly [number, number] | "same" | "valid";
	/** Distance of a window's elements: height and width. */
	readonly dilation: readonly [number, number];
	/** Groups of channels that do not meet. */
	readonly groups: number;
	/** What the border is made of. */
	readonly paddingMode: PaddingMode;

	/**
	 * `Conv2d(1, 32, 3, 1, 1)` = `Conv2d(1, 32, 3, { stride: 1, padding: 1 })`
	 * @throws ShapeError, TorchletError on sizes that do not fit together
	 */
	constructor(
		/** Channels of the input. */
		readonly inChannels: number,
		/** Channels of the result. */
		readonly outChannels: number,
		kernelSize: Size2,
		...settings: readonly [Conv2dOptions?] | ConvPositions
	) {
		super();
		const {
			stride = 1,
			padding = 0,
			dilation = 1,
			groups = 1,
			bias = true,
			paddingMode = "zeros",
			...options
		} = named(settings);
		assertCount("in_channels", inChannels);
		assertCount("out_channels", outChannels);
		if (!(groups > 0))
			throw new TorchletError("groups must be a positive integer");
		assertCount("groups", groups, 1);
		if (inChannels % groups !== 0)
			throw new ShapeError("in_channels must be divisible by groups");
		if (outChannels % groups !== 0)
			throw new ShapeError("out_channels must be divisible by groups");
		if (!PADDING_MODES.includes(paddingMode))
			throw new TorchletError(
				`padding_mode must be one of {${PADDING_MODES.map((mode) => `'${mode}'`).join(", ")}}, but got padding_mode='${String(paddingMode)}'`,
			);
		this.paddingMode = paddingMode;
		this.kernelSize = pair(kernelSize);
		this.stride = pair(stride);
		this.dilation = pair(dilation);
		this.groups = groups;
		this.padding = typeof padding === "string" ? padding : pair(padding);
		this.assertPadding();
		for (const size of this.kernelSize) assertCount("kernel_size", size, 1);
		this.weight = emptyParameter(
			[outChannels, inChannels / groups, ...this.kernelSize],
			options,
		);
		this.bias = bias ? emptyParameter([outChannels], options) : null;
		this.resetParameters();
	}

	private assertPadding(): void {
		const { padding } = this;
		if (typeof padding !== "string") return;
		if (padding !== "same" && padding !== "valid")
			throw new TorchletError(
				`Invalid padding string '${String(padding)}', should be one of 'same', 'valid'`,
			);
		if (padding === "same" && this.stride.some((s) => s !== 1))
			throw new TorchletError(
				"padding='same' is not supported for strided convolutions",
			);
	}

	/** Draws initial weights anew, as PyTorch. */
	resetParameters(): void {
		resetWeightAndBias(this.weight, this.bias);
	}

	/** Before and after, for width and then height, as `pad` takes them. */
	private border(): number[] {
		const { padding } = this;
		if (padding === "valid") return [0, 0, 0, 0];
		return [1, 0].flatMap((i) => {
			if (padding !== "same") return [padding[i], padding[i]] as number[];
			const total =
				(this.dilation[i] as number) * ((this.kernelSize[i] as number) - 1);
			return [total >> 1, total - (total >> 1)];
		});
	}

	override forward(x: Tensor): Tensor {
		const { paddingMode: mode } = this;
		const inside = mode === "zeros";
		const image = inside ? x : F.pad(x, this.border(), { mode });
		return F.conv2d(image, this.weight, this.bias, {
			stride: this.stride,
			padding: inside ? this.padding : 0,
			dilation: this.dilation,
			groups: this.groups,
		});
	}

	override extraRepr(): string {
		const { padding, dilation, groups } = this;
		const parts = [
			`${this.inChannels}, ${this.outChannels}`,
			`kernel_size=${tuple(this.kernelSize)}`,
			`stride=${tuple(this.stride)}`,
		];
		if (typeof padding === "string") parts.push(`padding=${padding}`);
		else if (padding.some((p) => p !== 0))
			parts.push(`padding=${tuple(padding)}`);
		if (dilation.some((d) => d !== 1))
			parts.push(`dilation=${tuple(dilation)}`);
		if (groups !== 1) parts.push(`groups=${groups}`);
		if (this.bias === null) parts.push("bias=False");
		if (this.paddingMode !== "zeros")
			parts.push(`padding_mode=${this.paddingMode}`);
		return parts.join(", ");
	}
}
