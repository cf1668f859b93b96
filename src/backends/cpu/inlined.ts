import simd from "wasm:core";
import relaxed from "wasm:core-relaxed";
import type { CoreBytes } from "./core.js";

function bytesOf(base64: string): Uint8Array {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

/** Both modules, as they are inlined into the package. */
export function inlinedCore(): CoreBytes {
	return {
		get simd() {
			return bytesOf(simd);
		},
		get relaxed() {
			return bytesOf(relaxed);
		},
	};
}
