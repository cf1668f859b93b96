/** Modules for memory that comes from outside and is shared. */

/** Numbers of sections in a WebAssembly binary. */
const TYPES = 1;
const IMPORTS = 2;
const MEMORY = 5;
const DATA = 11;
const DATA_COUNT = 12;

/** Most pages, with less where there is not so much address space. */
const MOST_PAGES = [65535, 32768, 16384, 8192];
const PAGE = 65536;

/** Memory that threads share, and within which limits a module may import it. */
export interface SharedMemory {
	readonly memory: WebAssembly.Memory;
	readonly initial: number;
	readonly maximum: number;
}

/** The import "env" "memory": shared, within limits of so many pages. */
function imported({ initial, maximum }: SharedMemory): Uint8Array {
	const pages = (n: number) => [n | 128, (n >> 7) | 128, n >> 14];
	return Uint8Array.of(
		...[IMPORTS, 20, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2],
		...[3, ...pages(initial), ...pages(maximum)],
	);
}

/**
 * Loads and stores are the same for both kinds of memory, so two builds would differ in
 * these sections only. The data go too: the memory that comes in has them.
 */
export function withSharedMemory(
	binary: Uint8Array,
	shared: SharedMemory,
): Uint8Array<ArrayBuffer> {
	return without([MEMORY, DATA, DATA_COUNT], binary, imported(shared));
}

/** For an instance that writes nothing into its memory where others are at work. */
export function withoutData(binary: Uint8Array): Uint8Array<ArrayBuffer> {
	return without([DATA, DATA_COUNT], binary, new Uint8Array(0));
}

/** A binary without some of its sections, and with another one behind the types. */
function without(
	dropped: readonly number[],
	binary: Uint8Array,
	added: Uint8Array,
): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(binary.length + added.length);
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
		if (!dropped.includes(section)) put(binary.subarray(start, at));
		if (section === TYPES) put(added);
	}
	return out.slice(0, size);
}

/**
 * Memory that threads share, with room for so many bytes.
 *
 * In Deno V8 checks the bounds of each access, and for that it reads the size of a shared
 * memory anew each time unless the memory cannot grow (`memory_size_cached_` in V8's
 * turboshaft-graph-interface.cc): kernels took a third longer. So there it has all its
 * pages from the beginning. The system gives pages when they are first written, here
 * as there.
 */
export function sharedMemory(bytes: number): SharedMemory {
	let reason: unknown;
	for (const maximum of MOST_PAGES) {
		const initial = "Deno" in globalThis ? maximum : bytes / PAGE;
		try {
			if (bytes <= maximum * PAGE) {
				const memory = new WebAssembly.Memory({
					initial,
					maximum,
					shared: true,
				});
				return { memory, initial, maximum };
			}
		} catch (error) {
			reason = error;
		}
	}
	throw reason ?? new Error(`it has ${bytes / PAGE} pages already`);
}
