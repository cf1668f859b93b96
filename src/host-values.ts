/** Values of the program as the typed arrays that memory is written from. */
import { type DType, ITEM_SIZE, type TypedArray } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";

export type AnyTyped =
	| TypedArray
	| Uint8ClampedArray
	| Int8Array
	| Int16Array
	| Uint16Array
	| Uint32Array
	| Float64Array
	| BigInt64Array
	| BigUint64Array;

/** `NestedList`, which a literal in the program may be too. */
export type NestedValues = number | boolean | readonly NestedValues[];

export const ARRAYS = {
	float32: Float32Array,
	int32: Int32Array,
	uint8: Uint8Array,
	bool: Uint8Array,
} as const;

/** The dtype in which a typed array becomes a tensor. */
export function dtypeOfArray(values: AnyTyped): DType {
	if (values instanceof Float32Array || values instanceof Float64Array)
		return "float32";
	if (values instanceof Uint8Array || values instanceof Uint8ClampedArray)
		return "uint8";
	return "int32";
}

/** Host values of `values` in `dtype`. @throws DTypeError out of int32's range */
export function convert(values: AnyTyped, dtype: DType): TypedArray {
	if (dtype === "bool") return truths(values);
	const Target = ARRAYS[dtype];
	if (values instanceof Target) return values;
	if (values instanceof Uint8ClampedArray && dtype === "uint8")
		return new Uint8Array(values.buffer, values.byteOffset, values.length);
	if (dtype === "int32") return wholeNumbers(values);
	return Target.from(values as ArrayLike<number>);
}

function truths(values: ArrayLike<number | bigint>): Uint8Array {
	const out = new Uint8Array(values.length);
	for (let i = 0; i < out.length; i++) out[i] = Number(values[i]) === 0 ? 0 : 1;
	return out;
}

function wholeNumbers(values: AnyTyped | readonly number[]): Int32Array {
	const out = new Int32Array(values.length);
	for (let i = 0; i < values.length; i++) {
		const v = Math.trunc(Number(values[i]));
		if (!(v >= -2147483648 && v <= 2147483647))
			throw new DTypeError(
				`value ${String(values[i])} at position ${i} does not fit into int32, which stands for PyTorch's int64`,
			);
		out[i] = v;
	}
	return out;
}

export function isTyped(value: unknown): value is AnyTyped {
	return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Values with the shape that their nesting has. */
export interface HostValues {
	readonly host: TypedArray;
	readonly shape: readonly number[];
	readonly dtype: DType;
}

/**
 * Nested arrays as a typed array; without `dtype` numbers are float32, booleans
 * bool.
 * @throws ShapeError on ragged nesting, naming the place; DTypeError for what does not fit
 */
export function hostValues(values: NestedValues, dtype?: DType): HostValues {
	const shape: number[] = [];
	for (let v = values; Array.isArray(v); v = v[0] as NestedValues)
		shape.push(v.length);
	const flat: (number | boolean)[] = [];
	flatten(values, 0, shape, flat);
	const truths = flat.length > 0 && flat.every((v) => typeof v === "boolean");
	const type = dtype ?? (truths ? "bool" : "float32");
	if (!(type in ITEM_SIZE))
		throw new DTypeError(
			`there is no dtype ${String(type)}: use 'float32', 'int32', 'uint8' or 'bool'`,
		);
	return { host: hostOf(flat, type), shape, dtype: type };
}

function hostOf(flat: readonly (number | boolean)[], dtype: DType): TypedArray {
	switch (dtype) {
		case "int32":
			return wholeNumbers(flat as number[]);
		case "bool":
			return Uint8Array.from(flat, (v) => (v ? 1 : 0));
		case "uint8":
			return bytes(flat as number[]);
		default:
			return ARRAYS[dtype].from(flat as number[]);
	}
}

/** @throws DTypeError for what is beyond 0 to 255 */
function bytes(values: readonly number[]): Uint8Array {
	return Uint8Array.from(values, (value, i) => {
		const whole = Math.trunc(Number(value));
		if (!(whole >= 0 && whole <= 255))
			throw new DTypeError(
				`value cannot be converted to type uint8 without overflow: ${value} at position ${i}`,
			);
		return whole;
	});
}

function flatten(
	value: NestedValues,
	depth: number,
	shape: readonly number[],
	out: (number | boolean)[],
): void {
	if (!Array.isArray(value)) {
		if (typeof value !== "number" && typeof value !== "boolean")
			throw new DTypeError(
				`tensor() takes numbers and booleans, but found ${typeof value} (${String(value)})`,
			);
		if (depth !== shape.length)
			throw new ShapeError(
				`expected sequence of length ${shape[depth]} at dim ${depth} (got a number)`,
			);
		out.push(value);
		return;
	}
	if (depth >= shape.length || value.length !== shape[depth])
		throw new ShapeError(
			`expected sequence of length ${shape[depth] ?? 0} at dim ${depth} (got ${value.length})`,
		);
	for (const v of value) flatten(v, depth + 1, shape, out);
}
