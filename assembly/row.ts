/**
 * What the rows of unary.ts and binary.ts have in common. A row's last elements,
 * fewer than a block, go through slots of a block's size, so that each
 * operation's loop exists once, over whole vectors.
 */
import { Kind } from "./kinds";

/** Elements that every loop takes in whole turns. */
export const BLOCK: i32 = 16;
const slots = memory.data(3 * 64, 16);

// @ts-ignore: decorator
@inline
export function slot(i: usize): usize {
	return slots + (i << 6);
}

/** Brings the last bytes of an operand to slot i. */
export function borrow(i: usize, from: usize, bytes: i32): void {
	memory.copy(slot(i), from, bytes);
}

export function giveBack(i: usize, to: usize, bytes: i32): void {
	memory.copy(to, slot(i), bytes);
}

// @ts-ignore: decorator
@inline
export function inputSize(kind: i32): i32 {
	return kind == Kind.bools ? 1 : 4;
}

// @ts-ignore: decorator
@inline
export function outputSize(kind: i32): i32 {
	return kind >= Kind.floatsToBools ? 1 : 4;
}

/** Four masks as four bytes 0 or 1, in the first lane. */
// @ts-ignore: decorator
@inline
export function maskToBools(mask: v128): v128 {
	const words = i16x8.narrow_i32x4_s(mask, mask);
	return v128.and(i8x16.narrow_i16x8_s(words, words), i8x16.splat(1));
}
