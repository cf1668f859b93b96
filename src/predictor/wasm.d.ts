/** The bytes of the predictor's kernels in printable characters (rollup.config.js). */
declare module "wasm:predictor?text" {
	const text: string;
	export default text;
}
