/**
 * What the two builds differ in, and nothing else: `--enable relaxed-simd` sets
 * ASC_FEATURE_RELAXED_SIMD at compile time. The plain build rounds after the
 * product and after the sum, so it gives the same bits in every engine.
 */

/** a b + c */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
	return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a b */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
	return f32x4.sub(c, f32x4.mul(a, b));
}

/** Sum of the four lanes, always as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
	const halves = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
	return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

/** Largest of the four lanes; NaN if any is NaN. */
// @ts-ignore: decorator
@inline
export function maxLanes(v: v128): f32 {
	const halves = f32x4.max(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
	return max(
		f32x4.extract_lane(halves, 0),
		f32x4.extract_lane(halves, 1),
	);
}

/** Whether this is the relaxed build. */
export function usesRelaxedSimd(): bool {
	return ASC_FEATURE_RELAXED_SIMD;
}
