/**
 * Reductions. Sums of floats run in single precision over at most 256 elements
 * (or 32 rows), and from one such block to the next in double, so that no sum
 * sees more than some 20 roundings, however long it is. The order depends on
 * sizes only.
 *
 * Here: how two elements become one, and what a reduction starts from.
 */
import { Reduce } from "./opcodes";

// @ts-ignore: decorator
@inline
export function floatRule(op: i32, a: v128, b: v128): v128 {
	if (op == Reduce.sum) return f32x4.add(a, b);
	if (op == Reduce.prod) return f32x4.mul(a, b);
	if (op == Reduce.max) return f32x4.max(a, b);
	return f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline
function intRule(op: i32, a: v128, b: v128): v128 {
	if (op == Reduce.sum) return i32x4.add(a, b);
	if (op == Reduce.prod) return i32x4.mul(a, b);
	if (op == Reduce.max) return i32x4.max_s(a, b);
	return i32x4.min_s(a, b);
}

// @ts-ignore: decorator
@inline
export function rule(isInt: bool, op: i32, a: v128, b: v128): v128 {
	return isInt ? intRule(op, a, b) : floatRule(op, a, b);
}

// @ts-ignore: decorator
@inline
export function floatJoin(op: i32, a: f64, b: f64): f64 {
	if (op == Reduce.sum) return a + b;
	if (op == Reduce.prod) return a * b;
	if (op == Reduce.max) return max(a, b);
	return min(a, b);
}

// @ts-ignore: decorator
@inline
export function intJoin(op: i32, a: i32, b: i32): i32 {
	if (op == Reduce.sum) return a + b;
	if (op == Reduce.prod) return a * b;
	if (op == Reduce.max) return max(a, b);
	return min(a, b);
}

// @ts-ignore: decorator
@inline
export function floatStart(op: i32): f32 {
	if (op == Reduce.sum) return 0;
	if (op == Reduce.prod) return 1;
	return op == Reduce.max ? -Infinity : Infinity;
}

// @ts-ignore: decorator
@inline
export function intStart(op: i32): i32 {
	if (op == Reduce.sum) return 0;
	if (op == Reduce.prod) return 1;
	return op == Reduce.max ? i32.MIN_VALUE : i32.MAX_VALUE;
}

// @ts-ignore: decorator
@inline
export function startVector(isInt: bool, op: i32): v128 {
	return isInt ? i32x4.splat(intStart(op)) : f32x4.splat(floatStart(op));
}
