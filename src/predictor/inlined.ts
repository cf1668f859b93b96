import hex from "wasm:predictor?hex";

let bytes: Uint8Array | null = null;

/** 0 to 15: digits are 0x30 …, letters 0x61 … */
const digit = (at: number) => {
	const c = hex.charCodeAt(at);
	return (c & 15) + (c >> 6) * 9;
};

interface NodeGlobals {
	readonly Buffer?: { from(text: string, encoding: "hex"): Uint8Array };
}

/** The module, as it is inlined into the package. */
export function predictorWasm(): Uint8Array {
	// natively where it can be: a loop over characters costs milliseconds at start
	const { Buffer } = globalThis as NodeGlobals;
	if (bytes === null && Buffer) bytes = new Uint8Array(Buffer.from(hex, "hex"));
	if (bytes === null) {
		bytes = new Uint8Array(hex.length / 2);
		for (let i = 0; i < bytes.length; i++)
			bytes[i] = digit(2 * i) * 16 + digit(2 * i + 1);
	}
	return bytes;
}
