/**
 * Matrix products y = a · b + bias, then ReLU if asked.
 *
 * Each output is bias + Σ over blocks of k (Σ within the block), both in
 * ascending order of k, on every path and for every layout. The blocks depend
 * on the length of the sum alone, so an output row has the same bits whether it
 * is computed by itself or among ten thousand.
 *
 * Operands are packed into panels that the inner loop reads front to back: a
 * in quads of 4 rows ([k][4]), b in panels of 16 columns ([k][16]; the last one
 * narrower), padded with zeros. All strides here are in bytes.
 */
import { gathered } from "./lines";
import { madd } from "./simd";

/** A panel of b (16 columns, 64 bytes a row) of a block stays in a 32 KB L1 cache. */
const BLOCK_K: i32 = 264;
/** A packed block of a (rows × BLOCK_K) stays in the L2 cache. */
const BLOCK_M: i32 = 128;
const BLOCK_N: i32 = 1024;
/** Up to so many rows packing costs more than it gains: if b's rows, or columns, are contiguous. */
const FEW_ROWS_WIDE: i32 = 3;
const FEW_ROWS_TALL: i32 = 1;

const zeros = memory.data(64, 64);
/** Lower bound of the outputs: 0 with ReLU, else -inf. Read, not branched upon: a branch after the inner loop makes V8 spill inside of it. */
const bounds = memory.data(16, 16);
/** Where a tile at a ragged edge is computed: 4 rows of 16. */
const edgeTile = memory.data(256, 64);
const EDGE_ROW: usize = 64;

/** Length of the blocks into which a sum of k terms is cut: a multiple of 4. */
function blockLength(k: i32): i32 {
	const blocks = max((k + BLOCK_K - 1) / BLOCK_K, 1);
	return ((k + blocks - 1) / blocks + 3) & ~3;
}

// @ts-ignore: decorator
@inline
function roundUp(n: i32, unit: i32): usize {
	return <usize>((n + unit - 1) & -unit);
}

/** Bytes of scratch memory that a product of these sizes needs. */
export function gemmWorkspace(m: i32, n: i32, k: i32): usize {
	const depth = <usize>blockLength(k) << 2;
	const rows = roundUp(min(m, BLOCK_M), 4);
	const columns = roundUp(min(n, BLOCK_N), 4);
	return (
		(rows + columns) * depth +
		(roundUp(n, 16) << 2) +
		(roundUp(k, 16) << 2) +
		256
	);
}

/** Writes 4 vectors as the columns of a 4×4 square, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeTransposed(
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
function packQuad(
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

// @ts-ignore: decorator
@inline
function finish(c: usize, prev: usize, sum: v128): void {
	// pmax keeps a NaN of its first operand.
	v128.store(
		c,
		f32x4.pmax(f32x4.add(v128.load(prev), sum), v128.load(bounds)),
	);
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
		let p = a + <usize>(i >> 2) * (<usize>depth << 4) + (<usize>(i & 2) << 2);
		for (let q = b; q != end; q += step) {
			const b0 = v128.load(q);
			const b1 = v128.load(q, 16);
			const b2 = v128.load(q, 32);
			let x = v128.load32_splat(p);
			c00 = madd(x, b0, c00);
			c01 = madd(x, b1, c01);
			c02 = madd(x, b2, c02);
			if (vectors > 3) c03 = madd(x, v128.load(q, 48), c03);
			x = v128.load32_splat(p, 4);
			c10 = madd(x, b0, c10);
			c11 = madd(x, b1, c11);
			c12 = madd(x, b2, c12);
			if (vectors > 3) c13 = madd(x, v128.load(q, 48), c13);
			p += 16;
		}
		finish(c, prev, c00);
		finish(c + 16, prev + 16, c01);
		finish(c + 32, prev + 32, c02);
		if (vectors > 3) finish(c + 48, prev + 48, c03);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c10);
		finish(c + 16, prev + 16, c11);
		finish(c + 32, prev + 32, c12);
		if (vectors > 3) finish(c + 48, prev + 48, c13);
		c += cRow;
		prev += prevRow;
	}
}

/** Quads of rows times a panel of 1 or 2 vectors. */
// @ts-ignore: decorator
@inline
function sweepQuads(
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
	const zero = f32x4.splat(0);
	let p = a;
	for (let i = 0; i < rows; i += 4) {
		let c00 = zero;
		let c01 = zero;
		let c10 = zero;
		let c11 = zero;
		let c20 = zero;
		let c21 = zero;
		let c30 = zero;
		let c31 = zero;
		for (let q = b; q != end; q += step) {
			const b0 = v128.load(q);
			const b1 = vectors > 1 ? v128.load(q, 16) : zero;
			let x = v128.load32_splat(p);
			c00 = madd(x, b0, c00);
			if (vectors > 1) c01 = madd(x, b1, c01);
			x = v128.load32_splat(p, 4);
			c10 = madd(x, b0, c10);
			if (vectors > 1) c11 = madd(x, b1, c11);
			x = v128.load32_splat(p, 8);
			c20 = madd(x, b0, c20);
			if (vectors > 1) c21 = madd(x, b1, c21);
			x = v128.load32_splat(p, 12);
			c30 = madd(x, b0, c30);
			if (vectors > 1) c31 = madd(x, b1, c31);
			p += 16;
		}
		finish(c, prev, c00);
		if (vectors > 1) finish(c + 16, prev + 16, c01);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c10);
		if (vectors > 1) finish(c + 16, prev + 16, c11);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c20);
		if (vectors > 1) finish(c + 16, prev + 16, c21);
		c += cRow;
		prev += prevRow;
		finish(c, prev, c30);
		if (vectors > 1) finish(c + 16, prev + 16, c31);
		c += cRow;
		prev += prevRow;
	}
}

/** c = prev + a · b for whole tiles: rows a multiple of the tile's. */
function sweep(
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
	switch (vectors) {
		case 4:
			sweepPairs(4, a, b, depth, prev, prevRow, c, cRow, rows);
			break;
		case 3:
			sweepPairs(3, a, b, depth, prev, prevRow, c, cRow, rows);
			break;
		case 2:
			sweepQuads(2, a, b, depth, prev, prevRow, c, cRow, rows);
			break;
		default:
			sweepQuads(1, a, b, depth, prev, prevRow, c, cRow, rows);
	}
}

/** As `sweep` for any rows, columns and strides, by way of a small tile. */
function sweepEdge(
	vectors: i32,
	a: usize,
	b: usize,
	depth: i32,
	prev: usize,
	prevRow: usize,
	prevColumn: usize,
	c: usize,
	cRow: usize,
	cColumn: usize,
	rows: i32,
	columns: i32,
): void {
	for (let i = 0; i < rows; i += 4) {
		const height = min(rows - i, 4);
		for (let r = 0; r < height; r++) {
			let from = prev + <usize>(i + r) * prevRow;
			const to = edgeTile + <usize>r * EDGE_ROW;
			for (let j: usize = 0; j < <usize>columns << 2; j += 4) {
				f32.store(to + j, f32.load(from));
				from += prevColumn;
			}
		}
		sweep(
			vectors,
			a + <usize>(i >> 2) * (<usize>depth << 4),
			b,
			depth,
			edgeTile,
			EDGE_ROW,
			edgeTile,
			EDGE_ROW,
			vectors > 2 && height <= 2 ? 2 : 4,
		);
		for (let r = 0; r < height; r++) {
			let to = c + <usize>(i + r) * cRow;
			const from = edgeTile + <usize>r * EDGE_ROW;
			for (let j: usize = 0; j < <usize>columns << 2; j += 4) {
				f32.store(to, f32.load(from + j));
				to += cColumn;
			}
		}
	}
}

function packed(
	a: usize,
	aRow: usize,
	aColumn: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	bias: usize,
	m: i32,
	n: i32,
	k: i32,
	bound: f32,
	work: usize,
): void {
	const block = blockLength(k);
	const packedA = work;
	const packedB = work + roundUp(min(m, BLOCK_M), 4) * (<usize>block << 2);
	for (let jc = 0; jc < n; jc += BLOCK_N) {
		const width = min(n - jc, BLOCK_N);
		let pc = 0;
		do {
			const depth = min(k - pc, block);
			const isFirst = pc == 0;
			v128.store(
				bounds,
				f32x4.splat(pc + depth < k ? -Infinity : bound),
			);
			for (let j = 0; j < width; j += 4) {
				const panel = j & ~15;
				const vectors = min((width - panel + 3) >> 2, 4);
				packQuad(
					b + <usize>(jc + j) * bColumn + <usize>pc * bRow,
					bColumn,
					bRow,
					min(width - j, 4),
					depth,
					packedB + <usize>panel * (<usize>depth << 2) + (<usize>(j & 15) << 2),
					<usize>vectors << 4,
				);
			}
			for (let ic = 0; ic < m; ic += BLOCK_M) {
				const height = min(m - ic, BLOCK_M);
				for (let i = 0; i < height; i += 4)
					packQuad(
						a + <usize>(ic + i) * aRow + <usize>pc * aColumn,
						aRow,
						aColumn,
						min(height - i, 4),
						depth,
						packedA + <usize>i * (<usize>depth << 2),
						16,
					);
				for (let j = 0; j < width; j += 16) {
					const columns = min(width - j, 16);
					const vectors = (columns + 3) >> 2;
					const panel = packedB + <usize>j * (<usize>depth << 2);
					const c = y + <usize>ic * yRow + <usize>(jc + j) * yColumn;
					let prev = c;
					let prevRow = yRow;
					let prevColumn = yColumn;
					if (isFirst) {
						prev = bias ? bias + (<usize>(jc + j) << 2) : zeros;
						prevRow = 0;
						prevColumn = 4;
					}
					let whole = 0;
					if (yColumn == 4 && columns == vectors << 2) {
						whole = height & ~3;
						sweep(
							vectors,
							packedA,
							panel,
							depth,
							prev,
							prevRow,
							c,
							yRow,
							whole,
						);
					}
					sweepEdge(
						vectors,
						packedA + <usize>whole * (<usize>depth << 2),
						panel,
						depth,
						prev + <usize>whole * prevRow,
						prevRow,
						prevColumn,
						c + <usize>whole * yRow,
						yRow,
						yColumn,
						height - whole,
						columns,
					);
				}
			}
			pc += depth;
		} while (pc < k);
	}
}

/*
 * One row x against 16, 4 or 1 columns without packing. The sums start from
 * and end in edgeTile; their order is that of the packed path.
 */

/** `vectors` (1 or 4) vectors of columns that lie side by side. */
// @ts-ignore: decorator
@inline
function rowTimesWide(
	vectors: i32,
	x: usize,
	b: usize,
	bRow: usize,
	tile: usize,
	k: i32,
): void {
	const zero = f32x4.splat(0);
	const block = blockLength(k);
	for (let pc = 0; pc < k; pc += block) {
		const end = x + (<usize>min(pc + block, k) << 2);
		let c0 = zero;
		let c1 = zero;
		let c2 = zero;
		let c3 = zero;
		for (let p = x + (<usize>pc << 2); p != end; p += 4) {
			const v = v128.load32_splat(p);
			c0 = madd(v, v128.load(b), c0);
			if (vectors > 1) {
				c1 = madd(v, v128.load(b, 16), c1);
				c2 = madd(v, v128.load(b, 32), c2);
				c3 = madd(v, v128.load(b, 48), c3);
			}
			b += bRow;
		}
		addTo(tile, c0);
		if (vectors > 1) {
			addTo(tile + 16, c1);
			addTo(tile + 32, c2);
			addTo(tile + 48, c3);
		}
	}
}

// @ts-ignore: decorator
@inline
function addTo(to: usize, v: v128): void {
	v128.store(to, f32x4.add(v128.load(to), v));
}

/** sum + Σ x[p] · line i [p], lane by lane, for 4 values of p from 4 lines. */
// @ts-ignore: decorator
@inline
function maddTransposed(
	sum: v128,
	x: usize,
	r0: v128,
	r1: v128,
	r2: v128,
	r3: v128,
): v128 {
	const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
	const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
	const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
	const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
	sum = madd(v128.load32_splat(x), v128.shuffle<f32>(t0, t2, 0, 1, 4, 5), sum);
	sum = madd(
		v128.load32_splat(x, 4),
		v128.shuffle<f32>(t0, t2, 2, 3, 6, 7),
		sum,
	);
	sum = madd(
		v128.load32_splat(x, 8),
		v128.shuffle<f32>(t1, t3, 0, 1, 4, 5),
		sum,
	);
	return madd(
		v128.load32_splat(x, 12),
		v128.shuffle<f32>(t1, t3, 2, 3, 6, 7),
		sum,
	);
}

/** Four values from four lines, at one place. */
// @ts-ignore: decorator
@inline
function loadAcross(from: usize, across: usize): v128 {
	let v = v128.load32_zero(from);
	v = v128.load_lane<f32>(from + across, v, 1);
	v = v128.load_lane<f32>(from + 2 * across, v, 2);
	return v128.load_lane<f32>(from + 3 * across, v, 3);
}

/** sum + Σ x[p] b[p] over 4 values of p, for 4 columns `step` bytes apart. */
// @ts-ignore: decorator
@inline
function maddLines(sum: v128, x: usize, b: usize, step: usize): v128 {
	const l1 = b + step;
	const l2 = l1 + step;
	return maddTransposed(
		sum,
		x,
		v128.load(b),
		v128.load(l1),
		v128.load(l2),
		v128.load(l2 + step),
	);
}

/** 4 `quads` columns, each of which is contiguous over k. */
// @ts-ignore: decorator
@inline
function rowTimesTall(
	quads: i32,
	x: usize,
	b: usize,
	bColumn: usize,
	tile: usize,
	k: i32,
): void {
	const zero = f32x4.splat(0);
	const block = blockLength(k);
	const b1 = b + (bColumn << 2);
	const b2 = b1 + (bColumn << 2);
	const b3 = b2 + (bColumn << 2);
	for (let pc = 0; pc < k; pc += block) {
		const stop = <usize>min(pc + block, k) << 2;
		let c0 = zero;
		let c1 = zero;
		let c2 = zero;
		let c3 = zero;
		let o = <usize>pc << 2;
		for (; o + 16 <= stop; o += 16) {
			c0 = maddLines(c0, x + o, b + o, bColumn);
			if (quads > 1) {
				c1 = maddLines(c1, x + o, b1 + o, bColumn);
				c2 = maddLines(c2, x + o, b2 + o, bColumn);
				c3 = maddLines(c3, x + o, b3 + o, bColumn);
			}
		}
		for (; o < stop; o += 4) {
			const v = v128.load32_splat(x + o);
			c0 = madd(v, loadAcross(b + o, bColumn), c0);
			if (quads > 1) {
				c1 = madd(v, loadAcross(b1 + o, bColumn), c1);
				c2 = madd(v, loadAcross(b2 + o, bColumn), c2);
				c3 = madd(v, loadAcross(b3 + o, bColumn), c3);
			}
		}
		addTo(tile, c0);
		if (quads > 1) {
			addTo(tile + 16, c1);
			addTo(tile + 32, c2);
			addTo(tile + 48, c3);
		}
	}
}

/** One column of any stride. In a vector, since only vectors can fuse. */
function rowTimesColumn(
	x: usize,
	b: usize,
	bRow: usize,
	tile: usize,
	k: i32,
): void {
	const block = blockLength(k);
	for (let pc = 0; pc < k; pc += block) {
		const end = x + (<usize>min(pc + block, k) << 2);
		let sum = f32x4.splat(0);
		for (let p = x + (<usize>pc << 2); p != end; p += 4) {
			sum = madd(v128.load32_splat(p), v128.load32_zero(b), sum);
			b += bRow;
		}
		f32.store(tile, f32.load(tile) + f32x4.extract_lane(sum, 0));
	}
}

/** y = x · b + bias for a contiguous row x. */
function rowTimesMatrix(
	x: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yColumn: usize,
	bias: usize,
	biasStep: usize,
	n: i32,
	k: i32,
	bound: f32,
): void {
	for (let jc = 0; jc < n; jc += 16) {
		const columns = min(n - jc, 16);
		for (let j = 0; j < columns; j++) {
			const value = bias ? f32.load(bias) : 0;
			f32.store(edgeTile + (<usize>j << 2), value);
			bias += biasStep;
		}
		let j = 0;
		while (j < columns) {
			const from = b + <usize>(jc + j) * bColumn;
			const tile = edgeTile + (<usize>j << 2);
			if (bColumn == 4 && columns == 16) {
				rowTimesWide(4, x, from, bRow, tile, k);
				j += 16;
			} else if (bColumn == 4 && columns - j >= 4) {
				rowTimesWide(1, x, from, bRow, tile, k);
				j += 4;
			} else if (bRow == 4 && columns == 16) {
				rowTimesTall(4, x, from, bColumn, tile, k);
				j += 16;
			} else if (bRow == 4 && columns - j >= 4) {
				rowTimesTall(1, x, from, bColumn, tile, k);
				j += 4;
			} else {
				rowTimesColumn(x, from, bRow, tile, k);
				j += 1;
			}
		}
		const floor = f32x4.splat(bound);
		for (let j: usize = 0; j < 64; j += 16)
			v128.store(edgeTile + j, f32x4.pmax(v128.load(edgeTile + j), floor));
		for (let j = 0; j < columns; j++) {
			f32.store(y, f32.load(edgeTile + (<usize>j << 2)));
			y += yColumn;
		}
	}
}

/**
 * y [m, n] = a [m, k] · b [k, n] + bias [n] (0 for none), with strides in bytes.
 * y overlaps no operand. `work` has the bytes that gemmWorkspace names.
 */
export function gemm(
	a: usize,
	aRow: usize,
	aColumn: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yRow: usize,
	yColumn: usize,
	bias: usize,
	biasStep: usize,
	m: i32,
	n: i32,
	k: i32,
	relu: bool,
	work: usize,
): void {
	const bound: f32 = relu ? 0 : -Infinity;
	const line = work;
	const biasCopy = line + (roundUp(k, 16) << 2);
	const rest = biasCopy + (roundUp(n, 16) << 2);
	const few = bColumn == 4 ? FEW_ROWS_WIDE : bRow == 4 ? FEW_ROWS_TALL : 0;
	if (m <= few && n > 1) {
		for (let i = 0; i < m; i++) {
			const x = gathered(a, aColumn, k, line);
			rowTimesMatrix(
				x,
				b,
				bRow,
				bColumn,
				y,
				yColumn,
				bias,
				bias ? biasStep : 0,
				n,
				k,
				bound,
			);
			a += aRow;
			y += yRow;
		}
		return;
	}
	if (n == 1 && (aRow == 4 || aColumn == 4)) {
		const x = gathered(b, bRow, k, line);
		rowTimesMatrix(x, a, aColumn, aRow, y, yRow, bias, 0, m, k, bound);
		return;
	}
	if (bias) bias = gathered(bias, biasStep, n, biasCopy);
	packed(
		a,
		aRow,
		aColumn,
		b,
		bRow,
		bColumn,
		y,
		yRow,
		yColumn,
		bias,
		m,
		n,
		k,
		bound,
		rest,
	);
}
