import base64 from "wasm:predictor";

let bytes: Uint8Array | null = null;

/** The module, as it is inlined into the package. */
export function predictorWasm(): Uint8Array {
	bytes ??= Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
	return bytes;
}
