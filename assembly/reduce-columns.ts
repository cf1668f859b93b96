/** Reductions of columns: row after row, element by element. */
import { Reduce } from "./opcodes";
import { rule, startVector } from "./reduce-rules";
import { length, next, p0, p1, s0, s1, start } from "./walk";

const BLOCK_ROWS: i32 = 32;
/** Sums of a strip of 16 columns so far, in double precision. */
const totals = memory.data(16 * 8, 16);

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
