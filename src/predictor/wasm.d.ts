/** The compiled module as base64, put in by the bundler (see rollup.config.js). */
declare module "wasm:predictor" {
	const base64: string;
	export default base64;
}
