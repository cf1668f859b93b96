import { borrow, giveBack, gradient, signOf } from "./optim";
import { madd } from "./simd";

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
