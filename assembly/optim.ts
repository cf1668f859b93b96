/**
 * One step of an optimizer for one parameter, in one pass over its arrays, each
 * of which is contiguous. Formulas and the order of their operations are those
 * of PyTorch 1.13's `_single_tensor_*`; g is negated where it maximizes.
 */
import { madd } from "./simd";

/** Where the last one to three entries of each array are widened to a vector. */
const slots = memory.data(5 * 16, 16);

// @ts-ignore: decorator
@inline
function slot(i: usize): usize {
	return slots + (i << 4);
}

/** The last entries of the array of n floats at p, brought to slot i. */
function borrow(i: usize, p: usize, n: i32): usize {
	if (p) memory.copy(slot(i), tailOf(p, n), <usize>(n & 3) << 2);
	return slot(i);
}

function giveBack(i: usize, p: usize, n: i32): void {
	if (p) memory.copy(tailOf(p, n), slot(i), <usize>(n & 3) << 2);
}

// @ts-ignore: decorator
@inline
function tailOf(p: usize, n: i32): usize {
	return p + (<usize>(n & ~3) << 2);
}

/** The gradient with its sign and the decay of the weight w. */
// @ts-ignore: decorator
@inline
function gradient(g: usize, w: v128, sign: v128, decay: f32): v128 {
	const d = v128.xor(v128.load(g), sign);
	return decay != 0 ? madd(f32x4.splat(decay), w, d) : d;
}

// @ts-ignore: decorator
@inline
function signOf(maximize: bool): v128 {
	return i32x4.splat(maximize ? 0x80000000 : 0);
}

class Plain {}
class FirstMomentum {}
class Momentum {}

/** One vector of each array. `usual`, known when compiling: no decay, no Nesterov. */
// @ts-ignore: decorator
@inline
function sgdVector<KIND>(
	usual: bool,
	p: usize,
	g: usize,
	b: usize,
	rate: v128,
	mu: v128,
	part: v128,
	decay: f32,
	nesterov: bool,
	sign: v128,
): void {
	const w = v128.load(p);
	let d = gradient(g, w, sign, usual ? 0 : decay);
	if (idof<KIND>() != idof<Plain>()) {
		let buffer = d;
		if (idof<KIND>() == idof<Momentum>())
			buffer = madd(part, d, f32x4.mul(v128.load(b), mu));
		v128.store(b, buffer);
		d = !usual && nesterov ? madd(mu, buffer, d) : buffer;
	}
	v128.store(p, madd(rate, d, w));
}

// @ts-ignore: decorator
@inline
function sgdSweep<KIND>(
	p: usize,
	g: usize,
	b: usize,
	vectors: i32,
	lr: f32,
	momentum: f32,
	share: f32,
	decay: f32,
	nesterov: bool,
	sign: v128,
): void {
	const rate = f32x4.splat(-lr);
	const mu = f32x4.splat(momentum);
	const part = f32x4.splat(share);
	const bytes = <usize>vectors << 4;
	let o: usize = 0;
	if (
		idof<KIND>() == idof<Momentum>() &&
		decay == 0 &&
		!nesterov &&
		share == 1 &&
		!v128.any_true(sign)
	)
		// what most train with: less to decode, which is what the loop waits for
		for (; o + 32 <= bytes; o += 32) {
			const q = b + o;
			const w = p + o;
			const d0 = v128.load(g + o);
			const d1 = v128.load(g + o, 16);
			const b0 = f32x4.add(f32x4.mul(v128.load(q), mu), d0);
			const b1 = f32x4.add(f32x4.mul(v128.load(q, 16), mu), d1);
			v128.store(q, b0);
			v128.store(q, b1, 16);
			v128.store(w, madd(rate, b0, v128.load(w)));
			v128.store(w, madd(rate, b1, v128.load(w, 16)), 16);
		}
	// Invariant branches in this loop would double its time.
	if (decay == 0 && !nesterov)
		for (; o < bytes; o += 16)
			sgdVector<KIND>(
				true,
				p + o,
				g + o,
				b + o,
				rate,
				mu,
				part,
				0,
				false,
				sign,
			);
	for (; o < bytes; o += 16)
		sgdVector<KIND>(
			false,
			p + o,
			g + o,
			b + o,
			rate,
			mu,
			part,
			decay,
			nesterov,
			sign,
		);
}

// @ts-ignore: decorator
@inline
function sgdKind<KIND>(
	p: usize,
	g: usize,
	b: usize,
	n: i32,
	lr: f32,
	momentum: f32,
	share: f32,
	decay: f32,
	nesterov: bool,
	maximize: bool,
): void {
	const s = signOf(maximize);
	const whole = n >> 2;
	sgdSweep<KIND>(p, g, b, whole, lr, momentum, share, decay, nesterov, s);
	if (!(n & 3)) return;
	const p0 = borrow(0, p, n);
	const g0 = borrow(1, g, n);
	const b0 = borrow(2, b, n);
	sgdSweep<KIND>(p0, g0, b0, 1, lr, momentum, share, decay, nesterov, s);
	giveBack(0, p, n);
	giveBack(2, b, n);
}

/**
 * A step for `count` parameters; a record of `list` holds the addresses p, g and
 * b, which is 0 without momentum, and their length n.
 */
export function sgd(
	list: usize,
	count: i32,
	lr: f32,
	momentum: f32,
	share: f32,
	decay: f32,
	nesterov: bool,
	maximize: bool,
	first: bool,
): void {
	for (const end = list + (<usize>count << 4); list < end; list += 16)
		sgdStep(
			load<u32>(list),
			load<u32>(list, 4),
			load<u32>(list, 8),
			load<i32>(list, 12),
			lr,
			momentum,
			share,
			decay,
			nesterov,
			maximize,
			first,
		);
}

/** share = 1 - dampening; first: b holds nothing yet. */
function sgdStep(
	p: usize,
	g: usize,
	b: usize,
	n: i32,
	lr: f32,
	momentum: f32,
	share: f32,
	decay: f32,
	nesterov: bool,
	maximize: bool,
	first: bool,
): void {
	if (!b)
		sgdKind<Plain>(p, g, b, n, lr, 0, 0, decay, false, maximize);
	else if (first)
		sgdKind<FirstMomentum>(
			p,
			g,
			b,
			n,
			lr,
			momentum,
			share,
			decay,
			nesterov,
			maximize,
		);
	else
		sgdKind<Momentum>(
			p,
			g,
			b,
			n,
			lr,
			momentum,
			share,
			decay,
			nesterov,
			maximize,
		);
}

function adamSweep(
	p: usize,
	g: usize,
	mean: usize,
	square: usize,
	maximum: usize,
	vectors: i32,
	stepSize: f32,
	beta1: f32,
	rest1: f32,
	beta2: f32,
	rest2: f32,
	correction: f32,
	eps: f32,
	decay: f32,
	keep: f32,
	sign: v128,
): void {
	const b1 = f32x4.splat(beta1);
	const r1 = f32x4.splat(rest1);
	const b2 = f32x4.splat(beta2);
	const r2 = f32x4.splat(rest2);
	const c = f32x4.splat(correction);
	const e = f32x4.splat(eps);
	const rate = f32x4.splat(-stepSize);
	const k = f32x4.splat(keep);
	for (let i = 0; i < vectors; i++) {
		let w = v128.load(p);
		const d = gradient(g, w, sign, decay);
		if (keep != 1) w = f32x4.mul(w, k);
		const m = madd(r1, d, f32x4.mul(v128.load(mean), b1));
		let v = madd(f32x4.mul(r2, d), d, f32x4.mul(v128.load(square), b2));
		v128.store(mean, m);
		v128.store(square, v);
		if (maximum) {
			v = f32x4.max(v128.load(maximum), v);
			v128.store(maximum, v);
			maximum += 16;
		}
		const scale = f32x4.add(f32x4.div(f32x4.sqrt(v), c), e);
		v128.store(p, f32x4.add(w, f32x4.div(f32x4.mul(rate, m), scale)));
		p += 16;
		g += 16;
		mean += 16;
		square += 16;
	}
}

/**
 * maximum is 0 without amsgrad. rest = 1 - beta; correction = √(1 - beta2^step);
 * stepSize = lr / (1 - beta1^step); keep multiplies the weights first (AdamW).
 */
export function adam(
	p: usize,
	g: usize,
	mean: usize,
	square: usize,
	maximum: usize,
	n: i32,
	stepSize: f32,
	beta1: f32,
	rest1: f32,
	beta2: f32,
	rest2: f32,
	correction: f32,
	eps: f32,
	decay: f32,
	keep: f32,
	maximize: bool,
): void {
	const sign = signOf(maximize);
	adamSweep(
		p,
		g,
		mean,
		square,
		maximum,
		n >> 2,
		stepSize,
		beta1,
		rest1,
		beta2,
		rest2,
		correction,
		eps,
		decay,
		keep,
		sign,
	);
	if (!(n & 3)) return;
	adamSweep(
		borrow(0, p, n),
		borrow(1, g, n),
		borrow(2, mean, n),
		borrow(3, square, n),
		maximum ? borrow(4, maximum, n) : 0,
		1,
		stepSize,
		beta1,
		rest1,
		beta2,
		rest2,
		correction,
		eps,
		decay,
		keep,
		sign,
	);
	giveBack(0, p, n);
	giveBack(2, mean, n);
	giveBack(3, square, n);
	giveBack(4, maximum, n);
}

function rmspropSweep(
	p: usize,
	g: usize,
	square: usize,
	buffer: usize,
	average: usize,
	vectors: i32,
	lr: f32,
	alpha: f32,
	rest: f32,
	eps: f32,
	decay: f32,
	momentum: f32,
	sign: v128,
): void {
	const a = f32x4.splat(alpha);
	const r = f32x4.splat(rest);
	const e = f32x4.splat(eps);
	const mu = f32x4.splat(momentum);
	const rate = f32x4.splat(-lr);
	for (let i = 0; i < vectors; i++) {
		const w = v128.load(p);
		const d = gradient(g, w, sign, decay);
		let v = madd(f32x4.mul(r, d), d, f32x4.mul(v128.load(square), a));
		v128.store(square, v);
		if (average) {
			const m = madd(r, d, f32x4.mul(v128.load(average), a));
			v128.store(average, m);
			v = f32x4.sub(v, f32x4.mul(m, m));
			average += 16;
		}
		const scale = f32x4.add(f32x4.sqrt(v), e);
		if (buffer) {
			const b = f32x4.add(
				f32x4.mul(v128.load(buffer), mu),
				f32x4.div(d, scale),
			);
			v128.store(buffer, b);
			v128.store(p, madd(rate, b, w));
			buffer += 16;
		} else
			v128.store(p, f32x4.add(w, f32x4.div(f32x4.mul(rate, d), scale)));
		p += 16;
		g += 16;
		square += 16;
	}
}

/** buffer is 0 without momentum, average unless centered; rest = 1 - alpha. */
export function rmsprop(
	p: usize,
	g: usize,
	square: usize,
	buffer: usize,
	average: usize,
	n: i32,
	lr: f32,
	alpha: f32,
	rest: f32,
	eps: f32,
	decay: f32,
	momentum: f32,
	maximize: bool,
): void {
	const sign = signOf(maximize);
	rmspropSweep(
		p,
		g,
		square,
		buffer,
		average,
		n >> 2,
		lr,
		alpha,
		rest,
		eps,
		decay,
		momentum,
		sign,
	);
	if (!(n & 3)) return;
	rmspropSweep(
		borrow(0, p, n),
		borrow(1, g, n),
		borrow(2, square, n),
		buffer ? borrow(3, buffer, n) : 0,
		average ? borrow(4, average, n) : 0,
		1,
		lr,
		alpha,
		rest,
		eps,
		decay,
		momentum,
		sign,
	);
	giveBack(0, p, n);
	giveBack(2, square, n);
	giveBack(3, buffer, n);
	giveBack(4, average, n);
}

function adagradSweep(
	p: usize,
	g: usize,
	sum: usize,
	vectors: i32,
	lr: f32,
	eps: f32,
	decay: f32,
	sign: v128,
): void {
	const e = f32x4.splat(eps);
	const rate = f32x4.splat(-lr);
	for (let i = 0; i < vectors; i++) {
		const w = v128.load(p);
		const d = gradient(g, w, sign, decay);
		const v = madd(d, d, v128.load(sum));
		v128.store(sum, v);
		const scale = f32x4.add(f32x4.sqrt(v), e);
		v128.store(p, f32x4.add(w, f32x4.div(f32x4.mul(rate, d), scale)));
		p += 16;
		g += 16;
		sum += 16;
	}
}

export function adagrad(
	p: usize,
	g: usize,
	sum: usize,
	n: i32,
	lr: f32,
	eps: f32,
	decay: f32,
	maximize: bool,
): void {
	const sign = signOf(maximize);
	adagradSweep(p, g, sum, n >> 2, lr, eps, decay, sign);
	if (!(n & 3)) return;
	adagradSweep(
		borrow(0, p, n),
		borrow(1, g, n),
		borrow(2, sum, n),
		1,
		lr,
		eps,
		decay,
		sign,
	);
	giveBack(0, p, n);
	giveBack(2, sum, n);
}
