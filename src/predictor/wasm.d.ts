/** The compiled module in hexadecimal, put in by the bundler (see rollup.config.js). */
declare module "wasm:predictor?hex" {
	const hex: string;
	export default hex;
}
