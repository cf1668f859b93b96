import { DatasetError } from "../errors.js";
import { isAbsent, isFileError } from "./download.js";
import { type FetchOptions, fetchPieces, HttpFailure } from "./http.js";
import { builtin } from "./node.js";

/** Where a data set's files are: a folder here, or a base URL there. */
export type Place =
	| { readonly kind: "folder"; readonly base: string }
	| { readonly kind: "url"; readonly base: string };

export interface Found {
	/** The path or URL, for messages. */
	readonly what: string;
	readonly bytes: Uint8Array;
}

/**
 * Tells what kind of place `root` names. A plain path is a folder where there
 * is a file system, and a URL relative to the page in a browser.
 */
export function placeOf(root: string | URL): Place {
	const text = String(root);
	if (/^https?:/i.test(text)) return { kind: "url", base: trim(text) };
	if (/^file:/i.test(text)) {
		const path = builtin("node:url")?.fileURLToPath(text);
		if (path === undefined) {
			throw new DatasetError(
				`${text}: this runtime has no file system. Give an http(s) URL as root, or images and labels as bytes.`,
			);
		}
		return { kind: "folder", base: trim(path) };
	}
	if (builtin("node:fs/promises")) return { kind: "folder", base: trim(text) };
	if (typeof location === "undefined") {
		throw new DatasetError(
			`${text}: this runtime has neither files nor a page to which the path could be relative. ` +
				"Give a full http(s) URL as root, or images and labels as bytes.",
		);
	}
	return { kind: "url", base: trim(new URL(text, location.href).href) };
}

/**
 * The first of `names` (relative paths) that is there.
 *
 * @throws DatasetError if one is there and can't be read, or a server fails
 */
export async function findFile(
	place: Place,
	names: readonly string[],
	options: FetchOptions,
): Promise<Found | undefined> {
	const read = place.kind === "folder" ? readFile : readUrl;
	for (const name of names) {
		options.signal?.throwIfAborted();
		const what = `${place.base}/${name}`;
		const bytes = await read(what, options);
		if (bytes) return { what, bytes };
	}
	return undefined;
}

async function readFile(path: string): Promise<Uint8Array | undefined> {
	try {
		return await builtin("node:fs/promises")?.readFile(path);
	} catch (error) {
		if (!isFileError(error)) throw error;
		if (isAbsent(error)) return undefined;
		throw new DatasetError(`${path}: cannot be read: ${error.message}`, {
			cause: error,
		});
	}
}

async function readUrl(
	url: string,
	options: FetchOptions,
): Promise<Uint8Array | undefined> {
	const name = url.slice(url.lastIndexOf("/") + 1);
	try {
		const pieces: Uint8Array<ArrayBuffer>[] = [];
		for await (const piece of fetchPieces(url, name, options)) {
			pieces.push(piece as Uint8Array<ArrayBuffer>);
		}
		return new Uint8Array(await new Blob(pieces).arrayBuffer());
	} catch (error) {
		if (!(error instanceof HttpFailure)) throw error;
		if (error.missing) return undefined;
		throw new DatasetError(
			`${url}: cannot be fetched: ${error.message}. Check the connection and the server, or give another root.`,
			{ cause: error },
		);
	}
}

function trim(base: string): string {
	return base.length > 1 ? base.replace(/\/+$/, "") : base;
}
