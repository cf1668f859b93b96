/**
 * PyTorch's generator of random numbers on the CPU, draw for draw. Source:
 * ATen/core/MT19937RNGEngine.h, TransformationHelper.h, DistributionsHelper.h,
 * native/cpu/DistributionTemplates.h.
 *
 * A generator is a block of memory, s: 624 words of state, then these fields.
 */
const N: i32 = 624;
const M: i32 = 397;
/** Draws until the state is renewed, plus one; as PyTorch counts. */
const LEFT: usize = 2496;
const NEXT: usize = 2500;
/** Whether the second value of a pair of normal values waits; a word. */
const WAITS: usize = 2504;
/** That value: a float64. */
const WAITING: usize = 2512;

export function randomBytes(): usize {
	return 2560;
}

export function randomSeed(s: usize, seed: u32): void {
	store<u32>(s, seed);
	for (let i = 1; i < N; i++) {
		seed = 1812433253 * (seed ^ (seed >> 30)) + <u32>i;
		store<u32>(s + (<usize>i << 2), seed);
	}
	store<i32>(s, 1, LEFT);
	store<i32>(s, 0, NEXT);
	store<i32>(s, 0, WAITS);
}

// @ts-ignore: decorator
@inline
function twist(u: u32, v: u32): u32 {
	const mixed = (u & 0x80000000) | (v & 0x7fffffff);
	return (mixed >> 1) ^ (v & 1 ? 0x9908b0df : 0);
}

// @ts-ignore: decorator
@inline
function word(s: usize, i: i32): u32 {
	return load<u32>(s + (<usize>i << 2));
}

function renew(s: usize): void {
	store<i32>(s, N, LEFT);
	store<i32>(s, 0, NEXT);
	for (let i = 0; i < N; i++) {
		const after = i + 1 < N ? i + 1 : 0;
		const far = i + M < N ? i + M : i + M - N;
		store<u32>(
			s + (<usize>i << 2),
			word(s, far) ^ twist(word(s, i), word(s, after)),
		);
	}
}

export function random32(s: usize): u32 {
	const left = load<i32>(s, LEFT) - 1;
	store<i32>(s, left, LEFT);
	if (left == 0) renew(s);
	const next = load<i32>(s, NEXT);
	store<i32>(s, next + 1, NEXT);
	let y = word(s, next);
	y ^= y >> 11;
	y ^= (y << 7) & 0x9d2c5680;
	y ^= (y << 15) & 0xefc60000;
	return y ^ (y >> 18);
}

// @ts-ignore: decorator
@inline
function random64(s: usize): u64 {
	const high = <u64>random32(s);
	return (high << 32) | <u64>random32(s);
}

/** In [0, 1), 24 bits. */
// @ts-ignore: decorator
@inline
function uniform32(s: usize): f32 {
	return <f32>(random32(s) & 0xffffff) * (1.0 / 16777216.0);
}

/** In [0, 1), 53 bits. */
// @ts-ignore: decorator
@inline
function uniform64(s: usize): f64 {
	return <f64>(random64(s) & 0x1fffffffffffff) * (1.0 / 9007199254740992.0);
}

/** a b + c, rounded once: PyTorch's build fuses here, and its bits are ours. */
// @ts-ignore: decorator
@inline
function fused(a: f32, b: f32, c: f32): f32 {
	// The product is exact in float64. Rounding the sum twice matters only where
	// the first time gave a tie for the second, or the result is subnormal.
	const sum = <f64>a * <f64>b + <f64>c;
	if (
		(reinterpret<i64>(sum) & 0x1fffffff) == 0x10000000 ||
		Math.abs(sum) < 1.1754943508222875e-38
	)
		return fusedExactly(a, b, c);
	return <f32>sum;
}

function fusedExactly(a: f32, b: f32, c: f32): f32 {
	// The sum is brought to the neighbour whose last bit is odd unless it is
	// exact, and so never looks like a tie that it is not.
	const product = <f64>a * <f64>b;
	const sum = product + <f64>c;
	const back = sum - product;
	const error = product - (sum - back) + (<f64>c - back);
	let bits = reinterpret<i64>(sum);
	if (error != 0 && !(bits & 1)) bits += (error > 0) == (sum > 0) ? 1 : -1;
	return <f32>reinterpret<f64>(bits);
}

export function randomUniform(
	s: usize,
	y: usize,
	n: i32,
	from: f32,
	to: f32,
): void {
	const range = to - from;
	for (let i = 0; i < n; i++) {
		f32.store(y, fused(uniform32(s), range, from));
		y += 4;
	}
}

/** One normal value of float64; every second one was made with the first. */
function normal64(s: usize): f64 {
	if (load<i32>(s, WAITS)) {
		store<i32>(s, 0, WAITS);
		return load<f64>(s, WAITING);
	}
	const u1 = uniform64(s);
	const u2 = uniform64(s);
	const radius = Math.sqrt(-2 * Math.log1p(-u2));
	const angle = 2 * Math.PI * u1;
	store<i32>(s, 1, WAITS);
	store<f64>(s, radius * Math.sin(angle), WAITING);
	return radius * Math.cos(angle);
}

// PyTorch draws 16 and more with AVX2, and log, sin and cos there are those of
// its avx_mathfun.h (Cephes), whose products GCC fuses with the sums they go
// into. The same steps in the same order give the same bits.

/** ln x, for x in (0, 1]. */
function log32(x: f32): f32 {
	const bits = reinterpret<i32>(x);
	let e: f32 = <f32>((bits >> 23) - 126);
	let m = reinterpret<f32>((bits & 0x007fffff) | 0x3f000000);
	const low = m < <f32>0.707106781186547524;
	const twice: f32 = low ? m : 0;
	m = m - 1 + twice;
	if (low) e -= 1;
	const z = m * m;
	let y = fused(<f32>7.0376836292e-2, m, <f32>-1.151461031e-1);
	y = fused(y, m, <f32>1.167699874e-1);
	y = fused(y, m, <f32>-1.2420140846e-1);
	y = fused(y, m, <f32>1.4249322787e-1);
	y = fused(y, m, <f32>-1.6668057665e-1);
	y = fused(y, m, <f32>2.0000714765e-1);
	y = fused(y, m, <f32>-2.4999993993e-1);
	y = fused(y, m, <f32>3.3333331174e-1);
	y = fused(y * m, z, e * <f32>-2.1219444e-4);
	y -= z * <f32>0.5;
	return fused(e, <f32>0.693359375, m + y);
}

/** Turns 16 uniform values into normal ones: the j-th and the (j + 8)-th are a pair. */
function boxMuller16(y: usize, mean: f32, std: f32): void {
	for (let j = 0; j < 8; j++) {
		const radius = Mathf.sqrt(-2 * log32(1 - f32.load(y)));
		const angle = <f32>6.283185307179586 * f32.load(y, 32);
		// in eighths of the circle, rounded to an even number
		const part = (<i32>(angle * <f32>1.27323954473516) + 1) & ~1;
		const p = <f32>part;
		let x = fused(p, <f32>-0.78515625, angle);
		x = fused(p, <f32>-2.4187564849853515625e-4, x);
		x = fused(p, <f32>-3.77489497744594108e-8, x);
		const z = x * x;
		let c = fused(<f32>2.443315711809948e-5, z, <f32>-1.388731625493765e-3);
		c = fused(c, z, <f32>4.166664568298827e-2) * z;
		c = fused(c, z, <f32>-0.5 * z) + 1;
		let s = fused(<f32>-1.9515295891e-4, z, <f32>8.3321608736e-3);
		s = fused(s, z, <f32>-1.6666654611e-1) * z;
		s = fused(s, x, x);
		let sin = part & 2 ? c : s;
		let cos = part & 2 ? s : c;
		if (part & 4) sin = -sin;
		if ((part + 2) & 4) cos = -cos;
		f32.store(y, fused(radius * cos, std, mean));
		f32.store(y, fused(radius * sin, std, mean), 32);
		y += 4;
	}
}

export function randomNormal(
	s: usize,
	y: usize,
	n: i32,
	mean: f64,
	std: f64,
): void {
	if (n < 16) {
		for (let i = 0; i < n; i++) {
			f32.store(y, <f32>(normal64(s) * std + mean));
			y += 4;
		}
		return;
	}
	randomUniform(s, y, n, 0, 1);
	const end = y + (<usize>n << 2);
	for (; y + 64 <= end; y += 64) boxMuller16(y, <f32>mean, <f32>std);
	if (n & 15) {
		randomUniform(s, end - 64, 16, 0, 1);
		boxMuller16(end - 64, <f32>mean, <f32>std);
	}
}

/** int32: low + a draw modulo range, which is at most 2^32. */
export function randomInt(
	s: usize,
	y: usize,
	n: i32,
	low: i32,
	range: f64,
): void {
	const wide = range >= 4294967296;
	const divisor = <u64>range;
	for (let i = 0; i < n; i++) {
		const draw: u64 = wide ? random64(s) : <u64>random32(s);
		store<i32>(y, low + <i32>(draw % divisor));
		y += 4;
	}
}

/** int32: 0 … n - 1 in random order. */
export function randomPermutation(s: usize, y: usize, n: i32): void {
	for (let i = 0; i < n; i++) store<i32>(y + (<usize>i << 2), i);
	for (let i = 0; i < n - 1; i++) {
		const other = y + (<usize>(random32(s) % <u32>(n - i)) << 2);
		const kept = load<i32>(y);
		store<i32>(y, load<i32>(other));
		store<i32>(other, kept);
		y += 4;
	}
}

export function randomBernoulli(s: usize, y: usize, n: i32, p: f64): void {
	for (let i = 0; i < n; i++) {
		f32.store(y, uniform64(s) < p ? 1 : 0);
		y += 4;
	}
}

export function randomExponential(
	s: usize,
	y: usize,
	n: i32,
	lambd: f64,
): void {
	for (let i = 0; i < n; i++) {
		f32.store(y, <f32>((-1 / lambd) * Math.log1p(-uniform64(s))));
		y += 4;
	}
}
