/**
 * Elementary functions of four floats at once, within 2 ulp (sigmoid 2.3). Only
 * IEEE operations: without relaxed SIMD the bits are the same in every engine.
 *
 * pmin(x, c) and pmax(x, c) rather than min and max: one instruction on x86,
 * and a NaN in x passes through.
 */
import { madd, nmadd } from "./simd";

// Constants lie in memory: V8 makes a literal vector anew in each turn of a loop
// from four instructions, and loads it with one. In the module a literal takes
// 18 bytes and a load 7.
// biome-ignore format: in groups
const constants = memory.data<f32>([
	89, -104, 1.44269504, // log2(e)
	// Added to a small float, 1.5 · 2^23 rounds it to a whole number, which
	// then stands in the low bits.
	12582912,
	// ln 2 in two parts; the first has so few bits that n times it is exact
	-0.693359375, 2.1219444e-4,
	// Cephes, expf
	1.98756915e-4, 1.39819995e-3, 8.33345191e-3, 4.16657959e-2, 1.66666655e-1,
	5.00000012e-1, 1,
	// Cephes, logf
	7.03768363e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
	1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
	3.3333331174e-1, -0.5, Infinity,
	// 24: 2, 0.625, ½, √½, the bits of the integer 127
	2, 0.625, 0.5, 0.70710678, 1.779649e-43,
	// 29: Cephes, tanhf
	-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
	-3.33332819422e-1,
	// 34: N. Juffa's erff
	10, -5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1,
	-3.76125336e-1, 1.28379166e-1,
	-1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2,
	-1.06777877e-1, -6.34846687e-1, -1.28717512e-1, 0.927734375,
]);

// @ts-ignore: decorator
@inline
function constant(i: i32): v128 {
	return v128.load32_splat(constants + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
const ROUNDER_BITS: i32 = 0x4b400000;

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
	return f32x4.splat(x);
}

/** 2^n for whole n in [-126, 127], given as integers. */
// @ts-ignore: decorator
@inline
function exp2i(n: v128): v128 {
	return i32x4.shl(i32x4.add(n, constant(28)), 23);
}

/** x less n ln 2. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
	return madd(n, constant(5), madd(n, constant(4), x));
}

/** exp(r) - 1 for |r| ≤ ln(2)/2 */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
	let p = constant(6);
	p = madd(p, r, constant(7));
	p = madd(p, r, constant(8));
	p = madd(p, r, constant(9));
	p = madd(p, r, constant(10));
	p = madd(p, r, constant(11));
	return madd(p, f32x4.mul(r, r), r);
}

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
	// beyond these bounds the result is 0 or inf in any case
	x = f32x4.pmax(f32x4.pmin(x, constant(0)), constant(1));
	const t = madd(x, constant(2), constant(3));
	const r = reduce(x, f32x4.sub(t, constant(3)));
	const y = f32x4.add(expm1Reduced(r), constant(12));
	// 2^n in two factors, so that it can reach inf and the subnormal numbers
	const n = i32x4.sub(t, constant(3));
	const half = i32x4.shr_s(n, 1);
	return f32x4.mul(
		f32x4.mul(y, exp2i(half)),
		exp2i(i32x4.sub(n, half)),
	);
}

/** |x|, as a mask of lanes, so small that expm1, log1p … are x itself. */
// @ts-ignore: decorator
@inline
function tiny(x: v128): v128 {
	return f32x4.lt(f32x4.abs(x), splat(1e-10));
}

// @ts-ignore: decorator
@inline
export function expm14(x: v128): v128 {
	const c = f32x4.pmax(f32x4.pmin(x, constant(0)), splat(-18));
	const t = madd(c, constant(2), constant(3));
	const p = expm1Reduced(reduce(c, f32x4.sub(t, constant(3))));
	// 2^n (p + 1) - 1, rounded late; half of it, as 2^128 is no float
	const h = exp2i(i32x4.sub(t, i32x4.splat(ROUNDER_BITS + 1)));
	const y = madd(h, p, f32x4.sub(h, splat(0.5)));
	return v128.bitselect(x, f32x4.add(y, y), tiny(x));
}

/** ln of positive x, inf and NaN included */
// @ts-ignore: decorator
@inline
function logPositive(x: v128): v128 {
	const small = f32x4.lt(x, splat(1.17549435e-38));
	const z = v128.bitselect(f32x4.mul(x, splat(8388608)), x, small);
	// x = m 2^e with m in [√½, √2)
	const e = i32x4.shr_s(i32x4.sub(z, i32x4.splat(0x3f3504f3)), 23);
	const f = f32x4.sub(i32x4.sub(z, i32x4.shl(e, 23)), splat(1));
	const n = f32x4.convert_i32x4_s(
		i32x4.sub(e, v128.and(small, i32x4.splat(23))),
	);
	const ff = f32x4.mul(f, f);
	let p = constant(13);
	p = madd(p, f, constant(14));
	p = madd(p, f, constant(15));
	p = madd(p, f, constant(16));
	p = madd(p, f, constant(17));
	p = madd(p, f, constant(18));
	p = madd(p, f, constant(19));
	p = madd(p, f, constant(20));
	p = madd(p, f, constant(21));
	p = f32x4.mul(f32x4.mul(p, f), ff);
	p = nmadd(n, constant(5), p);
	p = madd(ff, constant(22), p);
	const y = nmadd(n, constant(4), f32x4.add(f, p));
	return v128.bitselect(y, x, f32x4.lt(x, constant(23)));
}

// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
	// 0 divided by 0 or by less: NaN; -1 divided by 0: -inf
	const zero = f32x4.eq(x, splat(0));
	const special = v128.bitselect(splat(-Infinity), splat(NaN), zero);
	return v128.bitselect(special, logPositive(x), f32x4.le(x, splat(0)));
}

// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
	const u = f32x4.add(x, splat(1));
	// what the addition lost, seen from the larger of the two summands
	const lost = v128.bitselect(
		f32x4.sub(x, f32x4.sub(u, splat(1))),
		f32x4.sub(splat(1), f32x4.sub(u, x)),
		f32x4.lt(x, splat(1)),
	);
	const usual = v128.and(
		f32x4.gt(u, splat(0)),
		f32x4.lt(u, splat(Infinity)),
	);
	const y = f32x4.add(log4(u), v128.and(f32x4.div(lost, u), usual));
	return v128.bitselect(x, y, tiny(x));
}

/** `magnitude` with the sign of x. */
// @ts-ignore: decorator
@inline
function withSign(magnitude: v128, x: v128): v128 {
	return v128.bitselect(x, magnitude, i32x4.splat(0x80000000));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
	const z = f32x4.mul(x, x);
	let p = constant(29);
	p = madd(p, z, constant(30));
	p = madd(p, z, constant(31));
	p = madd(p, z, constant(32));
	p = madd(p, z, constant(33));
	const near = madd(f32x4.mul(p, z), x, x);
	const a = f32x4.abs(x);
	const q = f32x4.div(
		constant(24),
		f32x4.add(exp4(f32x4.add(a, a)), constant(12)),
	);
	const far = f32x4.sub(constant(12), q);
	return withSign(v128.bitselect(near, far, f32x4.lt(a, constant(25))), x);
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
	// e = exp(-|x|) stays finite: 1 / (1 + e), or for negative x e / (1 + e)
	const e = exp4(f32x4.neg(f32x4.abs(x)));
	const top = v128.bitselect(e, constant(12), f32x4.lt(x, splat(0)));
	return f32x4.div(top, f32x4.add(constant(12), e));
}

// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
	const a = f32x4.pmin(f32x4.abs(x), constant(34));
	const z = f32x4.mul(a, a);
	let p = constant(35);
	p = madd(p, z, constant(36));
	p = madd(p, z, constant(37));
	p = madd(p, z, constant(38));
	p = madd(p, z, constant(39));
	p = madd(p, z, constant(40));
	const near = madd(p, x, x);
	let q = madd(constant(41), a, constant(42));
	q = madd(q, z, madd(constant(43), a, constant(44)));
	q = madd(q, a, constant(45));
	q = madd(q, a, constant(46));
	q = madd(q, a, constant(47));
	q = f32x4.sub(f32x4.mul(q, a), a);
	const far = withSign(f32x4.sub(constant(12), exp4(q)), x);
	return v128.bitselect(far, near, f32x4.gt(a, constant(48)));
}

/** x Φ(x) */
// @ts-ignore: decorator
@inline
export function gelu4(x: v128): v128 {
	return f32x4.mul(
		f32x4.mul(x, constant(26)),
		f32x4.add(constant(12), erf4(f32x4.mul(x, constant(27)))),
	);
}

// @ts-ignore: decorator
@inline
export function lanesI(a: i32, b: i32, c: i32, d: i32): v128 {
	let y = i32x4.splat(a);
	y = i32x4.replace_lane(y, 1, b);
	y = i32x4.replace_lane(y, 2, c);
	return i32x4.replace_lane(y, 3, d);
}

// @ts-ignore: decorator
@inline
export function lanes(a: f32, b: f32, c: f32, d: f32): v128 {
	let y = f32x4.splat(a);
	y = f32x4.replace_lane(y, 1, b);
	y = f32x4.replace_lane(y, 2, c);
	return f32x4.replace_lane(y, 3, d);
}
