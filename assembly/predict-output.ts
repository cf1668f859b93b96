/** What follows a layer: activations in place, and the answers of the last one. */
import { erf4, exp4, expm14, sigmoid4, tanh4 } from "./math";
import { maxLanes, sumLanes } from "./simd";

// In the order of ACTIVATIONS in src/predictor/chain.ts; 0 is none, and 1,
// ReLU, is part of the layer.
class Sigmoid {}
class Tanh {}
class LeakyRelu {}
class Gelu {}
class Silu {}
class Elu {}
class Hardtanh {}
class Hardswish {}

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
	return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
function rule<OP>(x: v128, p: v128, q: v128): v128 {
	if (idof<OP>() == idof<Sigmoid>()) return sigmoid4(x);
	if (idof<OP>() == idof<Tanh>()) return tanh4(x);
	if (idof<OP>() == idof<LeakyRelu>())
		return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, splat(0)));
	if (idof<OP>() == idof<Gelu>())
		return f32x4.mul(
			f32x4.mul(x, splat(0.5)),
			f32x4.add(splat(1), erf4(f32x4.mul(x, splat(0.70710678)))),
		);
	if (idof<OP>() == idof<Silu>()) return f32x4.mul(x, sigmoid4(x));
	if (idof<OP>() == idof<Elu>())
		return v128.bitselect(
			f32x4.mul(expm14(x), p),
			x,
			f32x4.lt(x, splat(0)),
		);
	if (idof<OP>() == idof<Hardtanh>())
		return f32x4.pmin(f32x4.pmax(x, p), q);
	if (idof<OP>() == idof<Hardswish>()) {
		const gate = f32x4.pmin(
			f32x4.pmax(f32x4.add(x, splat(3)), splat(0)),
			splat(6),
		);
		return f32x4.div(f32x4.mul(x, gate), splat(6));
	}
	ERROR("activation without a rule");
	return x;
}

function map<OP>(y: usize, end: usize, p0: f32, p1: f32): void {
	const p = splat(p0);
	const q = splat(p1);
	for (; y < end; y += 16) v128.store(y, rule<OP>(v128.load(y), p, q));
}

/** y … end, a multiple of 16 bytes, in place. */
export function activate(
	activation: i32,
	y: usize,
	end: usize,
	p: f32,
	q: f32,
): void {
	switch (activation) {
		case 2:
			map<Sigmoid>(y, end, p, q);
			break;
		case 3:
			map<Tanh>(y, end, p, q);
			break;
		case 4:
			map<LeakyRelu>(y, end, p, q);
			break;
		case 5:
			map<Gelu>(y, end, p, q);
			break;
		case 6:
			map<Silu>(y, end, p, q);
			break;
		case 7:
			map<Elu>(y, end, p, q);
			break;
		case 8:
			map<Hardtanh>(y, end, p, q);
			break;
		case 9:
			map<Hardswish>(y, end, p, q);
			break;
	}
}

/** Position of the first largest of n floats; of the first NaN if there is one. */
// @ts-ignore: decorator
@inline
export function argmax(y: usize, n: i32): i32 {
	let best = load<f32>(y);
	let at = 0;
	for (let j = 1; j < n; j++) {
		const v = load<f32>(y + (<usize>j << 2));
		// false once best is NaN
		const better = i32(!(v <= best)) & i32(best == best);
		at = select(j, at, better);
		best = select(v, best, better);
	}
	return at;
}

/** In place; y … y + n floats lie in a row of whole vectors. */
export function softmaxRow(y: usize, n: i32): void {
	const end = y + (<usize>n << 2);
	const stop = (end + 15) & ~15;
	for (let p = end; p < stop; p += 4) store<f32>(p, -Infinity);
	let largest = splat(-Infinity);
	for (let p = y; p < stop; p += 16) largest = f32x4.max(largest, v128.load(p));
	const shift = splat(maxLanes(largest));
	let sum = splat(0);
	for (let p = y; p < stop; p += 16) {
		const e = exp4(f32x4.sub(v128.load(p), shift));
		v128.store(p, e);
		sum = f32x4.add(sum, e);
	}
	const total = splat(sumLanes(sum));
	for (let p = y; p < stop; p += 16)
		v128.store(p, f32x4.div(v128.load(p), total));
}
