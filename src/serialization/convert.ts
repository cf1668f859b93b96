import { FormatError } from "../errors.js";
import { at, type FileDType, PlainStorage, PlainTensor } from "./plain.js";

/** The dtypes that tensors have; files have more. */
export type NativeDType = "float32" | "int32" | "uint8" | "bool";

/** What each dtype in a file becomes on load. */
export const NATIVE_DTYPE: Readonly<Record<FileDType, NativeDType>> = {
	float32: "float32",
	int32: "int32",
	uint8: "uint8",
	bool: "bool",
	float64: "float32",
	float16: "float32",
	bfloat16: "float32",
	int64: "int32",
	int16: "int32",
	int8: "int32",
};

/** A tensor of a dtype that Torchlet computes with. */
export interface NativeTensor extends PlainTensor {
	readonly dtype: NativeDType;
}

/**
 * Converts tensors to the dtypes that Torchlet computes with. One converter
 * serves one file: tensors that share a storage share its conversion.
 *
 * @returns a function of a tensor and its path in the file, which throws
 * FormatError, naming the path and the value, for one that is out of range.
 */
export function makeConverter(): (
	tensor: PlainTensor,
	path: string,
) => NativeTensor {
	const done = new Map<PlainStorage, PlainStorage>();
	return (t, path) => {
		let storage = done.get(t.storage);
		if (storage === undefined) {
			storage = convertStorage(t.storage, path);
			done.set(t.storage, storage);
		}
		return new PlainTensor(
			storage.dtype,
			t.shape,
			t.strides,
			t.offset,
			storage,
			t.requiresGrad,
		) as NativeTensor;
	};
}

function convertStorage(storage: PlainStorage, path: string): PlainStorage {
	const { dtype, key } = storage;
	const made = (bytes: ArrayBufferView) =>
		new PlainStorage(
			NATIVE_DTYPE[dtype],
			new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
			key,
		);
	const bytes = aligned(storage.bytes);
	const { buffer, byteOffset, length } = bytes;
	switch (dtype) {
		case "float32":
		case "int32":
		case "uint8":
			return storage;
		case "bool":
			// kernels count on 0 and 1; PyTorch takes any other byte for true
			return bytes.some((b) => b > 1)
				? made(bytes.map((b) => (b === 0 ? 0 : 1)))
				: storage;
		case "int16":
			return made(
				Int32Array.from(new Int16Array(buffer, byteOffset, length / 2)),
			);
		case "int8":
			return made(Int32Array.from(new Int8Array(buffer, byteOffset, length)));
		case "int64":
			return made(
				narrow64(new Int32Array(buffer, byteOffset, length / 4), path),
			);
		case "float64":
			return made(
				narrowDouble(new Float64Array(buffer, byteOffset, length / 8), path),
			);
		case "float16":
			return made(widenHalf(new Uint16Array(buffer, byteOffset, length / 2)));
		case "bfloat16":
			// the upper half of a float32's bits
			return made(
				Uint32Array.from(
					new Uint16Array(buffer, byteOffset, length / 2),
					(bits) => bits << 16,
				),
			);
	}
}

/**
 * Storages of the legacy layout begin anywhere. A copy, where one is needed,
 * is no `slice`: that of Node's Buffer is a view of the same memory.
 */
function aligned(bytes: Uint8Array): Uint8Array {
	return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

/** @param pairs low and high halves of int64 numbers, in turns. */
function narrow64(pairs: Int32Array, path: string): Int32Array {
	const out = new Int32Array(pairs.length / 2);
	for (let i = 0; i < out.length; i++) {
		const low = pairs[2 * i] as number;
		const high = pairs[2 * i + 1] as number;
		if (high !== low >> 31) {
			const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
			throw outOfRange("int64", "int32", value, path);
		}
		out[i] = low;
	}
	return out;
}

function narrowDouble(doubles: Float64Array, path: string): Float32Array {
	const out = new Float32Array(doubles);
	for (let i = 0; i < out.length; i++) {
		const x = doubles[i] as number;
		if (!Number.isFinite(out[i]) && Number.isFinite(x)) {
			throw outOfRange("float64", "float32", x, path);
		}
	}
	return out;
}

/** IEEE binary16 to binary32: exact, NaN payloads included. */
function widenHalf(halves: Uint16Array): Float32Array {
	const out = new Float32Array(halves.length);
	const bits = new Uint32Array(out.buffer);
	for (let i = 0; i < halves.length; i++) {
		const h = halves[i] as number;
		const sign = (h & 0x8000) << 16;
		const exponent = h & 0x7c00;
		const mantissa = h & 0x3ff;
		if (exponent === 0) {
			// zero or subnormal: a whole number of 2⁻²⁴
			out[i] = mantissa * 2 ** -24;
			bits[i] = (bits[i] as number) | sign;
		} else if (exponent === 0x7c00) {
			bits[i] = sign | 0x7f800000 | (mantissa << 13);
		} else {
			bits[i] = sign | (((exponent | mantissa) << 13) + (112 << 23));
		}
	}
	return out;
}

function outOfRange(
	from: string,
	to: string,
	value: number | bigint,
	path: string,
): FormatError {
	return new FormatError(
		`${value}${at(path)} does not fit: ${from} is loaded as ${to}, whose range it exceeds; bring it into range in PyTorch before saving`,
	);
}
