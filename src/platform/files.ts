import { TorchletError } from "../errors.js";

/** What bytes are read from: a path, a URL, or something that holds them. */
export type ByteSource =
	| string
	| URL
	| Blob
	| Response
	| ArrayBuffer
	| ArrayBufferView;

/** What bytes are written to. */
export type ByteTarget =
	| string
	| URL
	| FileSystemFileHandle
	| WritableStream<Uint8Array>;

/**
 * Reads all bytes of a source. A string is a path, or a URL if it begins with
 * a scheme; in a page, where there are no paths, it is a relative URL.
 * Arrays of bytes are not copied.
 *
 * @throws TorchletError that names the source and the reason.
 */
export async function readBytes(source: ByteSource): Promise<Uint8Array> {
	if (source instanceof ArrayBuffer) return new Uint8Array(source);
	if (ArrayBuffer.isView(source)) {
		return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
	}
	if (source instanceof URL) return readUrl(source);
	if (typeof source === "string") {
		const url = asUrl(source);
		return url === undefined ? readPath(source) : readUrl(url);
	}
	if (source instanceof Response) return readResponse(source, source.url);
	if (source instanceof Blob) {
		return new Uint8Array(
			await attempt("read the Blob", () => source.arrayBuffer()),
		);
	}
	throw new TorchletError(
		`cannot read bytes from ${describe(source)}: give a path, a URL, a Blob, a Response or bytes`,
	);
}

/**
 * Writes bytes to a target. A path or `file:` URL is written whole or not at
 * all: first beside it, then moved over it; if anything fails, what was there
 * before is untouched. A handle or stream is closed after it, or aborted.
 *
 * @throws TorchletError that names the target and the reason.
 */
export async function writeBytes(
	target: ByteTarget,
	bytes: Uint8Array,
): Promise<void> {
	if (target instanceof URL) return writeUrl(target, bytes);
	if (typeof target === "string") {
		const url = asUrl(target);
		return url === undefined ? writePath(target, bytes) : writeUrl(url, bytes);
	}
	if (has(target, "createWritable")) {
		const stream = await attempt(`open '${target.name}'`, () =>
			target.createWritable(),
		);
		return writeStream(stream, bytes, `'${target.name}'`);
	}
	if (has(target, "getWriter")) return writeStream(target, bytes, "the stream");
	throw new TorchletError(
		`cannot write bytes to ${describe(target)}: give a path, a file: URL, a FileSystemFileHandle or a WritableStream`,
	);
}

/** Two letters at least: `C:` is a drive. */
function asUrl(text: string): URL | undefined {
	return /^[a-z][a-z0-9+.-]+:/i.test(text) && URL.canParse(text)
		? new URL(text)
		: undefined;
}

async function readUrl(url: URL): Promise<Uint8Array> {
	if (url.protocol === "file:" && nodeModules()) return readPath(url);
	return readFetched(url.href);
}

async function readFetched(url: string): Promise<Uint8Array> {
	const response = await attempt(`read ${url}`, () => fetch(url));
	return readResponse(response, url);
}

async function readResponse(
	response: Response,
	url: string,
): Promise<Uint8Array> {
	const name = url || "the response";
	if (!response.ok) {
		throw new TorchletError(
			`cannot read ${name}: the server answered ${response.status} ${response.statusText}`.trimEnd(),
		);
	}
	return new Uint8Array(
		await attempt(`read ${name}`, () => response.arrayBuffer()),
	);
}

async function readPath(path: string | URL): Promise<Uint8Array> {
	const node = nodeModules();
	if (node === undefined) return readFetched(String(path));
	return attempt(`read '${nameOf(path)}'`, () => node.fs.readFile(path));
}

async function writeUrl(url: URL, bytes: Uint8Array): Promise<void> {
	if (url.protocol === "file:") return writePath(url, bytes);
	throw new TorchletError(
		`cannot write to ${url.href}: only file: URLs are written to`,
	);
}

async function writePath(path: string | URL, bytes: Uint8Array): Promise<void> {
	const node = nodeModules();
	if (node === undefined) {
		throw new TorchletError(
			`cannot write '${nameOf(path)}': a page has no paths; give a FileSystemFileHandle or a WritableStream`,
		);
	}
	const { fs } = node;
	const file = path instanceof URL ? node.url.fileURLToPath(path) : path;
	await attempt(`write '${file}'`, async () => {
		// a link stays one: what it points to is replaced
		const place = await fs.realpath(file).catch(() => file);
		const old = await fs.stat(place).catch(() => undefined);
		if (old?.isDirectory()) {
			throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
		}
		// a pipe or device cannot be replaced, and must not be
		if (old !== undefined && !old.isFile()) return fs.writeFile(place, bytes);
		const draft = `${place}.${crypto.randomUUID().slice(0, 8)}.tmp`;
		const mode = old === undefined ? 0o666 : old.mode & 0o777;
		const handle = await fs.open(draft, "wx", mode);
		try {
			try {
				await handle.writeFile(bytes);
				// else a power cut could leave the new name on no data
				await handle.sync();
			} finally {
				await handle.close();
			}
			await fs.rename(draft, place);
		} catch (error) {
			await fs.rm(draft, { force: true }).catch(() => undefined);
			throw error;
		}
	});
}

async function writeStream(
	stream: WritableStream<Uint8Array>,
	bytes: Uint8Array,
	name: string,
): Promise<void> {
	await attempt(`write ${name}`, async () => {
		const writer = stream.getWriter();
		try {
			await writer.write(bytes);
			await writer.close();
		} catch (error) {
			await writer.abort(error).catch(() => undefined);
			throw error;
		} finally {
			writer.releaseLock();
		}
	});
}

interface NodeModules {
	fs: typeof import("node:fs/promises");
	url: typeof import("node:url");
}

/** Node's, Deno's or Bun's; not by `import`, which bundlers for pages refuse. */
function nodeModules(): NodeModules | undefined {
	if (typeof process === "undefined") return undefined;
	const fs = process.getBuiltinModule?.("node:fs/promises");
	const url = process.getBuiltinModule?.("node:url");
	return fs && url ? { fs, url } : undefined;
}

async function attempt<T>(what: string, action: () => Promise<T>): Promise<T> {
	try {
		return await action();
	} catch (cause) {
		throw new TorchletError(`cannot ${what}: ${reason(cause, what)}`, {
			cause,
		});
	}
}

const REASONS: Readonly<Record<string, string>> = {
	EACCES: "permission denied",
	EPERM: "permission denied",
	EROFS: "the file system is read-only",
	ENOSPC: "the disk is full",
	EDQUOT: "the disk quota is used up",
	EFBIG: "the file would exceed the largest size allowed",
	EISDIR: "it is a directory",
	ENOTDIR: "a part of the path is a file, not a folder",
};

function reason(error: unknown, what: string): string {
	const code =
		typeof error === "object" && error !== null && "code" in error
			? String(error.code)
			: "";
	if (code === "ENOENT") {
		return what.startsWith("write")
			? "its folder does not exist; create it first (ENOENT)"
			: "no such file (ENOENT)";
	}
	const known = REASONS[code];
	if (known !== undefined) return `${known} (${code})`;
	if (!(error instanceof Error)) return String(error);
	// fetch says no more than "fetch failed"; its cause does
	const inner = error.cause instanceof Error ? `: ${error.cause.message}` : "";
	return `${error.message}${inner}`;
}

function nameOf(path: string | URL): string {
	return path instanceof URL ? path.href : path;
}

function has<K extends string>(
	x: unknown,
	method: K,
): x is Record<K, (...args: never[]) => unknown> {
	return (
		typeof x === "object" &&
		x !== null &&
		typeof (x as Record<string, unknown>)[method] === "function"
	);
}

function describe(x: unknown): string {
	if (x === null || x === undefined) return String(x);
	return typeof x === "object"
		? `an object of class ${x.constructor?.name ?? "unknown"}`
		: `a ${typeof x}`;
}
