/** What a fetch reports while it runs. */
export interface FetchProgress {
	/** The file's name. */
	readonly file: string;
	/** Bytes so far. */
	readonly loaded: number;
	/** Bytes in all, where the server tells. */
	readonly total: number | undefined;
}

export interface FetchOptions {
	/** Called as bytes arrive. */
	readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
	/** Gives up when aborted. */
	readonly signal?: AbortSignal | undefined;
}

/** A server that did not deliver: another one may. */
export class HttpFailure extends Error {
	constructor(
		message: string,
		/** The server answered, and has no such file. */
		readonly missing: boolean,
		options?: ErrorOptions,
	) {
		super(message, options);
	}
}

/** S3 answers 403 for a missing file in a bucket that may not be listed. */
const MISSING = new Set([403, 404, 410]);

/**
 * The body of `url` in pieces as they come.
 *
 * @throws HttpFailure if the server does not deliver the whole of it; the
 * signal's reason if it is aborted; whatever `onProgress` throws
 */
export async function* fetchPieces(
	url: string,
	file: string,
	{ onProgress, signal }: FetchOptions,
): AsyncGenerator<Uint8Array> {
	// Sums are those of the file itself, so no server may pack or unpack it.
	const response = await guard(signal, () =>
		fetch(url, {
			headers: { "accept-encoding": "identity" },
			signal: signal ?? null,
		}),
	);
	if (!response.ok) {
		await response.body?.cancel();
		throw new HttpFailure(
			`HTTP ${response.status} ${response.statusText}`.trimEnd(),
			MISSING.has(response.status),
		);
	}
	// Servers of single-page apps answer any path with their start page.
	if (response.headers.get("content-type")?.startsWith("text/html")) {
		await response.body?.cancel();
		throw new HttpFailure("a web page instead of the file", true);
	}

	const encoding = response.headers.get("content-encoding") ?? "identity";
	const length = response.headers.get("content-length");
	const total =
		length !== null && encoding === "identity" ? Number(length) : undefined;
	let loaded = 0;
	onProgress?.({ file, loaded, total });
	const reader = response.body?.getReader();
	try {
		while (reader) {
			const { done, value } = await guard(signal, () => reader.read());
			if (done) break;
			loaded += value.length;
			yield value;
			onProgress?.({ file, loaded, total });
		}
	} finally {
		// Also reached when the consumer stops early: the connection must not stay.
		await reader?.cancel().catch(() => {});
	}
	if (total !== undefined && loaded !== total) {
		throw new HttpFailure(
			`the connection was cut: ${loaded} of ${total} bytes`,
			false,
		);
	}
}

async function guard<T>(
	signal: AbortSignal | undefined,
	step: () => Promise<T>,
): Promise<T> {
	try {
		return await step();
	} catch (cause) {
		signal?.throwIfAborted();
		throw new HttpFailure(describe(cause), false, { cause });
	}
}

/** Node's fetch says only "fetch failed"; what happened is in its cause. */
function describe(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { cause } = error;
	return cause instanceof Error && cause.message !== ""
		? `${error.message}: ${cause.message}`
		: error.message;
}
