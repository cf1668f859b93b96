/**
 * Reading and writing by indices. Indices may count from the end; `firstBad`
 * is called first, so nothing here checks them.
 */
import { move, sizeOfType } from "./copy";
import { Type } from "./kinds";
import { length, next, p0, p1, p2, s0, s1, s2, start } from "./walk";

/**
 * Row-major position of the first of the indices in operand 0 that is not in
 * [-size, size - 1]; -1 if all are.
 */
export function firstBad(d: usize, index: usize, size: i32): i32 {
	let position = 0;
	start(d, index, 0, 0, 0);
	do {
		let p = p0;
		for (let n = length; n > 0; n--, p += s0, position++) {
			const i = load<i32>(p);
			if (<u32>(i < 0 ? i + size : i) >= <u32>size) return position;
		}
	} while (next());
	return -1;
}

// @ts-ignore: decorator
@inline
function wrapped(index: usize, size: i32): i32 {
	const i = load<i32>(index);
	return i < 0 ? i + size : i;
}

function addMoved(
	type: i32,
	x: usize,
	sx: i32,
	y: usize,
	sy: i32,
	n: i32,
): void {
	if (type == Type.float32) {
		if (sx == 4 && sy == 4)
			for (; n >= 4; n -= 4, x += 16, y += 16)
				v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
		for (; n > 0; n--, x += sx, y += sy)
			store<f32>(y, load<f32>(y) + load<f32>(x));
	} else if (type == Type.int32)
		for (; n > 0; n--, x += sx, y += sy)
			store<i32>(y, load<i32>(y) + load<i32>(x));
	else if (type == Type.uint8)
		for (; n > 0; n--, x += sx, y += sy)
			store<u8>(y, load<u8>(y) + load<u8>(x));
	else
		for (; n > 0; n--, x += sx, y += sy)
			store<u8>(y, load<u8>(y) | load<u8>(x));
}

/** One slice for each of `count` indices: y[j] = x[index[j]]. */
export function selectLoops(
	type: i32,
	d: usize,
	x: usize,
	y: usize,
	index: usize,
	stride: i32,
	count: i32,
	size: i32,
	sx: i32,
	sy: i32,
): void {
	const bytes = sizeOfType(type);
	for (let j = 0; j < count; j++, index += stride, y += sy) {
		start(d, x + wrapped(index, size) * sx, y, 0, 0);
		do move(p0, s0, p1, s1, length, bytes);
		while (next());
	}
}

/** y[index[j]] = x[j], or += x[j]; the operands are x and y. */
export function putLoops(
	type: i32,
	add: bool,
	d: usize,
	x: usize,
	y: usize,
	index: usize,
	stride: i32,
	count: i32,
	size: i32,
	sx: i32,
	sy: i32,
): void {
	const bytes = sizeOfType(type);
	for (let j = 0; j < count; j++, index += stride, x += sx) {
		start(d, x, y + wrapped(index, size) * sy, 0, 0);
		do {
			if (add) addMoved(type, p0, s0, p1, s1, length);
			else move(p0, s0, p1, s1, length, bytes);
		} while (next());
	}
}

/**
 * y = x at the indices: operands x (with stride 0 along the indexed dimension,
 * where its own is `step`), index and y.
 */
export function gatherLoops(
	type: i32,
	d: usize,
	x: usize,
	index: usize,
	y: usize,
	size: i32,
	step: i32,
): void {
	const isWide = type <= Type.int32;
	start(d, x, index, y, 0);
	do {
		let px = p0;
		let pi = p1;
		let py = p2;
		for (let n = length; n > 0; n--, px += s0, pi += s1, py += s2) {
			const from = px + wrapped(pi, size) * step;
			if (isWide) store<u32>(py, load<u32>(from));
			else store<u8>(py, load<u8>(from));
		}
	} while (next());
}

/** y at the indices = x, or += x: operands y (as x in gather), index and x. */
export function scatterLoops(
	type: i32,
	add: bool,
	d: usize,
	y: usize,
	index: usize,
	x: usize,
	size: i32,
	step: i32,
): void {
	const bytes = sizeOfType(type);
	start(d, y, index, x, 0);
	do {
		let py = p0;
		let pi = p1;
		let px = p2;
		for (let n = length; n > 0; n--, py += s0, pi += s1, px += s2) {
			const to = py + wrapped(pi, size) * step;
			if (add) addMoved(type, px, 0, to, 0, 1);
			else if (bytes == 4) store<u32>(to, load<u32>(px));
			else store<u8>(to, load<u8>(px));
		}
	} while (next());
}

/** Row-major positions of the entries that are not 0; returns their number. */
export function nonzeroLoops(type: i32, d: usize, x: usize, y: usize): i32 {
	let position = 0;
	const first = y;
	start(d, x, 0, 0, 0);
	do {
		let p = p0;
		for (let n = length; n > 0; n--, p += s0, position++) {
			let isSet: bool;
			if (type == Type.float32) isSet = load<f32>(p) != 0;
			else if (type == Type.int32) isSet = load<i32>(p) != 0;
			else isSet = load<u8>(p) != 0;
			if (!isSet) continue;
			store<i32>(y, position);
			y += 4;
		}
	} while (next());
	return <i32>((y - first) >> 2);
}

