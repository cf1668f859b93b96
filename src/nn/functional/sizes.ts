import { ShapeError } from "../../errors.js";

/** One number for both sides of an image, or height and width. */
export type Pair = number | readonly [number, number];

/** @throws ShapeError unless both are whole and at least `least` */
export function pair(
	name: string,
	value: Pair,
	least: number,
): [number, number] {
	const both: readonly number[] =
		typeof value === "number" ? [value, value] : value;
	if (both.length !== 2)
		throw new ShapeError(
			`${name} must either be a single int, or a tuple of two ints`,
		);
	for (const n of both)
		if (!Number.isInteger(n) || n < least)
			throw new ShapeError(
				least > 0
					? `${name} should be greater than zero, but got ${String(value)}`
					: `negative ${name} is not supported: got ${String(value)}`,
			);
	return [both[0] as number, both[1] as number];
}
