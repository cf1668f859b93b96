import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import type { ClampOptions, Operand2 } from "../tensor/arguments.js";
import type { Needs, PromoteNumber } from "../tensor/dtype-types.js";
import type { Tensor } from "../tensor.js";

/**
 * -x. PyTorch: `torch.neg`.
 * @throws DTypeError on bool
 */
export function neg<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.neg();
}

/** Absolute values. PyTorch: `torch.abs`. */
export function abs<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.abs();
}

/** -1, 0 or 1. PyTorch: `torch.sign`. */
export function sign<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.sign();
}

/** x · x. PyTorch: `torch.square`. */
export function square<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<PromoteNumber<D, 2>, S> {
	return x.square();
}

/** Square root; float32, NaN below 0. PyTorch: `torch.sqrt`. */
export function sqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sqrt();
}

/** 1 / sqrt(x); float32. PyTorch: `torch.rsqrt`. */
export function rsqrt<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.rsqrt();
}

/** 1 / x; float32. PyTorch: `torch.reciprocal`. */
export function reciprocal<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.reciprocal();
}

/** e to the power of the elements; float32. PyTorch: `torch.exp`. */
export function exp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.exp();
}

/** exp(x) - 1, exact near 0; float32. PyTorch: `torch.expm1`. */
export function expm1<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.expm1();
}

/** Natural logarithm; float32. PyTorch: `torch.log`. */
export function log<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log();
}

/** log(1 + x), exact near 0; float32. PyTorch: `torch.log1p`. */
export function log1p<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log1p();
}

/** Logarithm to base 2; float32. PyTorch: `torch.log2`. */
export function log2<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.log2();
}

/** Sine of angles in radians; float32. PyTorch: `torch.sin`. */
export function sin<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sin();
}

/** Cosine of angles in radians; float32. PyTorch: `torch.cos`. */
export function cos<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.cos();
}

/** Hyperbolic tangent; float32. PyTorch: `torch.tanh`. */
export function tanh<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.tanh();
}

/** 1 / (1 + exp(-x)); float32. PyTorch: `torch.sigmoid`. */
export function sigmoid<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.sigmoid();
}

/** The error function; float32. PyTorch: `torch.erf`. */
export function erf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"float32", S> {
	return x.erf();
}

/**
 * Rounded down. PyTorch: `torch.floor`.
 * @throws DTypeError on bool
 */
export function floor<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.floor();
}

/**
 * Rounded up. PyTorch: `torch.ceil`.
 * @throws DTypeError on bool
 */
export function ceil<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.ceil();
}

/**
 * To the nearest whole number, halves to even. PyTorch: `torch.round`.
 * @throws DTypeError on bool
 */
export function round<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.round();
}

/**
 * Rounded towards zero. PyTorch: `torch.trunc`.
 * @throws DTypeError on bool
 */
export function trunc<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.trunc();
}

/** max(x, 0); the gradient at 0 is 0. PyTorch: `torch.relu`. */
export function relu<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.relu();
}

/** Whether elements are NaN; bool. PyTorch: `torch.isnan`. */
export function isnan<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isnan();
}

/** Whether elements are infinite; bool. PyTorch: `torch.isinf`. */
export function isinf<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isinf();
}

/**
 * Whether elements are neither NaN nor infinite; bool. PyTorch:
 * `torch.isfinite`.
 */
export function isfinite<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.isfinite();
}

/** Whether elements are 0; bool. PyTorch: `torch.logical_not`. */
export function logicalNot<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<"bool", S> {
	return x.logicalNot();
}

/**
 * Bitwise complement of whole numbers; logical not of bool. PyTorch:
 * `torch.bitwise_not`.
 * @throws DTypeError on float32
 */
export function bitwiseNot<D extends DType, S extends Shape>(
	x: Tensor<D, S> &
		NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
): Tensor<D, S> {
	return x.bitwiseNot();
}

/**
 * A copy with its own memory; gradients flow back through it. PyTorch:
 * `torch.clone`.
 */
export function clone<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.clone();
}

/** The same memory without history. PyTorch: `torch.detach`. */
export function detach<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
): Tensor<D, S> {
	return x.detach();
}

/**
 * Within [min, max]; either may be left out. NaN stays. PyTorch:
 * `torch.clamp`.
 */
export function clamp<D extends DType, S extends Shape>(
	x: Tensor<D, S>,
	min?: Operand2 | ClampOptions | null,
	max?: Operand2 | null,
): Tensor<D extends "float32" ? D : DType> {
	return x.clamp(min, max) as never;
}
