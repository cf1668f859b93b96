import { applyInPlace } from "../autograd/apply.js";
import { DTypeError } from "../errors.js";
import { binaries } from "../ops/binary.js";
import * as ordering from "../ops/ordering.js";
import { clampTensors } from "../ops/ternary.js";
import { clamp } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import type { ClampOptions, Operand2 } from "./arguments.js";
import { TensorInPlaceArithmetic } from "./in-place-arithmetic.js";
import { bounds, isNumeric, limits } from "./pointwise-operands.js";

/** Functions of one operand that write into this tensor's memory and return the tensor. */
export abstract class TensorInPlaceFunctions extends TensorInPlaceArithmetic {
	/**
	 * In place: -x. PyTorch: `torch.Tensor.neg_`.
	 * @throws DTypeError on bool
	 */
	neg_(): Tensor {
		return this.unary_("neg");
	}

	/** In place: absolute values. PyTorch: `torch.Tensor.abs_`. */
	abs_(): Tensor {
		return this.unary_("abs");
	}

	/** In place: -1, 0 or 1. PyTorch: `torch.Tensor.sign_`. */
	sign_(): Tensor {
		return this.unary_("sign");
	}

	/**
	 * In place: square root; float32, NaN below 0. PyTorch:
	 * `torch.Tensor.sqrt_`.
	 */
	sqrt_(): Tensor {
		return this.unary_("sqrt");
	}

	/** In place: 1 / sqrt(x); float32. PyTorch: `torch.Tensor.rsqrt_`. */
	rsqrt_(): Tensor {
		return this.unary_("rsqrt");
	}

	/** In place: 1 / x; float32. PyTorch: `torch.Tensor.reciprocal_`. */
	reciprocal_(): Tensor {
		return this.unary_("reciprocal");
	}

	/**
	 * In place: e to the power of the elements; float32. PyTorch:
	 * `torch.Tensor.exp_`.
	 */
	exp_(): Tensor {
		return this.unary_("exp");
	}

	/**
	 * In place: exp(x) - 1, exact near 0; float32. PyTorch:
	 * `torch.Tensor.expm1_`.
	 */
	expm1_(): Tensor {
		return this.unary_("expm1");
	}

	/** In place: natural logarithm; float32. PyTorch: `torch.Tensor.log_`. */
	log_(): Tensor {
		return this.unary_("log");
	}

	/**
	 * In place: log(1 + x), exact near 0; float32. PyTorch:
	 * `torch.Tensor.log1p_`.
	 */
	log1p_(): Tensor {
		return this.unary_("log1p");
	}

	/** In place: logarithm to base 2; float32. PyTorch: `torch.Tensor.log2_`. */
	log2_(): Tensor {
		return this.unary_("log2");
	}

	/**
	 * In place: sine of angles in radians; float32. PyTorch:
	 * `torch.Tensor.sin_`.
	 */
	sin_(): Tensor {
		return this.unary_("sin");
	}

	/**
	 * In place: cosine of angles in radians; float32. PyTorch:
	 * `torch.Tensor.cos_`.
	 */
	cos_(): Tensor {
		return this.unary_("cos");
	}

	/** In place: hyperbolic tangent; float32. PyTorch: `torch.Tensor.tanh_`. */
	tanh_(): Tensor {
		return this.unary_("tanh");
	}

	/**
	 * In place: 1 / (1 + exp(-x)); float32. PyTorch: `torch.Tensor.sigmoid_`.
	 */
	sigmoid_(): Tensor {
		return this.unary_("sigmoid");
	}

	/** In place: the error function; float32. PyTorch: `torch.Tensor.erf_`. */
	erf_(): Tensor {
		return this.unary_("erf");
	}

	/** In place: x · x. PyTorch: `torch.Tensor.square_`. */
	square_(): Tensor {
		if (this.dtype === "bool")
			throw new DTypeError("Found dtype Bool but expected Long");
		return this.unary_("square");
	}

	/**
	 * In place: rounded down. PyTorch: `torch.Tensor.floor_`.
	 * @throws DTypeError on bool
	 */
	floor_(): Tensor {
		return this.rounded_("floor");
	}

	/**
	 * In place: rounded up. PyTorch: `torch.Tensor.ceil_`.
	 * @throws DTypeError on bool
	 */
	ceil_(): Tensor {
		return this.rounded_("ceil");
	}

	/**
	 * In place: to the nearest whole number, halves to even. PyTorch:
	 * `torch.Tensor.round_`.
	 * @throws DTypeError on bool
	 */
	round_(): Tensor {
		return this.rounded_("round");
	}

	/**
	 * In place: rounded towards zero. PyTorch: `torch.Tensor.trunc_`.
	 * @throws DTypeError on bool
	 */
	trunc_(): Tensor {
		return this.rounded_("trunc");
	}

	private rounded_(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		if (this.dtype === "float32") return this.unary_(name);
		this.assertRoundable(name);
		return this.self;
	}

	/**
	 * In place: max(x, 0); the gradient at 0 is 0. PyTorch:
	 * `torch.Tensor.relu_`.
	 */
	relu_(): Tensor {
		if (this.dtype === "float32") return this.unary_("relu");
		this.assertNotBool();
		return applyInPlace(binaries.maximum, [this.self, 0], undefined);
	}

	/**
	 * In place: within [min, max]; either may be left out. NaN stays. PyTorch:
	 * `torch.Tensor.clamp_`.
	 */
	clamp_(min?: Operand2 | ClampOptions | null, max?: Operand2 | null): Tensor {
		const { low, high } = bounds(min, max);
		if (this.dtype === "float32" && isNumeric(low) && isNumeric(high))
			return applyInPlace(clamp, [this.self], limits(low, high));
		return applyInPlace(clampTensors, [this.self, low, high], undefined);
	}

	/**
	 * In place: running sum along `dim`; whole numbers sum to int32. PyTorch:
	 * `torch.Tensor.cumsum_`.
	 */
	cumsum_(dim: number): Tensor {
		return applyInPlace(ordering.cumsum, [this.self], this.along(dim));
	}
}
