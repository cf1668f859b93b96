import { apply } from "../autograd/apply.js";
import { binaries, refuseBoolSub } from "../ops/binary.js";
import {
	addcdiv,
	addcmul,
	clampTensors,
	lerp,
	maskedFill,
	where,
} from "../ops/ternary.js";
import { clamp } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import type {
	AddOptions,
	ClampOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "./arguments.js";
import {
	bounds,
	division,
	isNumeric,
	limits,
	scaled,
} from "./pointwise-operands.js";
import { TensorRearrangement } from "./rearrangement.js";

/** Methods that combine tensors and numbers element by element, with broadcasting. */
export abstract class TensorArithmetic extends TensorRearrangement {
	/** this + alpha · other. */
	add(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return apply(
			binaries.add,
			[this.self, scaled(other, alpha, this.self)],
			undefined,
		);
	}

	/** this - alpha · other. */
	sub(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		if (alpha !== 1) refuseBoolSub(this.self, other);
		return apply(
			binaries.sub,
			[this.self, scaled(other, alpha, this.self)],
			undefined,
		);
	}

	/**
	 * Products, element by element, in the common type and shape. PyTorch:
	 * `torch.Tensor.mul`.
	 */
	mul(other: Operand2): Tensor {
		return apply(binaries.mul, [this.self, other], undefined);
	}

	/** Quotient in float32, or rounded by `roundingMode`. */
	div(other: Operand2, options?: DivOptions): Tensor {
		return apply(division(options), [this.self, other], undefined);
	}

	/** Quotient rounded down. */
	floorDivide(other: Operand2): Tensor {
		return apply(binaries.floorDivision, [this.self, other], undefined);
	}

	/** Remainder with the divisor's sign, as Python's `%`. */
	remainder(other: Operand2): Tensor {
		return apply(binaries.remainder, [this.self, other], undefined);
	}

	/**
	 * Remainder with this tensor's sign, as C's `fmod`. PyTorch:
	 * `torch.Tensor.fmod`.
	 * @throws DTypeError for whole numbers by 0
	 */
	fmod(other: Operand2): Tensor {
		return apply(binaries.fmod, [this.self, other], undefined);
	}

	/**
	 * Powers. PyTorch: `torch.Tensor.pow`.
	 * @throws DTypeError for whole numbers to negative whole powers
	 */
	pow(exponent: Operand2): Tensor {
		return apply(binaries.pow, [this.self, exponent], undefined);
	}

	/** The greater of two; NaN wins. */
	maximum(other: Operand2): Tensor {
		return apply(binaries.maximum, [this.self, other], undefined);
	}

	/** The smaller of two; NaN wins. */
	minimum(other: Operand2): Tensor {
		return apply(binaries.minimum, [this.self, other], undefined);
	}

	/** From this to `end` by `weight`: 0 is here, 1 is there. */
	lerp(end: Tensor, weight: Operand2): Tensor {
		return apply(lerp, [this.self, end, weight], undefined);
	}

	/** this + value · a · b. */
	addcmul(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return apply(addcmul, [this.self, a, b], { value });
	}

	/** this + value · a / b. */
	addcdiv(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return apply(addcdiv, [this.self, a, b], { value });
	}

	/** Within [min, max]; either may be left out. NaN stays. */
	clamp(min?: Operand2 | ClampOptions | null, max?: Operand2 | null): Tensor {
		const { low, high } = bounds(min, max);
		if (this.dtype === "float32" && isNumeric(low) && isNumeric(high))
			return apply(clamp, [this.self], limits(low, high));
		return apply(clampTensors, [this.self, low, high], undefined);
	}

	/** This tensor where the condition holds, else `other`. */
	where(condition: Tensor, other: Operand2): Tensor {
		return apply(where, [this.self, other, condition], undefined);
	}

	/** `value` where the mask holds. */
	maskedFill(mask: Tensor, value: Operand2 | boolean): Tensor {
		return apply(
			maskedFill,
			[this.self, typeof value === "boolean" ? Number(value) : value, mask],
			undefined,
		);
	}
}
