/**
 * Loops over the elements that up to four operands share, for any layout.
 *
 * The caller describes them in memory as 32-bit words, outermost dimension
 * first: the rank (at least 1), then for each dimension its size and the four
 * operands' strides in bytes. The innermost dimension is a row, which kernels
 * run through themselves; `next` moves to the row after it.
 */

/** Bytes of a dimension in the description. */
export const RECORD: usize = 20;
const MAX_RANK: i32 = 64;
const counters = memory.data(MAX_RANK * 4, 4);

let dims: usize = 0;
let outer: i32 = 0;

// Current address of each operand, and along the row its length and strides.
export let p0: usize = 0;
export let p1: usize = 0;
export let p2: usize = 0;
export let p3: usize = 0;
export let length: i32 = 0;
export let s0: i32 = 0;
export let s1: i32 = 0;
export let s2: i32 = 0;
export let s3: i32 = 0;

// @ts-ignore: decorator
@inline
function word(at: usize, i: usize): i32 {
	return load<i32>(at + (i << 2));
}

/** At the first row. Every size is at least 1. */
export function start(d: usize, a0: usize, a1: usize, a2: usize, a3: usize): void {
	outer = load<i32>(d) - 1;
	dims = d + 4;
	p0 = a0;
	p1 = a1;
	p2 = a2;
	p3 = a3;
	for (let i = 0; i < outer; i++) store<i32>(counters + (<usize>i << 2), 0);
	const row = dims + <usize>outer * RECORD;
	length = word(row, 0);
	s0 = word(row, 1);
	s1 = word(row, 2);
	s2 = word(row, 3);
	s3 = word(row, 4);
}

/** @returns false after the last row */
export function next(): bool {
	for (let i = outer - 1; i >= 0; i--) {
		const at = dims + <usize>i * RECORD;
		const counter = counters + (<usize>i << 2);
		const turns = load<i32>(counter) + 1;
		const goesOn = turns < word(at, 0);
		// back to the start of this dimension, unless it goes on
		const step = goesOn ? 1 : 1 - turns;
		store<i32>(counter, goesOn ? turns : 0);
		p0 += word(at, 1) * step;
		p1 += word(at, 2) * step;
		p2 += word(at, 3) * step;
		p3 += word(at, 4) * step;
		if (goesOn) return true;
	}
	return false;
}
