import { apply } from "../autograd/apply.js";
import { DTypeError } from "../errors.js";
import { torchName } from "../ops/operands.js";
import { relations } from "../ops/relations.js";
import { bitwiseNot, questions } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import type { CloseOptions, Operand2 } from "./arguments.js";
import { TensorUnary } from "./unary.js";

/** Relations, logic and bits, and questions about elements. */
export abstract class TensorComparison extends TensorUnary {
	/**
	 * Whether elements are equal; bool. PyTorch: `torch.Tensor.eq`.
	 * @throws ShapeError without a common shape
	 */
	eq(other: Operand2): Tensor {
		return apply(relations.eq, [this.self, other], undefined);
	}

	/**
	 * Whether elements differ; bool. PyTorch: `torch.Tensor.ne`.
	 * @throws ShapeError without a common shape
	 */
	ne(other: Operand2): Tensor {
		return apply(relations.ne, [this.self, other], undefined);
	}

	/**
	 * Whether elements are less than the other's; bool. PyTorch:
	 * `torch.Tensor.lt`.
	 * @throws ShapeError without a common shape
	 */
	lt(other: Operand2): Tensor {
		return apply(relations.lt, [this.self, other], undefined);
	}

	/**
	 * Whether elements are at most the other's; bool. PyTorch:
	 * `torch.Tensor.le`.
	 * @throws ShapeError without a common shape
	 */
	le(other: Operand2): Tensor {
		return apply(relations.le, [this.self, other], undefined);
	}

	/**
	 * Whether elements are greater than the other's; bool. PyTorch:
	 * `torch.Tensor.gt`.
	 * @throws ShapeError without a common shape
	 */
	gt(other: Operand2): Tensor {
		return apply(relations.gt, [this.self, other], undefined);
	}

	/**
	 * Whether elements are at least the other's; bool. PyTorch:
	 * `torch.Tensor.ge`.
	 * @throws ShapeError without a common shape
	 */
	ge(other: Operand2): Tensor {
		return apply(relations.ge, [this.self, other], undefined);
	}

	/** Whether each element is within atol + rtol · |other| of the other's. */
	isclose(
		other: Operand2,
		options: CloseOptions | number = {},
		absolute?: number,
		nan?: boolean,
	): Tensor {
		const {
			rtol = 1e-5,
			atol = absolute ?? 1e-8,
			equalNan = nan ?? false,
		} = typeof options === "number" ? { rtol: options } : options;
		const b = typeof other === "number" ? this.newFull([], other) : other;
		if (b.dtype !== this.dtype)
			throw new DTypeError(
				`${torchName(this.dtype)} did not match ${torchName(b.dtype)}: isclose compares tensors of one dtype. Convert with .to('${this.dtype}')`,
			);
		let close = this.eq(b);
		if (equalNan) close = close.logicalOr(this.isnan().logicalAnd(b.isnan()));
		if (rtol === 0 && atol === 0) return close;
		const a = this.self.to("float32");
		const allowed = b.to("float32").mul(rtol).abs().add(atol);
		const off = a.sub(b.to("float32")).abs();
		return close.logicalOr(off.isfinite().logicalAnd(off.le(allowed)));
	}

	/** Whether all elements are close. @throws DeviceError on a device that cannot be read at once: there `allcloseAsync` */
	allclose(
		other: Operand2,
		options?: CloseOptions | number,
		absolute?: number,
		nan?: boolean,
	): boolean {
		this.assertReadable("allclose()", "t.allcloseAsync(other)");
		return Boolean(
			this.isclose(other, options, absolute, nan).all().itemSync(),
		);
	}

	/** Whether shapes and all elements are the same. @throws DeviceError on a device that cannot be read at once: there `equalAsync` */
	equal(other: Tensor): boolean {
		const { shape } = this;
		if (shape.length !== other.shape.length) return false;
		if (shape.some((n, i) => n !== other.shape[i])) return false;
		this.assertReadable("equal()", "t.equalAsync(other)");
		return Boolean(this.eq(other).all().itemSync());
	}

	/** Whether both are not 0; bool. PyTorch: `torch.Tensor.logical_and`. */
	logicalAnd(other: Operand2): Tensor {
		return apply(relations.logicalAnd, [this.self, other], undefined);
	}

	/**
	 * Whether one at least is not 0; bool. PyTorch: `torch.Tensor.logical_or`.
	 */
	logicalOr(other: Operand2): Tensor {
		return apply(relations.logicalOr, [this.self, other], undefined);
	}

	/**
	 * Whether exactly one is not 0; bool. PyTorch: `torch.Tensor.logical_xor`.
	 */
	logicalXor(other: Operand2): Tensor {
		return apply(relations.logicalXor, [this.self, other], undefined);
	}

	/**
	 * Bitwise and of whole numbers; logical and of bool. PyTorch:
	 * `torch.Tensor.bitwise_and`.
	 * @throws DTypeError on float32
	 */
	bitwiseAnd(other: Operand2): Tensor {
		return apply(relations.bitwiseAnd, [this.self, other], undefined);
	}

	/**
	 * Bitwise or of whole numbers; logical or of bool. PyTorch:
	 * `torch.Tensor.bitwise_or`.
	 * @throws DTypeError on float32
	 */
	bitwiseOr(other: Operand2): Tensor {
		return apply(relations.bitwiseOr, [this.self, other], undefined);
	}

	/**
	 * Bitwise exclusive or of whole numbers; logical one of bool. PyTorch:
	 * `torch.Tensor.bitwise_xor`.
	 * @throws DTypeError on float32
	 */
	bitwiseXor(other: Operand2): Tensor {
		return apply(relations.bitwiseXor, [this.self, other], undefined);
	}

	/**
	 * Bits moved up by `other` places. PyTorch:
	 * `torch.Tensor.bitwise_left_shift`.
	 * @throws DTypeError on float32
	 */
	bitwiseLeftShift(other: Operand2): Tensor {
		return apply(relations.bitwiseLeftShift, [this.self, other], undefined);
	}

	/**
	 * Bits moved down by `other` places; the sign stays. PyTorch:
	 * `torch.Tensor.bitwise_right_shift`.
	 * @throws DTypeError on float32
	 */
	bitwiseRightShift(other: Operand2): Tensor {
		return apply(relations.bitwiseRightShift, [this.self, other], undefined);
	}

	/** Whether elements are 0; bool. PyTorch: `torch.Tensor.logical_not`. */
	logicalNot(): Tensor {
		return apply(questions.logicalNot, [this.self], undefined);
	}

	/** Whether elements are NaN; bool. PyTorch: `torch.Tensor.isnan`. */
	isnan(): Tensor {
		return apply(questions.isnan, [this.self], undefined);
	}

	/** Whether elements are infinite; bool. PyTorch: `torch.Tensor.isinf`. */
	isinf(): Tensor {
		return apply(questions.isinf, [this.self], undefined);
	}

	/**
	 * Whether elements are neither NaN nor infinite; bool. PyTorch:
	 * `torch.Tensor.isfinite`.
	 */
	isfinite(): Tensor {
		return apply(questions.isfinite, [this.self], undefined);
	}

	/**
	 * Bitwise complement of whole numbers; logical not of bool. PyTorch:
	 * `torch.Tensor.bitwise_not`.
	 * @throws DTypeError on float32
	 */
	bitwiseNot(): Tensor {
		return apply(bitwiseNot, [this.self], undefined);
	}
}
