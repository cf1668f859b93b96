/** Tiles of dot products: lines in the L1 cache against all others, streamed. */
import { denseBounds, edgeTile } from "./area";
import { finish, zeros } from "./gemm-tiles";
import { madd } from "./simd";

/** Lines in a tile: with two others, as many sums as V8's registers hold. */
export const LINES: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** Addresses so far apart meet in the same set of an L2 cache, or of an L1 cache. */
const CACHE_WAY: usize = 65536;
/** Rows from which on it pays to avoid that addresses meet so. */
export const FEWEST_MEETING: i32 = 16;
/** Bytes from a tile's sums with one of the others to those with the next. */
const SUMS: usize = 32;
/** Bytes from a tile's sums to its lines' last terms. */
const TAIL: usize = 64;

/** Sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
	const ab = f32x4.add(
		v128.shuffle<f32>(a, b, 0, 4, 1, 5),
		v128.shuffle<f32>(a, b, 2, 6, 3, 7),
	);
	const cd = f32x4.add(
		v128.shuffle<f32>(c, d, 0, 4, 1, 5),
		v128.shuffle<f32>(c, d, 2, 6, 3, 7),
	);
	return f32x4.add(
		v128.shuffle<f32>(ab, cd, 0, 1, 4, 5),
		v128.shuffle<f32>(ab, cd, 2, 3, 6, 7),
	);
}

/**
 * y = prev + sums over `depth` terms, for LINES lines and any number of `others`; of the
 * first `skipped` lines nothing is written. Others go in pairs from both halves, so that
 * each of a pair's streams runs on through memory and is fetched ahead. As in sweepSixes
 * (gemm-tiles.ts), breaks that never happen end V8's basic blocks; and its registers
 * suffice only if nothing is asked between the loop and the stores of its sums.
 */
export function sweepLines(
	line: usize,
	lineStep: usize,
	skipped: i32,
	other: usize,
	otherStep: usize,
	others: i32,
	depth: i32,
	prev: usize,
	prevLine: usize,
	prevOther: usize,
	y: usize,
	yLine: usize,
	yOther: usize,
): void {
	const sums = edgeTile();
	const zero = f32x4.splat(0);
	const whole = <usize>(depth & ~3) << 2;
	const tail = depth & 3;
	const isVector =
		skipped == 0 && yLine == 4 && (prevLine == 4 || prev == zeros);
	if (tail)
		packTail(line + whole, lineStep, tail);
	let half = (others + 1) >> 1;
	if (
		others >= FEWEST_MEETING &&
		(<usize>half * otherStep) % CACHE_WAY == 0
	)
		half++;
	const across = <usize>half * otherStep;
	for (let j = 0; j < half; j++) {
		const isPair = j + half < others;
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
		let p0 = line;
		let p1 = p0 + lineStep;
		let p2 = p1 + lineStep;
		let p3 = p2 + lineStep;
		let p4 = p3 + lineStep;
		let p5 = p4 + lineStep;
		let q0 = other + <usize>j * otherStep;
		let q1 = q0 + (isPair ? across : 0);
		const end = q0 + whole;
		while (q0 != end) {
			let b0 = v128.load(q0);
			let b1 = v128.load(q1);
			let x = v128.load(p0);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 0) break;
			x = v128.load(p1);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (LINES > 5 && p1 == 0) break;
			x = v128.load(p2);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 0) break;
			x = v128.load(p3);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (LINES > 5 && p3 == 0) break;
			x = v128.load(p4);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (LINES > 5 && p4 == 0) break;
			if (LINES > 5) {
				x = v128.load(p5);
				c50 = madd(x, b0, c50);
				c51 = madd(x, b1, c51);
			}
			if (q0 + 16 == end) break;
			b0 = v128.load(q0, 16);
			b1 = v128.load(q1, 16);
			x = v128.load(p0, 16);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 1) break;
			x = v128.load(p1, 16);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (LINES > 5 && p1 == 1) break;
			x = v128.load(p2, 16);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 1) break;
			x = v128.load(p3, 16);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (LINES > 5 && p3 == 1) break;
			x = v128.load(p4, 16);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (LINES > 5 && p4 == 1) break;
			if (LINES > 5) {
				x = v128.load(p5, 16);
				c50 = madd(x, b0, c50);
				c51 = madd(x, b1, c51);
			}
			if (q0 + 32 == end) break;
			b0 = v128.load(q0, 32);
			b1 = v128.load(q1, 32);
			x = v128.load(p0, 32);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 2) break;
			x = v128.load(p1, 32);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (LINES > 5 && p1 == 2) break;
			x = v128.load(p2, 32);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 2) break;
			x = v128.load(p3, 32);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (LINES > 5 && p3 == 2) break;
			x = v128.load(p4, 32);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (LINES > 5 && p4 == 2) break;
			if (LINES > 5) {
				x = v128.load(p5, 32);
				c50 = madd(x, b0, c50);
				c51 = madd(x, b1, c51);
			}
			if (q0 + 48 == end) break;
			b0 = v128.load(q0, 48);
			b1 = v128.load(q1, 48);
			x = v128.load(p0, 48);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			if (p0 == 3) break;
			x = v128.load(p1, 48);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			if (LINES > 5 && p1 == 3) break;
			x = v128.load(p2, 48);
			c20 = madd(x, b0, c20);
			c21 = madd(x, b1, c21);
			if (p2 == 3) break;
			x = v128.load(p3, 48);
			c30 = madd(x, b0, c30);
			c31 = madd(x, b1, c31);
			if (LINES > 5 && p3 == 3) break;
			x = v128.load(p4, 48);
			c40 = madd(x, b0, c40);
			c41 = madd(x, b1, c41);
			if (LINES > 5 && p4 == 3) break;
			if (LINES > 5) {
				x = v128.load(p5, 48);
				c50 = madd(x, b0, c50);
				c51 = madd(x, b1, c51);
			}
			p0 += 64;
			p1 += 64;
			p2 += 64;
			p3 += 64;
			p4 += 64;
			p5 += 64;
			q0 += 64;
			q1 += 64;
		}
		const ends = laneSums(c40, c50, c41, c51);
		v128.store(sums, laneSums(c00, c10, c20, c30));
		v128.store(sums, ends, 16);
		v128.store(sums, laneSums(c01, c11, c21, c31), SUMS);
		v128.store(sums, v128.shuffle<f32>(ends, ends, 2, 3, 0, 1), SUMS + 16);
		if (tail) {
			const rest = other + <usize>j * otherStep + whole;
			addTail(sums, rest, tail);
			addTail(sums + SUMS, rest + (isPair ? across : 0), tail);
		}
		place(isVector, skipped, sums, prev, prevLine, y, yLine);
		if (isPair)
			place(
				isVector,
				skipped,
				sums + SUMS,
				prev + <usize>half * prevOther,
				prevLine,
				y + <usize>half * yOther,
				yLine,
			);
		prev += prevOther;
		y += yOther;
	}
}

/** The lines' last terms, less than a vector, side by side behind the sums. */
function packTail(line: usize, lineStep: usize, tail: i32): void {
	for (let i = 0; i < LINES; i++) {
		const to = edgeTile() + TAIL + (<usize>i << 2);
		for (let t = 0; t < tail; t++)
			f32.store(to + <usize>t * SUMS, f32.load(line + (<usize>t << 2)));
		line += lineStep;
	}
}

/** Adds the last terms to the sums of all lines with one of the others. */
// @ts-ignore: decorator
@inline
function addTail(sums: usize, other: usize, tail: i32): void {
	let v = v128.load(sums);
	let w = v128.load(sums, 16);
	let lines = edgeTile() + TAIL;
	for (const end = other + (<usize>tail << 2); other != end; other += 4) {
		const x = v128.load32_splat(other);
		v = madd(x, v128.load(lines), v);
		w = madd(x, v128.load(lines, 16), w);
		lines += SUMS;
	}
	v128.store(sums, v);
	v128.store(sums, w, 16);
}

/** The outputs of a tile's lines with one of the others: side by side, or anywhere. */
// @ts-ignore: decorator
@inline
function place(
	isVector: bool,
	skipped: i32,
	sums: usize,
	prev: usize,
	prevLine: usize,
	y: usize,
	yLine: usize,
): void {
	if (!isVector) {
		placeEach(skipped, sums, prev, prevLine, y, yLine);
		return;
	}
	const bound = v128.load(denseBounds());
	finish(y, prev, v128.load(sums), bound);
	const last =
		LINES > 5 ? v128.load64_zero(prev, 16) : v128.load32_zero(prev, 16);
	const v = f32x4.pmax(f32x4.add(last, v128.load(sums, 16)), bound);
	if (LINES > 5) v128.store64_lane(y, v, 0, 16);
	else v128.store32_lane(y, v, 0, 16);
}

function placeEach(
	skipped: i32,
	sums: usize,
	prev: usize,
	prevLine: usize,
	y: usize,
	yLine: usize,
): void {
	const bound = f32.load(denseBounds());
	for (let i = skipped; i < LINES; i++) {
		const sum =
			f32.load(prev + <usize>i * prevLine) + f32.load(sums + (<usize>i << 2));
		// a NaN is not less
		f32.store(y + <usize>i * yLine, sum < bound ? bound : sum);
	}
}
