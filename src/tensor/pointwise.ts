import { apply } from "../autograd/apply.js";
import { type DType, promoteTypes } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { binaries, refuseBoolSub, relations, where } from "../ops/binary.js";
import { torchName } from "../ops/operands.js";
import {
	addcdiv,
	addcmul,
	clampTensors,
	lerp,
	maskedFill,
} from "../ops/ternary.js";
import { bitwiseNot, clamp, questions } from "../ops/unary.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import type {
	AddOptions,
	ClampOptions,
	CloseOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "./arguments.js";
import { TensorShape } from "./shape.js";

/** @internal */
export function scaled(
	operand: Operand2 | boolean,
	alpha: number,
	by: DType,
): Operand2 {
	// a truth by itself stays one: it does not lift the other's type
	if (alpha === 1) return operand as Operand2;
	const other = typeof operand === "boolean" ? Number(operand) : operand;
	if (!Number.isInteger(alpha) && by !== "float32" && isWhole(other))
		throw new DTypeError(
			"For integral input tensors, argument alpha must not be a floating point number.",
		);
	if (typeof other === "number") return other * alpha;
	// bytes are multiplied in the type that the result has, where they do not wrap
	const type = promoteTypes(other.dtype, by);
	return type === "bool"
		? other.mul(alpha).to("bool")
		: other.to(type).mul(alpha);
}

/** @internal alpha times the source of `indexAdd`, in its own type */
export function addend(source: Tensor, alpha: number): Operand2 {
	return scaled(source, alpha, source.dtype);
}

function isWhole(x: Operand2): boolean {
	return typeof x === "number" ? Number.isInteger(x) : x.dtype !== "float32";
}

/** @internal the entry that divides and rounds. @throws DTypeError */
export function division(roundingMode: DivOptions["roundingMode"]) {
	switch (roundingMode ?? null) {
		case null:
			return binaries.div;
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

/** Methods that work element by element, with broadcasting. */
export abstract class TensorPointwise extends TensorShape {
	/** this + alpha · other. */
	add(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return apply(
			binaries.add,
			[this.self, scaled(other, alpha, this.dtype)],
			undefined,
		);
	}

	/** this - alpha · other. */
	sub(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		if (alpha !== 1) refuseBoolSub(this.self, other);
		return apply(
			binaries.sub,
			[this.self, scaled(other, alpha, this.dtype)],
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
		return apply(
			division(options?.roundingMode),
			[this.self, other],
			undefined,
		);
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

	/**
	 * -x. PyTorch: `torch.Tensor.neg`.
	 * @throws DTypeError on bool
	 */
	neg(): Tensor {
		return this.unary("neg");
	}

	/** Absolute values. PyTorch: `torch.Tensor.abs`. */
	abs(): Tensor {
		return this.unary("abs");
	}

	/** -1, 0 or 1. PyTorch: `torch.Tensor.sign`. */
	sign(): Tensor {
		return this.unary("sign");
	}

	/** Square root; float32, NaN below 0. PyTorch: `torch.Tensor.sqrt`. */
	sqrt(): Tensor {
		return this.unary("sqrt");
	}

	/** 1 / sqrt(x); float32. PyTorch: `torch.Tensor.rsqrt`. */
	rsqrt(): Tensor {
		return this.unary("rsqrt");
	}

	/** 1 / x; float32. PyTorch: `torch.Tensor.reciprocal`. */
	reciprocal(): Tensor {
		return this.unary("reciprocal");
	}

	/** e to the power of the elements; float32. PyTorch: `torch.Tensor.exp`. */
	exp(): Tensor {
		return this.unary("exp");
	}

	/** exp(x) - 1, exact near 0; float32. PyTorch: `torch.Tensor.expm1`. */
	expm1(): Tensor {
		return this.unary("expm1");
	}

	/** Natural logarithm; float32. PyTorch: `torch.Tensor.log`. */
	log(): Tensor {
		return this.unary("log");
	}

	/** log(1 + x), exact near 0; float32. PyTorch: `torch.Tensor.log1p`. */
	log1p(): Tensor {
		return this.unary("log1p");
	}

	/** Logarithm to base 2; float32. PyTorch: `torch.Tensor.log2`. */
	log2(): Tensor {
		return this.unary("log2");
	}

	/** Sine of angles in radians; float32. PyTorch: `torch.Tensor.sin`. */
	sin(): Tensor {
		return this.unary("sin");
	}

	/** Cosine of angles in radians; float32. PyTorch: `torch.Tensor.cos`. */
	cos(): Tensor {
		return this.unary("cos");
	}

	/** Hyperbolic tangent; float32. PyTorch: `torch.Tensor.tanh`. */
	tanh(): Tensor {
		return this.unary("tanh");
	}

	/** 1 / (1 + exp(-x)); float32. PyTorch: `torch.Tensor.sigmoid`. */
	sigmoid(): Tensor {
		return this.unary("sigmoid");
	}

	/** The error function; float32. PyTorch: `torch.Tensor.erf`. */
	erf(): Tensor {
		return this.unary("erf");
	}

	/** x · x. PyTorch: `torch.Tensor.square`. */
	square(): Tensor {
		// PyTorch's square is pow(2), which lifts bool to integers.
		return this.dtype === "bool" ? this.self.to("int32") : this.unary("square");
	}

	/**
	 * Rounded down. PyTorch: `torch.Tensor.floor`.
	 * @throws DTypeError on bool
	 */
	floor(): Tensor {
		return this.rounded("floor");
	}

	/**
	 * Rounded up. PyTorch: `torch.Tensor.ceil`.
	 * @throws DTypeError on bool
	 */
	ceil(): Tensor {
		return this.rounded("ceil");
	}

	/** To the nearest whole number, halves to even. */
	round(): Tensor {
		return this.rounded("round");
	}

	/** Towards zero. */
	trunc(): Tensor {
		return this.rounded("trunc");
	}

	private rounded(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		if (this.dtype === "float32") return this.unary(name);
		this.assertRoundable(name);
		return this.self.clone();
	}

	/** @internal @throws DTypeError */
	assertRoundable(name: string): void {
		if (this.dtype === "bool")
			throw new DTypeError(`"${name}_vml_cpu" not implemented for 'Bool'`);
	}

	/** max(x, 0); the gradient at 0 is 0. */
	relu(): Tensor {
		if (this.dtype === "float32") return this.unary("relu");
		this.assertNotBool();
		return this.maximum(0);
	}

	/** @internal @throws DTypeError */
	assertNotBool(): void {
		if (this.dtype === "bool")
			throw new DTypeError("Boolean inputs not supported for relu");
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

	// Comparison and logic

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
