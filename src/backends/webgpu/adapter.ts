/**
 * Whether the adapter runs its kernels on a processor. There a load costs as
 * much from workgroup memory as from a buffer, and a block of a kernel's text is
 * run through even where no invocation needs it; so a few long loops do best.
 */
export function isSoftware({ adapterInfo: info }: GPUDevice): boolean {
	// not every runtime tells of the fallback adapter
	return (
		info?.isFallbackAdapter ||
		/swiftshader|llvmpipe|warp/i.test(
			`${info?.architecture} ${info?.device} ${info?.description}`,
		)
	);
}
