/** Comparisons, logic and choice. */
import { apply } from "../autograd/apply.js";
import type { DType } from "../dtype.js";
import { where as whereOp } from "../ops/ternary.js";
import type { CloseOptions, Operand2 } from "../tensor/arguments.js";
import type { Both, BothInto, Mask, Meets } from "../tensor/typed.js";
import type { Tensor } from "../tensor.js";
import { lift } from "./operands.js";

/** Coordinates of the true elements, a vector for each dimension. */
export function where(condition: Tensor): Tensor<"int32">[];
/**
 * `a` where the condition (bool, or uint8 that is not 0) holds, else `b`. Two
 * numbers give float32, as numbers alone do everywhere, two booleans bool.
 */
export function where<
	C extends Tensor,
	A extends Operand2 | boolean,
	B extends Operand2 | boolean,
>(
	condition: C & NoInfer<Mask<C, "where's condition">>,
	a: A & NoInfer<Meets<C, A>>,
	b: B & NoInfer<Meets<A, B>>,
): Tensor<Either<A, B>>;
export function where(
	condition: Tensor,
	a?: Operand2 | boolean,
	b?: Operand2 | boolean,
): Tensor | Tensor[] {
	if (a === undefined) {
		const flat = condition.dim() === 0 ? condition.unsqueeze(0) : condition;
		return flat.nonzero().unbind(1);
	}
	const plain = typeof a !== "object" && typeof b !== "object";
	const lifted = plain && typeof a !== typeof b ? Number(a) : (a as Operand2);
	const first =
		plain && typeof lifted === "number"
			? condition.newFull([], lifted, "float32")
			: lifted;
	return apply(
		whereOp,
		[first, (plain && first !== a ? Number(b) : b) as Operand2, condition],
		undefined,
	);
}

/** The dtype of `where`: of numbers alone float32, of truths alone bool. */
type Either<A, B> = A extends boolean
	? B extends boolean
		? "bool"
		: B extends Tensor
			? DType
			: "float32"
	: A extends number
		? B extends Tensor
			? Both<A, B>["dtype"]
			: "float32"
		: B extends boolean
			? DType
			: Both<A, B>["dtype"];

/**
 * Whether elements are equal; bool. PyTorch: `torch.eq`.
 * @throws ShapeError without a common shape
 */
export function eq<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).eq(b as Operand2) as never;
}

/**
 * Whether elements differ; bool. PyTorch: `torch.ne`.
 * @throws ShapeError without a common shape
 */
export function ne<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ne(b as Operand2) as never;
}

/**
 * Whether elements are less than the other's; bool. PyTorch: `torch.lt`.
 * @throws ShapeError without a common shape
 */
export function lt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).lt(b as Operand2) as never;
}

/**
 * Whether elements are at most the other's; bool. PyTorch: `torch.le`.
 * @throws ShapeError without a common shape
 */
export function le<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).le(b as Operand2) as never;
}

/**
 * Whether elements are greater than the other's; bool. PyTorch: `torch.gt`.
 * @throws ShapeError without a common shape
 */
export function gt<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).gt(b as Operand2) as never;
}

/**
 * Whether elements are at least the other's; bool. PyTorch: `torch.ge`.
 * @throws ShapeError without a common shape
 */
export function ge<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).ge(b as Operand2) as never;
}

/** Whether both are not 0; bool. PyTorch: `torch.logical_and`. */
export function logicalAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalAnd(b as Operand2) as never;
}

/** Whether one at least is not 0; bool. PyTorch: `torch.logical_or`. */
export function logicalOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalOr(b as Operand2) as never;
}

/** Whether exactly one is not 0; bool. PyTorch: `torch.logical_xor`. */
export function logicalXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): BothInto<"bool", A, B> {
	return lift(a, b).logicalXor(b as Operand2) as never;
}

/**
 * Bitwise and of whole numbers; logical and of bool. PyTorch:
 * `torch.bitwise_and`.
 * @throws DTypeError on float32
 */
export function bitwiseAnd<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseAnd(b as Operand2) as never;
}

/**
 * Bitwise or of whole numbers; logical or of bool. PyTorch:
 * `torch.bitwise_or`.
 * @throws DTypeError on float32
 */
export function bitwiseOr<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseOr(b as Operand2) as never;
}

/**
 * Bitwise exclusive or of whole numbers; logical one of bool. PyTorch:
 * `torch.bitwise_xor`.
 * @throws DTypeError on float32
 */
export function bitwiseXor<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseXor(b as Operand2) as never;
}

/**
 * Bits moved up by `other` places. PyTorch: `torch.bitwise_left_shift`.
 * @throws DTypeError on float32
 */
export function bitwiseLeftShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseLeftShift(b as Operand2) as never;
}

/**
 * Bits moved down by `other` places; the sign stays. PyTorch:
 * `torch.bitwise_right_shift`.
 * @throws DTypeError on float32
 */
export function bitwiseRightShift<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).bitwiseRightShift(b as Operand2) as never;
}

/**
 * Whether each element is within atol + rtol · |b| of the other's; bool.
 * PyTorch: `torch.isclose`.
 * @throws DTypeError if the types differ
 */
export function isclose(
	a: Operand2,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): Tensor {
	return lift(a, b).isclose(b, options, atol, equalNan);
}

/**
 * Whether all elements are close. PyTorch: `torch.allclose`.
 * @throws DeviceError on a device that cannot be read at once
 */
export function allclose(
	a: Tensor,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): boolean {
	return a.allclose(b, options, atol, equalNan);
}

/** As `allclose(a, b, …)`, on any device. */
export function allcloseAsync(
	a: Tensor,
	b: Operand2,
	options?: CloseOptions | number,
	atol?: number,
	equalNan?: boolean,
): Promise<boolean> {
	return a.allcloseAsync(b, options, atol, equalNan);
}

/**
 * Whether shapes and all elements are the same. PyTorch: `torch.equal`.
 * @throws DeviceError on a device that cannot be read at once
 */
export function equal(a: Tensor, b: Tensor): boolean {
	return a.equal(b);
}

/** As `equal(a, b)`, on any device. */
export function equalAsync(a: Tensor, b: Tensor): Promise<boolean> {
	return a.equalAsync(b);
}
