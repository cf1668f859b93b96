import { FormatError } from "../errors.js";

/** Longer integers are no one's weights, and parsing them takes n² time. */
const MAX_INT_BYTES = 1024;

/** The numbers and texts of a pickle, each read only if its bytes are there. */
export class PickleReader {
	private readonly view: DataView;
	private readonly utf8 = new TextDecoder("utf-8", {
		fatal: true,
		ignoreBOM: true,
	});

	constructor(
		private readonly bytes: Uint8Array,
		/** Where the next byte is. */
		public pos: number,
	) {
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	}

	/** Claims `count` bytes; gives where they start. */
	take(count: number): number {
		const start = this.pos;
		if (count > this.bytes.length - start) throw this.bad("it ends too early");
		this.pos += count;
		return start;
	}

	uint(size: 1 | 2 | 4 | 8): number {
		const p = this.take(size);
		if (size === 1) return this.view.getUint8(p);
		if (size === 2) return this.view.getUint16(p, true);
		if (size === 4) return this.view.getUint32(p, true);
		return (
			this.view.getUint32(p, true) + this.view.getUint32(p + 4, true) * 2 ** 32
		);
	}

	int32(): number {
		return this.view.getInt32(this.take(4), true);
	}

	/** The one big-endian number of the format. */
	float64(): number {
		return this.view.getFloat64(this.take(8), false);
	}

	long(size: number): number | bigint {
		if (size > MAX_INT_BYTES) throw this.bad("an integer of absurd size");
		const p = this.take(size);
		let hex = "";
		for (let i = size - 1; i >= 0; i--) {
			hex += this.view
				.getUint8(p + i)
				.toString(16)
				.padStart(2, "0");
		}
		return small(BigInt.asIntN(8 * size, BigInt(`0x0${hex}`)));
	}

	textInt(line: string): number | bigint | boolean {
		// protocol 0 had no other way to write a boolean
		if (line === "00") return false;
		if (line === "01") return true;
		if (line.length > MAX_INT_BYTES || !/^[+-]?\d+L?$/.test(line)) {
			throw this.bad("a malformed integer");
		}
		return small(BigInt(line.replace(/^\+|L$/g, "")));
	}

	textFloat(line: string): number {
		const names: Record<string, number> = {
			nan: Number.NaN,
			inf: Number.POSITIVE_INFINITY,
			"-inf": Number.NEGATIVE_INFINITY,
		};
		const value = Object.hasOwn(names, line) ? names[line] : Number(line);
		if (
			value === undefined ||
			(Number.isNaN(value) && line !== "nan") ||
			line.trim() === ""
		) {
			throw this.bad("a malformed number");
		}
		return value;
	}

	text(size: number): string {
		const p = this.take(size);
		return this.decode(p, p + size);
	}

	line(): string {
		const end = this.bytes.indexOf(0x0a, this.pos);
		if (end < 0) throw this.bad("it ends too early");
		const start = this.pos;
		this.pos = end + 1;
		return this.decode(start, end);
	}

	private decode(start: number, end: number): string {
		try {
			return this.utf8.decode(this.bytes.subarray(start, end));
		} catch (cause) {
			throw new FormatError(
				`malformed pickle at byte ${start}: text that is not UTF-8`,
				{ cause },
			);
		}
	}

	bad(found: string): FormatError {
		return new FormatError(`malformed pickle at byte ${this.pos}: ${found}`);
	}
}

function small(n: bigint): number | bigint {
	const x = Number(n);
	return Number.isSafeInteger(x) ? x : n;
}
