import { ShapeError } from "../../errors.js";

/** One number for both sides of an image, or height and width. */
export type Pair = number | readonly [number, number];

/**
 * Height and width of `value`.
 * @param words what PyTorch says if one is less than `least`
 * @throws ShapeError
 */
export function pair(
	name: string,
	value: Pair,
	least: number,
	words: (both: readonly number[]) => string,
): [number, number] {
	const both: readonly number[] =
		typeof value === "number" ? [value, value] : value;
	if (both.length !== 2 || !both.every(Number.isInteger))
		throw new ShapeError(
			`${name} must either be a single int, or a tuple of two ints, but got ${String(value)}`,
		);
	if (both.some((n) => n < least))
		throw new ShapeError(`${words(both)} (${name}=${String(value)})`);
	return [both[0] as number, both[1] as number];
}
