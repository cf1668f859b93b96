/**
 * A matrix x [m, k] as one value c, its background, and lists of the entries
 * that differ from it. An entry is its column (int32) and x - c.
 *
 * The lists in memory: c, a word of the caller's, two unused, places at which entries start
 * (counted in entries), then from `entriesOf` on the entries. A row falls into segments, one for
 * each block of columns: the part of w that belongs to a block stays near.
 * Segment s of row i starts at place i * segments + s.
 *
 * x - c loses what of x is small against c. Where a row holds enough of the background,
 * c's own share of the sum is as coarse; a row that holds nearly none is listed as it is,
 * with all of its k entries and c = 0. The same holds for columns.
 */

/** How many values are looked at to find the background. */
const SAMPLES: u32 = 128;
/** The background's share among them, at least. */
const ENOUGH: i32 = 68;
/** Above it x - c could overflow where x does not. */
const LARGEST: f32 = 1e30;

/** For each byte, the places of its set bits: 8 numbers of 16 bits. */
const places = memory.data(4096, 64);
let hasPlaces = false;

function fillPlaces(): void {
	if (hasPlaces) return;
	hasPlaces = true;
	for (let mask: usize = 0; mask < 256; mask++) {
		let to = places + (mask << 4);
		for (let bit: usize = 0; bit < 8; bit++)
			if ((mask >> bit) & 1) {
				store<u16>(to, <u16>bit);
				to += 2;
			}
	}
}

/** The i-th of values spread evenly, but not periodically, over n. */
// @ts-ignore: decorator
@inline
function sample(x: usize, n: u32, i: u32): f32 {
	// steps of the golden ratio
	const at = (<u64>n * <u64>(i * 0x9e3779b9)) >> 32;
	return f32.load(x + (<usize>at << 2));
}

/**
 * The value that more than half of n floats seem to have; NaN if there is
 * none, or if it is too large to be subtracted.
 */
export function backgroundOf(x: usize, n: u32): f32 {
	let candidate: f32 = 0;
	let votes = 0;
	for (let i: u32 = 0; i < SAMPLES; i++) {
		const value = sample(x, n, i);
		if (votes == 0) candidate = value;
		votes += value == candidate ? 1 : -1;
	}
	if (!(abs(candidate) < LARGEST)) return NaN;
	let found = 0;
	for (let i: u32 = 0; i < SAMPLES; i++)
		found += i32(sample(x, n, i) == candidate);
	return found < ENOUGH ? NaN : candidate;
}

/** Whether so many entries of a line of n leave too little background in it. */
// @ts-ignore: decorator
@inline
function isCrowded(count: i32, n: i32): bool {
	return count * 8 > n * 7;
}

/**
 * Columns of a block: 34 KB of a panel of w. Rows of digits would rather have longer ones,
 * since they end less often, each time with a branch mispredicted; where nearly half of
 * the entries differ, twice as long costs a fifth, for the panel leaves the L1 cache.
 */
const BLOCK: i32 = 272;

/** How many segments a row of k falls into. */
export function segmentsOf(k: i32): i32 {
	return (k + (BLOCK - 1)) / BLOCK;
}

/** Columns in each block but the last: a multiple of 16. */
export function segmentLength(k: i32): i32 {
	const segments = segmentsOf(k);
	return ((k + segments - 1) / segments + 15) & ~15;
}

/** Where the entries start in the lists of x [m, k], in bytes. */
export function entriesOf(m: i32, k: i32): usize {
	return (16 + (<usize>(m * segmentsOf(k) + 1) << 2) + 15) & ~15;
}

/** Entries of the lists that stand for a row or column with c = 0; -1: for none. */
export function fullLine(c: f32, n: i32): i32 {
	return c == 0 ? -1 : n;
}

/** Appends the places of the set bits of `mask`, from k on. */
// @ts-ignore: decorator
@inline
function append(to: usize, k: i32, mask: i32): usize {
	const low = mask & 255;
	const high = mask >>> 8;
	v128.store(
		to,
		i16x8.add(
			i16x8.splat(<i16>k),
			v128.load(places + (<usize>low << 4)),
		),
	);
	to += <usize>popcnt(low) << 1;
	v128.store(
		to,
		i16x8.add(
			i16x8.splat(<i16>(k + 8)),
			v128.load(places + (<usize>high << 4)),
		),
	);
	return to + (<usize>popcnt(high) << 1);
}

/**
 * Writes the places of entries `at` to `end` of a row other than c, as 16-bit
 * numbers, without a branch that data decide. x is the address of entry `at`. Returns
 * the end of what was written; there is room for 16 more than all of them.
 */
// @ts-ignore: decorator
@inline
function findOthers(x: usize, at: i32, end: i32, c: f32, to: usize): usize {
	const same = f32x4.splat(c);
	for (; at + 16 <= end; at += 16) {
		const low = i16x8.narrow_i32x4_s(
			f32x4.ne(v128.load(x), same),
			f32x4.ne(v128.load(x, 16), same),
		);
		const high = i16x8.narrow_i32x4_s(
			f32x4.ne(v128.load(x, 32), same),
			f32x4.ne(v128.load(x, 48), same),
		);
		to = append(to, at, i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)));
		x += 64;
	}
	for (; at < end; at++) {
		store<u16>(to, <u16>at);
		to += <usize>(f32.load(x) != c) << 1;
		x += 4;
	}
	return to;
}

/**
 * Lists the entries of rows `first` to `last` of x [m, k], contiguous, in lists that have
 * room for `rows` rows and hold those before `first`; false if there is no
 * background or more than `limit` entries. `work` has 2 k + 32 bytes.
 */
export function listOthers(
	x: usize,
	m: i32,
	k: i32,
	first: i32,
	last: i32,
	rows: i32,
	before: i32,
	lists: usize,
	limit: i32,
	work: usize,
): bool {
	const c = backgroundOf(x, <u32>m * <u32>k);
	if (isNaN<f32>(c)) return false;
	fillPlaces();
	f32.store(lists, c);
	const block = segmentLength(k);
	let start = lists + 16 + (<usize>(before * segmentsOf(k)) << 2);
	let count = before ? load<i32>(start) : 0;
	let entry = lists + entriesOf(rows, k) + (<usize>count << 3);
	x += <usize>first * (<usize>k << 2);
	for (let i = first; i < last; i++) {
		let segment = start;
		let end = work;
		for (let at = 0; at < k; at += block) {
			store<i32>(segment, count + (<i32>(end - work) >> 1));
			segment += 4;
			end = findOthers(x + (<usize>at << 2), at, min(at + block, k), c, end);
		}
		const found = <i32>(end - work) >> 1;
		const whole = c != 0 && isCrowded(found, k);
		if (whole)
			for (let at = 0; at < k; at += block) {
				store<i32>(start, count + at);
				start += 4;
			}
		start = segment;
		count += whole ? k : found;
		if (count > limit) return false;
		if (whole) entry = listLine(x, 4, k, entry);
		else
			for (let p = work; p < end; p += 2) {
				const at = <usize>load<u16>(p);
				store<i32>(entry, <i32>at);
				f32.store(entry, f32.load(x + (at << 2)) - c, 4);
				entry += 8;
			}
		x += <usize>k << 2;
	}
	store<i32>(start, count);
	return true;
}

/**
 * Appends the lists of `rows` rows at `part` to lists of m rows that hold `before`
 * rows; false if that makes more than `limit` entries.
 */
export function appendLists(
	lists: usize,
	m: i32,
	k: i32,
	before: i32,
	part: usize,
	rows: i32,
	limit: i32,
): bool {
	const segments = segmentsOf(k);
	const places = rows * segments;
	let from = part + 16;
	let to = lists + 16 + (<usize>(before * segments) << 2);
	const base = load<i32>(to);
	const count = load<i32>(from + (<usize>places << 2));
	if (base + count > limit) return false;
	for (let i = 0; i <= places; i++) {
		store<i32>(to, base + load<i32>(from));
		from += 4;
		to += 4;
	}
	memory.copy(
		lists + entriesOf(m, k) + (<usize>base << 3),
		part + entriesOf(rows, k),
		<usize>count << 3,
	);
	return true;
}

/** All n values of a line as they are, `step` bytes apart. */
function listLine(x: usize, step: usize, n: i32, entry: usize): usize {
	for (let at = 0; at < n; at++) {
		store<i32>(entry, at);
		store<u32>(entry, load<u32>(x), 4);
		x += step;
		entry += 8;
	}
	return entry;
}

/**
 * The lists of x's columns `first` to `last` from those of its rows: `bounds` receives
 * their places and the end, `entries` the rows and values, in ascending order of rows.
 * There is room for 8 / 7 of `limit` entries. False if the lists changed meanwhile.
 */
export function transposeLists(
	x: usize,
	m: i32,
	k: i32,
	lists: usize,
	first: i32,
	last: i32,
	bounds: usize,
	entries: usize,
	limit: i32,
): bool {
	// one thread by itself: nobody changes the lists, and all columns are wanted
	return first == 0 && last == k
		? transpose(false, true, x, m, k, lists, 0, k, bounds, entries, limit)
		: transpose(
				true,
				false,
				x,
				m,
				k,
				lists,
				first,
				last,
				bounds,
				entries,
				limit,
			);
}

/** All columns' lists, as `transposeLists` makes them, where the lists may change meanwhile. */
export function transposeAll(
	x: usize,
	m: i32,
	k: i32,
	lists: usize,
	bounds: usize,
	entries: usize,
	limit: i32,
): bool {
	return transpose(true, true, x, m, k, lists, 0, k, bounds, entries, limit);
}

/** The column of an entry, or `width` for what is none: not written, and without a branch. */
// @ts-ignore: decorator
@inline
function columnOf(checked: bool, p: usize, first: i32, width: u32): u32 {
	const j = load<u32>(p) - <u32>first;
	return checked ? (j < width ? j : width) : j;
}

// @ts-ignore: decorator
@inline
function transpose(
	checked: bool,
	all: bool,
	x: usize,
	m: i32,
	k: i32,
	lists: usize,
	first: i32,
	last: i32,
	bounds: usize,
	entries: usize,
	limit: i32,
): bool {
	const c = f32.load(lists);
	const width = <u32>(last - first);
	const starts = lists + 16;
	const row = <usize>segmentsOf(k) << 2;
	// the segments in which the columns are
	const length = segmentLength(k);
	const from = <usize>(first / length) << 2;
	const to = <usize>((last + length - 1) / length) << 2;
	const list = lists + entriesOf(m, k);
	const full = fullLine(c, k);
	// While the columns fill, next[j] is where column j's next entry goes; in
	// the end that is where the next column starts.
	const next = bounds + 4;
	memory.fill(bounds, 0, <usize>(width + 2) << 2);
	x += <usize>first << 2;
	for (let i = 0; i < m; i++) {
		const start = starts + <usize>i * row;
		if (load<i32>(start + row) - load<i32>(start) == full) {
			const values = x + <usize>i * (<usize>k << 2);
			for (let at: usize = 0; at < <usize>width << 2; at += 4)
				store<i32>(
					next + at,
					load<i32>(next + at) + i32(f32.load(values + at) != c),
				);
		} else {
			const end = list + (<usize>load<u32>(start + to) << 3);
			let p = list + (<usize>load<u32>(start + from) << 3);
			for (; p < end; p += 8) {
				const j = columnOf(checked, p, first, width);
				const at = next + (<usize>j << 2);
				store<i32>(at, load<i32>(at) + 1);
			}
		}
	}

	let crowded = 0;
	let total: u32 = 0;
	for (let j: u32 = 0; j < width; j++) {
		const at = next + (<usize>j << 2);
		let count = load<i32>(at);
		if (c != 0 && isCrowded(count, m)) {
			count = m;
			crowded++;
		}
		store<u32>(at, total);
		total += count;
	}
	if (<u64>total * 7 > <u64>limit * 8) return false;
	// no place for what is no column
	store<u32>(next + (<usize>width << 2), total);

	for (let i = 0; i < m; i++) {
		const start = starts + <usize>i * row;
		if (load<i32>(start + row) - load<i32>(start) == full) {
			let value = x + <usize>i * (<usize>k << 2);
			for (let j: u32 = 0; j < width; j++) {
				const v = f32.load(value);
				if (v != c && !put(checked, next, j, entries, total, i, v - c))
					return false;
				value += 4;
			}
		} else {
			const end = list + (<usize>load<u32>(start + to) << 3);
			let p = list + (<usize>load<u32>(start + from) << 3);
			for (; p < end; p += 8) {
				const j = columnOf(checked, p, first, width);
				if (checked && !all && j == width) continue;
				if (!put(checked, next, j, entries, total, i, f32.load(p, 4)))
					return false;
			}
		}
	}
	if (crowded) listCrowded(x, m, k, width, bounds, entries);
	return true;
}

/** False if there is no place: the lists are not what they were when they were counted. */
// @ts-ignore: decorator
@inline
function put(
	checked: bool,
	next: usize,
	j: u32,
	entries: usize,
	total: u32,
	i: i32,
	value: f32,
): bool {
	const at = next + (<usize>j << 2);
	const place = load<u32>(at);
	if (checked && place >= total) return false;
	const to = entries + (<usize>place << 3);
	store<i32>(to, i);
	f32.store(to, value, 4);
	store<u32>(at, place + 1);
	return true;
}

/** Replaces the lists of crowded columns, for which m entries of room were left. */
function listCrowded(
	x: usize,
	m: i32,
	k: i32,
	width: u32,
	bounds: usize,
	entries: usize,
): void {
	let from = 0;
	for (let j: usize = 0; j < <usize>width; j++) {
		const bound = bounds + (j << 2);
		const count = load<i32>(bound, 4) - from;
		if (isCrowded(count, m)) {
			let entry = entries + (<usize>from << 3);
			let value = x + (j << 2);
			for (let i = 0; i < m; i++) {
				store<i32>(entry, i);
				store<u32>(entry, load<u32>(value), 4);
				value += <usize>k << 2;
				entry += 8;
			}
			store<i32>(bound, from + m, 4);
		}
		from = load<i32>(bound, 4);
	}
}
