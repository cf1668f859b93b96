import { applyInPlace } from "../autograd/apply.js";
import { DTypeError } from "../errors.js";
import { assertPower, binaries, refuseBoolSub } from "../ops/binary.js";
import * as products from "../ops/matmul.js";
import { resultType, torchName } from "../ops/operands.js";
import { addcdiv, addcmul, lerp } from "../ops/ternary.js";
import type { Tensor } from "../tensor.js";
import type {
	AddmmOptions,
	AddOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "./arguments.js";
import { division, scaled } from "./pointwise-operands.js";

import { TensorProducts } from "./products.js";

/** Arithmetic that writes into this tensor's memory and returns the tensor. */
export abstract class TensorInPlaceArithmetic extends TensorProducts {
	/**
	 * In place: a + alpha · b, in the common type and shape. PyTorch:
	 * `torch.Tensor.add_`.
	 */
	add_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(
			binaries.add,
			[this.self, scaled(other, alpha, this.self)],
			undefined,
		);
	}

	/**
	 * In place: a - alpha · b, in the common type and shape. PyTorch:
	 * `torch.Tensor.sub_`.
	 */
	sub_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		if (alpha !== 1) refuseBoolSub(this.self, other);
		return applyInPlace(
			binaries.sub,
			[this.self, scaled(other, alpha, this.self)],
			undefined,
		);
	}

	/**
	 * In place: products, element by element, in the common type and shape.
	 * PyTorch: `torch.Tensor.mul_`.
	 */
	mul_(other: Operand2): Tensor {
		return applyInPlace(binaries.mul, [this.self, other], undefined);
	}

	/**
	 * In place: quotients in float32, or rounded by `roundingMode` ("floor",
	 * "trunc"). PyTorch: `torch.Tensor.div_`.
	 */
	div_(other: Operand2, options?: DivOptions): Tensor {
		return applyInPlace(division(options), [this.self, other], undefined);
	}

	/**
	 * In place: quotients rounded down. PyTorch: `torch.Tensor.floor_divide_`.
	 */
	floorDivide_(other: Operand2): Tensor {
		return applyInPlace(binaries.floorDivision, [this.self, other], undefined);
	}

	/**
	 * In place: remainders with the divisor's sign, as Python's `%`. PyTorch:
	 * `torch.Tensor.remainder_`.
	 */
	remainder_(other: Operand2): Tensor {
		return applyInPlace(binaries.remainder, [this.self, other], undefined);
	}

	/**
	 * In place: remainders with this tensor's sign, as C's `fmod`. PyTorch:
	 * `torch.Tensor.fmod_`.
	 * @throws DTypeError for whole numbers by 0
	 */
	fmod_(other: Operand2): Tensor {
		return applyInPlace(binaries.fmod, [this.self, other], undefined);
	}

	/**
	 * In place: powers. PyTorch: `torch.Tensor.pow_`.
	 * @throws DTypeError for whole numbers to negative whole powers
	 */
	pow_(exponent: Operand2): Tensor {
		const type = resultType(this.self, exponent);
		if (typeof exponent === "number" && type !== this.dtype) {
			assertPower(exponent, type);
			throw new DTypeError(
				`Found dtype ${torchName(this.dtype)} but expected ${torchName(type)}`,
			);
		}
		return applyInPlace(binaries.pow, [this.self, exponent], undefined);
	}

	/**
	 * In place: from x to `end` by `weight`: 0 is here, 1 is there. PyTorch:
	 * `torch.Tensor.lerp_`.
	 * @throws DTypeError unless float32
	 */
	lerp_(end: Tensor, weight: Operand2): Tensor {
		return applyInPlace(lerp, [this.self, end, weight], undefined);
	}

	/** In place: x + value · a · b. PyTorch: `torch.Tensor.addcmul_`. */
	addcmul_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcmul, [this.self, a, b], { value });
	}

	/**
	 * In place: x + value · a / b. PyTorch: `torch.Tensor.addcdiv_`.
	 * @throws DTypeError if a and b are whole numbers
	 */
	addcdiv_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcdiv, [this.self, a, b], { value });
	}

	/**
	 * In place: beta · x + alpha · a · b, for matrices a and b. PyTorch:
	 * `torch.Tensor.addmm_`.
	 * @throws ShapeError, DTypeError
	 */
	addmm_(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return applyInPlace(products.addmm, [this.self, a, b], { beta, alpha });
	}

	/**
	 * In place: beta · x + alpha · a · b, for batches of matrices a and b.
	 * PyTorch: `torch.Tensor.baddbmm_`.
	 * @throws ShapeError, DTypeError
	 */
	baddbmm_(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return applyInPlace(products.baddbmm, [this.self, a, b], { beta, alpha });
	}
}
