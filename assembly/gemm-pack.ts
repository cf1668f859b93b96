/** How products cut their sums, and how they lay out operands for the tiles. */

/** Columns of a panel of b: what the build's widest tile takes. */
export const PANEL: i32 = ASC_FEATURE_RELAXED_SIMD ? 8 : 16;

/** Of a block: a panel of b stays in a 32 KB L1 cache. */
export const LONGEST_BLOCK: i32 = ASC_FEATURE_RELAXED_SIMD ? 792 : 264;

/**
 * Length of a packed sum of `depth` terms: the relaxed tiles take two at once, and its
 * rows are written four terms at once.
 */
export function packedDepth(depth: i32): i32 {
	return ASC_FEATURE_RELAXED_SIMD ? (depth + 3) & ~3 : depth;
}

/** Length of the blocks into which a sum of k terms is cut: a multiple of 4. */
export function blockLength(k: i32, longest: i32 = LONGEST_BLOCK): i32 {
	const blocks = max((k + longest - 1) / longest, 1);
	return ((k + blocks - 1) / blocks + 3) & ~3;
}

/** Writes 4 vectors as the columns of a 4×4 square, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(
	to: usize,
	step: usize,
	r0: v128,
	r1: v128,
	r2: v128,
	r3: v128,
): void {
	const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
	const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
	const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
	const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
	v128.store(to, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5));
	v128.store(to + step, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7));
	v128.store(to + 2 * step, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5));
	v128.store(to + 3 * step, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7));
}

/** Four lines, each contiguous, a square of 4 at a time; rows `step` bytes apart. */
// @ts-ignore: decorator
@inline
function packSquares(
	from: usize,
	across: usize,
	depth: i32,
	to: usize,
	step: usize,
): void {
	const third = across << 1;
	const fourth = third + across;
	for (const end = from + (<usize>depth << 2); from != end; from += 16) {
		storeTransposed(
			to,
			step,
			v128.load(from),
			v128.load(from + across),
			v128.load(from + third),
			v128.load(from + fourth),
		);
		to += step << 2;
	}
}

/**
 * Packs up to four lines (rows of a, columns of b) side by side:
 * to[p][lane] = from[lane * across + p * along], rows `step` bytes apart,
 * missing lines as zeros.
 */
export function packQuad(
	from: usize,
	across: usize,
	along: usize,
	lines: i32,
	depth: i32,
	to: usize,
	step: usize,
): void {
	if (lines == 4 && across == 4) {
		for (const end = to + <usize>depth * step; to != end; to += step) {
			v128.store(to, v128.load(from));
			from += along;
		}
		return;
	}
	let p = 0;
	if (lines == 4 && along == 4) {
		p = depth & ~3;
		// the steps that occur most, as constants
		if (step == 16) packSquares(from, across, p, to, 16);
		else if (step == <usize>PANEL << 2)
			packSquares(from, across, p, to, <usize>PANEL << 2);
		else packSquares(from, across, p, to, step);
		from += <usize>p << 2;
		to += <usize>p * step;
	}
	for (; p < depth; p++) {
		for (let lane = 0; lane < 4; lane++)
			f32.store(
				to + (<usize>lane << 2),
				lane < lines ? f32.load(from + <usize>lane * across) : 0,
			);
		from += along;
		to += step;
	}
}

/** Packs lines in quads that are `next` bytes apart, as packQuad does each. */
function packLines(
	from: usize,
	across: usize,
	along: usize,
	lines: i32,
	depth: i32,
	to: usize,
	step: usize,
	next: usize,
): void {
	for (; lines > 0; lines -= 4) {
		packQuad(from, across, along, min(lines, 4), depth, to, step);
		from += across << 2;
		to += next;
	}
}

/**
 * Packs rows of a for the build's tiles, to whole quads: rows of
 * `packedDepth(depth)` terms that zeros fill, or ([k][4]) four side by side in the
 * plain build. A tile's results for missing rows go nowhere.
 */
export function packRows(
	from: usize,
	aRow: usize,
	aColumn: usize,
	rows: i32,
	depth: i32,
	to: usize,
): void {
	const row = <usize>packedDepth(depth) << 2;
	if (ASC_FEATURE_RELAXED_SIMD)
		packLines(from, aColumn, aRow, depth, rows, to, row, 16);
	else packLines(from, aRow, aColumn, rows, depth, to, 16, row << 2);
}

/**
 * Packs up to PANEL columns of b, to vectors of 4 and `packedDepth(depth)` terms that
 * zeros fill.
 */
export function packPanel(
	from: usize,
	across: usize,
	along: usize,
	columns: i32,
	depth: i32,
	to: usize,
): void {
	const row = <usize>((columns + 3) >> 2) << 4;
	const missing = packedDepth(depth) - depth;
	memory.fill(to + <usize>depth * row, 0, <usize>missing * row);
	if (columns == PANEL && across == 4) {
		for (const end = to + <usize>depth * row; to != end; to += row) {
			v128.store(to, v128.load(from));
			v128.store(to, v128.load(from, 16), 16);
			if (PANEL > 8) {
				v128.store(to, v128.load(from, 32), 32);
				v128.store(to, v128.load(from, 48), 48);
			}
			from += along;
		}
		return;
	}
	packLines(from, across, along, columns, depth, to, row, 16);
}
