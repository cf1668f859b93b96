/** Sets fflate up when it is first called (see rollup.config.js). */
declare module "lazy:fflate" {
	const fflate: () => Pick<typeof import("fflate"), "inflateSync" | "zipSync">;
	export default fflate;
}
