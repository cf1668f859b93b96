/**
 * The most that multiply-add can do, for the benchmarks: in registers only, in
 * enough chains that none waits for another. No part of the core.
 */
import { madd } from "./simd";

/** Floating-point operations of a turn of `peakMadd`. */
export const FLOPS: i32 = 12 * 4 * 2;

/** n turns of 12 multiply-adds of vectors. */
export function peakMadd(n: i32): f32 {
	const x = f32x4.splat(0.999);
	const y = f32x4.splat(0.001);
	let c0 = y;
	let c1 = x;
	let c2 = f32x4.splat(2);
	let c3 = f32x4.splat(3);
	let c4 = f32x4.splat(4);
	let c5 = f32x4.splat(5);
	let c6 = f32x4.splat(6);
	let c7 = f32x4.splat(7);
	let c8 = f32x4.splat(8);
	let c9 = f32x4.splat(9);
	let c10 = f32x4.splat(10);
	let c11 = f32x4.splat(11);
	for (let i = 0; i < n; i++) {
		c0 = madd(c0, x, y);
		c1 = madd(c1, x, y);
		c2 = madd(c2, x, y);
		c3 = madd(c3, x, y);
		c4 = madd(c4, x, y);
		c5 = madd(c5, x, y);
		c6 = madd(c6, x, y);
		c7 = madd(c7, x, y);
		c8 = madd(c8, x, y);
		c9 = madd(c9, x, y);
		c10 = madd(c10, x, y);
		c11 = madd(c11, x, y);
	}
	c0 = f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3));
	c4 = f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7));
	c8 = f32x4.add(f32x4.add(c8, c9), f32x4.add(c10, c11));
	return f32x4.extract_lane(f32x4.add(c0, f32x4.add(c4, c8)), 0);
}
