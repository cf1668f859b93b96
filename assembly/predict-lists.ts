/**
 * Rows of mostly one value as lists of what differs from it. A product with
 * such a row then costs its ink, not its length:
 * Σ w x = Σ w (x - c) + c Σ w, for any c.
 *
 * An entry is eight bytes: the offset of its weights in a panel, and its value.
 * Lists are made without a branch: a mask of lanes selects, from a table, the
 * numbers of the lanes set, packed to the front.
 */

/** For each mask of 8 lanes, the lanes' numbers as eight 16-bit integers. */
const table = memory.data(4096, 16);

/** Fills the table: once for each memory. */
export function start(): void {
	for (let mask = 0; mask < 256; mask++) {
		let at = table + (<usize>mask << 4);
		for (let lane = 0; lane < 8; lane++)
			if ((mask >> lane) & 1) {
				store<u16>(at, <u16>lane);
				at += 2;
			}
	}
}

/** Where the lists of a block of rows go. */
@unmanaged
export class Lists {
	/** Room for the positions of one row, 16 bits each. */
	positions!: usize;
	/** For each row the address of its first entry, and the end of the last. */
	bounds!: usize;
	/** For each row its background, as a float or an integer. */
	backgrounds!: usize;
	entries!: usize;
}

// @ts-ignore: decorator
@inline
function pack8(at: usize, first: v128, mask: i32): usize {
	v128.store(
		at,
		i16x8.add(first, v128.load(table + (<usize>mask << 4))),
	);
	return at + (<usize>popcnt(mask) << 1);
}

// @ts-ignore: decorator
@inline
function pack16(at: usize, first: v128, mask: i32): usize {
	return pack8(
		pack8(at, first, mask & 255),
		i16x8.add(first, i16x8.splat(8)),
		mask >>> 8,
	);
}

/** The value of at least two of three probes, or `none`. */
// @ts-ignore: decorator
@inline
function common<T>(a: T, b: T, c: T, none: T): T {
	return a == b || a == c ? a : b == c ? b : none;
}

// @ts-ignore: decorator
@inline
function backgroundOfBytes(x: usize, length: i32): i32 {
	return common<i32>(
		load<u8>(x),
		load<u8>(x + <usize>(length >> 5)),
		load<u8>(x + <usize>(length - 1)),
		0,
	);
}

/** Entries (position · stride, value as a float) of m rows of bytes; false: over the limit. */
export function listBytes(
	lists: Lists,
	x: usize,
	m: i32,
	length: i32,
	stride: i32,
	limit: i32,
): bool {
	let entry = lists.entries;
	const end = entry + (<usize>limit << 3);
	for (let i = 0; i < m; i++) {
		const c = backgroundOfBytes(x, length);
		const c16 = i8x16.splat(<i8>c);
		store<f32>(lists.backgrounds + (<usize>i << 2), <f32>c);
		store<usize>(lists.bounds + (<usize>i << 2), entry);
		let last = lists.positions;
		let k = 0;
		let first = i16x8.splat(0);
		for (; k + 16 <= length; k += 16) {
			const mask = i8x16.bitmask(i8x16.ne(v128.load(x + <usize>k), c16));
			last = pack16(last, first, mask);
			first = i16x8.add(first, i16x8.splat(16));
		}
		if (k < length)
			last = pack16(
				last,
				first,
				i8x16.bitmask(i8x16.ne(v128.load(x + <usize>k), c16)) &
					((1 << (length - k)) - 1),
			);
		for (let p = lists.positions; p < last; p += 2) {
			const position = <i32>load<u16>(p);
			store<i32>(entry, position * stride);
			store<f32>(entry, <f32>(<i32>load<u8>(x + <usize>position) - c), 4);
			entry += 8;
		}
		if (entry > end) return false;
		x += <usize>length;
	}
	store<usize>(lists.bounds + (<usize>m << 2), entry);
	return true;
}

// @ts-ignore: decorator
@inline
function differ4(x: usize, at: usize, c: v128): v128 {
	return f32x4.ne(v128.load(x + at), c);
}

// @ts-ignore: decorator
@inline
function differ16(x: usize, c: v128): i32 {
	return i8x16.bitmask(
		i8x16.narrow_i16x8_s(
			i16x8.narrow_i32x4_s(differ4(x, 0, c), differ4(x, 16, c)),
			i16x8.narrow_i32x4_s(differ4(x, 32, c), differ4(x, 48, c)),
		),
	);
}

/** As `listBytes`, of rows of floats. */
export function listFloats(
	lists: Lists,
	x: usize,
	m: i32,
	length: i32,
	stride: i32,
	limit: i32,
): bool {
	let entry = lists.entries;
	const end = entry + (<usize>limit << 3);
	for (let i = 0; i < m; i++) {
		let c = common<f32>(
			load<f32>(x),
			load<f32>(x + (<usize>(length >> 5) << 2)),
			load<f32>(x + (<usize>(length - 1) << 2)),
			0,
		);
		// inf - inf is none of the differences
		if (abs(c) == Infinity) c = 0;
		const c4 = f32x4.splat(c);
		store<f32>(lists.backgrounds + (<usize>i << 2), c);
		store<usize>(lists.bounds + (<usize>i << 2), entry);
		let last = lists.positions;
		let k = 0;
		let first = i16x8.splat(0);
		for (; k + 16 <= length; k += 16) {
			last = pack16(last, first, differ16(x + (<usize>k << 2), c4));
			first = i16x8.add(first, i16x8.splat(16));
		}
		if (k < length)
			last = pack16(
				last,
				first,
				differ16(x + (<usize>k << 2), c4) & ((1 << (length - k)) - 1),
			);
		for (let p = lists.positions; p < last; p += 2) {
			const position = <i32>load<u16>(p);
			store<i32>(entry, position * stride);
			store<f32>(entry, load<f32>(x + (<usize>position << 2)) - c, 4);
			entry += 8;
		}
		if (entry > end) return false;
		x += <usize>length << 2;
	}
	store<usize>(lists.bounds + (<usize>m << 2), entry);
	return true;
}

/**
 * Entries of pairs of adjacent bytes: (number of the pair · stride, both values
 * as 16-bit integers). An odd row's last pair has a foreign byte in it, whose
 * weight is 0.
 */
export function listPairs(
	lists: Lists,
	x: usize,
	m: i32,
	length: i32,
	stride: i32,
): void {
	let entry = lists.entries;
	const pairs = (length + 1) >> 1;
	for (let i = 0; i < m; i++) {
		const c = backgroundOfBytes(x, length);
		const c16 = i8x16.splat(<i8>c);
		store<i32>(lists.backgrounds + (<usize>i << 2), c);
		store<usize>(lists.bounds + (<usize>i << 2), entry);
		let last = lists.positions;
		let k = 0;
		let first = i16x8.splat(0);
		for (; k + 8 <= pairs; k += 8) {
			const differ = i16x8.ne(v128.load(x + (<usize>k << 1)), c16);
			last = pack8(last, first, i16x8.bitmask(differ));
			first = i16x8.add(first, i16x8.splat(8));
		}
		if (k < pairs)
			last = pack8(
				last,
				first,
				i16x8.bitmask(i16x8.ne(v128.load(x + (<usize>k << 1)), c16)) &
					((1 << (pairs - k)) - 1),
			);
		for (let p = lists.positions; p < last; p += 2) {
			const pair = <i32>load<u16>(p);
			const both = <i32>load<u16>(x + (<usize>pair << 1));
			store<i32>(entry, pair * stride);
			store<i32>(
				entry,
				(((both & 255) - c) & 0xffff) | (((both >> 8) - c) << 16),
				4,
			);
			entry += 8;
		}
		x += <usize>length;
	}
	store<usize>(lists.bounds + (<usize>m << 2), entry);
}
