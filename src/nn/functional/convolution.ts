import { apply } from "../../autograd/apply.js";
import type { Window } from "../../backends/backend.js";
import { DTypeError, ShapeError } from "../../errors.js";
import { showShape } from "../../layout.js";
import { cName, torchName } from "../../ops/operands.js";
import { conv2d as convolution, positionsOf } from "../../ops/window.js";
import { isOptions } from "../../tensor/arguments.js";
import type { Tensor } from "../../tensor.js";
import { type Pair, pair } from "./sizes.js";
import { wholeConvolution } from "./whole-convolution.js";

/** What `Conv` takes besides its positional arguments. */
export interface ConvOptions {
	/** [out]; may also stand by itself, after the weight. */
	readonly bias?: Tensor | null;
	/** Steps of the windows: height and width. */
	readonly stride?: Pair;
	/** Zeros around the image; "same" keeps its size, "valid" is none. */
	readonly padding?: Pair | "same" | "valid";
	/** Distance of a window's elements: height and width. */
	readonly dilation?: Pair;
	/** Channels are cut into so many groups, each with filters of its own. */
	readonly groups?: number;
}

/**
 * Two-dimensional correlation. PyTorch: `torch.nn.functional.conv2d`.
 *
 * @param x [N, C, H, W] or [C, H, W]
 * @param weight [out, C / groups, kh, kw]
 * @param bias [out]
 * @throws ShapeError, DTypeError
 */
export function conv2d(
	x: Tensor,
	weight: Tensor,
	bias: Tensor | null | ConvOptions = null,
	options: ConvOptions | Pair = {},
	padding: ConvOptions["padding"] = 0,
	dilation: Pair = 1,
	groups = 1,
): Tensor {
	if (isOptions<ConvOptions>(bias))
		return conv2d(x, weight, bias.bias ?? null, bias);
	if (typeof options === "number" || Array.isArray(options))
		return conv2d(x, weight, bias as Tensor | null, {
			stride: options as Pair,
			padding,
			dilation,
			groups,
		});
	const named = options as ConvOptions;
	const offset = bias as Tensor | null;
	const count = named.groups ?? 1;
	checkChannels(x, weight, offset, count);
	if (x.shape.length === 3)
		return conv2d(x.unsqueeze(0), weight, offset, named).squeeze(0);
	const kernel: [number, number] = [
		weight.shape[2] as number,
		weight.shape[3] as number,
	];
	const strides = pair(
		"stride",
		named.stride ?? 1,
		1,
		() => "non-positive stride is not supported",
	);
	const dilations = pair(
		"dilation",
		named.dilation ?? 1,
		1,
		(v) => `dilation should be greater than zero, but got ${showShape(v)}`,
	);
	const { image, pads } = around(
		x,
		named.padding ?? 0,
		kernel,
		strides,
		dilations,
	);
	const window: Window = {
		kernel,
		stride: strides,
		padding: pads,
		dilation: dilations,
	};
	checkKernel(image, window);
	return x.dtype === "float32"
		? apply(convolution, [image, weight, offset], { window, groups: count })
		: wholeConvolution(image, weight, offset, window, count);
}

/** The image and its padding; "same" may ask for more on one side. */
function around(
	x: Tensor,
	padding: NonNullable<ConvOptions["padding"]>,
	kernel: readonly [number, number],
	stride: readonly [number, number],
	dilation: readonly [number, number],
): { image: Tensor; pads: [number, number] } {
	if (padding === "valid") return { image: x, pads: [0, 0] };
	if (padding !== "same")
		return {
			image: x,
			pads: pair(
				"padding",
				padding,
				0,
				() => "negative padding is not supported",
			),
		};
	if (stride[0] !== 1 || stride[1] !== 1)
		throw new ShapeError(
			"padding='same' is not supported for strided convolutions",
		);
	const total = [0, 1].map(
		(i) => (dilation[i] as number) * ((kernel[i] as number) - 1),
	) as [number, number];
	const low: [number, number] = [total[0] >> 1, total[1] >> 1];
	const odd = [total[0] & 1, total[1] & 1];
	const image =
		odd[0] || odd[1]
			? x.padded([0, 0, 0, 0], [0, 0, odd[0] as number, odd[1] as number], 0)
			: x;
	return { image, pads: low };
}

function checkChannels(
	x: Tensor,
	weight: Tensor,
	bias: Tensor | null,
	groups: number,
): void {
	const rank = x.shape.length;
	if (rank !== 3 && rank !== 4)
		throw new ShapeError(
			`Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: ${showShape(x.shape)}`,
		);
	if (weight.shape.length !== 4)
		throw new ShapeError(
			`Given groups=${groups}, expected 4-dimensional weight [out, in / groups, kh, kw], but got ${weight.shape.length}-dimensional weight of size ${showShape(weight.shape)} instead`,
		);
	if (bias && bias.dtype !== x.dtype)
		throw new DTypeError(
			`Input type (${cName(x.dtype)}) and bias type (${cName(bias.dtype)}) should be the same`,
		);
	if (x.dtype === "bool")
		throw new DTypeError(
			"\"slow_conv2d_cpu\" not implemented for 'Bool'. Convert with .to('float32')",
		);
	if (weight.dtype !== x.dtype)
		throw new DTypeError(
			`expected scalar type ${torchName(x.dtype)} but found ${torchName(weight.dtype)}`,
		);
	if (!Number.isInteger(groups) || groups < 1)
		throw new ShapeError("non-positive groups is not supported");
	const out = weight.shape[0] as number;
	if (out < groups || out % groups !== 0)
		throw new ShapeError(
			`Given groups=${groups}, expected weight to be ${out < groups ? `at least ${groups}` : `divisible by ${groups}`} at dimension 0, but got weight of size [${showShape(weight.shape)}] instead`,
		);
	const channels = x.shape[rank - 3] as number;
	const want = (weight.shape[1] as number) * groups;
	if (channels !== want)
		throw new ShapeError(
			`Given groups=${groups}, weight of size ${showShape(weight.shape)}, expected input${showShape(rank === 3 ? [1, ...x.shape] : x.shape)} to have ${want} channels, but got ${channels} channels instead`,
		);
	if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out))
		throw new ShapeError(
			`Given weight of size ${showShape(weight.shape)}, expected bias to be 1-dimensional with ${out} elements, but got bias of size ${showShape(bias.shape)} instead`,
		);
}

function checkKernel(x: Tensor, window: Window): void {
	if (
		positionsOf(x.shape[2] as number, 0, window) > 0 &&
		positionsOf(x.shape[3] as number, 1, window) > 0
	)
		return;
	const { kernel, padding, dilation } = window;
	const side = (i: 0 | 1) => (x.shape[2 + i] as number) + 2 * padding[i];
	const reach = (i: 0 | 1) => dilation[i] * (kernel[i] - 1) + 1;
	throw new ShapeError(
		`Calculated padded input size per channel: (${side(0)} x ${side(1)}). Kernel size: (${reach(0)} x ${reach(1)}). Kernel size can't be greater than actual input size`,
	);
}
