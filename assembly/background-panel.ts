/**
 * Lists times a panel: up to 32 columns of a matrix, packed as rows of 128
 * bytes, each two cache lines.
 */
import { listBounds } from "./area";
import { packQuad } from "./gemm-pack";
import { madd } from "./simd";

export const PANEL_ROW: usize = 128;
/** Bytes of what the sums of a panel start from: see `startSums`. */
export const START_BYTES: usize = 256;
/** So much of a panel is packed at once that it stays in the L1 cache. */
const PACK_DEPTH: i32 = 64;

/** The lists at hand. */
let places: usize = 0;
let entries: usize = 0;
let segments: i32 = 1;
let full: i32 = -1;

/**
 * Takes up lists: `places` of rows of `segments` segments, and the number of entries
 * of a row that stands by itself, without background.
 */
export function useLists(
	placesAt: usize,
	entriesAt: usize,
	segmentsOfRow: i32,
	fullRow: i32,
): void {
	places = placesAt;
	entries = entriesAt;
	segments = segmentsOfRow;
	full = fullRow;
}

/** Vectors of the next panel, of those of 8, 7, 6, 4, 2 and 1, for n columns. */
export function panelVectors(n: i32): i32 {
	const left = (n + 3) >> 2;
	if (left % 8 == 0) return 8;
	// 10 = 6 + 4 rather than 7 and a narrow rest
	if (left >= 7 && left % 6 != 0 && left != 10) return 7;
	if (left >= 6) return 6;
	return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/**
 * Rows of c = start + Σ value · panel[place] over a segment of each row, with c
 * itself as the start but for the first segment. Seven sums and as many loads
 * are what V8's registers hold; for eight a break that never happens ends its basic
 * block half-way, as in gemm-tiles.
 */
// @ts-ignore: decorator
@inline
function rowsTimesPanel(
	vectors: i32,
	firstRow: i32,
	rows: i32,
	segment: i32,
	panel: usize,
	starts: usize,
	c: usize,
	cRow: usize,
): void {
	const next = <usize>segments << 2;
	const list = entries;
	const fullRow = full;
	const zero = f32x4.splat(0);
	let place = places + <usize>firstRow * next + (<usize>segment << 2);
	for (let i = 0; i < rows; i++) {
		let p = list + (<usize>load<u32>(place) << 3);
		const end = list + (<usize>load<u32>(place, 4) << 3);
		let start = c;
		if (segment == 0) {
			const count = load<i32>(place + next) - load<i32>(place);
			start = count == fullRow ? starts : starts + START_BYTES / 2;
		}
		place += next;
		let c0 = v128.load(start);
		let c1 = vectors > 1 ? v128.load(start, 16) : zero;
		let c2 = vectors > 2 ? v128.load(start, 32) : zero;
		let c3 = vectors > 2 ? v128.load(start, 48) : zero;
		let c4 = vectors > 4 ? v128.load(start, 64) : zero;
		let c5 = vectors > 4 ? v128.load(start, 80) : zero;
		let c6 = vectors > 6 ? v128.load(start, 96) : zero;
		let c7 = vectors > 7 ? v128.load(start, 112) : zero;
		for (; p != end; p += 8) {
			const b = panel + <usize>load<u32>(p) * PANEL_ROW;
			const v = v128.load32_splat(p, 4);
			c0 = madd(v, v128.load(b), c0);
			if (vectors > 1) c1 = madd(v, v128.load(b, 16), c1);
			if (vectors > 2) {
				c2 = madd(v, v128.load(b, 32), c2);
				c3 = madd(v, v128.load(b, 48), c3);
			}
			if (vectors > 7 && b == 0) break;
			if (vectors > 4) {
				c4 = madd(v, v128.load(b, 64), c4);
				c5 = madd(v, v128.load(b, 80), c5);
			}
			if (vectors > 6) c6 = madd(v, v128.load(b, 96), c6);
			if (vectors > 7) c7 = madd(v, v128.load(b, 112), c7);
		}
		// read, not branched upon, as in gemm-tiles
		const bound = v128.load(listBounds());
		// pmax keeps a NaN of its first operand.
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
		if (vectors > 7) v128.store(c, f32x4.pmax(c7, bound), 112);
		c += cRow;
	}
}

/** Rows of c from the lists' rows and a panel, not below `bound`. */
export function multiply(
	vectors: i32,
	firstRow: i32,
	rows: i32,
	panel: usize,
	starts: usize,
	c: usize,
	cRow: usize,
	bound: f32,
): void {
	for (let s = 0; s < segments; s++) {
		const floor = s == segments - 1 ? bound : -Infinity;
		v128.store(listBounds(), f32x4.splat(floor));
		switch (vectors) {
			case 8:
				rowsTimesPanel(8, firstRow, rows, s, panel, starts, c, cRow);
				break;
			case 7:
				rowsTimesPanel(7, firstRow, rows, s, panel, starts, c, cRow);
				break;
			case 6:
				rowsTimesPanel(6, firstRow, rows, s, panel, starts, c, cRow);
				break;
			case 4:
				rowsTimesPanel(4, firstRow, rows, s, panel, starts, c, cRow);
				break;
			case 2:
				rowsTimesPanel(2, firstRow, rows, s, panel, starts, c, cRow);
				break;
			default:
				rowsTimesPanel(1, firstRow, rows, s, panel, starts, c, cRow);
		}
	}
}

/**
 * Packs `columns` columns of a matrix with `depth` rows, `along` bytes apart,
 * and adds up each over all rows. Sums of 64 are added to sums.
 */
export function packPanel(
	from: usize,
	across: usize,
	along: usize,
	columns: i32,
	depth: i32,
	panel: usize,
	vectors: i32,
	sums: usize,
): void {
	memory.fill(sums, 0, START_BYTES / 2);
	for (let done = 0; done < depth; done += PACK_DEPTH) {
		const rows = min(depth - done, PACK_DEPTH);
		const to = panel + <usize>done * PANEL_ROW;
		for (let j = 0; j < columns; j += 4) {
			const lines = min(columns - j, 4);
			const source = from + <usize>done * along + <usize>j * across;
			const at = <usize>j << 2;
			if (lines == 4 && along == 4 && !(rows & 3))
				packLines(source, across, rows, to + at, sums + at);
			else {
				packQuad(source, across, along, lines, rows, to + at, PANEL_ROW);
				addRows(to + at, rows, sums + at);
			}
		}
	}
}

/**
 * packQuad and addRows in one, for four lines that are contiguous; `rows` is a
 * multiple of 4. Reading again what was stored would cost a seventh more.
 */
function packLines(
	from: usize,
	across: usize,
	rows: i32,
	to: usize,
	sums: usize,
): void {
	const l1 = from + across;
	const l2 = l1 + across;
	const l3 = l2 + across;
	let s0 = v128.load(sums);
	let s1 = f32x4.splat(0);
	let s2 = s1;
	let s3 = s1;
	for (let o: usize = 0; o < <usize>rows << 2; o += 16) {
		const r0 = v128.load(from + o);
		const r1 = v128.load(l1 + o);
		const r2 = v128.load(l2 + o);
		const r3 = v128.load(l3 + o);
		const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
		const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
		const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
		const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
		const c0 = v128.shuffle<f32>(t0, t2, 0, 1, 4, 5);
		const c1 = v128.shuffle<f32>(t0, t2, 2, 3, 6, 7);
		const c2 = v128.shuffle<f32>(t1, t3, 0, 1, 4, 5);
		const c3 = v128.shuffle<f32>(t1, t3, 2, 3, 6, 7);
		v128.store(to, c0);
		v128.store(to, c1, PANEL_ROW);
		v128.store(to, c2, 2 * PANEL_ROW);
		v128.store(to, c3, 3 * PANEL_ROW);
		s0 = f32x4.add(s0, c0);
		s1 = f32x4.add(s1, c1);
		s2 = f32x4.add(s2, c2);
		s3 = f32x4.add(s3, c3);
		to += 4 * PANEL_ROW;
	}
	v128.store(sums, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** Adds the sums over some rows of four columns of a panel to `sums`. */
function addRows(panel: usize, rows: i32, sums: usize): void {
	let s0 = v128.load(sums);
	let s1 = f32x4.splat(0);
	let s2 = s1;
	let s3 = s1;
	let p = panel;
	const end = p + <usize>rows * PANEL_ROW;
	const last = end - 3 * PANEL_ROW;
	for (; p < last; p += 4 * PANEL_ROW) {
		s0 = f32x4.add(s0, v128.load(p));
		s1 = f32x4.add(s1, v128.load(p, 1 * PANEL_ROW));
		s2 = f32x4.add(s2, v128.load(p, 2 * PANEL_ROW));
		s3 = f32x4.add(s3, v128.load(p, 3 * PANEL_ROW));
	}
	for (; p < end; p += PANEL_ROW) s0 = f32x4.add(s0, v128.load(p));
	v128.store(sums, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/**
 * Packs a panel and writes what its rows start from: the bias alone, and then
 * the bias with the background's share, c times the sum of each column. False if that is
 * not finite: then it is not what the products themselves would add up to.
 */
export function startPanel(
	from: usize,
	across: usize,
	along: usize,
	columns: i32,
	depth: i32,
	panel: usize,
	vectors: i32,
	c: f32,
	bias: usize,
	starts: usize,
): bool {
	const shifted = starts + START_BYTES / 2;
	packPanel(from, across, along, columns, depth, panel, vectors, shifted);
	memory.fill(starts, 0, START_BYTES / 2);
	if (bias) memory.copy(starts, bias, <usize>columns << 2);
	let finite = true;
	for (let at: usize = 0; at < <usize>vectors << 4; at += 16) {
		const share = f32x4.mul(f32x4.splat(c), v128.load(shifted + at));
		if (!isFinite4(share)) finite = false;
		v128.store(shifted + at, f32x4.add(v128.load(starts + at), share));
	}
	return finite;
}

// @ts-ignore: decorator
@inline
function isFinite4(v: v128): bool {
	// v - v is 0, but for inf and NaN
	return !v128.any_true(f32x4.ne(f32x4.sub(v, v), f32x4.splat(0)));
}
