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

/** One column. In a vector, since only vectors can fuse. */
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

/** y = x · b + bias for a contiguous row x and contiguous rows of b. */
export function rowTimesMatrix(
	x: usize,
	b: usize,
	bRow: usize,
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
			const from = b + (<usize>(jc + j) << 2);
			const tile = outputs + (<usize>j << 2);
			if (columns == 16) {
				rowTimesWide(4, x, from, bRow, tile, k);
				j += 16;
			} else if (columns - j >= 4) {
				rowTimesWide(1, x, from, bRow, tile, k);
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
