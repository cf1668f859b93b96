import { DTypeError, ShapeError } from "../errors.js";
import { pythonNumber } from "./transform.js";

/** Checks of what transforms are made with, in torchvision's words. */

/** A number for everything, or one for each channel. */
export type Fill = number | readonly number[];

/** @throws DTypeError, ShapeError unless an array of one of these lengths */
export function checkSequence(
	values: unknown,
	name: string,
	lengths: readonly number[],
): asserts values is readonly number[] {
	const message = `${name} should be a sequence of length ${lengths.join(" or ")}.`;
	if (!Array.isArray(values)) throw new DTypeError(message);
	if (!lengths.includes(values.length)) throw new ShapeError(message);
}

/** A range of degrees; a number stands for both directions. @throws as `checkSequence` */
export function rangeOf(
	degrees: number | readonly number[],
	name: string,
	lengths: readonly number[] = [2],
): readonly number[] {
	if (typeof degrees === "number") {
		if (degrees < 0)
			throw new ShapeError(
				`If ${name} is a single number, it must be positive.`,
			);
		return [-degrees, degrees];
	}
	checkSequence(degrees, name, lengths);
	return [...degrees];
}

/** Height and width; a number stands for both. @throws ShapeError */
export function sizeOf(
	size: number | readonly number[],
): readonly [number, number] {
	const list = typeof size === "number" ? [Math.trunc(size)] : size;
	const [height, width = height] = list;
	if (height === undefined || width === undefined || list.length > 2)
		throw new ShapeError("Please provide only two dimensions (h, w) for size.");
	return [height, width];
}

/** @throws DTypeError */
export function checkFill(fill: unknown): asserts fill is Fill {
	if (typeof fill !== "number" && !Array.isArray(fill))
		throw new DTypeError("Fill should be either a sequence or a number.");
}

/** A fill for each channel. @throws ShapeError if there are others than channels */
export function fillsOf(fill: Fill, channels: number): Float32Array {
	const list = typeof fill === "number" ? [fill] : fill;
	if (list.length > 1 && list.length !== channels)
		throw new ShapeError(
			`The number of elements in 'fill' cannot broadcast to match the number of channels of the image (${list.length} != ${channels})`,
		);
	return Float32Array.from(
		{ length: channels },
		(_, c) => list[c % list.length] ?? 0,
	);
}

/** As Python writes it: numbers, lists, None, True and False. */
export function shown(value: unknown): string {
	if (value === undefined || value === null) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (typeof value === "number") return pythonNumber(value);
	return Array.isArray(value)
		? `[${value.map(shown).join(", ")}]`
		: String(value);
}

/** A pair as one of Python's tuples, which is what torchvision makes of some. */
export function shownPair(values: readonly number[]): string {
	return `(${values.map(shown).join(", ")})`;
}

/** A list of Python's floats. */
export function shownFloats(values: readonly number[]): string {
	const float = (x: number) =>
		Number.isInteger(x) && Math.abs(x) < 1e16 ? x.toFixed(1) : pythonNumber(x);
	return `[${values.map(float).join(", ")}]`;
}
