import text from "wasm:predictor?text";

let wasm: Uint8Array | null = null;

/** The module, as it is inlined into the package: rollup.config.js says how. */
export function predictorWasm(): Uint8Array {
	wasm ??= decoded();
	return wasm;
}

function decoded(): Uint8Array {
	// natively to where it is decoded, and no `of`: at a start calls for each character cost
	const bytes = new TextEncoder().encode(text);
	let size = 0;
	let base = 217;
	const { length } = bytes;
	for (let i = 0; i < length; i++) {
		const c = bytes[i] as number;
		if (c > 124) base += 86 * (c - 124);
		else {
			bytes[size++] = base + c;
			base = 217;
		}
	}
	return bytes.slice(0, size);
}
