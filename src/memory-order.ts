import type { Layout } from "./layout.js";
import type { Shape } from "./shape.js";

/** The step along `dim` of an operand that is broadcast to `rank` dimensions; 0 where it is stretched. */
function stretchedStride(operand: Layout, shape: Shape, dim: number): number {
	const own = dim - (shape.length - operand.shape.length);
	if (own < 0) return 0;
	return operand.shape[own] === 1 && shape[dim] !== 1
		? 0
		: (operand.strides[own] as number);
}

/**
 * The dimensions from the outermost in memory to the innermost, as operands of
 * a common shape have them; the first one that tells decides.
 * Source: PyTorch's `TensorIteratorBase::reorder_dimensions`.
 */
export function memoryOrder(
	shape: Shape,
	operands: readonly Layout[],
): number[] {
	/** Above 0 if `a`, which is thought inner, lies outside of `b`. */
	const compare = (a: number, b: number): number => {
		for (const operand of operands) {
			const x = stretchedStride(operand, shape, a);
			const y = stretchedStride(operand, shape, b);
			if (x === 0 || y === 0) continue;
			if (x !== y) return x - y;
			if ((shape[a] as number) > (shape[b] as number)) return 1;
		}
		return 0;
	};
	const order = shape.map((_, i) => shape.length - 1 - i);
	for (let i = 1; i < order.length; i++) {
		let at = i;
		for (let j = i - 1; j >= 0; j--) {
			const [inner, outer] = [order[j] as number, order[at] as number];
			const way = compare(inner, outer);
			if (way < 0) break;
			if (way === 0) continue;
			order[j] = outer;
			order[at] = inner;
			at = j;
		}
	}
	return order.reverse();
}

/** Where the dimensions of a permutation went: the permutation that undoes it. */
export function inverseOrder(order: readonly number[]): number[] {
	const inverse = new Array<number>(order.length);
	order.forEach((dim, i) => {
		inverse[dim] = i;
	});
	return inverse;
}
