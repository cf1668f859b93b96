import { FormatError } from "../errors.js";
import type { ToPlain } from "./pickle.js";
import type { PlainValue } from "./plain.js";
import { decodePth, encodePth, isPickle, isZip } from "./pth.js";

/** A kind of weight file: how it is named, known by content, read, written. */
export interface FileFormat {
	/** Without the dot, in lower case. */
	readonly extensions: readonly string[];
	matches(bytes: Uint8Array): boolean;
	decode(bytes: Uint8Array): PlainValue;
	encode(value: unknown, toPlain?: ToPlain): Uint8Array;
}

/** In the order in which contents are tried. */
export const FORMATS = {
	pth: {
		extensions: ["pth", "pt"],
		matches: (bytes) => isZip(bytes) || isPickle(bytes),
		decode: decodePth,
		encode: encodePth,
	},
} as const satisfies Record<string, FileFormat>;

export type FormatName = keyof typeof FORMATS;

/**
 * The format of a file by its content.
 * @throws FormatError that says what the bytes look like.
 */
export function detectFormat(bytes: Uint8Array): FormatName {
	for (const [name, format] of Object.entries(FORMATS)) {
		if (format.matches(bytes)) return name as FormatName;
	}
	throw new FormatError(
		`not a weight file: ${describe(bytes)}; PyTorch's .pth and .pt are read`,
	);
}

/**
 * The format for a file name or URL, by its extension.
 * @throws FormatError that names the known extensions.
 */
export function formatOfName(name: string): FormatName {
	const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
	for (const [format, { extensions }] of Object.entries(FORMATS)) {
		if ((extensions as readonly string[]).includes(extension ?? "")) {
			return format as FormatName;
		}
	}
	const known = Object.values(FORMATS).flatMap((f) => f.extensions);
	throw new FormatError(
		`cannot tell a weight format from '${name}': use the extension ${known.map((e) => `.${e}`).join(" or ")}`,
	);
}

/** What a file that is none often turns out to be. */
function describe(bytes: Uint8Array): string {
	if (bytes.length === 0) return "it is empty";
	const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
	if (start.startsWith("version https://git-lfs")) {
		return "it is a Git LFS pointer (fetch the file with git lfs pull)";
	}
	if (/^<(!doctype|html|\?xml)/i.test(start)) {
		return "it is a web page (was the address right?)";
	}
	if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
		return "it is gzip data (unpack it first)";
	}
	const head = [...bytes.subarray(0, 8)]
		.map((b) => b.toString(16).padStart(2, "0"))
		.join(" ");
	return `${bytes.length} bytes that begin with ${head}`;
}
