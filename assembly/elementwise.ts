/**
 * Operations on corresponding elements, for any layout: whole rows are handed
 * to the row functions of unary.ts, binary.ts and below, which want contiguous
 * memory. An operand that is one value along the row lies as a full vector in
 * memory and is read with step 0. Rows of other strides go through buffers.
 */
import { binaryRow } from "./binary";
import { move } from "./copy";
import { inputSize, outputSize } from "./row";
import { unaryRow } from "./unary";
import { length, next, p0, p1, p2, p3, s0, s1, s2, s3, start } from "./walk";

/** Elements that a buffer holds. */
const CHUNK: i32 = 256;
const buffers = memory.data(4 * 1024, 16);

/** Address where a row's operand can be read with `stepOf` its stride. */
function staged(x: usize, stride: i32, n: i32, size: i32, buffer: i32): usize {
	if (stride == size) return x;
	const to = buffers + (<usize>buffer << 10);
	if (stride == 0)
		v128.store(to, size == 4 ? v128.load32_splat(x) : v128.load8_splat(x));
	else move(x, stride, to, size, n, size);
	return to;
}

/** Bytes from one element to the next once staged. */
// @ts-ignore: decorator
@inline
function stepOf(stride: i32, size: i32): i32 {
	return stride == 0 ? 0 : size;
}

/** How many elements to do at once: as many as the buffers hold, or all. */
// @ts-ignore: decorator
@inline
function chunkOf(direct: bool, n: i32): i32 {
	return direct ? n : min(n, CHUNK);
}

// @ts-ignore: decorator
@inline
function isDirect(stride: i32, size: i32): bool {
	return stride == size || stride == 0;
}

export function unaryLoops(
	kind: i32,
	op: i32,
	d: usize,
	x: usize,
	y: usize,
	a: f32,
	b: f32,
): void {
	const size = inputSize(kind);
	const sizeY = outputSize(kind);
	start(d, x, y, 0, 0);
	const direct = s0 == size && s1 == sizeY;
	do {
		let px = p0;
		let py = p1;
		for (let n = length; n > 0; ) {
			const m = chunkOf(direct, n);
			let from = px;
			if (s0 != size) {
				from = buffers;
				move(px, s0, from, size, m, size);
			}
			const to = s1 == sizeY ? py : buffers + 1024;
			unaryRow(kind, op, from, to, m, a, b);
			if (s1 != sizeY) move(to, sizeY, py, s1, m, sizeY);
			px += m * s0;
			py += m * s1;
			n -= m;
		}
	} while (next());
}

export function binaryLoops(
	kind: i32,
	op: i32,
	d: usize,
	a: usize,
	b: usize,
	y: usize,
): void {
	const size = inputSize(kind);
	const sizeY = outputSize(kind);
	start(d, a, b, y, 0);
	const direct = isDirect(s0, size) && isDirect(s1, size) && s2 == sizeY;
	do {
		let pa = p0;
		let pb = p1;
		let py = p2;
		for (let n = length; n > 0; ) {
			const m = chunkOf(direct, n);
			const to = s2 == sizeY ? py : buffers + 2048;
			binaryRow(
				kind,
				op,
				staged(pa, s0, m, size, 0),
				stepOf(s0, size),
				staged(pb, s1, m, size, 1),
				stepOf(s1, size),
				to,
				m,
			);
			if (s2 != sizeY) move(to, sizeY, py, s2, m, sizeY);
			pa += m * s0;
			pb += m * s1;
			py += m * s2;
			n -= m;
		}
	} while (next());
}

export function whereLoops(
	size: i32,
	d: usize,
	c: usize,
	a: usize,
	b: usize,
	y: usize,
): void {
	start(d, c, a, b, y);
	const direct =
		isDirect(s0, 1) &&
		isDirect(s1, size) &&
		isDirect(s2, size) &&
		s3 == size;
	do {
		let pc = p0;
		let pa = p1;
		let pb = p2;
		let py = p3;
		for (let n = length; n > 0; ) {
			const m = chunkOf(direct, n);
			const to = s3 == size ? py : buffers + 3072;
			whereRow(
				size,
				staged(pc, s0, m, 1, 0),
				stepOf(s0, 1),
				staged(pa, s1, m, size, 1),
				stepOf(s1, size),
				staged(pb, s2, m, size, 2),
				stepOf(s2, size),
				to,
				m,
			);
			if (s3 != size) move(to, size, py, s3, m, size);
			pc += m * s0;
			pa += m * s1;
			pb += m * s2;
			py += m * s3;
			n -= m;
		}
	} while (next());
}

/** y = c ? a : b for elements of 4 bytes or 1; steps in bytes per element. */
function whereRow(
	size: i32,
	c: usize,
	sc: i32,
	a: usize,
	sa: i32,
	b: usize,
	sb: i32,
	y: usize,
	n: i32,
): void {
	if (size == 4) {
		for (; n >= 4; n -= 4) {
			const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(c));
			const mask = i32x4.ne(
				i32x4.extend_low_i16x8_u(bytes),
				i32x4.splat(0),
			);
			v128.store(y, v128.bitselect(v128.load(a), v128.load(b), mask));
			c += sc << 2;
			a += sa << 2;
			b += sb << 2;
			y += 16;
		}
		for (; n > 0; n--, c += sc, a += sa, b += sb, y += 4)
			store<u32>(y, load<u32>(load<u8>(c) ? a : b));
	} else {
		for (; n >= 16; n -= 16) {
			const mask = i8x16.ne(v128.load(c), i8x16.splat(0));
			v128.store(y, v128.bitselect(v128.load(a), v128.load(b), mask));
			c += sc << 4;
			a += sa << 4;
			b += sb << 4;
			y += 16;
		}
		for (; n > 0; n--, c += sc, a += sa, b += sb, y++)
			store<u8>(y, load<u8>(load<u8>(c) ? a : b));
	}
}
