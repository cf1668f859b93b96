/** How products cut their sums, and how they lay out operands for the tiles. */

/** A panel of b (16 columns, 64 bytes a row) of a block stays in a 32 KB L1 cache. */
export const LONGEST_BLOCK: i32 = 264;

/** Length of the blocks into which a sum of k terms is cut: a multiple of 4. */
export function blockLength(k: i32): i32 {
	const blocks = max((k + LONGEST_BLOCK - 1) / LONGEST_BLOCK, 1);
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
	let p = 0;
	if (lines == 4 && across == 4) {
		for (; p < depth; p++) {
			v128.store(to, v128.load(from));
			from += along;
			to += step;
		}
		return;
	}
	if (lines == 4 && along == 4) {
		const l1 = from + across;
		const l2 = l1 + across;
		const l3 = l2 + across;
		let o: usize = 0;
		for (; p + 4 <= depth; p += 4) {
			storeTransposed(
				to,
				step,
				v128.load(from + o),
				v128.load(l1 + o),
				v128.load(l2 + o),
				v128.load(l3 + o),
			);
			o += 16;
			to += 4 * step;
		}
		from += o;
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

/** Packs 16 columns that lie side by side, as packQuad would in four turns. */
export function packWide(
	from: usize,
	along: usize,
	depth: i32,
	to: usize,
): void {
	for (const end = to + (<usize>depth << 6); to != end; to += 64) {
		v128.store(to, v128.load(from));
		v128.store(to, v128.load(from, 16), 16);
		v128.store(to, v128.load(from, 32), 32);
		v128.store(to, v128.load(from, 48), 48);
		from += along;
	}
}
