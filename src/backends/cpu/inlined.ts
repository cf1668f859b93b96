import packed from "wasm:packed";
import { inflate } from "../../platform/deflate.js";
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

/** The module that `changes` makes of `from`; the format is assembly/pack.mjs's. */
function patched(from: Uint8Array, changes: Uint8Array): Uint8Array {
	const out = new Uint8Array(2 * from.length);
	let size = 0;
	let at = 0;
	let place = 0;
	const count = () => {
		let n = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = changes[at++] as number;
			n |= (byte & 127) << shift;
			if (byte < 128) return n;
		}
	};
	for (;;) {
		const literals = count();
		out.set(changes.subarray(at, at + literals), size);
		size += literals;
		at += literals;
		place += literals;
		if (at >= changes.length) return out.subarray(0, size);
		const length = count();
		const distance = count();
		place += distance & 1 ? -(distance + 1) / 2 : distance / 2;
		out.set(from.subarray(place, place + length), size);
		size += length;
		place += length;
	}
}

/** Both modules, as they are inlined into the package. */
export function inlinedCore(): CoreBytes {
	const bytes = inflate(bytesOf(packed));
	const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(
		0,
		true,
	);
	const simd = bytes.subarray(4, 4 + length);
	return {
		simd,
		get relaxed() {
			return patched(simd, bytes.subarray(4 + length));
		},
	};
}
