import { ShapeError } from "./errors.js";

/** Sizes of the dimensions, outermost first. */
export type Shape = readonly number[];

/** Product of all sizes: 1 for a 0-dimensional shape. */
export function numelOf(shape: Shape): number {
	let n = 1;
	for (let i = 0; i < shape.length; i++) n *= shape[i] as number;
	return n;
}

export function sameShape(a: Shape, b: Shape): boolean {
	if (a === b) return true;
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

/** As PyTorch writes a size in its messages: `[2, 3]`. */
export function showShape(shape: Shape): string {
	return `[${shape.join(", ")}]`;
}

/**
 * A dimension counted from the front, from one that may count from the back.
 * @throws ShapeError outside of [-rank, rank - 1]; rank 0 counts as 1
 */
export function wrapDim(dim: number, rank: number): number {
	const n = Math.max(rank, 1);
	if (!Number.isInteger(dim) || dim < -n || dim >= n)
		throw new ShapeError(
			`Dimension out of range (expected to be in range of [${-n}, ${n - 1}], but got ${dim})`,
		);
	return dim < 0 ? dim + n : dim;
}

/**
 * The common shape of operands, by PyTorch's broadcasting rule.
 * @throws ShapeError naming both sizes and the dimension
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
	if (sameShape(a, b)) return a;
	const rank = Math.max(a.length, b.length);
	const out = new Array<number>(rank);
	for (let i = 1; i <= rank; i++) {
		const x = i <= a.length ? (a[a.length - i] as number) : 1;
		const y = i <= b.length ? (b[b.length - i] as number) : 1;
		if (x !== y && x !== 1 && y !== 1)
			throw new ShapeError(
				`The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${rank - i}`,
			);
		out[rank - i] = x === 1 ? y : x;
	}
	return out;
}

/**
 * Sizes with at most one -1 filled in from the number of elements.
 * @throws ShapeError in PyTorch's words
 */
export function inferShape(shape: Shape, numel: number): Shape {
	let unknown = -1;
	let known = 1;
	for (let i = 0; i < shape.length; i++) {
		const size = shape[i] as number;
		if (size === -1) {
			if (unknown >= 0)
				throw new ShapeError("only one dimension can be inferred");
			unknown = i;
		} else if (!Number.isInteger(size) || size < 0) {
			throw new ShapeError(
				`invalid shape dimension ${size} in ${showShape(shape)}`,
			);
		} else known *= size;
	}
	if (unknown < 0) {
		if (known === numel) return shape;
	} else if (known === 0) {
		throw new ShapeError(
			`cannot reshape tensor of ${numel} elements into shape ${showShape(shape)} because the unspecified dimension size -1 can be any value and is ambiguous`,
		);
	} else if (numel % known === 0) {
		const out = shape.slice();
		out[unknown] = numel / known;
		return out;
	}
	throw new ShapeError(
		`shape '${showShape(shape)}' is invalid for input of size ${numel}`,
	);
}
