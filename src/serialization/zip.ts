import inflateSync from "lazy:fflate/inflateSync";
import zipSync from "lazy:fflate/zipSync";
import type { Zippable } from "fflate";
import { FormatError } from "../errors.js";
import { crc32 } from "./crc32.js";

/** PyTorch aligns every file in its archives so, for memory mapping. */
const ALIGNMENT = 64;

/** "FB" in the archive. */
const PADDING_FIELD = 0x4246;

/** Deflate cannot do better, so a larger claim is a lie. */
const MAX_RATIO = 1032;

interface Entry {
	name: string;
	compression: number;
	crc: number;
	size: number;
	originalSize: number;
	header: number;
}

/**
 * A zip archive that is read file by file. The directory is walked here and
 * not by fflate, which neither checks sums nor bounds what a header may claim.
 */
export class ZipReader {
	private readonly entries = new Map<string, Entry>();
	private readonly view: DataView;

	/** @throws FormatError if the archive's directory is damaged or missing. */
	constructor(private readonly bytes: Uint8Array) {
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		let claimed = 0;
		for (const entry of this.directory()) {
			if (this.entries.has(entry.name)) {
				throw damaged(`two entries are named '${entry.name}'`);
			}
			this.entries.set(entry.name, entry);
			claimed += entry.size;
		}
		// entries that overlap could multiply a small file without end
		if (claimed > bytes.length) throw damaged("its entries overlap");
	}

	names(): IterableIterator<string> {
		return this.entries.keys();
	}

	/** Bytes of a file once unpacked, as its header claims; undefined: none. */
	sizeOf(name: string): number | undefined {
		return this.entries.get(name)?.originalSize;
	}

	/**
	 * The bytes of a file: a view of the archive if it is stored, as PyTorch
	 * does, or a new array if it is deflated.
	 * @throws FormatError if there is none or its checksum differs.
	 */
	read(name: string): Uint8Array {
		const entry = this.entries.get(name);
		if (entry === undefined) throw damaged(`it has no entry '${name}'`);
		const content = this.unpack(entry, this.raw(entry));
		if (content.length !== entry.originalSize) {
			throw damaged(
				`entry '${name}' should have ${entry.originalSize} bytes and has ${content.length}`,
			);
		}
		if (crc32(content) !== entry.crc) {
			throw damaged(
				`the checksum of entry '${name}' differs (a damaged copy, or a file saved with torch.serialization.set_crc32_options(False))`,
			);
		}
		return content;
	}

	private unpack(entry: Entry, raw: Uint8Array): Uint8Array {
		if (entry.compression === 0) return raw;
		if (entry.compression !== 8) {
			throw damaged(
				`entry '${entry.name}' has compression ${entry.compression}; only 0 (stored) and 8 (deflated) are read`,
			);
		}
		if (entry.originalSize > MAX_RATIO * entry.size) {
			throw damaged(
				`entry '${entry.name}' claims ${entry.originalSize} bytes from ${entry.size} packed ones`,
			);
		}
		try {
			return inflateSync()(raw, {
				out: new Uint8Array(entry.originalSize),
			});
		} catch (cause) {
			throw new FormatError(
				`damaged zip archive: entry '${entry.name}' cannot be inflated`,
				{ cause },
			);
		}
	}

	private raw(entry: Entry): Uint8Array {
		const { header, size, name } = entry;
		if (this.u32(header, name) !== 0x04034b50) {
			throw damaged(`entry '${name}' is not where the directory says`);
		}
		const start =
			header + 30 + this.u16(header + 26, name) + this.u16(header + 28, name);
		if (start + size > this.bytes.length) {
			throw damaged(`entry '${name}' ends beyond the file`);
		}
		return this.bytes.subarray(start, start + size);
	}

	private *directory(): Generator<Entry> {
		let { count, at } = this.findDirectory();
		for (; count > 0; count--) {
			if (this.u32(at, "directory") !== 0x02014b50) {
				throw damaged("its directory is cut or overwritten");
			}
			const nameLength = this.u16(at + 28, "directory");
			const extraLength = this.u16(at + 30, "directory");
			const commentLength = this.u16(at + 32, "directory");
			const nameStart = at + 46;
			const extraStart = nameStart + nameLength;
			const next = extraStart + extraLength + commentLength;
			if (next > this.bytes.length) {
				throw damaged("its directory is cut or overwritten");
			}
			if (this.u16(at + 8, "directory") & 1) throw damaged("it is encrypted");
			const entry: Entry = {
				name: new TextDecoder().decode(
					this.bytes.subarray(nameStart, extraStart),
				),
				compression: this.u16(at + 10, "directory"),
				crc: this.u32(at + 16, "directory"),
				size: this.u32(at + 20, "directory"),
				originalSize: this.u32(at + 24, "directory"),
				header: this.u32(at + 42, "directory"),
			};
			this.widen(entry, extraStart, extraStart + extraLength);
			yield entry;
			at = next;
		}
	}

	/** PyTorch always writes zip64's end record; its counts go first. */
	private findDirectory(): { count: number; at: number } {
		const first = Math.max(0, this.bytes.length - 22 - 0xffff);
		for (let end = this.bytes.length - 22; end >= first; end--) {
			if (this.view.getUint32(end, true) !== 0x06054b50) continue;
			const locator = end - 20;
			if (locator >= 0 && this.view.getUint32(locator, true) === 0x07064b50) {
				const wide = this.u64(locator + 8, "directory");
				if (this.u32(wide, "directory") !== 0x06064b50) {
					throw damaged("its zip64 end record is not where it should be");
				}
				return {
					count: this.u64(wide + 32, "directory"),
					at: this.u64(wide + 48, "directory"),
				};
			}
			return {
				count: this.u16(end + 10, "directory"),
				at: this.u32(end + 16, "directory"),
			};
		}
		throw damaged("its end is missing: the file is cut short");
	}

	/** Zip64 puts what does not fit 32 bits into an extra field, in this order. */
	private widen(entry: Entry, start: number, end: number): void {
		const wide = (["originalSize", "size", "header"] as const).filter(
			(field) => entry[field] === 0xffffffff,
		);
		if (wide.length === 0) return;
		for (let p = start; p + 4 <= end; ) {
			const id = this.u16(p, "directory");
			const stop = p + 4 + this.u16(p + 2, "directory");
			if (id === 1 && stop <= end) {
				for (const [i, field] of wide.entries()) {
					if (p + 12 + 8 * i > stop) break;
					entry[field] = this.u64(p + 4 + 8 * i, "directory");
				}
				return;
			}
			p = stop;
		}
	}

	private u16(at: number, what: string): number {
		this.need(at, 2, what);
		return this.view.getUint16(at, true);
	}

	private u32(at: number, what: string): number {
		this.need(at, 4, what);
		return this.view.getUint32(at, true);
	}

	private u64(at: number, what: string): number {
		return this.u32(at, what) + this.u32(at + 4, what) * 2 ** 32;
	}

	private need(at: number, count: number, what: string): void {
		if (at + count > this.bytes.length) {
			throw damaged(
				`${what} lies beyond the file's ${this.bytes.length} bytes`,
			);
		}
	}
}

/**
 * An archive as PyTorch writes it: stored, each file's bytes at a multiple of
 * 64, by a padding field named FB. The same files give the same bytes.
 *
 * @throws FormatError beyond 4 GB, for which fflate has no zip64.
 */
export function writeZip(files: Iterable<[string, Uint8Array]>): Uint8Array {
	const zippable: Zippable = {};
	let offset = 0;
	for (const [name, content] of files) {
		const data = offset + 30 + new TextEncoder().encode(name).length + 4;
		const padding = (ALIGNMENT - (data % ALIGNMENT)) % ALIGNMENT;
		zippable[name] = [
			content,
			{ extra: { [PADDING_FIELD]: new Uint8Array(padding).fill(0x5a) } },
		];
		offset = data + padding + content.length;
	}
	if (offset > 0xffffffff) {
		throw new FormatError(
			`cannot save ${offset} bytes in one .pth file: the limit is 4 GB; save the tensors in several files`,
		);
	}
	// zip has no "no time": its first day stands for it
	return zipSync()(zippable, { level: 0, mtime: new Date(1980, 0, 1) });
}

function damaged(found: string): FormatError {
	return new FormatError(`damaged zip archive: ${found}`);
}
