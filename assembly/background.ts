/**
 * Products with a matrix x that is mostly one value c, by the lists of the
 * entries that differ: x · wᵀ = Σ (x - c) w + c Σ w, and the gradient of w likewise.
 * Each sum starts from the background's share and runs over the entries in
 * ascending order, whatever rows are computed together.
 */
import {
	backgroundOf,
	entriesOf,
	fullLine,
	listOthers,
	transposeLists,
} from "./background-lists";
import { packQuad } from "./gemm-pack";
import { gathered } from "./lines";
import { madd, sumLanes } from "./simd";

/** Columns that are computed at once; see `rowsTimesPanel`. */
const WIDEST: i32 = 28;
/** So many rows of a product are computed before they are moved to their place. */
const TILE_ROWS: i32 = 16;
/** So much of a sum is packed at once, that it stays in the L1 cache. */
const PACK_DEPTH: i32 = 64;

/** What a panel's rows start from: the bias alone, or with the background's share. */
const plain = memory.data(128, 64);
const shifted = memory.data(128, 64);
/** Rows that are not yet in their place, 112 bytes each. */
const tile = memory.data(2048, 64);
/** Lower bound of the outputs; read, not branched upon, as in gemm-tiles. */
const bounds = memory.data(16, 16);

/**
 * Bytes of the lists of x [m, k], contiguous, with at most `limit` entries; 0
 * if x does not seem to have a background.
 */
export function probeBackground(x: usize, m: i32, k: i32, limit: i32): usize {
	if (isNaN<f32>(backgroundOf(x, <u32>m * <u32>k))) return 0;
	return entriesOf(m) + (<usize>limit << 3);
}

export { listOthers as listBackground };

/** Bytes of scratch memory for lists, product and gradient of these sizes. */
export function backgroundWorkspace(m: i32, k: i32, n: i32, limit: i32): usize {
	const panel = <usize>(max(m, k) + TILE_ROWS) * (WIDEST << 2);
	const columns = (<usize>(k + 4) << 2) + ((<usize>limit * 8) / 7 + 16) * 8;
	return panel + columns + (<usize>(n + 32) << 2) + (<usize>(k + 32) << 1);
}

/**
 * Rows of c = start + Σ value · panel[place] over the entries of each row.
 * Seven sums and as many loads are what V8's registers hold.
 */
// @ts-ignore: decorator
@inline
function rowsTimesPanel(
	vectors: i32,
	starts: usize,
	entries: usize,
	full: i32,
	panel: usize,
	c: usize,
	cRow: usize,
	rows: i32,
): void {
	const step = <usize>vectors << 4;
	const fullBytes = <usize>full << 3;
	let p = entries + (<usize>load<u32>(starts) << 3);
	for (let i = 0; i < rows; i++) {
		starts += 4;
		const end = entries + (<usize>load<u32>(starts) << 3);
		const start = end - p == fullBytes ? plain : shifted;
		let c0 = v128.load(start);
		let c1 = v128.load(start, 16);
		let c2 = v128.load(start, 32);
		let c3 = v128.load(start, 48);
		let c4 = v128.load(start, 64);
		let c5 = v128.load(start, 80);
		let c6 = v128.load(start, 96);
		for (; p != end; p += 8) {
			const b = panel + <usize>load<u32>(p) * step;
			const v = v128.load32_splat(p, 4);
			c0 = madd(v, v128.load(b), c0);
			if (vectors > 1) c1 = madd(v, v128.load(b, 16), c1);
			if (vectors > 2) {
				c2 = madd(v, v128.load(b, 32), c2);
				c3 = madd(v, v128.load(b, 48), c3);
			}
			if (vectors > 4) {
				c4 = madd(v, v128.load(b, 64), c4);
				c5 = madd(v, v128.load(b, 80), c5);
			}
			if (vectors > 6) c6 = madd(v, v128.load(b, 96), c6);
		}
		const bound = v128.load(bounds);
		v128.store(c, f32x4.pmax(c0, bound));
		if (vectors > 1) v128.store(c, f32x4.pmax(c1, bound), 16);
		if (vectors > 2) {
			v128.store(c, f32x4.pmax(c2, bound), 32);
			v128.store(c, f32x4.pmax(c3, bound), 48);
		}
		if (vectors > 4) {
			v128.store(c, f32x4.pmax(c4, bound), 64);
			v128.store(c, f32x4.pmax(c5, bound), 80);
		}
		if (vectors > 6) v128.store(c, f32x4.pmax(c6, bound), 96);
		c += cRow;
	}
}

function multiply(
	vectors: i32,
	starts: usize,
	entries: usize,
	full: i32,
	panel: usize,
	c: usize,
	cRow: usize,
	rows: i32,
): void {
	switch (vectors) {
		case 7:
			rowsTimesPanel(7, starts, entries, full, panel, c, cRow, rows);
			break;
		case 6:
			rowsTimesPanel(6, starts, entries, full, panel, c, cRow, rows);
			break;
		case 4:
			rowsTimesPanel(4, starts, entries, full, panel, c, cRow, rows);
			break;
		case 2:
			rowsTimesPanel(2, starts, entries, full, panel, c, cRow, rows);
			break;
		default:
			rowsTimesPanel(1, starts, entries, full, panel, c, cRow, rows);
	}
}

/** Vectors of the next panel, of those of 7, 6, 4, 2 and 1, for n columns. */
function panelVectors(n: i32): i32 {
	const left = (n + 3) >> 2;
	// 8 = 4 + 4 and 10 = 6 + 4 rather than 7 and a narrow rest
	if (left >= 7 && left % 6 != 0 && left != 8 && left != 10) return 7;
	if (left >= 6 && left != 8) return 6;
	return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

// @ts-ignore: decorator
@inline
function isFinite4(v: v128): bool {
	// x - x is 0, but for inf and NaN
	return v128.any_true(f32x4.ne(f32x4.sub(v, v), f32x4.splat(0))) == false;
}

/**
 * What the sums of a panel start from, given the sums of its columns over all
 * rows (in `shifted`). False if those are not finite: c Σ w then is not what
 * the products themselves would give.
 */
function startSums(vectors: i32, c: f32, bias: usize, columns: i32): bool {
	memory.fill(plain, 0, 128);
	if (bias) memory.copy(plain, bias, <usize>columns << 2);
	let finite = true;
	for (let at: usize = 0; at < <usize>vectors << 4; at += 16) {
		const share = f32x4.mul(f32x4.splat(c), v128.load(shifted + at));
		if (!isFinite4(share)) finite = false;
		v128.store(shifted + at, f32x4.add(v128.load(plain + at), share));
	}
	return finite;
}

/** Sum of `count` contiguous floats. */
function sumOf(x: usize, count: i32): f32 {
	let s0 = f32x4.splat(0);
	let s1 = f32x4.splat(0);
	let i = 0;
	for (; i + 8 <= count; i += 8) {
		s0 = f32x4.add(s0, v128.load(x));
		s1 = f32x4.add(s1, v128.load(x, 16));
		x += 32;
	}
	let rest: f32 = 0;
	for (; i < count; i++) {
		rest += f32.load(x);
		x += 4;
	}
	return sumLanes(f32x4.add(s0, s1)) + rest;
}

/** Rows of w as the columns of a panel [k][4 vectors], and their sums. */
function packRows(
	w: usize,
	wRow: usize,
	rows: i32,
	k: i32,
	panel: usize,
	vectors: i32,
): void {
	const step = <usize>vectors << 4;
	memory.fill(shifted, 0, 128);
	for (let from = 0; from < k; from += PACK_DEPTH) {
		const depth = min(k - from, PACK_DEPTH);
		const to = panel + <usize>from * step;
		const source = w + (<usize>from << 2);
		for (let j = 0; j < vectors << 2; j += 4)
			packQuad(
				source + <usize>j * wRow,
				wRow,
				4,
				min(max(rows - j, 0), 4),
				depth,
				to + (<usize>j << 2),
				step,
			);
		for (let j = 0; j < rows; j++) {
			const sum = shifted + (<usize>j << 2);
			f32.store(sum, f32.load(sum) + sumOf(source + <usize>j * wRow, depth));
		}
	}
}

/** Columns of g as a panel [m][4 vectors], and their sums. */
function packColumns(
	g: usize,
	gRow: usize,
	gColumn: usize,
	columns: i32,
	m: i32,
	panel: usize,
	vectors: i32,
): void {
	const step = <usize>vectors << 4;
	for (let j = 0; j < vectors; j++) {
		const from = g + <usize>(j << 2) * gColumn;
		const to = panel + (<usize>j << 4);
		packQuad(from, gColumn, gRow, min(columns - (j << 2), 4), m, to, step);
		let sum = f32x4.splat(0);
		for (let i = 0; i < m; i++)
			sum = f32x4.add(sum, v128.load(to + <usize>i * step));
		v128.store(shifted + (<usize>j << 4), sum);
	}
}

/**
 * y [m, n] = x · wᵀ + bias, contiguous rows of w and y; strides in bytes.
 * False if w is such that only the plain product is right.
 */
export function backgroundLinear(
	lists: usize,
	m: i32,
	k: i32,
	w: usize,
	wRow: usize,
	bias: usize,
	biasStep: usize,
	y: usize,
	yRow: usize,
	n: i32,
	relu: bool,
	work: usize,
): bool {
	const c = f32.load(lists);
	const starts = lists + 16;
	const entries = lists + entriesOf(m);
	const full = fullLine(c, k);
	if (bias) bias = gathered(bias, biasStep, n, work);
	const panel = work + ((<usize>(n + 16) << 2) & ~63);
	v128.store(bounds, f32x4.splat(relu ? 0 : -Infinity));
	for (let j = 0; j < n; ) {
		const vectors = panelVectors(n - j);
		const columns = min(n - j, vectors << 2);
		const at = <usize>j << 2;
		packRows(w + <usize>j * wRow, wRow, columns, k, panel, vectors);
		if (!startSums(vectors, c, bias ? bias + at : 0, columns)) return false;
		if (columns == vectors << 2)
			multiply(vectors, starts, entries, full, panel, y + at, yRow, m);
		else
			for (let i = 0; i < m; i += TILE_ROWS) {
				const rows = min(m - i, TILE_ROWS);
				multiply(
					vectors,
					starts + (<usize>i << 2),
					entries,
					full,
					panel,
					tile,
					<usize>vectors << 4,
					rows,
				);
				for (let r = 0; r < rows; r++)
					memory.copy(
						y + <usize>(i + r) * yRow + at,
						tile + <usize>r * (<usize>vectors << 4),
						<usize>columns << 2,
					);
			}
		j += columns;
	}
	return true;
}

/** dw[j][i] = tile[i][j]: rows of the tile become columns, `dwRow` apart. */
function storeColumns(
	dw: usize,
	dwRow: usize,
	rows: i32,
	columns: i32,
	step: usize,
): void {
	let i = 0;
	for (; i + 4 <= rows; i += 4)
		packQuad(
			tile + <usize>i * step,
			step,
			4,
			4,
			columns,
			dw + (<usize>i << 2),
			dwRow,
		);
	for (; i < rows; i++)
		for (let j = 0; j < columns; j++)
			f32.store(
				dw + <usize>j * dwRow + (<usize>i << 2),
				f32.load(tile + <usize>i * step + (<usize>j << 2)),
			);
}

/**
 * dw [n, k] = gᵀ · x, contiguous rows of dw; strides in bytes. x is the matrix
 * of the lists. False if g is such that only the plain product is right.
 */
export function backgroundWeightGrad(
	x: usize,
	lists: usize,
	m: i32,
	k: i32,
	g: usize,
	gRow: usize,
	gColumn: usize,
	dw: usize,
	dwRow: usize,
	n: i32,
	work: usize,
): bool {
	const c = f32.load(lists);
	const full = fullLine(c, m);
	const columnsAt = work;
	const panel = work + ((<usize>(k + 16) << 2) & ~63);
	const entries = panel + <usize>(m + TILE_ROWS) * (WIDEST << 2);
	transposeLists(x, m, k, lists, columnsAt, entries);
	v128.store(bounds, f32x4.splat(-Infinity));
	for (let j = 0; j < n; ) {
		const vectors = panelVectors(n - j);
		const columns = min(n - j, vectors << 2);
		const step = <usize>vectors << 4;
		packColumns(
			g + <usize>j * gColumn,
			gRow,
			gColumn,
			columns,
			m,
			panel,
			vectors,
		);
		if (!startSums(vectors, c, 0, columns)) return false;
		for (let i = 0; i < k; i += TILE_ROWS) {
			const rows = min(k - i, TILE_ROWS);
			multiply(
				vectors,
				columnsAt + (<usize>i << 2),
				entries,
				full,
				panel,
				tile,
				step,
				rows,
			);
			storeColumns(
				dw + <usize>j * dwRow + (<usize>i << 2),
				dwRow,
				rows,
				columns,
				step,
			);
		}
		j += columns;
	}
	return true;
}
