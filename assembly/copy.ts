/** Copies between any two layouts, with conversion of the element type. */
import { maskToBools } from "./row";
import { Type } from "./kinds";
import { length, next, p0, p1, RECORD, s0, s1, start } from "./walk";

const CHUNK: i32 = 256;
const buffers = memory.data(2 * 1024, 16);

// @ts-ignore: decorator
@inline
export function sizeOfType(type: i32): i32 {
	return type <= Type.int32 ? 4 : 1;
}

/** Short runs inline: a call of memory.copy costs as much as 100 bytes. */
export function copyBytes(y: usize, x: usize, n: u32): void {
	if (n > 256) {
		memory.copy(y, x, n);
		return;
	}
	for (; n >= 16; n -= 16, x += 16, y += 16) v128.store(y, v128.load(x));
	for (; n >= 4; n -= 4, x += 4, y += 4) store<u32>(y, load<u32>(x));
	for (; n > 0; n--, x++, y++) store<u8>(y, load<u8>(x));
}

/** n contiguous elements, all as the one at x. */
function fillRow(x: usize, y: usize, n: i32, size: i32): void {
	const v = size == 4 ? v128.load32_splat(x) : v128.load8_splat(x);
	let bytes = <u32>n * size;
	for (; bytes >= 32; bytes -= 32, y += 32) {
		v128.store(y, v);
		v128.store(y, v, 16);
	}
	for (; bytes >= 4; bytes -= 4, y += 4) v128.store32_lane(y, v, 0);
	for (; bytes > 0; bytes--, y++) v128.store8_lane(y, v, 0);
}

/** Moves n elements of 4 bytes or 1 from one stride to another. */
export function move(
	x: usize,
	sx: i32,
	y: usize,
	sy: i32,
	n: i32,
	size: i32,
): void {
	if (sx == size && sy == size) copyBytes(y, x, <u32>n * size);
	else if (sx == 0 && sy == size) fillRow(x, y, n, size);
	else if (size == 4)
		for (; n > 0; n--, x += sx, y += sy) store<u32>(y, load<u32>(x));
	else for (; n > 0; n--, x += sx, y += sy) store<u8>(y, load<u8>(x));
}

/** Four bytes as four integers. */
// @ts-ignore: decorator
@inline
function loadBytes(x: usize): v128 {
	return i32x4.extend_low_i16x8_u(
		i16x8.extend_low_i8x16_u(v128.load32_zero(x)),
	);
}

function bytesToInts(x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 4, y += 16) v128.store(y, loadBytes(x));
	for (; n > 0; n--, x++, y += 4) store<i32>(y, load<u8>(x));
}

function bytesToFloats(x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 4, y += 16)
		v128.store(y, f32x4.convert_i32x4_u(loadBytes(x)));
	for (; n > 0; n--, x++, y += 4) store<f32>(y, <f32>load<u8>(x));
}

function bytesToBools(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x++, y++) store<u8>(y, load<u8>(x) != 0 ? 1 : 0);
}

function intsToFloats(x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 16, y += 16)
		v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
	for (; n > 0; n--, x += 4, y += 4) store<f32>(y, <f32>load<i32>(x));
}

function intsToBytes(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x += 4, y++) store<u8>(y, load<u8>(x));
}

function intsToBools(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x += 4, y++) store<u8>(y, load<i32>(x) != 0 ? 1 : 0);
}

function floatsToInts(x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 16, y += 16)
		v128.store(y, i32x4.trunc_sat_f32x4_s(v128.load(x)));
	for (; n > 0; n--, x += 4, y += 4)
		v128.store32_lane(
			y,
			i32x4.trunc_sat_f32x4_s(v128.load32_zero(x)),
			0,
		);
}

/** Through 64 bits, as PyTorch: -1.5 gives 255, 300 gives 44. */
function floatsToBytes(x: usize, y: usize, n: i32): void {
	for (; n > 0; n--, x += 4, y++)
		store<u8>(y, <u8>(<i64>load<f32>(x)));
}

function floatsToBools(x: usize, y: usize, n: i32): void {
	for (; n >= 4; n -= 4, x += 16, y += 4) {
		const mask = f32x4.ne(v128.load(x), f32x4.splat(0));
		v128.store32_lane(y, maskToBools(mask), 0);
	}
	for (; n > 0; n--, x += 4, y++) store<u8>(y, load<f32>(x) != 0 ? 1 : 0);
}

function convert(from: i32, to: i32, x: usize, y: usize, n: i32): void {
	if (from == Type.float32) {
		if (to == Type.int32) floatsToInts(x, y, n);
		else if (to == Type.uint8) floatsToBytes(x, y, n);
		else floatsToBools(x, y, n);
	} else if (from == Type.int32) {
		if (to == Type.float32) intsToFloats(x, y, n);
		else if (to == Type.uint8) intsToBytes(x, y, n);
		else intsToBools(x, y, n);
	} else {
		if (to == Type.float32) bytesToFloats(x, y, n);
		else if (to == Type.int32) bytesToInts(x, y, n);
		else bytesToBools(x, y, n);
	}
}

/** Whether elements keep their bytes. */
// @ts-ignore: decorator
@inline
function isMove(from: i32, to: i32): bool {
	return from == to || (from == Type.bool && to == Type.uint8);
}

/** y = x for a description with operands x and y. */
export function copyLoops(
	from: i32,
	to: i32,
	d: usize,
	x: usize,
	y: usize,
): void {
	const size = sizeOfType(from);
	if (isMove(from, to)) {
		if (size == 4 && isTransposed(d)) {
			transposeLoops(d, x, y);
			return;
		}
		start(d, x, y, 0, 0);
		do move(p0, s0, p1, s1, length, size);
		while (next());
		return;
	}
	const sizeY = sizeOfType(to);
	start(d, x, y, 0, 0);
	const direct = s0 == size && s1 == sizeY;
	do {
		let px = p0;
		let py = p1;
		for (let n = length; n > 0; ) {
			const m = direct ? n : min(n, CHUNK);
			let source = px;
			if (s0 != size) {
				source = buffers;
				move(px, s0, source, size, m, size);
			}
			const target = s1 == sizeY ? py : buffers + 1024;
			convert(from, to, source, target, m);
			if (s1 != sizeY) move(target, sizeY, py, s1, m, sizeY);
			px += m * s0;
			py += m * s1;
			n -= m;
		}
	} while (next());
}

/** Whether x goes along its elements in the dimension before the last one. */
function isTransposed(d: usize): bool {
	const rank = load<i32>(d);
	if (rank < 2) return false;
	const last = d + 4 + <usize>(rank - 1) * RECORD;
	const isRow = load<i32>(last, 8) == 4;
	return isRow && load<i32>(last, 4) != 4 && load<i32>(last - RECORD, 4) == 4;
}

function transposeLoops(d: usize, x: usize, y: usize): void {
	const rank = load<i32>(d);
	const last = d + 4 + <usize>(rank - 1) * RECORD;
	const columns = load<i32>(last);
	const step = load<i32>(last, 4);
	store<i32>(d, rank - 1);
	start(d, x, y, 0, 0);
	do transpose(p0, step, p1, s1, length, columns);
	while (next());
	store<i32>(d, rank);
}

/** y[r][c] = x[c][r]: rows of x are sx bytes apart, rows of y sy. */
function transpose(
	x: usize,
	sx: i32,
	y: usize,
	sy: i32,
	rows: i32,
	columns: i32,
): void {
	// 64 rows of x at a time: what a block of four reads of their cache lines
	// is still there for the next block
	for (let c = 0; c < columns; c += 64) {
		const width = min(64, columns - c);
		const from = x + c * sx;
		const to = y + (c << 2);
		let r = 0;
		for (; r + 4 <= rows; r += 4) {
			let px = from + (r << 2);
			let py = to + r * sy;
			let n = width;
			for (; n >= 4; n -= 4, px += sx << 2, py += 16)
				transposeBlock(px, sx, py, sy);
			for (; n > 0; n--, px += sx, py += 4)
				for (let k = 0; k < 4; k++)
					store<u32>(py + k * sy, load<u32>(px + (k << 2)));
		}
		for (; r < rows; r++)
			move(from + (r << 2), sx, to + r * sy, 4, width, 4);
	}
}

// @ts-ignore: decorator
@inline
function transposeBlock(x: usize, sx: i32, y: usize, sy: i32): void {
	const x2 = x + (sx << 1);
	const a = v128.load(x);
	const b = v128.load(x + sx);
	const c = v128.load(x2);
	const d = v128.load(x2 + sx);
	const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
	const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
	const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
	const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
	const y2 = y + (sy << 1);
	v128.store(y, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
	v128.store(y + sy, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
	v128.store(y2, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
	v128.store(y2 + sy, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/** Rows of `bytes` bytes each, `fromRow` and `toRow` bytes apart. */
export function copyRows(
	from: usize,
	fromRow: usize,
	to: usize,
	toRow: usize,
	rows: i32,
	bytes: usize,
): void {
	for (let i = 0; i < rows; i++) {
		memory.copy(to, from, bytes);
		from += fromRow;
		to += toRow;
	}
}
