/** Sets fflate up when it is first called (see rollup.config.js). */
declare module "lazy:fflate/inflateSync" {
	const inflateSync: () => typeof import("fflate").inflateSync;
	export default inflateSync;
}
declare module "lazy:fflate/zipSync" {
	const zipSync: () => typeof import("fflate").zipSync;
	export default zipSync;
}
