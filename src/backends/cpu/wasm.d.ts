/** The compiled core as base64, put in by the bundler (see rollup.config.js). */
declare module "wasm:core" {
	const base64: string;
	export default base64;
}

declare module "wasm:core-relaxed" {
	const base64: string;
	export default base64;
}

/** Both cores, compressed by assembly/pack.mjs, as base64. */
declare module "wasm:packed" {
	const base64: string;
	export default base64;
}
