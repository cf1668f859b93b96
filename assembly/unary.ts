/** Operations on one operand: rules and row functions as in binary.ts. */
import { Kind } from "./kinds";
import {
	erf4,
	exp4,
	expm14,
	gelu4,
	lanes,
	log1p4,
	log4,
	sigmoid4,
	tanh4,
} from "./math";
import { Unary } from "./opcodes";
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
function splat(x: f32): v128 {
	return f32x4.splat(x);
}

// Functions that no hot path needs: one lane at a time, in double precision by
// AssemblyScript's port of musl (its float sine and cosine reduce some huge
// arguments wrongly), so that rounding them is the only error that shows.

function laneRule(op: i32, x: f32): f32 {
	if (op == Unary.log2) return <f32>(NativeMath.log(x) * NativeMath.LOG2E);
	if (op == Unary.sin) return <f32>NativeMath.sin(x);
	return <f32>NativeMath.cos(x);
}

/** log2, sin or cos of four floats. */
function byLanes(op: i32, x: v128): v128 {
	return lanes(
		laneRule(op, f32x4.extract_lane(x, 0)),
		laneRule(op, f32x4.extract_lane(x, 1)),
		laneRule(op, f32x4.extract_lane(x, 2)),
		laneRule(op, f32x4.extract_lane(x, 3)),
	);
}

function expm1(x: v128): v128 {
	return expm14(x);
}

function log1p(x: v128): v128 {
	return log1p4(x);
}

/** The operations whose code is long and that no training step waits for. */
function rareRule(op: i32, x: v128, a: v128, b: v128): v128 {
	if (op == Unary.expm1) return expm1(x);
	if (op == Unary.log) return log4(x);
	if (op == Unary.log1p) return log1p(x);
	if (op == Unary.erf) return erf4(x);
	if (op == Unary.silu)
		return f32x4.div(x, f32x4.add(splat(1), exp4(f32x4.neg(x))));
	if (op == Unary.softplus) {
		const scaled = f32x4.mul(x, a);
		const soft = f32x4.div(log1p(exp4(scaled)), a);
		return v128.bitselect(x, soft, f32x4.gt(scaled, b));
	}
	if (op == Unary.elu)
		return v128.bitselect(
			f32x4.mul(expm1(x), a),
			x,
			f32x4.le(x, splat(0)),
		);
	return byLanes(op, x);
}

/**
 * a, b: the operation's parameters in all lanes. What `rareRule` does has one copy
 * that is called, for its code is long; so where `op` is no constant.
 */
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
	if (op == Unary.tanh) return tanh4(x);
	if (op == Unary.sigmoid) return sigmoid4(x);
	if (op == Unary.floor) return f32x4.floor(x);
	if (op == Unary.ceil) return f32x4.ceil(x);
	if (op == Unary.round) return f32x4.nearest(x);
	if (op == Unary.trunc) return f32x4.trunc(x);
	if (op == Unary.relu) return f32x4.pmax(x, splat(0));
	if (op == Unary.gelu) return gelu4(x);
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
	va: v128,
	vb: v128,
): void {
	// two at a time: V8 makes vector literals anew in each turn
	do {
		const first = floatRule(op, v128.load(x), va, vb);
		const second = floatRule(op, v128.load(x, 16), va, vb);
		v128.store(y, first);
		v128.store(y, second, 16);
		x += 32;
		y += 32;
		n -= 8;
	} while (n > 0);
}

function rareRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	va: v128,
	vb: v128,
): void {
	do {
		v128.store(y, rareRule(op, v128.load(x), va, vb));
		x += 16;
		y += 16;
		n -= 4;
	} while (n > 0);
}

function floatRow(
	op: i32,
	x: usize,
	y: usize,
	n: i32,
	a: f32,
	b: f32,
): void {
	const va = splat(a);
	const vb = splat(b);
	switch (op) {
		case Unary.neg:
			floats(Unary.neg, x, y, n, va, vb);
			break;
		case Unary.abs:
			floats(Unary.abs, x, y, n, va, vb);
			break;
		case Unary.sign:
			floats(Unary.sign, x, y, n, va, vb);
			break;
		case Unary.square:
			floats(Unary.square, x, y, n, va, vb);
			break;
		case Unary.sqrt:
			floats(Unary.sqrt, x, y, n, va, vb);
			break;
		case Unary.rsqrt:
			floats(Unary.rsqrt, x, y, n, va, vb);
			break;
		case Unary.reciprocal:
			floats(Unary.reciprocal, x, y, n, va, vb);
			break;
		case Unary.exp:
			floats(Unary.exp, x, y, n, va, vb);
			break;
		case Unary.tanh:
			floats(Unary.tanh, x, y, n, va, vb);
			break;
		case Unary.sigmoid:
			floats(Unary.sigmoid, x, y, n, va, vb);
			break;
		case Unary.floor:
			floats(Unary.floor, x, y, n, va, vb);
			break;
		case Unary.ceil:
			floats(Unary.ceil, x, y, n, va, vb);
			break;
		case Unary.round:
			floats(Unary.round, x, y, n, va, vb);
			break;
		case Unary.trunc:
			floats(Unary.trunc, x, y, n, va, vb);
			break;
		case Unary.relu:
			floats(Unary.relu, x, y, n, va, vb);
			break;
		case Unary.gelu:
			floats(Unary.gelu, x, y, n, va, vb);
			break;
		case Unary.leakyRelu:
			floats(Unary.leakyRelu, x, y, n, va, vb);
			break;
		case Unary.hardtanh:
			floats(Unary.hardtanh, x, y, n, va, vb);
			break;
		case Unary.hardswish:
			floats(Unary.hardswish, x, y, n, va, vb);
			break;
		default:
			rareRow(op, x, y, n, va, vb);
	}
}

function intRow(op: i32, x: usize, y: usize, n: i32): void {
	for (; n > 0; n -= 4, x += 16, y += 16)
		v128.store(y, intRule(op, v128.load(x)));
}

function floatTestRow(op: i32, x: usize, y: usize, n: i32): void {
	for (; n > 0; n -= 4, x += 16, y += 4)
		v128.store32_lane(y, maskToBools(floatTest(op, v128.load(x))), 0);
}

function intTestRow(op: i32, x: usize, y: usize, n: i32): void {
	if (op == Unary.logicalNot)
		for (; n > 0; n--, x += 4, y++) store<u8>(y, load<i32>(x) == 0 ? 1 : 0);
	else memory.fill(y, op == Unary.isfinite ? 1 : 0, n);
}

function notRow(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x++, y++) store<u8>(y, load<u8>(x) == 0 ? 1 : 0);
}

/** n > 0 is a multiple of 16, or there is room for as many elements. */
function row(
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
	const whole = n & -BLOCK;
	if (whole) row(kind, op, x, y, whole, a, b);
	n -= whole;
	if (!n) return;
	const size = inputSize(kind);
	borrow(0, x + whole * size, n * size);
	row(kind, op, slot(0), slot(1), n, a, b);
	giveBack(1, y + whole * outputSize(kind), n * outputSize(kind));
}
