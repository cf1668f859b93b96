/** For four bytes a turn, twice as fast as one by one. */
let tables: Int32Array[] | undefined;

function makeTables(): Int32Array[] {
	const made = [0, 1, 2, 3].map(() => new Int32Array(256));
	const [t0, t1, t2, t3] = made as [
		Int32Array,
		Int32Array,
		Int32Array,
		Int32Array,
	];
	for (let i = 0; i < 256; i++) {
		let c = i;
		for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
		t0[i] = c;
	}
	const next = (c: number) => (t0[c & 255] ?? 0) ^ (c >>> 8);
	for (let i = 0; i < 256; i++) {
		t1[i] = next(t0[i] ?? 0);
		t2[i] = next(t1[i] ?? 0);
		t3[i] = next(t2[i] ?? 0);
	}
	return made;
}

/** The CRC-32 of zip and gzip, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
	// Node's own needs no warming up: 2 ms less for the first file of weights
	const zlib =
		typeof process === "undefined"
			? undefined
			: process.getBuiltinModule?.("node:zlib");
	return zlib?.crc32?.(bytes) ?? portableCrc32(bytes);
}

/** The same where there is no Node. */
export function portableCrc32(bytes: Uint8Array): number {
	tables ??= makeTables();
	const [t0, t1, t2, t3] = tables as [
		Int32Array,
		Int32Array,
		Int32Array,
		Int32Array,
	];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const end = bytes.length & ~3;
	let c = -1;
	let i = 0;
	for (; i < end; i += 4) {
		c ^= view.getInt32(i, true);
		c =
			(t3[c & 255] as number) ^
			(t2[(c >>> 8) & 255] as number) ^
			(t1[(c >>> 16) & 255] as number) ^
			(t0[c >>> 24] as number);
	}
	for (; i < bytes.length; i++) {
		c = (t0[(c ^ view.getUint8(i)) & 255] as number) ^ (c >>> 8);
	}
	return ~c >>> 0;
}
