import type { FileHandle } from "node:fs/promises";
import { DatasetError } from "../errors.js";
import { gunzip } from "./gzip.js";
import { type FetchOptions, fetchPieces, HttpFailure } from "./http.js";
import { builtin } from "./node.js";
import type { Resource } from "./resources.js";

/** What Node's file functions throw; by a name of ours, as users may lack Node's types. */
interface FileError extends Error {
	readonly code?: string;
}

export interface DownloadOptions extends FetchOptions {
	/** URL bases instead of the published ones, tried in this order. */
	readonly mirrors?: readonly string[] | undefined;
}

/**
 * Fetches `file` into `folder` from the first mirror that delivers it with the
 * right sum, and unpacks it beside, as torchvision does. A compressed file that
 * is there with the right sum is not fetched again. Whatever happens, no file
 * is left half-written: it is written under another name and renamed.
 *
 * @param mirrors URL bases in the order in which to try them
 * @throws DatasetError if no mirror delivers it, or it cannot be written; the
 * signal's reason if aborted
 */
export async function downloadFile(
	file: Resource,
	folder: string,
	mirrors: readonly string[],
	options: FetchOptions,
): Promise<void> {
	const fs = builtin("node:fs/promises");
	if (!fs) {
		throw new DatasetError(
			"download: true needs a folder to write to, and this runtime has none. Give a URL as root, or images and labels as bytes.",
		);
	}
	options.signal?.throwIfAborted();
	const target = `${folder}/${file.name}`;
	try {
		if ((await sumOf(target)) !== file.md5) {
			await fs.mkdir(folder, { recursive: true });
			await fromFirstMirror(file, target, mirrors, options);
		}
		const unpacked = await gunzip(await fs.readFile(target), target);
		await writeWhole(target.replace(/\.gz$/, ""), (handle) =>
			handle.writeFile(unpacked),
		);
	} catch (error) {
		if (!isFileError(error)) throw error;
		throw new DatasetError(
			`Error downloading ${file.name}: cannot write to ${folder}: ${error.message}. Choose another root or make room there.`,
			{ cause: error },
		);
	}
}

async function fromFirstMirror(
	file: Resource,
	target: string,
	mirrors: readonly string[],
	options: FetchOptions,
): Promise<void> {
	const failures: string[] = [];
	for (const mirror of mirrors) {
		const url = `${mirror}${mirror.endsWith("/") ? "" : "/"}${file.name}`;
		try {
			await writeWhole(target, (handle) => fill(handle, url, file, options));
			return;
		} catch (error) {
			if (!(error instanceof HttpFailure)) throw error;
			failures.push(`Tried ${url}, got:\n${error.message}`);
		}
	}
	throw new DatasetError(
		`Error downloading ${file.name}:\n${failures.join("\n")}\n` +
			`Check the connection, give other mirrors, or put the file at ${target} yourself.`,
	);
}

/** Streams the body into the file; the sum is checked before anyone sees its name. */
async function fill(
	handle: FileHandle,
	url: string,
	file: Resource,
	options: FetchOptions,
): Promise<void> {
	const hash = builtin("node:crypto")?.createHash("md5");
	let length = 0;
	for await (const piece of fetchPieces(url, file.name, options)) {
		hash?.update(piece);
		length += piece.length;
		await handle.writeFile(piece);
	}
	const found = hash?.digest("hex");
	if (found !== file.md5) {
		throw new HttpFailure(
			`${length} bytes with MD5 ${found}, expected ${file.md5}`,
			false,
		);
	}
}

/** Writes under another name and renames, so `target` is whole or untouched. */
async function writeWhole(
	target: string,
	write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
	const fs = builtin("node:fs/promises");
	if (!fs) return;
	const unique = Math.random().toString(36).slice(2);
	const temporary = `${target}.${unique}.part`;
	const handle = await fs.open(temporary, "wx");
	try {
		try {
			await write(handle);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await fs.rename(temporary, target);
	} catch (error) {
		await fs.rm(temporary, { force: true });
		throw error;
	}
}

/** MD5 of a file in lower-case hex, or undefined if there is no such file. */
async function sumOf(path: string): Promise<string | undefined> {
	try {
		const bytes = await builtin("node:fs/promises")?.readFile(path);
		return (
			bytes &&
			builtin("node:crypto")?.createHash("md5").update(bytes).digest("hex")
		);
	} catch (error) {
		if (isFileError(error) && isAbsent(error)) return undefined;
		throw error;
	}
}

/** An error of the file system: those carry a code such as ENOSPC. */
export function isFileError(error: unknown): error is FileError {
	return (
		error instanceof Error &&
		"syscall" in error &&
		typeof error.syscall === "string"
	);
}

export function isAbsent(error: FileError): boolean {
	return error.code === "ENOENT" || error.code === "ENOTDIR";
}
