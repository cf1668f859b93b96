import { borrow, giveBack, gradient, signOf } from "./optim";
import { madd } from "./simd";

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
