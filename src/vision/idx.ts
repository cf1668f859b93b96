import { DatasetError } from "../errors.js";

/** What an IDX file holds: unsigned bytes in row-major order. */
export interface IdxArray {
	readonly dtype: "uint8";
	readonly shape: readonly number[];
	/** A view of the file's own bytes, not a copy. */
	readonly data: Uint8Array;
}

const UINT8 = 0x08;

/** The other element types of the format, named so that an error can say what was found. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
	9: "int8",
	11: "int16",
	12: "int32",
	13: "float32",
	14: "float64",
};

/**
 * Reads an IDX file (the form in which MNIST is published): two zero bytes, a
 * type code, the number of dimensions, a big-endian uint32 per dimension, data.
 *
 * @param what the file's name, for messages
 * @throws DatasetError if this is no IDX file of uint8, or its length is not
 * exactly what its header tells
 */
export function parseIdx(bytes: Uint8Array, what: string): IdxArray {
	if (bytes.length < 4) {
		throw new DatasetError(
			`${what}: not an IDX file: it has ${bytes.length} bytes, and the header alone needs at least 8. ` +
				"The file is empty or cut off; fetch it again.",
		);
	}
	const type = bytes[2] ?? 0;
	const rank = bytes[3] ?? 0;
	if (bytes[0] !== 0 || bytes[1] !== 0 || rank === 0) {
		throw new DatasetError(
			`${what}: not an IDX file: it begins with ${hex(bytes.subarray(0, 4))}, expected 00 00 08 and the number of dimensions. ` +
				"Give the original file (as train-images-idx3-ubyte), raw or gzip-compressed.",
		);
	}
	if (type !== UINT8) {
		throw new DatasetError(
			`${what}: expected IDX data of type uint8 (code 0x08), but found ${OTHER_TYPES[type] ?? "an unknown type"} (code 0x${hex([type])}). ` +
				"Convert the data to unsigned bytes.",
		);
	}

	const header = 4 + 4 * rank;
	if (bytes.length < header) {
		throw new DatasetError(
			`${what}: truncated: the header of ${rank} dimensions needs ${header} bytes, found ${bytes.length}. Fetch the file again.`,
		);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, header);
	const shape = Array.from({ length: rank }, (_, i) =>
		view.getUint32(4 + 4 * i),
	);
	// An empty dimension first: the product of the others may overflow to infinity.
	const count = shape.includes(0) ? 0 : shape.reduce((n, size) => n * size, 1);
	const expected = header + count;
	if (bytes.length !== expected) {
		const state = bytes.length < expected ? "truncated" : "too long";
		throw new DatasetError(
			`${what}: ${state}: expected ${expected} bytes for shape [${shape.join(", ")}], found ${bytes.length}. Fetch the file again.`,
		);
	}
	return { dtype: "uint8", shape, data: bytes.subarray(header) };
}

function hex(bytes: ArrayLike<number>): string {
	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ");
}
