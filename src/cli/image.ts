import { readFile } from "node:fs/promises";
import { PNG } from "pngjs";
import { FormatError, TorchletError } from "../index.js";
import { PIXELS } from "./model.js";

const SIDE = 28;

/**
 * The 28×28 grey pixels, ink bright on dark, of a PNG of any size or of a
 * file of 784 bytes.
 *
 * @throws TorchletError if it cannot be read, FormatError if it is neither
 */
export async function readDigit(path: string): Promise<Uint8Array> {
	let bytes: Uint8Array;
	try {
		bytes = await readFile(path);
	} catch (cause) {
		const { code, message } = cause as NodeJS.ErrnoException;
		const why = code === "ENOENT" ? "no such file" : message;
		throw new TorchletError(`cannot read '${path}': ${why}`, { cause });
	}
	const isPng = [0x89, 0x50, 0x4e, 0x47].every((b, i) => bytes[i] === b);
	if (isPng) return shrink(await decodePng(bytes, path));
	if (bytes.length === PIXELS) return bytes;
	throw new FormatError(
		`'${path}' is neither a PNG nor ${PIXELS} bytes of 28×28 grey pixels: it has ${bytes.length} bytes`,
	);
}

function decodePng(bytes: Uint8Array, path: string): Promise<PNG> {
	return new Promise((resolve, reject) => {
		// Not PNG.sync.read: it reaches into Node's own zlib, other runtimes differ.
		new PNG().parse(Buffer.from(bytes), (error, png) => {
			if (error)
				reject(new FormatError(`'${path}' is a damaged PNG: ${error.message}`));
			else resolve(png);
		});
	});
}

interface Grey {
	readonly data: Float64Array;
	readonly width: number;
	readonly height: number;
}

/** To 28×28, each new pixel the mean of the area that it covers, centred, nothing stretched. */
function shrink(png: PNG): Uint8Array {
	const image = inkBright(png);
	const { data, width, height } = image;
	const scale = Math.max(width, height) / SIDE;
	const left = (width - SIDE * scale) / 2;
	const top = (height - SIDE * scale) / 2;
	const columns = covered(left, scale, width);
	const rows = covered(top, scale, height);
	return Uint8Array.from({ length: PIXELS }, (_, i) => {
		let sum = 0;
		for (const [y, h] of rows[Math.floor(i / SIDE)] ?? [])
			for (const [x, w] of columns[i % SIDE] ?? [])
				sum += (data[y * width + x] as number) * w * h;
		return Math.round(sum / scale ** 2);
	});
}

/** For each of the 28 new pixels along one side: which old ones it covers, and how much of each. */
function covered(
	start: number,
	scale: number,
	length: number,
): [index: number, weight: number][][] {
	return Array.from({ length: SIDE }, (_, i) => {
		const from = Math.max(0, start + i * scale);
		const to = Math.min(length, start + (i + 1) * scale);
		const parts: [number, number][] = [];
		for (let at = Math.floor(from); at < to; at++)
			parts.push([at, Math.min(at + 1, to) - Math.max(at, from)]);
		return parts;
	});
}

/** Brightness 0..255 over white; turned over if the border says that the paper is bright. */
function inkBright({ data: rgba, width, height }: PNG): Grey {
	const data = Float64Array.from({ length: width * height }, (_, i) => {
		const [r, g, b, a] = rgba.subarray(i * 4, i * 4 + 4) as unknown as [
			number,
			number,
			number,
			number,
		];
		const grey = 0.299 * r + 0.587 * g + 0.114 * b;
		return 255 + ((grey - 255) * a) / 255;
	});
	const border = data.filter((_, i) => {
		const x = i % width;
		const y = Math.floor(i / width);
		return x === 0 || y === 0 || x === width - 1 || y === height - 1;
	});
	const paper = border.reduce((sum, v) => sum + v, 0) / border.length;
	return {
		data: paper > 127.5 ? data.map((v) => 255 - v) : data,
		width,
		height,
	};
}
