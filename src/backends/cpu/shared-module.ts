/** The module of the core, changed so that its memory comes from outside and is shared. */

/** Numbers of sections in a WebAssembly binary. */
const TYPES = 1;
const IMPORTS = 2;
const MEMORY = 5;
const DATA = 11;
const DATA_COUNT = 12;

/** Most pages, with less where there is not so much address space. */
const MOST_PAGES = [65536, 32768, 16384, 8192];
const PAGE = 65536;

/** The import "env" "memory": shared, of 0 to 65,536 pages. */
const IMPORTED = Uint8Array.of(
	...[IMPORTS, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2],
	...[3, 0, 128, 128, 4],
);

/**
 * Loads and stores are the same for both kinds of memory, so two builds would differ in
 * these sections only. The data go too: the memory that comes in has them, and
 * an instance that wrote them again would meet threads that are at work.
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(binary.length + IMPORTED.length);
	let size = 0;
	const put = (bytes: Uint8Array) => {
		out.set(bytes, size);
		size += bytes.length;
	};
	put(binary.subarray(0, 8));
	for (let at = 8; at < binary.length; ) {
		const start = at;
		const section = binary[at++] as number;
		let length = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = binary[at++] as number;
			length |= (byte & 127) << shift;
			if (byte < 128) break;
		}
		at += length;
		if (section === MEMORY || section === DATA || section === DATA_COUNT)
			continue;
		put(binary.subarray(start, at));
		if (section === TYPES) put(IMPORTED);
	}
	return out.slice(0, size);
}

/** Memory that threads share, of so many bytes to begin with. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
	const initial = bytes / PAGE;
	let reason: unknown;
	for (const maximum of MOST_PAGES)
		try {
			if (initial <= maximum)
				return new WebAssembly.Memory({ initial, maximum, shared: true });
		} catch (error) {
			reason = error;
		}
	throw reason ?? new Error(`it has ${initial} pages already`);
}
