/** Reductions of rows: the elements of each, which lie side by side. */
import { Reduce } from "./opcodes";
import {
	floatJoin,
	floatRule,
	floatStart,
	intJoin,
	intStart,
	rule,
	startVector,
} from "./reduce-rules";
import { length, next, p0, p1, s0, s1, start } from "./walk";

const BLOCK: i32 = 256;

/** n contiguous elements, n a multiple of 4, lane by lane. */
// @ts-ignore: decorator
@inline
function fold(isInt: bool, op: i32, x: usize, n: i32): v128 {
	let a = startVector(isInt, op);
	if (n >= 16) {
		let b = a;
		let c = a;
		let d = a;
		for (; n >= 16; n -= 16, x += 64) {
			a = rule(isInt, op, a, v128.load(x));
			b = rule(isInt, op, b, v128.load(x, 16));
			c = rule(isInt, op, c, v128.load(x, 32));
			d = rule(isInt, op, d, v128.load(x, 48));
		}
		a = rule(isInt, op, rule(isInt, op, a, b), rule(isInt, op, c, d));
	}
	for (; n >= 4; n -= 4, x += 16) a = rule(isInt, op, a, v128.load(x));
	return a;
}

/** All n contiguous floats. */
// @ts-ignore: decorator
@inline
function floatRow(op: i32, x: usize, n: i32): f64 {
	let y: f64 = floatStart(op);
	while (n >= 4) {
		const m = min(n & ~3, BLOCK);
		const v = fold(false, op, x, m);
		const halves = floatRule(op, v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
		y = floatJoin(
			op,
			y,
			floatJoin(
				op,
				f32x4.extract_lane(halves, 0),
				f32x4.extract_lane(halves, 1),
			),
		);
		x += m << 2;
		n -= m;
	}
	for (; n > 0; n--, x += 4) y = floatJoin(op, y, load<f32>(x));
	return y;
}

/** All n contiguous integers. */
// @ts-ignore: decorator
@inline
function intRow(op: i32, x: usize, n: i32): i32 {
	const v = fold(true, op, x, n & ~3);
	let y = intJoin(
		op,
		intJoin(op, i32x4.extract_lane(v, 0), i32x4.extract_lane(v, 1)),
		intJoin(op, i32x4.extract_lane(v, 2), i32x4.extract_lane(v, 3)),
	);
	x += (n & ~3) << 2;
	for (n &= 3; n > 0; n--, x += 4) y = intJoin(op, y, load<i32>(x));
	return y;
}

/** For each entry of y: `rows` rows of n elements, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function rows(
	isInt: bool,
	op: i32,
	rows: i32,
	stride: i32,
	n: i32,
	scale: f64,
): void {
	do {
		let px = p0;
		let py = p1;
		for (let k = length; k > 0; k--, px += s0, py += s1) {
			let x = px;
			if (isInt) {
				let y = intStart(op);
				for (let r = rows; r > 0; r--, x += stride)
					y = intJoin(op, y, intRow(op, x, n));
				store<i32>(py, y);
			} else {
				let y: f64 = floatStart(op);
				for (let r = rows; r > 0; r--, x += stride)
					y = floatJoin(op, y, floatRow(op, x, n));
				store<f32>(py, <f32>(y * scale));
			}
		}
	} while (next());
}

/**
 * Reduces contiguous rows of n elements, and `count` such rows `stride` bytes
 * apart, to one entry each. The description loops over the entries of y, with
 * operands x and y.
 */
export function reduceRows(
	isInt: bool,
	op: i32,
	d: usize,
	x: usize,
	y: usize,
	count: i32,
	stride: i32,
	n: i32,
	scale: f64,
): void {
	start(d, x, y, 0, 0);
	if (isInt) {
		switch (op) {
			case Reduce.sum:
				rows(true, Reduce.sum, count, stride, n, scale);
				break;
			case Reduce.prod:
				rows(true, Reduce.prod, count, stride, n, scale);
				break;
			case Reduce.max:
				rows(true, Reduce.max, count, stride, n, scale);
				break;
			default:
				rows(true, Reduce.min, count, stride, n, scale);
		}
		return;
	}
	switch (op) {
		case Reduce.sum:
			rows(false, Reduce.sum, count, stride, n, scale);
			break;
		case Reduce.prod:
			rows(false, Reduce.prod, count, stride, n, scale);
			break;
		case Reduce.max:
			rows(false, Reduce.max, count, stride, n, scale);
			break;
		default:
			rows(false, Reduce.min, count, stride, n, scale);
	}
}
