import { applyInPlace } from "../autograd/apply.js";
import { relations } from "../ops/relations.js";
import { bitwiseNot, questions } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import type { Operand2 } from "./arguments.js";
import { TensorInPlaceFunctions } from "./in-place-functions.js";

/** Comparisons and logic that write into this tensor's memory and return the tensor. */
export abstract class TensorInPlaceLogic extends TensorInPlaceFunctions {
	/**
	 * In place: whether elements are equal; bool. PyTorch: `torch.Tensor.eq_`.
	 * @throws ShapeError without a common shape
	 */
	eq_(other: Operand2): Tensor {
		return applyInPlace(relations.eq, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements differ; bool. PyTorch: `torch.Tensor.ne_`.
	 * @throws ShapeError without a common shape
	 */
	ne_(other: Operand2): Tensor {
		return applyInPlace(relations.ne, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are less than the other's; bool. PyTorch:
	 * `torch.Tensor.lt_`.
	 * @throws ShapeError without a common shape
	 */
	lt_(other: Operand2): Tensor {
		return applyInPlace(relations.lt, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are at most the other's; bool. PyTorch:
	 * `torch.Tensor.le_`.
	 * @throws ShapeError without a common shape
	 */
	le_(other: Operand2): Tensor {
		return applyInPlace(relations.le, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are greater than the other's; bool. PyTorch:
	 * `torch.Tensor.gt_`.
	 * @throws ShapeError without a common shape
	 */
	gt_(other: Operand2): Tensor {
		return applyInPlace(relations.gt, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are at least the other's; bool. PyTorch:
	 * `torch.Tensor.ge_`.
	 * @throws ShapeError without a common shape
	 */
	ge_(other: Operand2): Tensor {
		return applyInPlace(relations.ge, [this.self, other], undefined);
	}

	/**
	 * In place: whether both are not 0; bool. PyTorch:
	 * `torch.Tensor.logical_and_`.
	 */
	logicalAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalAnd, [this.self, other], undefined);
	}

	/**
	 * In place: whether one at least is not 0; bool. PyTorch:
	 * `torch.Tensor.logical_or_`.
	 */
	logicalOr_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalOr, [this.self, other], undefined);
	}

	/**
	 * In place: whether exactly one is not 0; bool. PyTorch:
	 * `torch.Tensor.logical_xor_`.
	 */
	logicalXor_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalXor, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise and of whole numbers; logical and of bool. PyTorch:
	 * `torch.Tensor.bitwise_and_`.
	 * @throws DTypeError on float32
	 */
	bitwiseAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseAnd, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise or of whole numbers; logical or of bool. PyTorch:
	 * `torch.Tensor.bitwise_or_`.
	 * @throws DTypeError on float32
	 */
	bitwiseOr_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseOr, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise exclusive or of whole numbers; logical one of bool.
	 * PyTorch: `torch.Tensor.bitwise_xor_`.
	 * @throws DTypeError on float32
	 */
	bitwiseXor_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseXor, [this.self, other], undefined);
	}

	/**
	 * In place: bits moved up by `other` places. PyTorch:
	 * `torch.Tensor.bitwise_left_shift_`.
	 * @throws DTypeError on float32
	 */
	bitwiseLeftShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseLeftShift,
			[this.self, other],
			undefined,
		);
	}

	/**
	 * In place: bits moved down by `other` places; the sign stays. PyTorch:
	 * `torch.Tensor.bitwise_right_shift_`.
	 * @throws DTypeError on float32
	 */
	bitwiseRightShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseRightShift,
			[this.self, other],
			undefined,
		);
	}

	/**
	 * In place: whether elements are 0; bool. PyTorch:
	 * `torch.Tensor.logical_not_`.
	 */
	logicalNot_(): Tensor {
		return applyInPlace(questions.logicalNot, [this.self], undefined);
	}

	/**
	 * In place: bitwise complement of whole numbers; logical not of bool.
	 * PyTorch: `torch.Tensor.bitwise_not_`.
	 * @throws DTypeError on float32
	 */
	bitwiseNot_(): Tensor {
		return applyInPlace(bitwiseNot, [this.self], undefined);
	}
}
