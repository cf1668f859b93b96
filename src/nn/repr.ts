/** Parts of what modules print of themselves: Python's literals. */
import { pythonNumber } from "../format.js";

/** A number that may be an int there. */
export function num(x: number): string {
	return pythonNumber(x, !Number.isSafeInteger(x));
}

/** A number that is a float there. */
export function float(x: number): string {
	return pythonNumber(x, true);
}

export function bool(x: boolean): string {
	return x ? "True" : "False";
}

export function tuple(values: readonly number[]): string {
	return values.length === 1
		? `(${values[0]},)`
		: `(${values.map(num).join(", ")})`;
}

/** One number for all dimensions, or one for each. */
export function size(value: number | readonly (number | null)[]): string {
	return typeof value === "number"
		? num(value)
		: `(${value.map((v) => (v === null ? "None" : num(v))).join(", ")})`;
}
