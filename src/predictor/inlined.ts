import hex from "wasm:predictor?hex";

let bytes: Uint8Array | null = null;

/** The module, as it is inlined into the package. */
export function predictorWasm(): Uint8Array {
	bytes ??= Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
		Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
	);
	return bytes;
}
