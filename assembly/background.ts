/**
 * Products with a matrix x that is mostly one value c, by the lists of the
 * entries that differ: x · wᵀ = Σ (x - c) w + c Σ w, and the gradient of w likewise.
 * Each sum starts from the background's share and runs over the entries in
 * ascending order, whatever rows are computed together.
 */
import { panelStarts, panelTile } from "./area";
import {
	appendLists,
	backgroundOf,
	entriesOf,
	fullLine,
	listOthers,
	segmentsOf,
	transposeAll,
	transposeLists,
} from "./background-lists";
import {
	multiply,
	PANEL_ROW,
	panelVectors,
	startPanel,
	useLists,
} from "./background-panel";
import { storeTransposed } from "./gemm-pack";
import { gathered } from "./lines";

/** Rows of a product for which a block of the panel stays near. */
const BLOCK_M: i32 = 128;
/** Rows that are computed in a tile before they are moved to their place. */
const TILE_ROWS: i32 = 16;

/**
 * Bytes of the lists of x [m, k], contiguous, with at most `limit` entries; 0
 * if x does not seem to have a background.
 */
export function probeBackground(x: usize, m: i32, k: i32, limit: i32): usize {
	if (isNaN<f32>(backgroundOf(x, <u32>m * <u32>k))) return 0;
	return entriesOf(m, k) + (<usize>limit << 3);
}

export { appendLists, listOthers as listBackground };

/** Entries in the lists of x [m, k]. */
export function backgroundEntries(lists: usize, m: i32, k: i32): i32 {
	return load<i32>(lists + 16 + (<usize>(m * segmentsOf(k)) << 2));
}

/** Bytes of scratch memory for lists, product and gradient of these sizes. */
export function backgroundWorkspace(m: i32, k: i32, n: i32, limit: i32): usize {
	const panel = <usize>max(m, k) * PANEL_ROW;
	const columns = (<usize>(k + 16) << 2) + ((<usize>limit * 8) / 7 + 16) * 8;
	return panel + columns + (<usize>(n + 16) << 2) + (<usize>(k + 32) << 1);
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
	const bound: f32 = relu ? 0 : -Infinity;
	useLists(
		lists + 16,
		lists + entriesOf(m, k),
		segmentsOf(k),
		fullLine(c, k),
	);
	if (bias) bias = gathered(bias, biasStep, n, work);
	const starts = panelStarts();
	const tile = panelTile();
	const panel = work + ((<usize>(n + 16) << 2) & ~63);
	for (let j = 0; j < n; ) {
		const vectors = panelVectors(n - j);
		const columns = min(n - j, vectors << 2);
		const at = <usize>j << 2;
		const finite = startPanel(
			w + <usize>j * wRow,
			wRow,
			4,
			columns,
			k,
			panel,
			vectors,
			c,
			bias ? bias + at : 0,
			starts,
		);
		if (!finite) return false;
		const whole = columns == vectors << 2;
		const block = whole ? BLOCK_M : TILE_ROWS;
		for (let i = 0; i < m; i += block) {
			const rows = min(m - i, block);
			const to = y + <usize>i * yRow + at;
			if (whole) multiply(vectors, i, rows, panel, starts, to, yRow, bound);
			else {
				multiply(vectors, i, rows, panel, starts, tile, PANEL_ROW, bound);
				for (let r: usize = 0; r < <usize>rows; r++)
					memory.copy(to + r * yRow, tile + r * PANEL_ROW, columns << 2);
			}
		}
		j += columns;
	}
	return true;
}

/** dw[j][i] = tile[i][j]: rows of the tile become columns, `dwRow` apart. */
function storeColumns(
	tile: usize,
	dw: usize,
	dwRow: usize,
	rows: i32,
	columns: i32,
): void {
	const whole = rows == TILE_ROWS ? columns & ~3 : 0;
	const stop = tile + (<usize>whole << 2);
	for (; tile != stop; tile += 16) {
		let from = tile;
		// a row of dw gets its whole line of the cache at once
		for (let o: usize = 0; o != TILE_ROWS << 2; o += 16) {
			storeTransposed(
				dw + o,
				dwRow,
				v128.load(from),
				v128.load(from, PANEL_ROW),
				v128.load(from, 2 * PANEL_ROW),
				v128.load(from, 3 * PANEL_ROW),
			);
			from += 4 * PANEL_ROW;
		}
		dw += dwRow << 2;
	}
	for (let j: usize = 0; j < <usize>(columns - whole); j++) {
		for (let i: usize = 0; i < <usize>rows; i++)
			f32.store(dw + (i << 2), f32.load(tile + i * PANEL_ROW + (j << 2)));
		dw += dwRow;
	}
}

/** Where the entries of lists of k columns are, behind their places. */
// @ts-ignore: decorator
@inline
function behindPlaces(columns: usize, k: i32): usize {
	return columns + ((<usize>(k + 16) << 2) & ~63);
}

/** Bytes that `backgroundColumns` writes for at most `limit` entries. */
export function columnsBytes(k: i32, limit: i32): usize {
	return (<usize>(k + 16) << 2) + ((<usize>limit * 8) / 7 + 16) * 8;
}

/** The lists of all columns, for `backgroundWeightGrad`; false as there. */
export function backgroundColumns(
	x: usize,
	lists: usize,
	m: i32,
	k: i32,
	limit: i32,
	to: usize,
): bool {
	const entries = behindPlaces(to, k);
	return transposeAll(x, m, k, lists, to, entries, limit);
}

/**
 * Columns `first` to `last` of dw [n, k] = gᵀ · x, from dw on; contiguous rows of dw;
 * strides in bytes. x is the matrix of the lists, which have at most `limit` entries.
 * `columns`: what `backgroundColumns` wrote, or 0.
 * False if g is such that only the plain product is right, or if the lists change meanwhile:
 * a thread whose work is not wanted any more may be at work yet, and writes
 * nowhere but to `work` and dw.
 */
export function backgroundWeightGrad(
	x: usize,
	lists: usize,
	m: i32,
	k: i32,
	first: i32,
	last: i32,
	g: usize,
	gRow: usize,
	gColumn: usize,
	dw: usize,
	dwRow: usize,
	n: i32,
	limit: i32,
	work: usize,
	columns: usize,
): bool {
	const c = f32.load(lists);
	const starts = panelStarts();
	const tile = panelTile();
	const panel = behindPlaces(work, k);
	let places = columns;
	let entries = behindPlaces(columns, k);
	if (!columns) {
		places = work - (<usize>first << 2);
		entries = panel + <usize>m * PANEL_ROW;
		if (!transposeLists(x, m, k, lists, first, last, work, entries, limit))
			return false;
	}
	useLists(places, entries, 1, fullLine(c, m));
	for (let j = 0; j < n; ) {
		const vectors = panelVectors(n - j);
		const width = min(n - j, vectors << 2);
		const finite = startPanel(
			g + <usize>j * gColumn,
			gColumn,
			gRow,
			width,
			m,
			panel,
			vectors,
			c,
			0,
			starts,
		);
		if (!finite) return false;
		for (let i = first; i < last; i += TILE_ROWS) {
			const rows = min(last - i, TILE_ROWS);
			multiply(vectors, i, rows, panel, starts, tile, PANEL_ROW, -Infinity);
			const to = dw + <usize>j * dwRow + (<usize>(i - first) << 2);
			storeColumns(tile, to, dwRow, rows, width);
		}
		j += width;
	}
	return true;
}
