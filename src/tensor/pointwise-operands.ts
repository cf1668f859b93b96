import { DTypeError, ShapeError } from "../errors.js";
import { binaries } from "../ops/binary.js";
import { factorIn, resultType } from "../ops/operands.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import type { ClampOptions, DivOptions, Operand2 } from "./arguments.js";

/** @internal alpha times an operand that meets `self`, in the type of their result */
export function scaled(
	operand: Operand2 | boolean,
	alpha: number,
	self: Tensor,
): Operand2 {
	// a truth by itself stays one: it does not lift the other's type
	if (alpha === 1) return operand as Operand2;
	const other = typeof operand === "boolean" ? Number(operand) : operand;
	const type = resultType(self, other);
	if (!Number.isInteger(alpha) && type !== "float32")
		throw new DTypeError(
			"For integral input tensors, argument alpha must not be a floating point number.",
		);
	if (typeof other === "object") {
		const product = other.to(type).mul(alpha);
		return product.dtype === type ? product : product.to(type);
	}
	if (type !== "float32" || self.dtype === type) return other * alpha;
	// a fraction lifts whole numbers, even where alpha makes it whole
	return self.newFull([], other * Math.fround(alpha), type);
}

/** @internal alpha times the source of `indexAdd`, in its own type */
export function addend(source: Tensor, alpha: number): Tensor {
	const { dtype } = source;
	return alpha === 1 ? source : source.mul(factorIn(dtype, alpha)).to(dtype);
}

/** @internal the entry that divides and rounds. @throws DTypeError */
export function division(options: DivOptions | undefined) {
	const roundingMode = options?.roundingMode;
	switch (roundingMode) {
		case undefined:
			return binaries.div;
		case null:
			return binaries.divUnrounded;
		case "floor":
			return binaries.floorDivide;
		case "trunc":
			return binaries.truncDivide;
		default:
			throw new DTypeError(
				`div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${String(roundingMode)}'`,
			);
	}
}

/** @internal bounds as a user may give them. @throws ShapeError without any */
export function bounds(
	min: Operand2 | ClampOptions | null | undefined,
	max: Operand2 | null | undefined,
): { low: Operand2 | null; high: Operand2 | null } {
	const named = typeof min === "object" && min !== null && !isTensor(min);
	let low = (named ? min.min : (min as Operand2 | null | undefined)) ?? null;
	let high = (named ? min.max : max) ?? null;
	if (low === null && high === null)
		throw new ShapeError(
			"torch.clamp: At least one of 'min' or 'max' must not be None",
		);
	// One bound that is NaN binds nothing in PyTorch; of two, each makes all NaN.
	if (high === null && Number.isNaN(low)) low = Number.NEGATIVE_INFINITY;
	if (low === null && Number.isNaN(high)) high = Number.POSITIVE_INFINITY;
	return { low, high };
}

/** @internal a bound that the kernel can take as a parameter */
export function isNumeric(bound: Operand2 | null): bound is number | null {
	return bound === null || (typeof bound === "number" && !Number.isNaN(bound));
}

/** @internal numbers as the kernel's parameters */
export function limits(
	low: number | null,
	high: number | null,
): { p0: number; p1: number } {
	return {
		p0: low ?? Number.NEGATIVE_INFINITY,
		p1: high ?? Number.POSITIVE_INFINITY,
	};
}
