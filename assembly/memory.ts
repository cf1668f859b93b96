/**
 * Blocks by size class: four classes to each power of two (so a block wastes
 * at most a fifth of itself), a last-in-first-out list of free blocks for each
 * class, and a region above the last block from which new ones are cut. The
 * caller says the size again when it frees, so blocks carry no header and all
 * addresses are multiples of 64. A loop that asks for the same sizes in each
 * turn only pops and pushes. (JavaScript keeps such blocks at hand, by the same
 * classes, and calls only where it has none: src/backends/cpu/core.ts.)
 */

const CLASSES: i32 = 128;
/** First free block of each class; a free block's first word is the next one. */
const heads = memory.data(CLASSES * 4);
/** Parameters that are handed over in memory: 1,024 words. */
const descriptors = memory.data(4096, 64);

const PAGE: usize = 65536;
/** The last page stays unused, so that addresses one past the end fit 32 bits. */
const LAST_PAGE: i32 = 65535;
/** Memory grows by at least 16 MB and at most 256 MB more than is needed. */
const MIN_STEP: i32 = 256;
const MAX_STEP: i32 = 4096;

/**
 * End of the last block (0: there is none) and count of blocks. All that an instance
 * knows is in the memory: one over a copy of it goes on where the other was.
 */
const state = memory.data(8, 4);

/** End of what is in use. */
export function memoryTop(): usize {
	const top: usize = load<u32>(state);
	return top ? top : (__heap_base + 63) & ~63;
}

/** Class of a size from 64 on, which must be a multiple of 64. */
// @ts-ignore: decorator
@inline
function classOf(size: usize): i32 {
	const last = <u32>(size - 1);
	const log = 31 - clz<u32>(last);
	return (log << 2) | <i32>((last >> (log - 2)) & 3);
}

/** Bytes of the blocks of a class: a multiple of 64 for each class in use. */
// @ts-ignore: decorator
@inline
function bytesOf(sizeClass: i32): usize {
	const log = sizeClass >> 2;
	return (<usize>1 << log) + (<usize>((sizeClass & 3) + 1) << (log - 2));
}

// @ts-ignore: decorator
@inline
function roundUp(size: usize): usize {
	return size <= 64 ? 64 : (size + 63) & ~63;
}

/**
 * Address of a block of at least `size` bytes, with arbitrary contents; 0 if
 * there is no more memory. At most 3.75 GB.
 */
export function alloc(size: usize): usize {
	const sizeClass = classOf(roundUp(size));
	const head = heads + (<usize>sizeClass << 2);
	let block: usize = load<u32>(head);
	if (block) store<u32>(head, load<u32>(block));
	else {
		block = cut(bytesOf(sizeClass));
		if (!block) block = takeLarger(sizeClass);
	}
	return block;
}

/** Gives a block back; `size` as it was asked for. */
export function free(block: usize, size: usize): void {
	const sizeClass = classOf(roundUp(size));
	push(block, sizeClass);
}

function push(block: usize, sizeClass: i32): void {
	const head = heads + (<usize>sizeClass << 2);
	store<u32>(block, load<u32>(head));
	store<u32>(head, <u32>block);
}

/** A new block from the region at the top. */
function cut(bytes: usize): usize {
	// Arrays that start at the same offset within a page fall into the same
	// cache sets; a step of five lines from block to block keeps them apart. It
	// costs at most a thirty-second of the block.
	const reach = min<usize>(bytes >> 5, 4096);
	const cuts = load<u32>(state, 4);
	const shift: usize =
		reach < 64 ? 0 : (<usize>cuts * 320) % reach & ~(<usize>63);
	const start = <u64>memoryTop() + shift;
	const end = start + bytes;
	if (end > <u64>memory.size() * PAGE && !grow(end)) return 0;
	store<u32>(state, <u32>end);
	store<u32>(state, cuts + 1, 4);
	return <usize>start;
}

function grow(end: u64): bool {
	const size = memory.size();
	const needed = end <= <u64>LAST_PAGE * PAGE
		? <i32>((end + (PAGE - 1)) / PAGE) - size
		: -1;
	if (needed < 0) return false;
	const step = min(max(size >> 1, MIN_STEP), MAX_STEP);
	if (memory.grow(min(max(needed, step), LAST_PAGE - size)) >= 0) return true;
	return memory.grow(needed) >= 0;
}

/** When memory is exhausted: a free block of a larger class, cut to size. */
function takeLarger(sizeClass: i32): usize {
	for (let larger = sizeClass + 1; larger < CLASSES; larger++) {
		const head = heads + (<usize>larger << 2);
		const block: usize = load<u32>(head);
		if (!block) continue;
		store<u32>(head, load<u32>(block));
		let rest = block + bytesOf(sizeClass);
		const end = block + bytesOf(larger);
		while (end - rest >= 64) {
			let part = classOf(end - rest);
			if (bytesOf(part) > end - rest) part = classBelow(part);
			push(rest, part);
			rest += bytesOf(part);
		}
		return block;
	}
	return 0;
}

/** The next smaller class in use: those below 256 bytes are fewer than four. */
function classBelow(sizeClass: i32): i32 {
	let below = sizeClass - 1;
	while (bytesOf(below) & 63) below--;
	return below;
}

export function descriptorArea(): usize {
	return descriptors;
}
