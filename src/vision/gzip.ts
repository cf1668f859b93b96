import { DatasetError } from "../errors.js";

/** Whether the bytes are gzip's, told by their content: names lie, and some servers unpack on the way. */
export function isGzip(bytes: Uint8Array): boolean {
	return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip with the platform's own decompressor.
 *
 * @param what the file's name, for messages
 * @throws DatasetError if the data is cut off or corrupted
 */
export async function gunzip(
	bytes: Uint8Array,
	what: string,
): Promise<Uint8Array> {
	const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
		.stream()
		.pipeThrough(new DecompressionStream("gzip"));
	const reader = stream.getReader();
	let out = new Uint8Array(likelyLength(bytes));
	let length = 0;
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			if (length + value.length > out.length) {
				const grown = new Uint8Array((length + value.length) * 2);
				grown.set(out.subarray(0, length));
				out = grown;
			}
			out.set(value, length);
			length += value.length;
		}
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new DatasetError(
			`${what}: the gzip data is truncated or corrupted (${reason}; ${bytes.length} bytes). Delete the file and fetch it again.`,
			{ cause },
		);
	}
	return out.subarray(0, length);
}

/** Deflate cannot pack tighter than about 1032:1. */
const MAX_RATIO = 1032;

/**
 * The unpacked length that the trailer tells (modulo 2^32), which saves joining
 * pieces. Only a hint: a corrupted one must not make us allocate gigabytes.
 */
function likelyLength(bytes: Uint8Array): number {
	if (bytes.length < 18) return 0;
	const at = bytes.byteOffset + bytes.length - 4;
	const told = new DataView(bytes.buffer, at, 4).getUint32(0, true);
	return told <= Math.min(bytes.length * MAX_RATIO, 2 ** 30) ? told : 0;
}
