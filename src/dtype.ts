import { DTypeError } from "./errors.js";

/** Element types a tensor can have. `int32` stands where PyTorch has int64. */
export type DType = "float32" | "int32" | "uint8" | "bool";

export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** Bytes of one element. */
export const ITEM_SIZE: Readonly<Record<DType, number>> = {
	float32: 4,
	int32: 4,
	uint8: 1,
	bool: 1,
};

/** PyTorch's categories, from lowest to highest. */
const RANK: Readonly<Record<DType, number>> = {
	bool: 0,
	uint8: 1,
	int32: 2,
	float32: 3,
};

export function isFloat(dtype: DType): boolean {
	return dtype === "float32";
}

/**
 * The type in which two tensors meet.
 * Source: PyTorch's `torch.promote_types`, restricted to the four types.
 */
export function promoteTypes(a: DType, b: DType): DType {
	return RANK[a] >= RANK[b] ? a : b;
}

/**
 * The type in which a tensor meets a number: the number lifts only the
 * category, never the size. A whole number counts as an integer, since
 * JavaScript does not tell 2 from 2.0.
 */
export function promoteNumber(dtype: DType, value: number): DType {
	if (dtype === "float32") return dtype;
	if (!Number.isInteger(value)) return "float32";
	return dtype === "bool" ? "int32" : dtype;
}

/** Greatest magnitudes of the whole numbers' types. */
const LIMITS = { uint8: 255, int32: 2147483647 } as const;

/**
 * PyTorch lets -255 to -1 wrap in uint8, and refuses what is further off.
 * @throws DTypeError if `dtype` has no such number
 */
export function checkFits(value: number, dtype: DType): void {
	if (dtype === "float32" || dtype === "bool") return;
	const low = dtype === "int32" ? -LIMITS.int32 - 1 : -LIMITS.uint8;
	const whole = Math.trunc(value);
	if (!(whole >= low && whole <= LIMITS[dtype]))
		throw new DTypeError(
			`value cannot be converted to type ${dtype === "int32" ? "int64" : "uint8"}_t without overflow: ${value} is beyond ${dtype}`,
		);
}

/** The view of `buffer` in which elements of `dtype` are read and written. */
export function typedView(
	dtype: DType,
	buffer: ArrayBufferLike,
	byteOffset: number,
	length: number,
): TypedArray {
	switch (dtype) {
		case "float32":
			return new Float32Array(buffer, byteOffset, length);
		case "int32":
			return new Int32Array(buffer, byteOffset, length);
		default:
			return new Uint8Array(buffer, byteOffset, length);
	}
}
