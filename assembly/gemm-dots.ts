/**
 * Products of rows with rows (a · bᵀ, as in a linear layer): both run along k in memory, so
 * four terms of a sum are the lanes of a vector, and nothing is packed. A sum's bits
 * depend on k alone: lane i has every fourth term, then the lanes are added in pairs, then
 * come the last terms that fill no vector. Of more than LONGEST_PART terms each part is
 * added so to what was there before.
 */
import { FEWEST_MEETING, LINES, sweepLines } from "./gemm-dot-tiles";
import { blockLength } from "./gemm-pack";
import { setBound } from "./gemm-tiles";

/** Of a part of k: a tile's lines stay in a 32 KB L1 cache. */
const LONGEST_PART: i32 = 1024;
/** Bytes of rows of a that stay in the L2 cache while b passes. */
const BLOCK: i32 = 262144;
/** Rows a multiple of this apart meet in the same sets of an L1 cache. */
const L1_WAY: usize = 4096;

/** Bytes of scratch memory that sums of k terms need, or shorter ones. */
export function dotsBytes(k: i32): usize {
	return <usize>(LINES * min(k, LONGEST_PART)) << 2;
}

/**
 * y [m, n] = a [m, k] · b [n, k]ᵀ + bias [n] (or `zeros`, gemm-tiles.ts) for contiguous
 * rows of a and of b, m at least 1; strides in bytes.
 */
export function dots(
	a: usize,
	aRow: usize,
	b: usize,
	bRow: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	bias: usize,
	biasStep: usize,
	m: i32,
	n: i32,
	k: i32,
	bound: f32,
	work: usize,
): void {
	const part = blockLength(k, LONGEST_PART);
	const most = BLOCK / (part << 2);
	const blocks = (m + most - 1) / most;
	// whole pairs
	const rows = ((m + blocks - 1) / blocks + 1) & ~1;
	let prev = bias;
	let prevRow: usize = 0;
	let prevColumn = biasStep;
	for (let pc = 0; pc < k; pc += part) {
		const depth = min(k - pc, part);
		setBound(pc + depth < k ? -Infinity : bound);
		for (let ic = 0; ic < m; ic += rows)
			block(
				a + <usize>ic * aRow,
				aRow,
				b,
				bRow,
				min(m - ic, rows),
				n,
				depth,
				prev + <usize>ic * prevRow,
				prevRow,
				prevColumn,
				y + <usize>ic * yRow,
				yRow,
				yColumn,
				work,
			);
		a += <usize>part << 2;
		b += <usize>part << 2;
		prev = y;
		prevRow = yRow;
		prevColumn = yColumn;
	}
}

/** Some rows of a with all of b: lines of b, and at its end lines of a. */
function block(
	a: usize,
	aRow: usize,
	b: usize,
	bRow: usize,
	m: i32,
	n: i32,
	depth: i32,
	prev: usize,
	prevRow: usize,
	prevColumn: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	work: usize,
): void {
	const isCopied = bRow % L1_WAY == 0 && m >= FEWEST_MEETING;
	const bytes = <usize>depth << 2;
	const isFew = m < LINES;
	// where a has too few rows, b's last ones go with some of those before
	const stop = isFew && n >= LINES ? n : n - (n % LINES);
	for (let j = 0; j < stop; j += LINES) {
		const first = min(j, n - LINES);
		let line = b + <usize>first * bRow;
		if (isCopied) {
			for (let i: usize = 0; i < <usize>LINES; i++)
				memory.copy(work + i * bytes, line + i * bRow, bytes);
			line = work;
		}
		sweepLines(
			line,
			isCopied ? bytes : bRow,
			j - first,
			a,
			aRow,
			m,
			depth,
			prev + <usize>first * prevColumn,
			prevColumn,
			prevRow,
			y + <usize>first * yColumn,
			yColumn,
			yRow,
		);
	}
	if (stop == n) return;
	b += <usize>stop * bRow;
	prev += <usize>stop * prevColumn;
	y += <usize>stop * yColumn;
	// and where b has too few as well, each row of a by itself is all lines
	const step: usize = isFew ? 0 : aRow;
	for (let i = 0; i < m; i += isFew ? 1 : LINES) {
		const first = isFew ? i : min(i, m - LINES);
		sweepLines(
			a + <usize>first * aRow,
			step,
			isFew ? LINES - 1 : i - first,
			b,
			bRow,
			n - stop,
			depth,
			prev + <usize>first * prevRow,
			isFew ? 0 : prevRow,
			prevColumn,
			y + <usize>first * yRow,
			isFew ? 0 : yRow,
			yColumn,
		);
	}
}
