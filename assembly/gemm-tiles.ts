/** The inner loops of products: small tiles of the output over one block of k. */
import { denseBounds } from "./area";
import { madd } from "./simd";

/** Bytes from a term of a row to the next. */
const TERM: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 16;

/** Stands for the bias where there is none. */
export const zeros = memory.data(64, 64);

/**
 * Lower bound of the outputs: 0 with ReLU, else -inf. Read, not branched upon:
 * a branch after the inner loop makes V8 spill inside of it.
 */
export function setBound(bound: f32): void {
	v128.store(denseBounds(), f32x4.splat(bound));
}

/** Writes one vector of outputs. */
// @ts-ignore: decorator
@inline
export function finish(c: usize, prev: usize, sum: v128, bound: v128): void {
	// pmax keeps a NaN of its first operand.
	v128.store(c, f32x4.pmax(f32x4.add(v128.load(prev), sum), bound));
}

/** Where row i of a begins: rows are `aRow` bytes apart, or packed in quads in the plain build. */
// @ts-ignore: decorator
@inline
export function rowOf(a: usize, i: i32, aRow: usize, depth: i32): usize {
	if (ASC_FEATURE_RELAXED_SIMD) return a + <usize>i * aRow;
	return a + <usize>(i >> 2) * (<usize>depth << 4) + (<usize>(i & 3) << 2);
}

/**
 * Pairs of rows times a panel of 3 or 4 vectors: c = prev + a · b. Eight sums
 * and six loads are what V8's 15 registers hold; it moves all loads of a loop
 * body to its front, so a larger tile or unrolling over k spills.
 */
// @ts-ignore: decorator
@inline
function sweepPairs(
	vectors: i32,
	a: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	c: usize,
	cRow: usize,
	rows: i32,
): void {
	const step = <usize>vectors << 4;
	const end = b + <usize>depth * step;
	const bounds = denseBounds();
	const zero = f32x4.splat(0);
	for (let i = 0; i < rows; i += 2) {
		let c00 = zero;
		let c01 = zero;
		let c02 = zero;
		let c03 = zero;
		let c10 = zero;
		let c11 = zero;
		let c12 = zero;
		let c13 = zero;
		let p = rowOf(a, i, 4, depth);
		for (let q = b; q != end; q += step) {
			const b0 = v128.load(q);
			const b1 = v128.load(q, 16);
			const b2 = v128.load(q, 32);
			const b3 = vectors > 3 ? v128.load(q, 48) : zero;
			let x = v128.load32_splat(p);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			c02 = madd(x, b2, c02);
			if (vectors > 3) c03 = madd(x, b3, c03);
			x = v128.load32_splat(p, 4);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			c12 = madd(x, b2, c12);
			if (vectors > 3) c13 = madd(x, b3, c13);
			p += 16;
		}
		const bound = v128.load(bounds);
		finish(c, prev, c00, bound);
		finish(c + 16, prev + 16, c01, bound);
		finish(c + 32, prev + 32, c02, bound);
		if (vectors > 3) finish(c + 48, prev + 48, c03, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c10, bound);
		finish(c + 16, prev + 16, c11, bound);
		finish(c + 32, prev + 32, c12, bound);
		if (vectors > 3) finish(c + 48, prev + 48, c13, bound);
		c += cRow;
		prev += prevRow;
	}
}

/**
 * Six rows times a panel of 2 vectors, two terms at once, for the relaxed build: a
 * sum waits four cycles for a fused multiply-add and two start in each, which eight
 * or nine sums do not keep busy and twelve do. V8 moves all loads of a basic block to
 * its front, where they would not fit its 15 registers: a break that never happens
 * ends the block. Per turn of a loop it also asks whether to stop, hence two terms.
 */
// @ts-ignore: decorator
@inline
function sweepSixes(
	a: usize,
	aRow: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	c: usize,
	cRow: usize,
	rows: i32,
): void {
	const end = b + (<usize>depth << 5);
	const bounds = denseBounds();
	const zero = f32x4.splat(0);
	for (let i = 0; i < rows; i += 6) {
		let c00 = zero;
		let c01 = zero;
		let c10 = zero;
		let c11 = zero;
		let c20 = zero;
		let c21 = zero;
		let c30 = zero;
		let c31 = zero;
		let c40 = zero;
		let c41 = zero;
		let c50 = zero;
		let c51 = zero;
		let p0 = a + <usize>i * aRow;
		let p1 = p0 + aRow;
		let p2 = p1 + aRow;
		let p3 = p2 + aRow;
		let p4 = p3 + aRow;
		let p5 = p4 + aRow;
		for (let q = b; q != end; q += 64) {
			let b0 = v128.load(q);
			let b1 = v128.load(q, 16);
			let x = v128.load32_splat(p0);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 0) break;
			x = v128.load32_splat(p1);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (p1 == 0) break;
			x = v128.load32_splat(p2);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 0) break;
			x = v128.load32_splat(p3);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (p3 == 0) break;
			x = v128.load32_splat(p4);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (p4 == 0) break;
			x = v128.load32_splat(p5);
			c50 = madd(x, b0, c50);
			c51 = madd(x, b1, c51);
			if (p5 == 0) break;
			b0 = v128.load(q, 32);
			b1 = v128.load(q, 48);
			x = v128.load32_splat(p0, 4);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 1) break;
			x = v128.load32_splat(p1, 4);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (p1 == 1) break;
			x = v128.load32_splat(p2, 4);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 1) break;
			x = v128.load32_splat(p3, 4);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (p3 == 1) break;
			x = v128.load32_splat(p4, 4);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (p4 == 1) break;
			x = v128.load32_splat(p5, 4);
			c50 = madd(x, b0, c50);
			c51 = madd(x, b1, c51);
			p0 += 8;
			p1 += 8;
			p2 += 8;
			p3 += 8;
			p4 += 8;
			p5 += 8;
		}
		const bound = v128.load(bounds);
		finish(c, prev, c00, bound);
		finish(c + 16, prev + 16, c01, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c10, bound);
		finish(c + 16, prev + 16, c11, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c20, bound);
		finish(c + 16, prev + 16, c21, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c30, bound);
		finish(c + 16, prev + 16, c31, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c40, bound);
		finish(c + 16, prev + 16, c41, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c50, bound);
		finish(c + 16, prev + 16, c51, bound);
		c += cRow;
		prev += prevRow;
	}
}

/** A term of the row after p's: at `next`, or beside it in a quad. */
// @ts-ignore: decorator
@inline
function splatNext(p: usize, next: usize): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return v128.load32_splat(next);
	return v128.load32_splat(p, 4);
}

/** Quads of rows times a panel of 1 or 2 vectors. */
// @ts-ignore: decorator
@inline
function sweepQuads(
	vectors: i32,
	a: usize,
	aRow: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	c: usize,
	cRow: usize,
	first: i32,
	rows: i32,
): void {
	const step = <usize>vectors << 4;
	const end = b + <usize>depth * step;
	const bounds = denseBounds();
	const zero = f32x4.splat(0);
	c += <usize>first * cRow;
	prev += <usize>first * prevRow;
	for (let i = first; i < rows; i += 4) {
		let c00 = zero;
		let c01 = zero;
		let c10 = zero;
		let c11 = zero;
		let c20 = zero;
		let c21 = zero;
		let c30 = zero;
		let c31 = zero;
		let p0 = rowOf(a, i, aRow, depth);
		let p1 = p0 + aRow;
		let p2 = rowOf(a, i + 2, aRow, depth);
		let p3 = p2 + aRow;
		for (let q = b; q != end; q += step) {
			const b0 = v128.load(q);
			const b1 = vectors > 1 ? v128.load(q, 16) : zero;
			let x = v128.load32_splat(p0);
			c00 = madd(x, b0, c00);
			if (vectors > 1) c01 = madd(x, b1, c01);
			x = splatNext(p0, p1);
			c10 = madd(x, b0, c10);
			if (vectors > 1) c11 = madd(x, b1, c11);
			x = v128.load32_splat(p2);
			c20 = madd(x, b0, c20);
			if (vectors > 1) c21 = madd(x, b1, c21);
			x = splatNext(p2, p3);
			c30 = madd(x, b0, c30);
			if (vectors > 1) c31 = madd(x, b1, c31);
			p0 += TERM;
			p1 += TERM;
			p2 += TERM;
			p3 += TERM;
		}
		const bound = v128.load(bounds);
		finish(c, prev, c00, bound);
		if (vectors > 1) finish(c + 16, prev + 16, c01, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c10, bound);
		if (vectors > 1) finish(c + 16, prev + 16, c11, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c20, bound);
		if (vectors > 1) finish(c + 16, prev + 16, c21, bound);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c30, bound);
		if (vectors > 1) finish(c + 16, prev + 16, c31, bound);
		c += cRow;
		prev += prevRow;
	}
}

/** c = prev + a · b for whole tiles: rows a multiple of the tile's. */
export function sweep(
	vectors: i32,
	a: usize,
	aRow: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	c: usize,
	cRow: usize,
	rows: i32,
): void {
	if (ASC_FEATURE_RELAXED_SIMD && vectors > 1) {
		const rest = rows % 6;
		const sixes = rest == 2 ? rows - 8 : rows - rest;
		sweepSixes(a, aRow, b, depth, prev, prevRow, c, cRow, sixes);
		sweepQuads(2, a, aRow, b, depth, prev, prevRow, c, cRow, sixes, rows);
		return;
	}
	if (ASC_FEATURE_RELAXED_SIMD) {
		sweepQuads(1, a, aRow, b, depth, prev, prevRow, c, cRow, 0, rows);
		return;
	}
	switch (vectors) {
		case 4:
			sweepPairs(4, a, b, depth, prev, prevRow, c, cRow, rows);
			break;
		case 3:
			sweepPairs(3, a, b, depth, prev, prevRow, c, cRow, rows);
			break;
		case 2:
			sweepQuads(2, a, aRow, b, depth, prev, prevRow, c, cRow, 0, rows);
			break;
		default:
			sweepQuads(1, a, aRow, b, depth, prev, prevRow, c, cRow, 0, rows);
	}
}
