import text from "wasm:predictor?text";

let bytes: Uint8Array | null = null;

/** The module, as it is inlined into the package: rollup.config.js says how. */
export function predictorWasm(): Uint8Array {
	if (bytes) return bytes;
	// natively to where it is decoded: at a start calls for each character would cost
	bytes = new TextEncoder().encode(text);
	let size = 0;
	let base = 217;
	for (const c of bytes) {
		if (c > 124) base += 86 * (c - 124);
		else {
			bytes[size++] = base + c - +(c > 92);
			base = 217;
		}
	}
	bytes = bytes.slice(0, size);
	return bytes;
}
