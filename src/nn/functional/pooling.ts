import { apply } from "../../autograd/apply.js";
import type { Window } from "../../backends/backend.js";
import { DTypeError, ShapeError } from "../../errors.js";
import { showShape } from "../../layout.js";
import { torchName } from "../../ops/operands.js";
import { squeeze } from "../../ops/view.js";
import {
	adaptiveAvgPool2d as adaptive,
	maxPool2d as maxima,
	avgPool2d as means,
	positionsOf,
} from "../../ops/window.js";
import type { Tensor } from "../../tensor.js";
import { type Pair, pair } from "./sizes.js";

/** What `Pool` takes besides its positional arguments. */
export interface PoolOptions {
	/** The kernel's size if left out. */
	readonly stride?: Pair | null;
	/** Zeros on each side: height and width. */
	readonly padding?: Pair;
	/** Windows that reach over the edge count too. */
	readonly ceilMode?: boolean;
}

/** What `MaxPool` takes besides its positional arguments. */
export interface MaxPoolOptions extends PoolOptions {
	/** Distance of a window's elements: height and width. */
	readonly dilation?: Pair;
	/** Gives `[maxima, indices]`: int32, positions in the flattened image. */
	readonly returnIndices?: boolean;
}

/** What `AvgPool` takes besides its positional arguments. */
export interface AvgPoolOptions extends PoolOptions {
	/** Padding counts in the mean. */
	readonly countIncludePad?: boolean;
	/** Divides every sum instead of the number of elements. */
	readonly divisorOverride?: number | null;
}

/** Options, with the stride and padding that may stand before them. */
function merged<O extends PoolOptions>(
	stride: Pair | null | O | undefined,
	padding: Pair | O | undefined,
	rest: O | undefined,
): O {
	if (typeof stride === "object" && stride !== null && !Array.isArray(stride))
		return stride as O;
	const named = { ...rest } as { stride?: Pair | null; padding?: Pair };
	if (stride !== undefined && stride !== null) named.stride = stride as Pair;
	if (typeof padding === "object" && !Array.isArray(padding))
		return { ...padding, ...named } as O;
	if (padding !== undefined) named.padding = padding as Pair;
	return named as O;
}

function isPair(value: unknown): value is Pair {
	return typeof value === "number" || Array.isArray(value);
}

/** Without the options that were not given. */
function defined<O extends object>(
	options: {
		[K in keyof O]: O[K] | undefined;
	},
): O {
	const given = Object.entries(options).filter(([, v]) => v !== undefined);
	return Object.fromEntries(given) as O;
}

/** @throws DTypeError on integers, as PyTorch */
function assertFloat(name: string, x: Tensor): void {
	if (x.dtype !== "float32")
		throw new DTypeError(
			`"${name}" not implemented for '${torchName(x.dtype)}'. Convert with .to('float32')`,
		);
}

const NO_ZERO = () => "stride should not be zero";

interface Plan {
	readonly window: Window;
	readonly size: [number, number];
}

function plan(
	name: string,
	x: Tensor,
	kernelSize: Pair,
	options: MaxPoolOptions,
): Plan {
	const kernel = pair("kernel_size", kernelSize, 1, NO_ZERO);
	const window: Window = {
		kernel,
		stride: pair("stride", options.stride ?? kernel, 1, NO_ZERO),
		padding: pair(
			"padding",
			options.padding ?? 0,
			0,
			(v) => `pad must be non-negative, but got pad: ${Math.min(...v)}`,
		),
		dilation: pair(
			"dilation",
			options.dilation ?? 1,
			1,
			(v) =>
				`dilation should be greater than zero, but got dilation: ${Math.min(...v)}`,
		),
	};
	for (const [i, p] of window.padding.entries())
		if (p > (kernel[i] as number) / 2)
			throw new ShapeError(
				`pad should be at most half of kernel size, but got pad=${p} and kernel_size=${kernel[i]}`,
			);
	const ceil = options.ceilMode ?? false;
	const size: [number, number] = [
		positionsOf(x.shape[2] as number, 0, window, ceil),
		positionsOf(x.shape[3] as number, 1, window, ceil),
	];
	if (size[0] < 1 || size[1] < 1)
		throw new ShapeError(
			`Given input size: (${x.shape.slice(1).join("x")}). Calculated output size: (${x.shape[1]}x${size[0]}x${size[1]}). Output size is too small (${name})`,
		);
	return { window, size };
}

/** Runs `body` on a batch, also for one image [C, H, W]. */
function batched(
	name: string,
	x: Tensor,
	body: (images: Tensor) => Tensor,
): Tensor {
	if (x.shape.length === 3) {
		// PyTorch pools an image without making a batch of it first
		const y = body(x.unsqueeze(0));
		const node = y.gradFn?.name ?? "SqueezeBackward1";
		return apply(squeeze, [y], { dims: [0], all: false, node });
	}
	if (x.shape.length === 4) return body(x);
	throw new ShapeError(
		`${name === "adaptive_avg_pool2d" ? `${name}(): Expected 3D or 4D tensor, but got` : "non-empty 3D or 4D (batch mode) tensor expected for input:"} ${showShape(x.shape)}`,
	);
}

/** Options that ask for the indices too. */
type WithIndices = MaxPoolOptions & { readonly returnIndices: true };

/**
 * Maxima of windows over [N, C, H, W] or [C, H, W]; with `returnIndices` also
 * where they are. PyTorch: `torch.nn.functional.max_pool2d`.
 * @throws ShapeError
 */
export function maxPool2d(
	x: Tensor,
	kernelSize: Pair,
	options: WithIndices,
): [maxima: Tensor, indices: Tensor];
export function maxPool2d(
	x: Tensor,
	kernelSize: Pair,
	stride: Pair | null,
	options: WithIndices,
): [maxima: Tensor, indices: Tensor];
export function maxPool2d(
	x: Tensor,
	kernelSize: Pair,
	stride: Pair | null | undefined,
	padding: Pair | undefined,
	dilation: Pair | undefined,
	ceilMode: boolean | undefined,
	returnIndices: true,
): [maxima: Tensor, indices: Tensor];
export function maxPool2d(
	x: Tensor,
	kernelSize: Pair,
	stride?: Pair | null | MaxPoolOptions,
	padding?: Pair | MaxPoolOptions,
	dilation?: Pair | MaxPoolOptions,
	ceilMode?: boolean,
	returnIndices?: false,
): Tensor;
export function maxPool2d(
	x: Tensor,
	kernelSize: Pair,
	stride?: Pair | null | MaxPoolOptions,
	padding?: Pair | MaxPoolOptions,
	dilation?: Pair | MaxPoolOptions,
	ceilMode?: boolean,
	returnIndices?: boolean,
): Tensor | [Tensor, Tensor] {
	const named = merged(
		stride,
		padding,
		isPair(dilation) || dilation === undefined
			? defined({ dilation, ceilMode, returnIndices })
			: dilation,
	);
	assertFloat("max_pool2d", x);
	let indices: Tensor | null = null;
	const y = batched("max_pool2d", x, (images) => {
		const params = {
			...plan("max_pool2d", images, kernelSize, named),
			indices: null as Tensor | null,
		};
		const maximum = apply(maxima, [images], params);
		indices = params.indices;
		return maximum;
	});
	const places = indices as Tensor | null;
	if (named.returnIndices && places)
		return [y, y.dim() === 4 ? places : places.squeeze(0)];
	// The graph keeps their memory.
	places?.dispose();
	return y;
}

/**
 * Means of windows over [N, C, H, W] or [C, H, W].
 * PyTorch: `torch.nn.functional.avg_pool2d`.
 * @throws ShapeError
 */
export function avgPool2d(
	x: Tensor,
	kernelSize: Pair,
	stride?: Pair | null | AvgPoolOptions,
	padding?: Pair | AvgPoolOptions,
	ceilMode?: boolean | AvgPoolOptions,
	countIncludePad?: boolean,
	divisorOverride?: number | null,
): Tensor {
	const named = merged(
		stride,
		padding,
		typeof ceilMode === "boolean"
			? defined({ ceilMode, countIncludePad, divisorOverride })
			: ceilMode,
	);
	// whole numbers are no loss to float32's kernel, and PyTorch rounds down
	if (x.dtype === "int32")
		return avgPool2d(x.to("float32"), kernelSize, named).trunc().to("int32");
	assertFloat("avg_pool2d", x);
	const divisor = named.divisorOverride ?? null;
	if (divisor === 0) throw new ShapeError("divisor must be not zero");
	return batched("avg_pool2d", x, (images) =>
		apply(means, [images], {
			...plan("avg_pool2d", images, kernelSize, named),
			countIncludePad: named.countIncludePad ?? true,
			divisor: divisor ?? 0,
		}),
	);
}

/**
 * Means of as many parts as asked for; null keeps a side's size.
 * PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
 */
export function adaptiveAvgPool2d(
	x: Tensor,
	outputSize: number | null | readonly [number | null, number | null],
): Tensor {
	assertFloat("adaptive_avg_pool2d", x);
	return batched("adaptive_avg_pool2d", x, (images) => {
		const asked =
			typeof outputSize === "number" || outputSize === null
				? [outputSize, outputSize]
				: outputSize;
		const size = [0, 1].map(
			(i) => asked[i] ?? (images.shape[2 + i] as number),
		) as [number, number];
		if (size.some((n) => n < 0))
			throw new ShapeError(
				"adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0",
			);
		if (size[0] === 1 && size[1] === 1)
			return images.mean([-1, -2], { keepdim: true });
		return apply(adaptive, [images], { size });
	});
}
