import { borrow, giveBack, gradient, signOf } from "./optim";
import { madd } from "./simd";

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
