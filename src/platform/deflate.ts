import inflateSync from "lazy:fflate/inflateSync";

interface NodeZlib {
	inflateRawSync(bytes: Uint8Array): Uint8Array;
}

/**
 * What raw deflate data hold; they must be sound. By the runtime's own code where it has
 * some that answers at once: in a process just started ours takes ten times as long.
 */
export function inflate(bytes: Uint8Array): Uint8Array {
	const zlib = globalThis.process?.getBuiltinModule?.("node:zlib") as
		| NodeZlib
		| undefined;
	return zlib ? zlib.inflateRawSync(bytes) : portableInflate(bytes);
}

/** The same everywhere. */
export function portableInflate(bytes: Uint8Array): Uint8Array {
	return inflateSync()(bytes);
}
