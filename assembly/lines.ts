/**
 * Walks all lines along one dimension of up to three arrays of one shape. The
 * caller describes the other dimensions in the descriptor area, innermost
 * first: 5 words each: size, the three strides in bytes, and a counter.
 */
import { descriptorArea } from "./memory";

const WORDS: usize = 20;

/** Where the current line starts in each array. */
export let line0: usize = 0;
export let line1: usize = 0;
export let line2: usize = 0;

/** The first lines; false if there is none. */
export function startLines(
	rank: i32,
	first0: usize,
	first1: usize,
	first2: usize,
): bool {
	line0 = first0;
	line1 = first1;
	line2 = first2;
	let d = descriptorArea();
	for (let i = 0; i < rank; i++) {
		if (load<u32>(d) == 0) return false;
		store<u32>(d, 0, 16);
		d += WORDS;
	}
	return true;
}

/** The next lines in row-major order; false after the last ones. */
export function nextLines(rank: i32): bool {
	let d = descriptorArea();
	for (let i = 0; i < rank; i++) {
		const count = load<u32>(d, 16) + 1;
		line0 += load<u32>(d, 4);
		line1 += load<u32>(d, 8);
		line2 += load<u32>(d, 12);
		if (count < load<u32>(d)) {
			store<u32>(d, count, 16);
			return true;
		}
		line0 -= count * load<u32>(d, 4);
		line1 -= count * load<u32>(d, 8);
		line2 -= count * load<u32>(d, 12);
		store<u32>(d, 0, 16);
		d += WORDS;
	}
	return false;
}

/** `count` floats, `step` bytes apart, as a contiguous line: themselves or a copy. */
// @ts-ignore: decorator
@inline
export function gathered(
	from: usize,
	step: usize,
	count: i32,
	copy: usize,
): usize {
	if (step == 4) return from;
	for (let o: usize = 0; o < <usize>count << 2; o += 4) {
		f32.store(copy + o, f32.load(from));
		from += step;
	}
	return copy;
}

/** Brings a contiguous line to its place, if it is not there. */
// @ts-ignore: decorator
@inline
export function scatter(
	line: usize,
	to: usize,
	step: usize,
	count: i32,
): void {
	if (step == 4) return;
	for (let o: usize = 0; o < <usize>count << 2; o += 4) {
		f32.store(to, f32.load(line + o));
		to += step;
	}
}

/** The first `count` (1 to 3) floats, `rest` in the lanes behind them. */
// @ts-ignore: decorator
@inline
export function loadPart(from: usize, count: i32, rest: f32): v128 {
	let v = v128.load_lane<f32>(from, f32x4.splat(rest), 0);
	if (count > 1) v = v128.load_lane<f32>(from + 4, v, 1);
	if (count > 2) v = v128.load_lane<f32>(from + 8, v, 2);
	return v;
}

// @ts-ignore: decorator
@inline
export function storePart(to: usize, count: i32, v: v128): void {
	v128.store_lane<f32>(to, v, 0);
	if (count > 1) v128.store_lane<f32>(to + 4, v, 1);
	if (count > 2) v128.store_lane<f32>(to + 8, v, 2);
}
