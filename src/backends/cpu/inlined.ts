import simd from "wasm:core";
import relaxed from "wasm:core-relaxed";
import type { CoreBytes } from "./core.js";

interface Decoder {
	fromBase64?(text: string): Uint8Array;
}

interface NodeGlobals {
	readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array };
}

/** By what the engine has for it: a loop over characters costs milliseconds at start. */
function bytesOf(base64: string): Uint8Array {
	const { fromBase64 } = Uint8Array as Decoder;
	if (fromBase64) return fromBase64.call(Uint8Array, base64);
	const { Buffer } = globalThis as NodeGlobals;
	if (Buffer) return Buffer.from(base64, "base64");
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
