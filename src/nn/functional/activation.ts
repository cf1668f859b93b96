import { apply } from "../../autograd/apply.js";
import type { DType } from "../../dtype.js";
import { DTypeError, ShapeError } from "../../errors.js";
import type { Generator } from "../../generator.js";
import type { Shape } from "../../layout.js";
import { geluTanh } from "../../ops/gelu.js";
import { torchName } from "../../ops/operands.js";
import type { UnaryOpName } from "../../ops/unary.js";
import { type DTypeOptions, isOptions } from "../../tensor/arguments.js";
import type { InType, NeedsFloat } from "../../tensor/dtype-types.js";
import type { HasDim } from "../../tensor/shape-types.js";
import type { Tensor } from "../../tensor.js";

/** @throws DTypeError on integers, as PyTorch */
function floats(kernel: string, x: Tensor): Tensor {
	if (x.dtype !== "float32")
		throw new DTypeError(
			`"${kernel}" not implemented for '${torchName(x.dtype)}'. Convert with .to('float32')`,
		);
	return x;
}

/** What activations take besides their own parameters. */
export interface InplaceOptions {
	/** The result overwrites the argument, which is returned. */
	readonly inplace?: boolean;
}

/** `inplace`, as an option or by itself. */
function isInplace(options: unknown): boolean {
	return typeof options === "object"
		? ((options as InplaceOptions | null)?.inplace ?? false)
		: options === true;
}

function activated(
	inplace: unknown,
	x: Tensor,
	name: UnaryOpName,
	p0?: number,
	p1?: number,
): Tensor {
	return isInplace(inplace) ? x.unary_(name, p0, p1) : x.unary(name, p0, p1);
}

/** max(x, 0); the gradient at 0 is 0. */
export function relu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function relu(x: Tensor, options?: InplaceOptions | boolean): Tensor {
	return isInplace(options) ? x.relu_() : x.relu();
}

/** Within [0, 6]. */
export function relu6<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function relu6(x: Tensor, options?: InplaceOptions | boolean): Tensor {
	return hardtanh(x, 0, 6, isInplace(options));
}

/** x, or x times a slope below 0. */
export function leakyRelu<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "leakyRelu">>,
	negativeSlope?: number | ({ negativeSlope?: number } & InplaceOptions),
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function leakyRelu(
	x: Tensor,
	negativeSlope: number | ({ negativeSlope?: number } & InplaceOptions) = 0.01,
	options: InplaceOptions | boolean = typeof negativeSlope === "object" &&
		negativeSlope,
): Tensor {
	const slope =
		typeof negativeSlope === "number"
			? negativeSlope
			: (negativeSlope.negativeSlope ?? 0.01);
	return activated(options, floats("leaky_relu_cpu", x), "leakyRelu", slope);
}

/** x, or alpha (exp(x) - 1) below 0. */
export function elu<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "elu">>,
	alpha?: number | ({ alpha?: number } & InplaceOptions),
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function elu(
	x: Tensor,
	alpha: number | ({ alpha?: number } & InplaceOptions) = 1,
	options: InplaceOptions | boolean = typeof alpha === "object" && alpha,
): Tensor {
	const a = typeof alpha === "number" ? alpha : (alpha.alpha ?? 1);
	return activated(options, floats("elu_cpu", x), "elu", a);
}

/** x Φ(x), with the normal distribution function or its approximation by tanh. */
export function gelu<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "gelu">>,
	options?: { approximate?: "none" | "tanh" },
): Tensor<D, S>;
export function gelu(
	x: Tensor,
	{ approximate = "none" }: { approximate?: "none" | "tanh" } = {},
): Tensor {
	if (approximate === "none") return floats("GeluKernelImpl", x).unary("gelu");
	if (approximate === "tanh")
		return apply(geluTanh, [floats("GeluKernelImpl", x)], undefined);
	throw new ShapeError("approximate argument must be either none or tanh.");
}

/** x sigmoid(x). */
export function silu<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "silu">>,
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function silu(x: Tensor, options?: InplaceOptions | boolean): Tensor {
	return activated(options, floats("silu_cpu", x), "silu");
}

/** log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold. */
export function softplus<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "softplus">>,
	beta?: number | { beta?: number; threshold?: number },
	threshold?: number,
): Tensor<D, S>;
export function softplus(
	x: Tensor,
	beta: number | { beta?: number; threshold?: number } = 1,
	threshold = 20,
): Tensor {
	if (typeof beta === "object")
		return softplus(x, beta.beta ?? 1, beta.threshold ?? 20);
	return floats("softplus_cpu", x).unary("softplus", beta, threshold);
}

/** Within [minVal, maxVal]; the gradient at the bounds is 0. */
export function hardtanh<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	minVal?: number | ({ minVal?: number; maxVal?: number } & InplaceOptions),
	maxVal?: number | InplaceOptions,
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function hardtanh(
	x: Tensor,
	minVal: number | ({ minVal?: number; maxVal?: number } & InplaceOptions) = -1,
	maxVal: number | InplaceOptions = 1,
	options: InplaceOptions | boolean = false,
): Tensor {
	if (typeof minVal === "object")
		return hardtanh(x, minVal.minVal ?? -1, minVal.maxVal ?? 1, minVal);
	if (typeof maxVal === "object") return hardtanh(x, minVal, 1, maxVal);
	if (x.dtype === "float32")
		return activated(options, x, "hardtanh", minVal, maxVal);
	if (x.dtype === "bool")
		throw new DTypeError("Bool inputs not supported for hardtanh");
	if (x.dtype === "uint8" && (minVal < 0 || maxVal < 0))
		throw new DTypeError(
			"cannot do hardtanh on an unsigned type with negative limits",
		);
	const [low, high] = [Math.trunc(minVal), Math.trunc(maxVal)];
	return isInplace(options) ? x.clamp_(low, high) : x.clamp(low, high);
}

/** x relu6(x + 3) / 6. */
export function hardswish<D extends DType, S extends Shape>(
	x: Tensor<D, S> & NoInfer<NeedsFloat<D, "hardswish">>,
	options?: InplaceOptions | boolean,
): Tensor<D, S>;
export function hardswish(
	x: Tensor,
	options?: InplaceOptions | boolean,
): Tensor {
	return activated(options, floats("hardswish_cpu", x), "hardswish");
}

/** 1 / (1 + exp(-x)). */
export function sigmoid<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sigmoid();
}

/** Hyperbolic tangent. PyTorch: `torch.tanh`. */
export function tanh<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.tanh();
}

/** Softmax along `dim`. */
export function softmax<
	D extends DType,
	S extends Shape,
	const I extends number,
	const O extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<InType<undefined, O, D>, "softmax">> &
		NoInfer<HasDim<S, I>>,
	dim: I | { dim: I; dtype?: DType | null },
	options?: O,
): Tensor<InType<undefined, O, D>, S>;
export function softmax(
	x: Tensor,
	dim: number | ({ dim: number } & DTypeOptions),
	options?: DTypeOptions,
): Tensor {
	return x.softmax(dim as number, options);
}

/** log(softmax(x)) along `dim`, without overflow. */
export function logSoftmax<
	D extends DType,
	S extends Shape,
	const I extends number,
	const O extends DTypeOptions | undefined = undefined,
>(
	x: Tensor<D, S> &
		NoInfer<NeedsFloat<InType<undefined, O, D>, "logSoftmax">> &
		NoInfer<HasDim<S, I>>,
	dim: I | { dim: I; dtype?: DType | null },
	options?: O,
): Tensor<InType<undefined, O, D>, S>;
export function logSoftmax(
	x: Tensor,
	dim: number | ({ dim: number } & DTypeOptions),
	options?: DTypeOptions,
): Tensor {
	return x.logSoftmax(dim as number, options);
}

/** What `Dropout` takes besides its positional arguments. */
export interface DropoutOptions {
	/** Share of the elements that become 0. */
	readonly p?: number;
	/** Whether anything is dropped at all; true unless said otherwise. */
	readonly training?: boolean;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator;
	/** The result overwrites the argument, which is returned. */
	readonly inplace?: boolean;
}

/**
 * Zeros for a share p of the elements, the others times 1 / (1 - p). The same
 * elements as PyTorch's for the same seed.
 */
export function dropout<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	p?: number | DropoutOptions,
	options?: boolean | DropoutOptions,
): Tensor<D, S>;
export function dropout(
	x: Tensor,
	p: number | DropoutOptions = 0.5,
	options: boolean | DropoutOptions = {},
): Tensor {
	// PyTorch takes `training` by position too.
	if (typeof options === "boolean") return dropout(x, p, { training: options });
	if (isOptions<DropoutOptions>(p)) return dropout(x, p.p ?? 0.5, p);
	const share = p as number;
	if (!(share >= 0 && share <= 1))
		throw new ShapeError(
			`dropout probability has to be between 0 and 1, but got ${share}`,
		);
	if (share === 0 || options.training === false || x.numel() === 0) return x;
	if (share === 1) {
		const none = x.newFull([], 0);
		return options.inplace ? x.mul_(none) : x.mul(none);
	}
	if (x.dtype !== "float32")
		throw new DTypeError(
			`result type Float can't be cast to the desired output type ${torchName(x.dtype)}. Convert with .to('float32')`,
		);
	const noise = x
		.newEmpty(x.shape)
		.bernoulli_(1 - share, { generator: options.generator })
		.div_(1 - share);
	return options.inplace ? x.mul_(noise) : x.mul(noise);
}
