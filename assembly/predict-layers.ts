/**
 * y = x · wᵀ + b for a block of rows. Weights lie in panels of `panel` vectors
 * of four outputs: for each input (or pair of inputs) the weights of all the
 * panel's outputs, one after the other. The last panel may be used in part.
 *
 * V8 moves all loads of a loop's body above its arithmetic: accumulators and
 * loads must stay within 14, or it spills at half the speed. So no tile is
 * larger, no loop is unrolled, and ReLU is a bound that comes from memory
 * rather than a branch.
 */
import { Lists } from "./predict-lists";
import { madd } from "./simd";

/** One layer, as the caller wrote it into memory. */
@unmanaged
export class Layer {
	inputs!: i32;
	outputs!: i32;
	/** Vectors in a panel: up to 4. */
	panel!: i32;
	/** Vectors in a row of results. */
	vectors!: i32;
	weights!: usize;
	/** From here on a number for each output, up to whole vectors. */
	bias!: usize;
	/** Sums of the weights, for rows with a background. */
	sums!: usize;
	/** Factors of integer weights. */
	scales!: usize;
	activation!: i32;
	p0!: f32;
	p1!: f32;
}

/** Results are at least this: 0 for ReLU. */
const bounds = memory.data<f32>([-Infinity, 0]);

// @ts-ignore: decorator
@inline
const RELU: i32 = 1;

// @ts-ignore: decorator
@inline
function boundOf(layer: Layer): usize {
	return bounds + (<usize>(layer.activation == RELU) << 2);
}

// @ts-ignore: decorator
@inline
function ld(p: usize, i: i32): v128 {
	return v128.load(p + (<usize>i << 4));
}

/** NaN stays NaN, as in PyTorch's relu. */
// @ts-ignore: decorator
@inline
function put(y: usize, i: i32, v: v128, bound: v128): void {
	v128.store(y + (<usize>i << 4), f32x4.pmax(v, bound));
}

/** Bytes from a row of results to the next. */
// @ts-ignore: decorator
@inline
export function rowBytes(layer: Layer): usize {
	return <usize>layer.vectors << 4;
}

// @ts-ignore: decorator
@inline
function listedFloats(
	V: i32,
	lists: Lists,
	m: i32,
	w: usize,
	bias: usize,
	sums: usize,
	bound: usize,
	y: usize,
	yRow: usize,
): void {
	let background = lists.backgrounds;
	let row = lists.bounds;
	let entry = load<usize>(row);
	for (let i = 0; i < m; i++) {
		const c = v128.load32_splat(background);
		let c0 = madd(c, ld(sums, 0), ld(bias, 0));
		let c1 = V > 1 ? madd(c, ld(sums, 1), ld(bias, 1)) : c0;
		let c2 = V > 2 ? madd(c, ld(sums, 2), ld(bias, 2)) : c0;
		let c3 = V > 3 ? madd(c, ld(sums, 3), ld(bias, 3)) : c0;
		for (const end = load<usize>(row, 4); entry < end; entry += 8) {
			const r = w + load<usize>(entry);
			const v = v128.load32_splat(entry, 4);
			c0 = madd(v, ld(r, 0), c0);
			if (V > 1) c1 = madd(v, ld(r, 1), c1);
			if (V > 2) c2 = madd(v, ld(r, 2), c2);
			if (V > 3) c3 = madd(v, ld(r, 3), c3);
		}
		const low = v128.load32_splat(bound);
		put(y, 0, c0, low);
		if (V > 1) put(y, 1, c1, low);
		if (V > 2) put(y, 2, c2, low);
		if (V > 3) put(y, 3, c3, low);
		background += 4;
		row += 4;
		y += yRow;
	}
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128): v128 {
	return i32x4.add(c, i32x4.dot_i16x8_s(a, b));
}

// @ts-ignore: decorator
@inline
function scaled(sum: v128, scales: usize, bias: usize, i: i32): v128 {
	return madd(f32x4.convert_i32x4_s(sum), ld(scales, i), ld(bias, i));
}

// @ts-ignore: decorator
@inline
function listedPairs(
	V: i32,
	lists: Lists,
	m: i32,
	w: usize,
	bias: usize,
	sums: usize,
	scales: usize,
	bound: usize,
	y: usize,
	yRow: usize,
): void {
	let background = lists.backgrounds;
	let row = lists.bounds;
	let entry = load<usize>(row);
	for (let i = 0; i < m; i++) {
		// whole numbers: the sum is the same whatever the background
		const c = v128.load32_splat(background);
		let c0 = i32x4.mul(c, ld(sums, 0));
		let c1 = V > 1 ? i32x4.mul(c, ld(sums, 1)) : c0;
		let c2 = V > 2 ? i32x4.mul(c, ld(sums, 2)) : c0;
		let c3 = V > 3 ? i32x4.mul(c, ld(sums, 3)) : c0;
		for (const end = load<usize>(row, 4); entry < end; entry += 8) {
			const r = w + load<usize>(entry);
			const v = v128.load32_splat(entry, 4);
			c0 = dot(ld(r, 0), v, c0);
			if (V > 1) c1 = dot(ld(r, 1), v, c1);
			if (V > 2) c2 = dot(ld(r, 2), v, c2);
			if (V > 3) c3 = dot(ld(r, 3), v, c3);
		}
		const low = v128.load32_splat(bound);
		put(y, 0, scaled(c0, scales, bias, 0), low);
		if (V > 1) put(y, 1, scaled(c1, scales, bias, 1), low);
		if (V > 2) put(y, 2, scaled(c2, scales, bias, 2), low);
		if (V > 3) put(y, 3, scaled(c3, scales, bias, 3), low);
		background += 4;
		row += 4;
		y += yRow;
	}
}

/**
 * The part of the sums that k inputs make: added to what is at `init`, whose
 * rows are `initRow` bytes apart. Two rows of x at a time; with an odd count
 * the last goes alone.
 */
// @ts-ignore: decorator
@inline
function dense(
	V: i32,
	x: usize,
	xRow: usize,
	m: i32,
	k: i32,
	w: usize,
	width: usize,
	init: usize,
	initRow: usize,
	bound: usize,
	y: usize,
	yRow: usize,
): void {
	const bytes = <usize>k << 2;
	let i = 0;
	for (; i + 2 <= m; i += 2) {
		const next = init + initRow;
		let c0 = ld(init, 0);
		let c1 = V > 1 ? ld(init, 1) : c0;
		let c2 = V > 2 ? ld(init, 2) : c0;
		let c3 = V > 3 ? ld(init, 3) : c0;
		let d0 = ld(next, 0);
		let d1 = V > 1 ? ld(next, 1) : d0;
		let d2 = V > 2 ? ld(next, 2) : d0;
		let d3 = V > 3 ? ld(next, 3) : d0;
		let a = x;
		let b = x + xRow;
		let r = w;
		for (const end = x + bytes; a < end; a += 4) {
			const w0 = ld(r, 0);
			const w1 = V > 1 ? ld(r, 1) : w0;
			const w2 = V > 2 ? ld(r, 2) : w0;
			const w3 = V > 3 ? ld(r, 3) : w0;
			const u = v128.load32_splat(a);
			c0 = madd(u, w0, c0);
			if (V > 1) c1 = madd(u, w1, c1);
			if (V > 2) c2 = madd(u, w2, c2);
			if (V > 3) c3 = madd(u, w3, c3);
			const v = v128.load32_splat(b);
			d0 = madd(v, w0, d0);
			if (V > 1) d1 = madd(v, w1, d1);
			if (V > 2) d2 = madd(v, w2, d2);
			if (V > 3) d3 = madd(v, w3, d3);
			b += 4;
			r += width;
		}
		const low = v128.load32_splat(bound);
		const z = y + yRow;
		put(y, 0, c0, low);
		if (V > 1) put(y, 1, c1, low);
		if (V > 2) put(y, 2, c2, low);
		if (V > 3) put(y, 3, c3, low);
		put(z, 0, d0, low);
		if (V > 1) put(z, 1, d1, low);
		if (V > 2) put(z, 2, d2, low);
		if (V > 3) put(z, 3, d3, low);
		x += 2 * xRow;
		y += 2 * yRow;
		init += 2 * initRow;
	}
	if (i == m) return;
	let c0 = ld(init, 0);
	let c1 = V > 1 ? ld(init, 1) : c0;
	let c2 = V > 2 ? ld(init, 2) : c0;
	let c3 = V > 3 ? ld(init, 3) : c0;
	let r = w;
	for (const end = x + bytes; x < end; x += 4) {
		const u = v128.load32_splat(x);
		c0 = madd(u, ld(r, 0), c0);
		if (V > 1) c1 = madd(u, ld(r, 1), c1);
		if (V > 2) c2 = madd(u, ld(r, 2), c2);
		if (V > 3) c3 = madd(u, ld(r, 3), c3);
		r += width;
	}
	const low = v128.load32_splat(bound);
	put(y, 0, c0, low);
	if (V > 1) put(y, 1, c1, low);
	if (V > 2) put(y, 2, c2, low);
	if (V > 3) put(y, 3, c3, low);
}

export function layerOfLists(
	layer: Layer,
	lists: Lists,
	m: i32,
	y: usize,
): void {
	const yRow = rowBytes(layer);
	const bound = boundOf(layer);
	const panel = <usize>layer.inputs * (<usize>layer.panel << 4);
	let w = layer.weights;
	for (let at = 0; at < layer.vectors; at += layer.panel) {
		const V = min(layer.panel, layer.vectors - at);
		const o = <usize>at << 4;
		const b = layer.bias + o;
		const s = layer.sums + o;
		const z = y + o;
		if (V == 4) listedFloats(4, lists, m, w, b, s, bound, z, yRow);
		else if (V == 3) listedFloats(3, lists, m, w, b, s, bound, z, yRow);
		else if (V == 2) listedFloats(2, lists, m, w, b, s, bound, z, yRow);
		else listedFloats(1, lists, m, w, b, s, bound, z, yRow);
		w += panel;
	}
}

export function layerOfPairs(
	layer: Layer,
	lists: Lists,
	m: i32,
	y: usize,
): void {
	const yRow = rowBytes(layer);
	const bound = boundOf(layer);
	const panel =
		<usize>((layer.inputs + 1) >> 1) * (<usize>layer.panel << 4);
	let w = layer.weights;
	for (let at = 0; at < layer.vectors; at += layer.panel) {
		const V = min(layer.panel, layer.vectors - at);
		const o = <usize>at << 4;
		const b = layer.bias + o;
		const s = layer.sums + o;
		const f = layer.scales + o;
		const z = y + o;
		if (V == 4) listedPairs(4, lists, m, w, b, s, f, bound, z, yRow);
		else if (V == 3) listedPairs(3, lists, m, w, b, s, f, bound, z, yRow);
		else if (V == 2) listedPairs(2, lists, m, w, b, s, f, bound, z, yRow);
		else listedPairs(1, lists, m, w, b, s, f, bound, z, yRow);
		w += panel;
	}
}

/** Inputs whose part of a panel, 24 KB, stays in the first cache. */
// @ts-ignore: decorator
@inline
const DEPTH: i32 = 392;

/** Rows of x are `xRow` bytes apart. */
export function layerOfFloats(
	layer: Layer,
	x: usize,
	xRow: usize,
	m: i32,
	y: usize,
): void {
	const yRow = rowBytes(layer);
	const width = <usize>layer.panel << 4;
	let w = layer.weights;
	for (let at = 0; at < layer.vectors; at += layer.panel) {
		const V = min(layer.panel, layer.vectors - at);
		const z = y + (<usize>at << 4);
		let init = layer.bias + (<usize>at << 4);
		let initRow: usize = 0;
		for (let k = 0; k < layer.inputs; k += DEPTH) {
			const part = x + (<usize>k << 2);
			const n = min(DEPTH, layer.inputs - k);
			const low = k + n == layer.inputs ? boundOf(layer) : bounds;
			if (V == 4)
				dense(4, part, xRow, m, n, w, width, init, initRow, low, z, yRow);
			else if (V == 3)
				dense(3, part, xRow, m, n, w, width, init, initRow, low, z, yRow);
			else if (V == 2)
				dense(2, part, xRow, m, n, w, width, init, initRow, low, z, yRow);
			else dense(1, part, xRow, m, n, w, width, init, initRow, low, z, yRow);
			w += <usize>n * width;
			init = z;
			initRow = yRow;
		}
	}
}
