/**
 * Operations on two operands. Each is a rule on vectors; opcodes are constants
 * where rules are inlined, so that each loop holds its own operation only, and
 * the last elements of a row are single lanes of the same rule.
 */
import { Kind } from "./kinds";
import { lanes, lanesI } from "./math";
import { Binary } from "./opcodes";

// @ts-ignore: decorator
@inline
function floatRule(op: i32, a: v128, b: v128): v128 {
	if (op == Binary.add) return f32x4.add(a, b);
	if (op == Binary.sub) return f32x4.sub(a, b);
	if (op == Binary.mul) return f32x4.mul(a, b);
	if (op == Binary.div) return f32x4.div(a, b);
	if (op == Binary.truncDivide) return f32x4.trunc(f32x4.div(a, b));
	if (op == Binary.maximum) return f32x4.max(a, b);
	if (op == Binary.minimum) return f32x4.min(a, b);
	if (op == Binary.thresholdBackward)
		return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
	if (op == Binary.sigmoidBackward)
		return f32x4.mul(f32x4.mul(a, f32x4.sub(f32x4.splat(1), b)), b);
	if (op == Binary.tanhBackward)
		return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
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

/** As in C, where it differs from JavaScript: powers of ±1. */
function power(a: f32, b: f32): f32 {
	if (a == 1 || (a == -1 && abs(b) == Infinity)) return 1;
	return NativeMathf.pow(a, b);
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

// @ts-ignore: decorator
@inline
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
// @ts-ignore: decorator
@inline
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

// @ts-ignore: decorator
@inline
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

// @ts-ignore: decorator
@inline
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

/** Four masks as four bytes 0 or 1, in the first lane. */
// @ts-ignore: decorator
@inline
export function maskToBools(mask: v128): v128 {
	const words = i16x8.narrow_i32x4_s(mask, mask);
	return v128.and(i8x16.narrow_i16x8_s(words, words), i8x16.splat(1));
}

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
	const va = sa << 2;
	const vb = sb << 2;
	for (; n >= 4; n -= 4, a += va, b += vb, y += 16)
		v128.store(y, floatRule(op, v128.load(a), v128.load(b)));
	for (; n > 0; n--, a += sa, b += sb, y += 4) {
		const v = floatRule(op, v128.load32_zero(a), v128.load32_zero(b));
		v128.store32_lane(y, v, 0);
	}
}

// @ts-ignore: decorator
@inline
function ints(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	const va = sa << 2;
	const vb = sb << 2;
	for (; n >= 4; n -= 4, a += va, b += vb, y += 16)
		v128.store(y, intRule(op, v128.load(a), v128.load(b)));
	for (; n > 0; n--, a += sa, b += sb, y += 4) {
		const v = intRule(op, v128.load32_zero(a), v128.load32_zero(b));
		v128.store32_lane(y, v, 0);
	}
}

// @ts-ignore: decorator
@inline
function test(
	kind: i32,
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	const va = sa << 2;
	const vb = sb << 2;
	for (; n >= 4; n -= 4, a += va, b += vb, y += 4) {
		const mask =
			kind == Kind.floatsToBools
				? floatTest(op, v128.load(a), v128.load(b))
				: intTest(op, v128.load(a), v128.load(b));
		v128.store32_lane(y, maskToBools(mask), 0);
	}
	for (; n > 0; n--, a += sa, b += sb, y++) {
		const x = v128.load32_zero(a);
		const z = v128.load32_zero(b);
		const mask =
			kind == Kind.floatsToBools
				? floatTest(op, x, z)
				: intTest(op, x, z);
		store<u8>(y, i32x4.extract_lane(mask, 0) & 1);
	}
}

// @ts-ignore: decorator
@inline
function bools(
	op: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	const va = sa << 4;
	const vb = sb << 4;
	const one = i8x16.splat(1);
	for (; n >= 16; n -= 16, a += va, b += vb, y += 16)
		v128.store(
			y,
			v128.and(boolTest(op, v128.load(a), v128.load(b)), one),
		);
	for (; n > 0; n--, a += sa, b += sb, y++) {
		const mask = boolTest(op, v128.load8_splat(a), v128.load8_splat(b));
		store<u8>(y, i8x16.extract_lane_u(mask, 0) & 1);
	}
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
		case Binary.floorDivide:
			floats(Binary.floorDivide, a, sa, b, sb, y, n);
			break;
		case Binary.truncDivide:
			floats(Binary.truncDivide, a, sa, b, sb, y, n);
			break;
		case Binary.remainder:
			floats(Binary.remainder, a, sa, b, sb, y, n);
			break;
		case Binary.fmod:
			floats(Binary.fmod, a, sa, b, sb, y, n);
			break;
		case Binary.pow:
			floats(Binary.pow, a, sa, b, sb, y, n);
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
	switch (op) {
		case Binary.add:
			ints(Binary.add, a, sa, b, sb, y, n);
			break;
		case Binary.sub:
			ints(Binary.sub, a, sa, b, sb, y, n);
			break;
		case Binary.mul:
			ints(Binary.mul, a, sa, b, sb, y, n);
			break;
		case Binary.floorDivide:
			ints(Binary.floorDivide, a, sa, b, sb, y, n);
			break;
		case Binary.truncDivide:
			ints(Binary.truncDivide, a, sa, b, sb, y, n);
			break;
		case Binary.remainder:
			ints(Binary.remainder, a, sa, b, sb, y, n);
			break;
		case Binary.fmod:
			ints(Binary.fmod, a, sa, b, sb, y, n);
			break;
		case Binary.pow:
			ints(Binary.pow, a, sa, b, sb, y, n);
			break;
		case Binary.maximum:
			ints(Binary.maximum, a, sa, b, sb, y, n);
			break;
		case Binary.minimum:
			ints(Binary.minimum, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseAnd:
			ints(Binary.bitwiseAnd, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseOr:
			ints(Binary.bitwiseOr, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseXor:
			ints(Binary.bitwiseXor, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseLeftShift:
			ints(Binary.bitwiseLeftShift, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseRightShift:
			ints(Binary.bitwiseRightShift, a, sa, b, sb, y, n);
			break;
	}
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
	switch (op) {
		case Binary.eq:
			test(Kind.floatsToBools, Binary.eq, a, sa, b, sb, y, n);
			break;
		case Binary.ne:
			test(Kind.floatsToBools, Binary.ne, a, sa, b, sb, y, n);
			break;
		case Binary.lt:
			test(Kind.floatsToBools, Binary.lt, a, sa, b, sb, y, n);
			break;
		case Binary.le:
			test(Kind.floatsToBools, Binary.le, a, sa, b, sb, y, n);
			break;
		case Binary.gt:
			test(Kind.floatsToBools, Binary.gt, a, sa, b, sb, y, n);
			break;
		case Binary.ge:
			test(Kind.floatsToBools, Binary.ge, a, sa, b, sb, y, n);
			break;
		case Binary.logicalAnd:
			test(Kind.floatsToBools, Binary.logicalAnd, a, sa, b, sb, y, n);
			break;
		case Binary.logicalOr:
			test(Kind.floatsToBools, Binary.logicalOr, a, sa, b, sb, y, n);
			break;
		case Binary.logicalXor:
			test(Kind.floatsToBools, Binary.logicalXor, a, sa, b, sb, y, n);
			break;
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
	switch (op) {
		case Binary.eq:
			test(Kind.intsToBools, Binary.eq, a, sa, b, sb, y, n);
			break;
		case Binary.ne:
			test(Kind.intsToBools, Binary.ne, a, sa, b, sb, y, n);
			break;
		case Binary.lt:
			test(Kind.intsToBools, Binary.lt, a, sa, b, sb, y, n);
			break;
		case Binary.le:
			test(Kind.intsToBools, Binary.le, a, sa, b, sb, y, n);
			break;
		case Binary.gt:
			test(Kind.intsToBools, Binary.gt, a, sa, b, sb, y, n);
			break;
		case Binary.ge:
			test(Kind.intsToBools, Binary.ge, a, sa, b, sb, y, n);
			break;
		case Binary.logicalAnd:
			test(Kind.intsToBools, Binary.logicalAnd, a, sa, b, sb, y, n);
			break;
		case Binary.logicalOr:
			test(Kind.intsToBools, Binary.logicalOr, a, sa, b, sb, y, n);
			break;
		case Binary.logicalXor:
			test(Kind.intsToBools, Binary.logicalXor, a, sa, b, sb, y, n);
			break;
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
	switch (op) {
		case Binary.eq:
			bools(Binary.eq, a, sa, b, sb, y, n);
			break;
		case Binary.ne:
			bools(Binary.ne, a, sa, b, sb, y, n);
			break;
		case Binary.lt:
			bools(Binary.lt, a, sa, b, sb, y, n);
			break;
		case Binary.le:
			bools(Binary.le, a, sa, b, sb, y, n);
			break;
		case Binary.gt:
			bools(Binary.gt, a, sa, b, sb, y, n);
			break;
		case Binary.ge:
			bools(Binary.ge, a, sa, b, sb, y, n);
			break;
		case Binary.logicalAnd:
			bools(Binary.logicalAnd, a, sa, b, sb, y, n);
			break;
		case Binary.logicalOr:
			bools(Binary.logicalOr, a, sa, b, sb, y, n);
			break;
		case Binary.logicalXor:
			bools(Binary.logicalXor, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseAnd:
			bools(Binary.bitwiseAnd, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseOr:
			bools(Binary.bitwiseOr, a, sa, b, sb, y, n);
			break;
		case Binary.bitwiseXor:
			bools(Binary.bitwiseXor, a, sa, b, sb, y, n);
			break;
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
