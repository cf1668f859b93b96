/**
 * One row x against 16, 4 or 1 columns without packing. The sums start from
 * and end in a small tile; their order is that of the packed path.
 */
import { rowOutputs } from "./area";
import { blockLength } from "./gemm-pack";
import { madd } from "./simd";

/** `vectors` (1 or 4) vectors of columns that lie side by side. */
// @ts-ignore: decorator
@inline
function rowTimesWide(
	vectors: i32,
	x: usize,
	b: usize,
	bRow: usize,
	tile: usize,
	k: i32,
): void {
	const zero = f32x4.splat(0);
	const block = blockLength(k);
	for (let pc = 0; pc < k; pc += block) {
		const end = x + (<usize>min(pc + block, k) << 2);
		let c0 = zero;
		let c1 = zero;
		let c2 = zero;
		let c3 = zero;
		for (let p = x + (<usize>pc << 2); p != end; p += 4) {
			const v = v128.load32_splat(p);
			c0 = madd(v, v128.load(b), c0);
			if (vectors > 1) {
				c1 = madd(v, v128.load(b, 16), c1);
				c2 = madd(v, v128.load(b, 32), c2);
				c3 = madd(v, v128.load(b, 48), c3);
			}
			b += bRow;
		}
		addTo(tile, c0);
		if (vectors > 1) {
			addTo(tile + 16, c1);
			addTo(tile + 32, c2);
			addTo(tile + 48, c3);
		}
	}
}

// @ts-ignore: decorator
@inline
function addTo(to: usize, v: v128): void {
	v128.store(to, f32x4.add(v128.load(to), v));
}

/** Four values from four lines, at one place. */
// @ts-ignore: decorator
@inline
function loadAcross(from: usize, across: usize): v128 {
	let v = v128.load32_zero(from);
	v = v128.load_lane<f32>(from + across, v, 1);
	v = v128.load_lane<f32>(from + 2 * across, v, 2);
	return v128.load_lane<f32>(from + 3 * across, v, 3);
}

/**
 * sum + Σ x[p] b[p] over 4 values of p, x's each in all lanes, for 4 columns
 * `step` bytes apart.
 */
// @ts-ignore: decorator
@inline
function maddLines(
	sum: v128,
	x0: v128,
	x1: v128,
	x2: v128,
	x3: v128,
	b: usize,
	step: usize,
): v128 {
	const l1 = b + step;
	const l2 = l1 + step;
	const r0 = v128.load(b);
	const r1 = v128.load(l1);
	const r2 = v128.load(l2);
	const r3 = v128.load(l2 + step);
	const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
	const t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
	const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
	const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
	sum = madd(x0, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5), sum);
	sum = madd(x1, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7), sum);
	sum = madd(x2, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5), sum);
	return madd(x3, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7), sum);
}

/** 4 `quads` columns, each of which is contiguous over k. */
// @ts-ignore: decorator
@inline
function rowTimesTall(
	quads: i32,
	x: usize,
	b: usize,
	bColumn: usize,
	tile: usize,
	k: i32,
): void {
	const zero = f32x4.splat(0);
	const block = blockLength(k);
	const b1 = b + (bColumn << 2);
	const b2 = b1 + (bColumn << 2);
	const b3 = b2 + (bColumn << 2);
	for (let pc = 0; pc < k; pc += block) {
		const stop = <usize>min(pc + block, k) << 2;
		let c0 = zero;
		let c1 = zero;
		let c2 = zero;
		let c3 = zero;
		let o = <usize>pc << 2;
		for (; o + 16 <= stop; o += 16) {
			const x0 = v128.load32_splat(x + o);
			const x1 = v128.load32_splat(x + o, 4);
			const x2 = v128.load32_splat(x + o, 8);
			const x3 = v128.load32_splat(x + o, 12);
			c0 = maddLines(c0, x0, x1, x2, x3, b + o, bColumn);
			if (quads > 1) {
				c1 = maddLines(c1, x0, x1, x2, x3, b1 + o, bColumn);
				c2 = maddLines(c2, x0, x1, x2, x3, b2 + o, bColumn);
				c3 = maddLines(c3, x0, x1, x2, x3, b3 + o, bColumn);
			}
		}
		for (; o < stop; o += 4) {
			const v = v128.load32_splat(x + o);
			c0 = madd(v, loadAcross(b + o, bColumn), c0);
			if (quads > 1) {
				c1 = madd(v, loadAcross(b1 + o, bColumn), c1);
				c2 = madd(v, loadAcross(b2 + o, bColumn), c2);
				c3 = madd(v, loadAcross(b3 + o, bColumn), c3);
			}
		}
		addTo(tile, c0);
		if (quads > 1) {
			addTo(tile + 16, c1);
			addTo(tile + 32, c2);
			addTo(tile + 48, c3);
		}
	}
}

/** One column of any stride. In a vector, since only vectors can fuse. */
function rowTimesColumn(
	x: usize,
	b: usize,
	bRow: usize,
	tile: usize,
	k: i32,
): void {
	const block = blockLength(k);
	for (let pc = 0; pc < k; pc += block) {
		const end = x + (<usize>min(pc + block, k) << 2);
		let sum = f32x4.splat(0);
		for (let p = x + (<usize>pc << 2); p != end; p += 4) {
			sum = madd(v128.load32_splat(p), v128.load32_zero(b), sum);
			b += bRow;
		}
		f32.store(tile, f32.load(tile) + f32x4.extract_lane(sum, 0));
	}
}

/** y = x · b + bias for a contiguous row x. */
export function rowTimesMatrix(
	x: usize,
	b: usize,
	bRow: usize,
	bColumn: usize,
	y: usize,
	yColumn: usize,
	bias: usize,
	biasStep: usize,
	n: i32,
	k: i32,
	bound: f32,
): void {
	const outputs = rowOutputs();
	for (let jc = 0; jc < n; jc += 16) {
		const columns = min(n - jc, 16);
		for (let j = 0; j < columns; j++) {
			const value = bias ? f32.load(bias) : 0;
			f32.store(outputs + (<usize>j << 2), value);
			bias += biasStep;
		}
		let j = 0;
		while (j < columns) {
			const from = b + <usize>(jc + j) * bColumn;
			const tile = outputs + (<usize>j << 2);
			if (bColumn == 4 && columns == 16) {
				rowTimesWide(4, x, from, bRow, tile, k);
				j += 16;
			} else if (bColumn == 4 && columns - j >= 4) {
				rowTimesWide(1, x, from, bRow, tile, k);
				j += 4;
			} else if (bRow == 4 && columns == 16) {
				rowTimesTall(4, x, from, bColumn, tile, k);
				j += 16;
			} else if (bRow == 4 && columns - j >= 4) {
				rowTimesTall(1, x, from, bColumn, tile, k);
				j += 4;
			} else {
				rowTimesColumn(x, from, bRow, tile, k);
				j += 1;
			}
		}
		const floor = f32x4.splat(bound);
		for (let j: usize = 0; j < 64; j += 16)
			v128.store(outputs + j, f32x4.pmax(v128.load(outputs + j), floor));
		for (let j = 0; j < columns; j++) {
			f32.store(y, f32.load(outputs + (<usize>j << 2)));
			y += yColumn;
		}
	}
}
