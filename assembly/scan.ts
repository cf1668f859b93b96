/** What looks at one dimension in order: extremes' positions, sums, sorting. */
import { Type } from "./kinds";
import { length, next, p0, p1, p2, s0, s1, s2, start } from "./walk";

/** Position of the extreme of n elements; the first NaN, if there is one. */
// @ts-ignore: decorator
@inline
function extreme<T>(isMax: bool, x: usize, stride: i32, n: i32): i32 {
	let best = load<T>(x);
	let at = 0;
	for (let i = 1; i < n && !isNaN<T>(best); i++) {
		x += stride;
		const v = load<T>(x);
		if (isMax ? v <= best : v >= best) continue; // false for NaN
		best = v;
		at = i;
	}
	return at;
}

// @ts-ignore: decorator
@inline
function position(
	type: i32,
	isMax: bool,
	x: usize,
	stride: i32,
	n: i32,
): i32 {
	if (type == Type.float32)
		return isMax
			? extreme<f32>(true, x, stride, n)
			: extreme<f32>(false, x, stride, n);
	if (type == Type.int32)
		return isMax
			? extreme<i32>(true, x, stride, n)
			: extreme<i32>(false, x, stride, n);
	return isMax
		? extreme<u8>(true, x, stride, n)
		: extreme<u8>(false, x, stride, n);
}

/**
 * Extremes along a dimension of n elements, `stride` bytes apart. The
 * description loops over the results: operands x, values (may be 0), indices.
 */
export function argReduceLoops(
	type: i32,
	isMax: bool,
	d: usize,
	x: usize,
	values: usize,
	indices: usize,
	stride: i32,
	n: i32,
): void {
	start(d, x, values, indices, 0);
	do {
		let px = p0;
		let pv = p1;
		let pi = p2;
		for (let k = length; k > 0; k--, px += s0, pv += s1, pi += s2) {
			const at = position(type, isMax, px, stride, n);
			const best = px + at * stride;
			if (!values) {
			} else if (type <= Type.int32) store<u32>(pv, load<u32>(best));
			else store<u8>(pv, load<u8>(best));
			store<i32>(pi, at);
		}
	} while (next());
}

/** Running sums along n elements; the description loops over the others. */
export function cumsumLoops(
	type: i32,
	d: usize,
	x: usize,
	y: usize,
	sx: i32,
	sy: i32,
	n: i32,
): void {
	start(d, x, y, 0, 0);
	do {
		let px = p0;
		let py = p1;
		for (let k = length; k > 0; k--, px += s0, py += s1) {
			let from = px;
			let to = py;
			if (type == Type.float32) {
				let sum: f64 = 0;
				for (let i = 0; i < n; i++, from += sx, to += sy)
					{
					sum += load<f32>(from);
					store<f32>(to, <f32>sum);
				}
			} else {
				let sum = 0;
				for (let i = 0; i < n; i++, from += sx, to += sy)
					{
					sum += load<i32>(from);
					store<i32>(to, sum);
				}
			}
		}
	} while (next());
}

/**
 * A key that orders as unsigned integer as its element does: ±0 are equal, NaN
 * is the greatest; complemented for a descending order.
 */
// @ts-ignore: decorator
@inline
function sortKey(type: i32, x: usize, flip: u32): u32 {
	if (type > Type.int32) return load<u8>(x) ^ flip;
	const bits = load<u32>(x);
	if (type == Type.int32) return bits ^ 0x80000000 ^ flip;
	const v = load<f32>(x);
	if (isNaN<f32>(v)) return 0xffffffff ^ flip;
	if (v == 0) return 0x80000000 ^ flip;
	return ((bits >> 31) ? ~bits : bits | 0x80000000) ^ flip;
}

/**
 * Merge sort of n pairs (key, position) from `from`, with `to` as second
 * place. Stable, as equal keys are taken from the left run first.
 * @returns which of the two holds the result
 */
function mergeSort(from: usize, to: usize, n: i32): usize {
	const end = from + (<usize>n << 3);
	// runs of 16 by insertion, then merged
	for (let run = from; run < end; run += 128) {
		const stop = min(run + 128, end);
		for (let p = run + 8; p < stop; p += 8) {
			const pair = load<u64>(p);
			let q = p;
			for (; q > run && load<u32>(q - 8) > <u32>pair; q -= 8)
				store<u64>(q, load<u64>(q - 8));
			store<u64>(q, pair);
		}
	}
	for (let width: usize = 128; width < <usize>n << 3; width <<= 1) {
		const last = from + (<usize>n << 3);
		let out = to;
		for (let left = from; left < last; ) {
			const middle = min(left + width, last);
			const stop = min(middle + width, last);
			let right = middle;
			while (left < middle && right < stop) {
				const takeRight = load<u32>(right) < load<u32>(left);
				store<u64>(out, load<u64>(takeRight ? right : left));
				out += 8;
				if (takeRight) right += 8;
				else left += 8;
			}
			memory.copy(out, left, middle - left);
			out += middle - left;
			memory.copy(out, right, stop - right);
			out += stop - right;
			left = stop;
		}
		const swap = from;
		from = to;
		to = swap;
	}
	return from;
}

/**
 * Stable sort along n elements; the description loops over the others, with
 * operands x, values and indices, whose strides along the sorted dimension
 * follow. `work` has 20 bytes for each element.
 */
export function sortLoops(
	type: i32,
	descending: bool,
	d: usize,
	x: usize,
	values: usize,
	indices: usize,
	sx: i32,
	sv: i32,
	si: i32,
	n: i32,
	work: usize,
): void {
	const flip: u32 = descending ? 0xffffffff : 0;
	const pairs = work;
	const spare = pairs + (<usize>n << 3);
	// values may overwrite x
	const copy = spare + (<usize>n << 3);
	const isWide = type <= Type.int32;
	start(d, x, values, indices, 0);
	do {
		let px = p0;
		let pv = p1;
		let pi = p2;
		for (let k = length; k > 0; k--, px += s0, pv += s1, pi += s2) {
			let from = px;
			for (let i = 0; i < n; i++, from += sx) {
				const at = <usize>i;
				store<u32>(pairs + (at << 3), sortKey(type, from, flip));
				store<i32>(pairs + (at << 3), i, 4);
				if (isWide) store<u32>(copy + (at << 2), load<u32>(from));
				else store<u8>(copy + at, load<u8>(from));
			}
			let sorted = mergeSort(pairs, spare, n);
			let toValue = pv;
			let toIndex = pi;
			for (let i = 0; i < n; i++, sorted += 8) {
				const at = load<u32>(sorted, 4);
				if (isWide) store<u32>(toValue, load<u32>(copy + (<usize>at << 2)));
				else store<u8>(toValue, load<u8>(copy + <usize>at));
				store<u32>(toIndex, at);
				toValue += sv;
				toIndex += si;
			}
		}
	} while (next());
}
