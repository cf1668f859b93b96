/**
 * What the optimizers have in common. Each does one step for one parameter in
 * one pass over its arrays, each of which is contiguous. Formulas and the order of
 * their operations are those of PyTorch 1.13's `_single_tensor_*`; g is negated
 * where it maximizes.
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
export function borrow(i: usize, p: usize, n: i32): usize {
	if (p) memory.copy(slot(i), tailOf(p, n), <usize>(n & 3) << 2);
	return slot(i);
}

export function giveBack(i: usize, p: usize, n: i32): void {
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
export function gradient(g: usize, w: v128, sign: v128, decay: f32): v128 {
	const d = v128.xor(v128.load(g), sign);
	return decay != 0 ? madd(f32x4.splat(decay), w, d) : d;
}

// @ts-ignore: decorator
@inline
export function signOf(maximize: bool): v128 {
	return i32x4.splat(maximize ? 0x80000000 : 0);
}
