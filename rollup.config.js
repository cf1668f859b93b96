import { readFileSync } from "node:fs";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";

/** `import base64 from "wasm:NAME"` gives the bytes of build/NAME.wasm. */
export function wasmBase64() {
	return {
		name: "wasm-base64",
		resolveId: (id) => (id.startsWith("wasm:") ? `\0${id}` : null),
		load(id) {
			if (!id.startsWith("\0wasm:")) return null;
			const file = new URL(`build/${id.slice(6)}.wasm`, import.meta.url);
			return `export default "${readFileSync(file).toString("base64")}";`;
		},
	};
}
