/** Bytes to floats by a table of 256: how pixels become what a model reads. */
import { line0, line1, nextLines, startLines } from "./lines";

// @ts-ignore: decorator
@inline
function entry(table: usize, byte: u32): f32 {
	return f32.load(table + (<usize>(byte & 255) << 2));
}

// @ts-ignore: decorator
@inline
function lookupFour(x: usize, table: usize, y: usize): void {
	const four = load<u32>(x);
	f32.store(y, entry(table, four));
	f32.store(y, entry(table, four >> 8), 4);
	f32.store(y, entry(table, four >> 16), 8);
	f32.store(y, entry(table, four >> 24), 12);
}

function lookupLine(x: usize, table: usize, y: usize, count: i32): void {
	let i = 0;
	// Most of an image is empty: sixteen zeros in a row are one vector, four times.
	const empty = v128.load32_splat(table);
	for (; i + 16 <= count; i += 16) {
		if (v128.any_true(v128.load(x))) {
			lookupFour(x, table, y);
			lookupFour(x + 4, table, y + 16);
			lookupFour(x + 8, table, y + 32);
			lookupFour(x + 12, table, y + 48);
		} else {
			v128.store(y, empty);
			v128.store(y, empty, 16);
			v128.store(y, empty, 32);
			v128.store(y, empty, 48);
		}
		x += 16;
		y += 64;
	}
	for (; i + 4 <= count; i += 4) {
		lookupFour(x, table, y);
		x += 4;
		y += 16;
	}
	for (; i < count; i++) {
		f32.store(y, entry(table, load<u8>(x)));
		x += 1;
		y += 4;
	}
}

/** Rows whose misses are waited for together; MNIST's then fit the first cache. */
const AHEAD = 32;

/** Keeps the loads of `touch` from being removed. */
let touched: u32 = 0;

/**
 * Reads a byte of each cache line, so that the lines of a row that was picked
 * at random come from memory at the same time.
 */
function touch(from: usize, count: i32): void {
	let sum: u32 = 0;
	for (const end = from + <usize>count; from < end; from += 64)
		sum |= load<u8>(from);
	touched = sum;
}

/**
 * Rows of `count` bytes side by side, the i-th of which is row index[i] of x
 * (index 0: the i-th). Strides in bytes.
 */
export function lookupRows(
	x: usize,
	xRow: usize,
	index: usize,
	indexStep: usize,
	table: usize,
	y: usize,
	yRow: usize,
	rows: i32,
	count: i32,
): void {
	for (let i = 0; i < rows; i++) {
		if (index && i % AHEAD == 0) {
			const end = min(i + AHEAD, rows);
			for (let j = i; j < end; j++)
				touch(x + <usize>load<u32>(index + <usize>j * indexStep) * xRow, count);
		}
		const row = index
			? <usize>load<u32>(index + <usize>i * indexStep)
			: <usize>i;
		lookupLine(x + row * xRow, table, y, count);
		y += yRow;
	}
}

/** Lines of any layout, the outer dimensions described as for `startLines`. */
export function lookupLines(
	rank: i32,
	x: usize,
	xStep: usize,
	table: usize,
	y: usize,
	yStep: usize,
	count: i32,
): void {
	if (!startLines(rank, x, y, 0)) return;
	do {
		let from = line0;
		let to = line1;
		for (let i = 0; i < count; i++) {
			f32.store(to, entry(table, load<u8>(from)));
			from += xStep;
			to += yStep;
		}
	} while (nextLines(rank));
}
