import type { BinaryName, UnaryName } from "../backend.js";

/**
 * Elementwise operations as WGSL expressions, in the operands a and b and the
 * parameters p0 and p1. Bytes are computed as i32.
 */
export const FLOAT_UNARY: Readonly<Record<UnaryName, string | null>> = {
	neg: "-a",
	abs: "abs(a)",
	sign: "f32(a > 0.0) - f32(a < 0.0)",
	square: "a * a",
	sqrt: "sqrt_(a)",
	rsqrt: "divide_(1.0, sqrt_(a))",
	reciprocal: "divide_(1.0, a)",
	exp: "exp_(a)",
	expm1: "expm1_(a)",
	log: "log_(a)",
	log1p: "log1p_(a)",
	log2: "log2_(a)",
	sin: "sin_(a)",
	cos: "cos_(a)",
	tanh: "tanh_(a)",
	sigmoid: "sigmoid_(a)",
	erf: "erf_(a)",
	floor: "floor(a)",
	ceil: "ceil(a)",
	round: "round(a)",
	trunc: "trunc(a)",
	relu: "select(a, 0.0, a < 0.0)",
	silu: "a / (1.0 + exp_(-a))",
	gelu: "a * 0.5 * (1.0 + erf_(a * 0.70710678))",
	softplus: "select(log1p_(exp_(a * p0())) / p0(), a, a * p0() > p1())",
	elu: "select(a, expm1_(a) * p0(), a <= 0.0)",
	leakyRelu: "select(a * p0(), a, a > 0.0)",
	hardtanh:
		"select(select(a, p0(), a < p0()), p1(), select(a, p0(), a < p0()) > p1())",
	hardswish:
		"a * select(select(select(a + 3.0, 0.0, a < -3.0), 6.0, a > 3.0), a, isNan(a)) / 6.0",
	bitwiseNot: null,
	logicalNot: "i32(!isSet(a))",
	isnan: "i32(isNan(a))",
	isinf: "i32(isInf(a))",
	isfinite: "i32(!isNan(a) && !isInf(a))",
};

const NO_UNARY = Object.fromEntries(
	Object.keys(FLOAT_UNARY).map((op) => [op, null]),
) as Record<UnaryName, null>;

export const INT_UNARY: Readonly<Record<UnaryName, string | null>> = {
	...NO_UNARY,
	neg: "0 - a",
	abs: "abs(a)",
	sign: "sign(a)",
	square: "a * a",
	bitwiseNot: "~a",
	logicalNot: "i32(a == 0)",
	isnan: "a * 0",
	isinf: "a * 0",
	isfinite: "a * 0 + 1",
};

export const FLOAT_BINARY: Readonly<Record<BinaryName, string | null>> = {
	add: "a + b",
	sub: "a - b",
	mul: "a * b",
	div: "divide_(a, b)",
	floorDivide: "floorDivide_(a, b)",
	truncDivide: "trunc(divide_(a, b))",
	remainder: "remainder_(a, b)",
	fmod: "fmod_(a, b)",
	pow: "pow_(a, b)",
	maximum: "max_(a, b)",
	minimum: "min_(a, b)",
	thresholdBackward: "select(a, 0.0, b <= 0.0)",
	sigmoidBackward: "a * (1.0 - b) * b",
	tanhBackward: "a * (1.0 - b * b)",
	eq: "i32(!isNan(a) && !isNan(b) && a == b)",
	ne: "i32(isNan(a) || isNan(b) || a != b)",
	lt: "i32(!isNan(a) && !isNan(b) && a < b)",
	le: "i32(!isNan(a) && !isNan(b) && a <= b)",
	gt: "i32(!isNan(a) && !isNan(b) && a > b)",
	ge: "i32(!isNan(a) && !isNan(b) && a >= b)",
	logicalAnd: "i32(isSet(a) && isSet(b))",
	logicalOr: "i32(isSet(a) || isSet(b))",
	logicalXor: "i32(isSet(a) != isSet(b))",
	bitwiseAnd: null,
	bitwiseOr: null,
	bitwiseXor: null,
	bitwiseLeftShift: null,
	bitwiseRightShift: null,
};

export const INT_BINARY: Readonly<Record<BinaryName, string | null>> = {
	add: "a + b",
	sub: "a - b",
	mul: "a * b",
	div: null,
	floorDivide: "intFloorDivide(a, b)",
	truncDivide: "intTruncDivide(a, b)",
	remainder: "intRemainder(a, b)",
	fmod: "intFmod(a, b)",
	pow: "intPow(a, b)",
	maximum: "max(a, b)",
	minimum: "min(a, b)",
	thresholdBackward: null,
	sigmoidBackward: null,
	tanhBackward: null,
	eq: "i32(a == b)",
	ne: "i32(a != b)",
	lt: "i32(a < b)",
	le: "i32(a <= b)",
	gt: "i32(a > b)",
	ge: "i32(a >= b)",
	logicalAnd: "i32(a != 0 && b != 0)",
	logicalOr: "i32(a != 0 || b != 0)",
	logicalXor: "i32((a != 0) != (b != 0))",
	bitwiseAnd: "a & b",
	bitwiseOr: "a | b",
	bitwiseXor: "a ^ b",
	bitwiseLeftShift: "select(a << u32(b), 0, u32(b) > 31u)",
	bitwiseRightShift: "a >> min(u32(b), 31u)",
};

/** From one element type to another, as PyTorch's `to`. */
export function conversion(from: string, to: string): string {
	if (from === to) return "a";
	if (to === "float32") return "f32(a)";
	if (to === "int32") return from === "float32" ? "floatToInt(a)" : "a";
	if (to === "uint8") return from === "float32" ? "floatToByte(a)" : "a & 255";
	return from === "float32" ? "i32(isSet(a))" : "i32(a != 0)";
}
