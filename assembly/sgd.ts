import { borrow, giveBack, gradient, signOf } from "./optim";
import { madd } from "./simd";

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
