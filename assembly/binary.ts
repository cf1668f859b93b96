/**
 * Operations on two operands. Each is a rule on vectors. In the loops of those
 * that training is made of, opcodes are constants and rules inlined, so that each
 * loop holds its own operation only; the others share a loop that calls.
 */
import { Kind } from "./kinds";
import { lanes, lanesI } from "./math";
import { Binary } from "./opcodes";
import {
	BLOCK,
	borrow,
	giveBack,
	inputSize,
	maskToBools,
	outputSize,
	slot,
} from "./row";

// @ts-ignore: decorator
@inline
function floatRule(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.add) return f32x4.add(a, b);
	if (op == Binary.sub) return f32x4.sub(a, b);
	if (op == Binary.mul) return f32x4.mul(a, b);
	if (op == Binary.div) return f32x4.div(a, b);
	if (op == Binary.maximum) return f32x4.max(a, b);
	if (op == Binary.minimum) return f32x4.min(a, b);
	if (op == Binary.thresholdBackward)
		return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
	if (op == Binary.sigmoidBackward)
		return f32x4.mul(f32x4.mul(a, f32x4.sub(f32x4.splat(1), b)), b);
	// tanhBackward
	return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
}

function rareRule(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.truncDivide) return f32x4.trunc(f32x4.div(a, b));
	return lanes(
		floatLane(op, f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)),
		floatLane(op, f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)),
		floatLane(op, f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)),
		floatLane(op, f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)),
	);
}

function floatLane(op: i32, a: f32, b: f32): f32 {
	if (op == Binary.pow) return power(a, b);
	if (op == Binary.remainder) return remainder(a, b);
	if (op == Binary.fmod) return fmod(a, b);
	return floorDivide(a, b);
}

/** As in C; in double precision, so that only the rounding to float32 shows. */
function power(a: f32, b: f32): f32 {
	if (a == 1 || b == 0 || (a == -1 && abs(b) == Infinity)) return 1;
	const y = <f32>NativeMath.exp(<f64>b * NativeMath.log(<f64>abs(a)));
	// from negative a (or -0) only whole powers, odd ones with the sign
	if (copysign<f32>(1, a) > 0) return y;
	const half = b * 0.5;
	if (nearest(b) == b) return nearest(half) == half ? y : -y;
	return a == 0 || a == -Infinity ? y : NaN;
}

/** C's fmod: what is left of a, with its sign. */
function fmod(a: f32, b: f32): f32 {
	// Below 2^24 a quotient that is not whole is too far from a whole number for
	// double precision to round it to one, and quotient · b is exact.
	const quotient = trunc(<f64>a / b);
	if (!(abs(quotient) < 16777216)) return NativeMathf.mod(a, b);
	if (quotient == 0) return a;
	return copysign<f32>(<f32>(a - quotient * b), a);
}

/** Python's %: fmod, moved to the divisor's sign. */
function remainder(a: f32, b: f32): f32 {
	const mod = fmod(a, b);
	return mod != 0 && b < 0 != mod < 0 ? mod + b : mod;
}

/** Python's //, which is not always floor(a / b). Source: c10's div_floor_floating. */
function floorDivide(a: f32, b: f32): f32 {
	if (b == 0) return a / b;
	const mod = fmod(a, b);
	let quotient = (a - mod) / b;
	if (mod != 0 && b < 0 != mod < 0) quotient -= 1;
	if (quotient == 0) return copysign<f32>(0, a / b);
	const whole = floor(quotient);
	return quotient - whole > 0.5 ? whole + 1 : whole;
}

function intRule(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.add) return i32x4.add(a, b);
	if (op == Binary.sub) return i32x4.sub(a, b);
	if (op == Binary.mul) return i32x4.mul(a, b);
	if (op == Binary.maximum) return i32x4.max_s(a, b);
	if (op == Binary.minimum) return i32x4.min_s(a, b);
	if (op == Binary.bitwiseAnd) return v128.and(a, b);
	if (op == Binary.bitwiseOr) return v128.or(a, b);
	if (op == Binary.bitwiseXor) return v128.xor(a, b);
	return lanesI(
		intLane(op, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)),
		intLane(op, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)),
		intLane(op, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)),
		intLane(op, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)),
	);
}

function intLane(op: i32, a: i32, b: i32): i32 {
	if (op == Binary.pow) return intPow(a, b);
	// by 32 and more nothing is left, whatever the processor does
	if (op == Binary.bitwiseLeftShift) return <u32>b > 31 ? 0 : a << b;
	if (op == Binary.bitwiseRightShift) return a >> (<u32>b > 31 ? 31 : b);
	// division by -1 apart: the least integer would trap
	if (b == 0) return 0;
	if (b == -1)
		return op == Binary.remainder || op == Binary.fmod ? 0 : 0 - a;
	const rest = a % b;
	if (op == Binary.fmod) return rest;
	const behind = rest != 0 && (rest ^ b) < 0;
	if (op == Binary.remainder) return behind ? rest + b : rest;
	const quotient = a / b;
	return op == Binary.floorDivide && behind ? quotient - 1 : quotient;
}

/** By squaring; 1 / a^-b cut to an integer for negative b. */
function intPow(a: i32, b: i32): i32 {
	if (b < 0) {
		if (a == 1) return 1;
		if (a == -1) return b & 1 ? -1 : 1;
		return 0;
	}
	let y = 1;
	for (; b; b >>= 1, a *= a) if (b & 1) y *= a;
	return y;
}

/** Result as a mask of lanes. */
function floatTest(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.eq) return f32x4.eq(a, b);
	if (op == Binary.ne) return f32x4.ne(a, b);
	if (op == Binary.lt) return f32x4.lt(a, b);
	if (op == Binary.le) return f32x4.le(a, b);
	if (op == Binary.gt) return f32x4.gt(a, b);
	if (op == Binary.ge) return f32x4.ge(a, b);
	const zero = f32x4.splat(0);
	return logic(op, f32x4.ne(a, zero), f32x4.ne(b, zero));
}

function intTest(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.eq) return i32x4.eq(a, b);
	if (op == Binary.ne) return i32x4.ne(a, b);
	if (op == Binary.lt) return i32x4.lt_s(a, b);
	if (op == Binary.le) return i32x4.le_s(a, b);
	if (op == Binary.gt) return i32x4.gt_s(a, b);
	if (op == Binary.ge) return i32x4.ge_s(a, b);
	const zero = i32x4.splat(0);
	return logic(op, i32x4.ne(a, zero), i32x4.ne(b, zero));
}

function boolTest(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.eq) return i8x16.eq(a, b);
	if (op == Binary.ne || op == Binary.bitwiseXor) return i8x16.ne(a, b);
	if (op == Binary.lt) return i8x16.lt_u(a, b);
	if (op == Binary.le) return i8x16.le_u(a, b);
	if (op == Binary.gt) return i8x16.gt_u(a, b);
	if (op == Binary.ge) return i8x16.ge_u(a, b);
	const zero = i8x16.splat(0);
	if (op == Binary.bitwiseAnd) op = Binary.logicalAnd;
	if (op == Binary.bitwiseOr) op = Binary.logicalOr;
	return logic(op, i8x16.ne(a, zero), i8x16.ne(b, zero));
}

// @ts-ignore: decorator
@inline
function logic(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.logicalAnd) return v128.and(a, b);
	if (op == Binary.logicalOr) return v128.or(a, b);
	return v128.xor(a, b);
}

// The rows' steps are 0 or the size of an element, as `binaryRow` says; those of
// the loops are from vector to vector.

// @ts-ignore: decorator
@inline
function floats(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	do {
		v128.store(y, floatRule(op, v128.load(a), v128.load(b)));
		a += sa;
		b += sb;
		y += 16;
		n -= 4;
	} while (n > 0);
}

function floatRow(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	switch (op) {
		case Binary.add:
			floats(Binary.add, a, sa, b, sb, y, n);
			break;
		case Binary.sub:
			floats(Binary.sub, a, sa, b, sb, y, n);
			break;
		case Binary.mul:
			floats(Binary.mul, a, sa, b, sb, y, n);
			break;
		case Binary.div:
			floats(Binary.div, a, sa, b, sb, y, n);
			break;
		case Binary.maximum:
			floats(Binary.maximum, a, sa, b, sb, y, n);
			break;
		case Binary.minimum:
			floats(Binary.minimum, a, sa, b, sb, y, n);
			break;
		case Binary.thresholdBackward:
			floats(Binary.thresholdBackward, a, sa, b, sb, y, n);
			break;
		case Binary.sigmoidBackward:
			floats(Binary.sigmoidBackward, a, sa, b, sb, y, n);
			break;
		case Binary.tanhBackward:
			floats(Binary.tanhBackward, a, sa, b, sb, y, n);
			break;
		default:
			for (; n > 0; n -= 4, a += sa, b += sb, y += 16)
				v128.store(y, rareRule(op, v128.load(a), v128.load(b)));
	}
}

function intRow(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	for (; n > 0; n -= 4, a += sa, b += sb, y += 16)
		v128.store(y, intRule(op, v128.load(a), v128.load(b)));
}

function floatTestRow(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	for (; n > 0; n -= 4, a += sa, b += sb, y += 4) {
		const mask = floatTest(op, v128.load(a), v128.load(b));
		v128.store32_lane(y, maskToBools(mask), 0);
	}
}

function intTestRow(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	for (; n > 0; n -= 4, a += sa, b += sb, y += 4) {
		const mask = intTest(op, v128.load(a), v128.load(b));
		v128.store32_lane(y, maskToBools(mask), 0);
	}
}

function boolRow(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	const one = i8x16.splat(1);
	for (; n > 0; n -= 16, a += sa, b += sb, y += 16) {
		const mask = boolTest(op, v128.load(a), v128.load(b));
		v128.store(y, v128.and(mask, one));
	}
}

/** n > 0 is a multiple of 16, or there is room for as many elements. */
function row(
	kind: i32,
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	switch (kind) {
		case Kind.floats:
			floatRow(op, a, sa, b, sb, y, n);
			break;
		case Kind.ints:
			intRow(op, a, sa, b, sb, y, n);
			break;
		case Kind.floatsToBools:
			floatTestRow(op, a, sa, b, sb, y, n);
			break;
		case Kind.intsToBools:
			intTestRow(op, a, sa, b, sb, y, n);
			break;
		default:
			boolRow(op, a, sa, b, sb, y, n);
	}
}

/**
 * y = op(a, b) for n contiguous elements. An operand's step is the size of its
 * elements, or 0 if it is a single value, which then fills 16 bytes.
 */
export function binaryRow(
	kind: i32,
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	const whole = n & -BLOCK;
	const va = sa ? 16 : 0;
	const vb = sb ? 16 : 0;
	if (whole) row(kind, op, a, va, b, vb, y, whole);
	n -= whole;
	if (!n) return;
	const size = inputSize(kind);
	borrow(0, a + whole * sa, sa ? n * size : 16);
	borrow(1, b + whole * sb, sb ? n * size : 16);
	row(kind, op, slot(0), va, slot(1), vb, slot(2), n);
	giveBack(2, y + whole * outputSize(kind), n * outputSize(kind));
}
