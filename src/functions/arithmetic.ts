import { apply } from "../autograd/apply.js";
import { binaries } from "../ops/binary.js";
import type {
	AddOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "../tensor/arguments.js";
import type { Both, BothDivided, Meets } from "../tensor/typed.js";
import type { Tensor } from "../tensor.js";
import { lift } from "./operands.js";

/** a + alpha · b, in the common type and shape. PyTorch: `torch.add`. */
export function add<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).add(b as Operand2, options) as never;
}

/** a - alpha · b, in the common type and shape. PyTorch: `torch.sub`. */
export function sub<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
	options?: AddOptions,
): Both<A, B> {
	return lift(a, b).sub(b as Operand2, options) as never;
}

/**
 * Products, element by element, in the common type and shape. PyTorch:
 * `torch.mul`.
 */
export function mul<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).mul(b as Operand2) as never;
}

/**
 * Quotients in float32, or rounded by `roundingMode` ("floor", "trunc").
 * PyTorch: `torch.div`.
 */
export function div<
	A extends Operand2,
	B extends Operand2,
	const P extends DivOptions = object,
>(a: A, b: B & NoInfer<Meets<A, B>>, options?: P): BothDivided<A, B, P> {
	return lift(a, b).div(b as Operand2, options) as never;
}

/** Quotients rounded down. PyTorch: `torch.floor_divide`. */
export function floorDivide<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).floorDivide(b as Operand2) as never;
}

/**
 * Remainders with the divisor's sign, as Python's `%`. PyTorch:
 * `torch.remainder`.
 */
export function remainder<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).remainder(b as Operand2) as never;
}

/**
 * Remainders with the dividend's sign, as C's `fmod`. PyTorch: `torch.fmod`.
 * @throws DTypeError for whole numbers by 0
 */
export function fmod<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).fmod(b as Operand2) as never;
}

/**
 * Powers. PyTorch: `torch.pow`.
 * @throws DTypeError for whole numbers to negative whole powers
 */
export function pow<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	// a number's power has a node of its own
	if (typeof a === "number" && typeof b === "object")
		return apply(binaries.pow, [a, b as Tensor], undefined) as never;
	return lift(a, b).pow(b as Operand2) as never;
}

/** The greater of two; NaN wins. PyTorch: `torch.maximum`. */
export function maximum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).maximum(b as Operand2) as never;
}

/** The smaller of two; NaN wins. PyTorch: `torch.minimum`. */
export function minimum<A extends Operand2, B extends Operand2>(
	a: A,
	b: B & NoInfer<Meets<A, B>>,
): Both<A, B> {
	return lift(a, b).minimum(b as Operand2) as never;
}

/**
 * From x to `end` by `weight`: 0 is here, 1 is there. PyTorch: `torch.lerp`.
 * @throws DTypeError unless float32
 */
export function lerp(x: Tensor, end: Tensor, weight: Operand2): Tensor {
	return x.lerp(end, weight);
}

/** x + value · a · b. PyTorch: `torch.addcmul`. */
export function addcmul(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcmul(a, b, options);
}

/**
 * x + value · a / b. PyTorch: `torch.addcdiv`.
 * @throws DTypeError if a and b are whole numbers
 */
export function addcdiv(
	x: Tensor,
	a: Tensor,
	b: Tensor,
	options?: ValueOptions,
): Tensor {
	return x.addcdiv(a, b, options);
}
