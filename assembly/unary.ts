/** Operations on one operand: rules and row functions as in binary.ts. */
import { maskToBools } from "./binary";
import { Kind } from "./kinds";
import {
	cos4,
	erf4,
	exp4,
	expm14,
	log1p4,
	log4,
	log24,
	sigmoid4,
	sin4,
	tanh4,
} from "./math";
import { Unary } from "./opcodes";

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
	return f32x4.splat(x);
}

/** a, b: the operation's parameters in all lanes. */
// @ts-ignore: decorator
@inline
function floatRule(op: i32, x: v128, a: v128, b: v128): v128 {
	if (op == Unary.neg) return f32x4.neg(x);
	if (op == Unary.abs) return f32x4.abs(x);
	if (op == Unary.sign)
		return f32x4.sub(
			v128.and(f32x4.gt(x, splat(0)), splat(1)),
			v128.and(f32x4.lt(x, splat(0)), splat(1)),
		);
	if (op == Unary.square) return f32x4.mul(x, x);
	if (op == Unary.sqrt) return f32x4.sqrt(x);
	if (op == Unary.rsqrt) return f32x4.div(splat(1), f32x4.sqrt(x));
	if (op == Unary.reciprocal) return f32x4.div(splat(1), x);
	if (op == Unary.exp) return exp4(x);
	if (op == Unary.expm1) return expm14(x);
	if (op == Unary.log) return log4(x);
	if (op == Unary.log1p) return log1p4(x);
	if (op == Unary.log2) return log24(x);
	if (op == Unary.sin) return sin4(x);
	if (op == Unary.cos) return cos4(x);
	if (op == Unary.tanh) return tanh4(x);
	if (op == Unary.sigmoid) return sigmoid4(x);
	if (op == Unary.erf) return erf4(x);
	if (op == Unary.floor) return f32x4.floor(x);
	if (op == Unary.ceil) return f32x4.ceil(x);
	if (op == Unary.round) return f32x4.nearest(x);
	if (op == Unary.trunc) return f32x4.trunc(x);
	if (op == Unary.relu) return f32x4.pmax(x, splat(0));
	if (op == Unary.silu)
		return f32x4.div(x, f32x4.add(splat(1), exp4(f32x4.neg(x))));
	if (op == Unary.gelu)
		return f32x4.mul(
			f32x4.mul(x, splat(0.5)),
			f32x4.add(splat(1), erf4(f32x4.mul(x, splat(0.70710678)))),
		);
	if (op == Unary.softplus) {
		const scaled = f32x4.mul(x, a);
		const soft = f32x4.div(log1p4(exp4(scaled)), a);
		return v128.bitselect(x, soft, f32x4.gt(scaled, b));
	}
	if (op == Unary.elu)
		return v128.bitselect(
			f32x4.mul(expm14(x), a),
			x,
			f32x4.le(x, splat(0)),
		);
	if (op == Unary.leakyRelu)
		return v128.bitselect(x, f32x4.mul(x, a), f32x4.gt(x, splat(0)));
	if (op == Unary.hardtanh) return f32x4.pmin(f32x4.pmax(x, a), b);
	// hardswish
	const ramp = f32x4.pmin(
		f32x4.pmax(f32x4.add(x, splat(3)), splat(0)),
		splat(6),
	);
	return f32x4.div(f32x4.mul(x, ramp), splat(6));
}

// @ts-ignore: decorator
@inline
function intRule(op: i32, x: v128): v128 {
	if (op == Unary.neg) return i32x4.neg(x);
	if (op == Unary.abs) return i32x4.abs(x);
	if (op == Unary.square) return i32x4.mul(x, x);
	if (op == Unary.bitwiseNot) return v128.not(x);
	// sign; a true lane is -1
	const zero = i32x4.splat(0);
	return i32x4.sub(i32x4.lt_s(x, zero), i32x4.gt_s(x, zero));
}

/** Result as a mask of lanes. */
// @ts-ignore: decorator
@inline
function floatTest(op: i32, x: v128): v128 {
	if (op == Unary.logicalNot) return f32x4.eq(x, splat(0));
	if (op == Unary.isnan) return f32x4.ne(x, x);
	if (op == Unary.isinf) return f32x4.eq(f32x4.abs(x), splat(Infinity));
	return f32x4.lt(f32x4.abs(x), splat(Infinity));
}

// @ts-ignore: decorator
@inline
function floats(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	const va = splat(a);
	const vb = splat(b);
	// two at a time: V8 makes vector literals anew in each turn
	for (; n >= 8; n -= 8, x += 32, y += 32) {
		const first = floatRule(op, v128.load(x), va, vb);
		const second = floatRule(op, v128.load(x, 16), va, vb);
		v128.store(y, first);
		v128.store(y, second, 16);
	}
	for (; n > 0; n--, x += 4, y += 4)
		v128.store32_lane(y, floatRule(op, v128.load32_zero(x), va, vb), 0);
}

// @ts-ignore: decorator
@inline
function ints(op: i32, x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 16, y += 16)
		v128.store(y, intRule(op, v128.load(x)));
	for (; n > 0; n--, x += 4, y += 4)
		v128.store32_lane(y, intRule(op, v128.load32_zero(x)), 0);
}

// @ts-ignore: decorator
@inline
function test(op: i32, x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 16, y += 4)
		v128.store32_lane(y, maskToBools(floatTest(op, v128.load(x))), 0);
	for (; n > 0; n--, x += 4, y++) {
		const mask = floatTest(op, v128.load32_zero(x));
		store<u8>(y, i32x4.extract_lane(mask, 0) & 1);
	}
}

// Several functions, not one: an optimizer pass takes time in the square of
// a function's size, and these loops are long.

function exponentialRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	switch (op) {
		case Unary.exp:
			floats(Unary.exp, x, y, n, a, b);
			break;
		case Unary.expm1:
			floats(Unary.expm1, x, y, n, a, b);
			break;
		case Unary.log:
			floats(Unary.log, x, y, n, a, b);
			break;
		case Unary.log1p:
			floats(Unary.log1p, x, y, n, a, b);
			break;
		case Unary.log2:
			floats(Unary.log2, x, y, n, a, b);
			break;
	}
}

function curveRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	switch (op) {
		case Unary.sin:
			floats(Unary.sin, x, y, n, a, b);
			break;
		case Unary.cos:
			floats(Unary.cos, x, y, n, a, b);
			break;
		case Unary.tanh:
			floats(Unary.tanh, x, y, n, a, b);
			break;
		case Unary.sigmoid:
			floats(Unary.sigmoid, x, y, n, a, b);
			break;
		case Unary.erf:
			floats(Unary.erf, x, y, n, a, b);
			break;
	}
}

function activationRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	switch (op) {
		case Unary.silu:
			floats(Unary.silu, x, y, n, a, b);
			break;
		case Unary.gelu:
			floats(Unary.gelu, x, y, n, a, b);
			break;
		case Unary.softplus:
			floats(Unary.softplus, x, y, n, a, b);
			break;
		case Unary.elu:
			floats(Unary.elu, x, y, n, a, b);
			break;
	}
}

function floatRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	switch (op) {
		case Unary.neg:
			floats(Unary.neg, x, y, n, a, b);
			break;
		case Unary.abs:
			floats(Unary.abs, x, y, n, a, b);
			break;
		case Unary.sign:
			floats(Unary.sign, x, y, n, a, b);
			break;
		case Unary.square:
			floats(Unary.square, x, y, n, a, b);
			break;
		case Unary.sqrt:
			floats(Unary.sqrt, x, y, n, a, b);
			break;
		case Unary.rsqrt:
			floats(Unary.rsqrt, x, y, n, a, b);
			break;
		case Unary.reciprocal:
			floats(Unary.reciprocal, x, y, n, a, b);
			break;
		case Unary.floor:
			floats(Unary.floor, x, y, n, a, b);
			break;
		case Unary.ceil:
			floats(Unary.ceil, x, y, n, a, b);
			break;
		case Unary.round:
			floats(Unary.round, x, y, n, a, b);
			break;
		case Unary.trunc:
			floats(Unary.trunc, x, y, n, a, b);
			break;
		case Unary.relu:
			floats(Unary.relu, x, y, n, a, b);
			break;
		case Unary.leakyRelu:
			floats(Unary.leakyRelu, x, y, n, a, b);
			break;
		case Unary.hardtanh:
			floats(Unary.hardtanh, x, y, n, a, b);
			break;
		case Unary.hardswish:
			floats(Unary.hardswish, x, y, n, a, b);
			break;
		case Unary.exp:
		case Unary.expm1:
		case Unary.log:
		case Unary.log1p:
		case Unary.log2:
			exponentialRow(op, x, y, n, a, b);
			break;
		case Unary.sin:
		case Unary.cos:
		case Unary.tanh:
		case Unary.sigmoid:
		case Unary.erf:
			curveRow(op, x, y, n, a, b);
			break;
		case Unary.silu:
		case Unary.gelu:
		case Unary.softplus:
		case Unary.elu:
			activationRow(op, x, y, n, a, b);
			break;
	}
}

function intRow(op: i32, x: usize, y: usize, n: i32): void {
	switch (op) {
		case Unary.neg:
			ints(Unary.neg, x, y, n);
			break;
		case Unary.abs:
			ints(Unary.abs, x, y, n);
			break;
		case Unary.sign:
			ints(Unary.sign, x, y, n);
			break;
		case Unary.square:
			ints(Unary.square, x, y, n);
			break;
		case Unary.bitwiseNot:
			ints(Unary.bitwiseNot, x, y, n);
			break;
	}
}

function floatTestRow(op: i32, x: usize, y: usize, n: i32): void {
	switch (op) {
		case Unary.logicalNot:
			test(Unary.logicalNot, x, y, n);
			break;
		case Unary.isnan:
			test(Unary.isnan, x, y, n);
			break;
		case Unary.isinf:
			test(Unary.isinf, x, y, n);
			break;
		case Unary.isfinite:
			test(Unary.isfinite, x, y, n);
			break;
	}
}

function intTestRow(op: i32, x: usize, y: usize, n: i32): void {
	if (op == Unary.logicalNot)
		for (; n > 0; n--, x += 4, y++) store<u8>(y, load<i32>(x) == 0 ? 1 : 0);
	else memory.fill(y, op == Unary.isfinite ? 1 : 0, n);
}

function notRow(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x++, y++) store<u8>(y, load<u8>(x) == 0 ? 1 : 0);
}

/** y = op(x) for n contiguous elements. */
export function unaryRow(
	kind: i32,
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	switch (kind) {
		case Kind.floats:
			floatRow(op, x, y, n, a, b);
			break;
		case Kind.ints:
			intRow(op, x, y, n);
			break;
		case Kind.floatsToBools:
			floatTestRow(op, x, y, n);
			break;
		case Kind.intsToBools:
			intTestRow(op, x, y, n);
			break;
		default:
			notRow(x, y, n);
	}
}
