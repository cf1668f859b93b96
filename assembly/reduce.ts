/**
 * Reductions. Sums of floats run in single precision over at most 256 elements
 * (or 32 rows), and from one such block to the next in double, so that no sum
 * sees more than some 20 roundings, however long it is. The order depends on
 * sizes only.
 */
import { Reduce } from "./opcodes";
import { length, next, p0, p1, s0, s1, start } from "./walk";

const BLOCK: i32 = 256;
const BLOCK_ROWS: i32 = 32;
/** Sums of a strip of 16 columns so far, in double precision. */
const totals = memory.data(16 * 8, 16);

// @ts-ignore: decorator
@inline
function floatRule(op: i32, a: v128, b: v128): v128 {
	if (op == Reduce.sum) return f32x4.add(a, b);
	if (op == Reduce.prod) return f32x4.mul(a, b);
	if (op == Reduce.max) return f32x4.max(a, b);
	return f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline
function intRule(op: i32, a: v128, b: v128): v128 {
	if (op == Reduce.sum) return i32x4.add(a, b);
	if (op == Reduce.prod) return i32x4.mul(a, b);
	if (op == Reduce.max) return i32x4.max_s(a, b);
	return i32x4.min_s(a, b);
}

// @ts-ignore: decorator
@inline
function rule(isInt: bool, op: i32, a: v128, b: v128): v128 {
	return isInt ? intRule(op, a, b) : floatRule(op, a, b);
}

// @ts-ignore: decorator
@inline
function floatJoin(op: i32, a: f64, b: f64): f64 {
	if (op == Reduce.sum) return a + b;
	if (op == Reduce.prod) return a * b;
	if (op == Reduce.max) return max(a, b);
	return min(a, b);
}

// @ts-ignore: decorator
@inline
function intJoin(op: i32, a: i32, b: i32): i32 {
	if (op == Reduce.sum) return a + b;
	if (op == Reduce.prod) return a * b;
	if (op == Reduce.max) return max(a, b);
	return min(a, b);
}

// @ts-ignore: decorator
@inline
function floatStart(op: i32): f32 {
	if (op == Reduce.sum) return 0;
	if (op == Reduce.prod) return 1;
	return op == Reduce.max ? -Infinity : Infinity;
}

// @ts-ignore: decorator
@inline
function intStart(op: i32): i32 {
	if (op == Reduce.sum) return 0;
	if (op == Reduce.prod) return 1;
	return op == Reduce.max ? i32.MIN_VALUE : i32.MAX_VALUE;
}

// @ts-ignore: decorator
@inline
function startVector(isInt: bool, op: i32): v128 {
	return isInt ? i32x4.splat(intStart(op)) : f32x4.splat(floatStart(op));
}

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

/** Adds four sums to the totals of the strip's vector i. */
// @ts-ignore: decorator
@inline
function addTotals(i: usize, v: v128): void {
	const low = totals + (i << 5);
	const high = v128.shuffle<f32>(v, v, 2, 3, 0, 1);
	v128.store(
		low,
		f64x2.add(v128.load(low), f64x2.promote_low_f32x4(v)),
	);
	v128.store(
		low,
		f64x2.add(v128.load(low, 16), f64x2.promote_low_f32x4(high)),
		16,
	);
}

/** Four totals, scaled and rounded. */
// @ts-ignore: decorator
@inline
function takeTotals(i: usize, scale: v128): v128 {
	const low = totals + (i << 5);
	return v128.shuffle<f32>(
		f32x4.demote_f64x2_zero(f64x2.mul(v128.load(low), scale)),
		f32x4.demote_f64x2_zero(f64x2.mul(v128.load(low, 16), scale)),
		0,
		1,
		4,
		5,
	);
}

/** Rows that one pass takes before it adds its sums to the totals. */
// @ts-ignore: decorator
@inline
function passOf(isInt: bool, op: i32, rows: i32): i32 {
	return !isInt && op == Reduce.sum ? min(rows, BLOCK_ROWS) : rows;
}

/** Four elements from each of two rows, joined. */
// @ts-ignore: decorator
@inline
function pair(isInt: bool, op: i32, p: usize, q: usize): v128 {
	return rule(isInt, op, v128.load(p), v128.load(q));
}

/** n columns of `rows` rows; column by column always in the same order. */
// @ts-ignore: decorator
@inline
function columns(
	isInt: bool,
	op: i32,
	x: usize,
	rows: i32,
	stride: i32,
	y: usize,
	n: i32,
	scale: f64,
): void {
	const none = startVector(isInt, op);
	const isSum = !isInt && op == Reduce.sum;
	const scales = f64x2.splat(scale);
	for (; n >= 16; n -= 16, x += 64, y += 64) {
		if (isSum) memory.fill(totals, 0, 128);
		let px = x;
		for (let left = rows; left > 0; ) {
			const m = passOf(isInt, op, left);
			let a = none;
			let b = none;
			let c = none;
			let d = none;
			let r = m;
			// pairs first: half as many roundings in a row
			for (; r >= 2; r -= 2, px += stride << 1) {
				const q = px + stride;
				a = rule(isInt, op, a, pair(isInt, op, px, q));
				b = rule(isInt, op, b, pair(isInt, op, px + 16, q + 16));
				c = rule(isInt, op, c, pair(isInt, op, px + 32, q + 32));
				d = rule(isInt, op, d, pair(isInt, op, px + 48, q + 48));
			}
			if (r > 0) {
				a = rule(isInt, op, a, v128.load(px));
				b = rule(isInt, op, b, v128.load(px, 16));
				c = rule(isInt, op, c, v128.load(px, 32));
				d = rule(isInt, op, d, v128.load(px, 48));
				px += stride;
			}
			left -= m;
			if (isSum) {
				addTotals(0, a);
				addTotals(1, b);
				addTotals(2, c);
				addTotals(3, d);
			} else {
				v128.store(y, a);
				v128.store(y, b, 16);
				v128.store(y, c, 32);
				v128.store(y, d, 48);
			}
		}
		if (isSum) {
			v128.store(y, takeTotals(0, scales));
			v128.store(y, takeTotals(1, scales), 16);
			v128.store(y, takeTotals(2, scales), 32);
			v128.store(y, takeTotals(3, scales), 48);
		}
	}
	while (n > 0) {
		const four = n >= 4;
		if (isSum) memory.fill(totals, 0, 32);
		let px = x;
		let a = none;
		for (let left = rows; left > 0; ) {
			const m = passOf(isInt, op, left);
			a = none;
			let r = m;
			for (; r >= 2; r -= 2, px += stride << 1) {
				const q = px + stride;
				const v = four
					? pair(isInt, op, px, q)
					: rule(isInt, op, v128.load32_zero(px), v128.load32_zero(q));
				a = rule(isInt, op, a, v);
			}
			if (r > 0) {
				const v = four ? v128.load(px) : v128.load32_zero(px);
				a = rule(isInt, op, a, v);
				px += stride;
			}
			left -= m;
			if (isSum) addTotals(0, a);
		}
		if (isSum) a = takeTotals(0, scales);
		if (four) v128.store(y, a);
		else v128.store32_lane(y, a, 0);
		const step = four ? 4 : 1;
		n -= step;
		x += step << 2;
		y += step << 2;
	}
}

function columnsOf(
	isInt: bool,
	op: i32,
	x: usize,
	rows: i32,
	stride: i32,
	y: usize,
	n: i32,
	scale: f64,
): void {
	if (isInt) {
		switch (op) {
			case Reduce.sum:
				columns(true, Reduce.sum, x, rows, stride, y, n, scale);
			break;
			case Reduce.prod:
				columns(true, Reduce.prod, x, rows, stride, y, n, scale);
			break;
			case Reduce.max:
				columns(true, Reduce.max, x, rows, stride, y, n, scale);
			break;
			default:
				columns(true, Reduce.min, x, rows, stride, y, n, scale);
		}
		return;
	}
	switch (op) {
		case Reduce.sum:
			columns(false, Reduce.sum, x, rows, stride, y, n, scale);
			break;
		case Reduce.prod:
			columns(false, Reduce.prod, x, rows, stride, y, n, scale);
			break;
		case Reduce.max:
			columns(false, Reduce.max, x, rows, stride, y, n, scale);
			break;
		default:
			columns(false, Reduce.min, x, rows, stride, y, n, scale);
	}
}

/**
 * Reduces `count` rows, `stride` bytes apart, of n contiguous elements to one
 * such row. The description loops over the result rows (operands x and y).
 */
export function reduceColumns(
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
	do {
		let px = p0;
		let py = p1;
		for (let k = length; k > 0; k--, px += s0, py += s1)
			columnsOf(isInt, op, px, count, stride, py, n, scale);
	} while (next());
}
