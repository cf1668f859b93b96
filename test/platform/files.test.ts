import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import fs from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { TorchletError } from "../../src/errors.js";
import { readBytes, writeBytes } from "../../src/platform/files.js";
import { temporaryFolder } from "../helpers/folder.js";

const folder = temporaryFolder();
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);

describe("reading", () => {
	const path = join(folder, "read me.bin");
	const server = createServer((request, response) => {
		if (request.url === "/ok") response.end(bytes);
		else if (request.url === "/cut") {
			response.writeHead(200, { "content-length": "2000" });
			response.write(bytes, () => response.destroy());
		} else response.writeHead(404).end("no");
	});
	let base = "";
	beforeAll(async () => {
		writeFileSync(path, bytes);
		await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
		base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterAll(() => {
		server.close();
	});

	test("every kind of source", async () => {
		const around = new Uint8Array(1010);
		around.set(bytes, 5);
		for (const source of [
			path,
			pathToFileURL(path),
			pathToFileURL(path).href,
			`${base}/ok`,
			new URL(`${base}/ok`),
			new Blob([bytes]),
			new Response(bytes),
			bytes,
			bytes.slice().buffer,
			new DataView(around.buffer, 5, 1000),
			Buffer.from(bytes),
		]) {
			const read = await readBytes(source);
			expect(Buffer.from(read).equals(bytes), String(source)).toBe(true);
		}
	});

	test.each([
		["a missing file", () => join(folder, "none"), /none': no such file/],
		["a folder", () => folder, /it is a directory/],
		["a 404", () => `${base}/x`, /\/x: the server answered 404 Not Found/],
		["a cut connection", () => `${base}/cut`, /cannot read http.*\/cut: /],
		["no server", () => "http://127.0.0.1:1/", /cannot read http.*: \S+/],
		["a bad Response", () => new Response("", { status: 500 }), /500/],
		["something else", () => ({}) as Blob, /an object of class Object/],
		["nothing", () => undefined as unknown as Blob, /from undefined/],
	])("%s is an error that says so", async (_, source, message) => {
		const error = await readBytes(source()).catch((e: unknown) => e);
		expect(error).toBeInstanceOf(TorchletError);
		expect((error as Error).message).toMatch(message);
	});
});

describe("writing", () => {
	const fresh = (name: string) => {
		const place = join(folder, name);
		mkdirSync(place);
		return place;
	};

	test("a path and a file URL, new and over an old file", async () => {
		const place = fresh("plain");
		const path = join(place, "a.pth");
		await writeBytes(path, bytes.subarray(0, 10));
		await writeBytes(path, bytes);
		await writeBytes(pathToFileURL(join(place, "b.pth")), bytes);
		expect(readFileSync(path).equals(bytes)).toBe(true);
		expect(readFileSync(join(place, "b.pth")).equals(bytes)).toBe(true);
		expect(readdirSync(place)).toEqual(["a.pth", "b.pth"]);
	});

	test("keeps an old file's mode, and a link a link", async () => {
		const place = fresh("mode");
		const path = join(place, "a");
		writeFileSync(path, "old");
		chmodSync(path, 0o600);
		symlinkSync("a", join(place, "link"));
		await writeBytes(join(place, "link"), bytes);
		expect(readFileSync(path).equals(bytes)).toBe(true);
		expect(statSync(path).mode & 0o777).toBe(0o600);
		expect(lstatSync(join(place, "link")).isSymbolicLink()).toBe(true);
	});

	test("a missing folder, a folder, a web address", async () => {
		const missing = join(folder, "no such folder", "a.pth");
		for (const [target, message] of [
			[missing, `cannot write '${missing}': its folder does not exist`],
			[folder, "it is a directory"],
			["https://example.com/a.pth", "only file: URLs are written to"],
			[{} as string, "cannot write bytes to an object of class Object"],
		] as const) {
			const error = await writeBytes(target, bytes).catch((e: unknown) => e);
			expect(error).toBeInstanceOf(TorchletError);
			expect((error as Error).message).toContain(message);
		}
		expect(existsSync(join(folder, "no such folder"))).toBe(false);
	});

	test.runIf(existsSync("/dev/full"))("a full device", async () => {
		await expect(writeBytes("/dev/full", bytes)).rejects.toThrow(
			"cannot write '/dev/full': the disk is full (ENOSPC)",
		);
		expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
	});

	test.each(["sync", "writeFile"] as const)(
		"a failing %s leaves the old file alone",
		async (step) => {
			const place = fresh(`failing ${step}`);
			const path = join(place, "a.pth");
			writeFileSync(path, "old");
			const probe = await fs.open(path);
			const prototype = Object.getPrototypeOf(probe) as typeof probe;
			await probe.close();
			const spy = vi.spyOn(prototype, step).mockImplementation(async () => {
				throw Object.assign(new Error("full"), { code: "ENOSPC" });
			});
			await expect(writeBytes(path, bytes)).rejects.toThrow("the disk is full");
			spy.mockRestore();
			expect(readFileSync(path, "utf8")).toBe("old");
			expect(readdirSync(place)).toEqual(["a.pth"]);
		},
	);

	test("a write that the system stops half-way leaves the old file alone", () => {
		const place = fresh("limit");
		const path = join(place, "a.pth");
		writeFileSync(path, "old");
		for (const name of ["errors", "platform/files"]) {
			const source = readFileSync(
				new URL(`../../src/${name}.ts`, import.meta.url),
				"utf8",
			);
			const target = join(folder, `js/${name}.js`);
			mkdirSync(join(target, ".."), { recursive: true });
			writeFileSync(
				target,
				ts.transpile(source, {
					module: ts.ModuleKind.ES2022,
					target: ts.ScriptTarget.ES2022,
				}),
			);
		}
		writeFileSync(join(folder, "js/package.json"), '{"type":"module"}');
		writeFileSync(
			join(folder, "js/run.js"),
			`import { writeBytes } from "./platform/files.js";
writeBytes(process.argv[2], new Uint8Array(1 << 20)).then(() => console.log("written"), (e) => console.log(e.name, e.message));`,
		);
		// blocks of 512 or 1024 bytes: far less than the megabyte, in any shell
		const printed = execFileSync(
			"sh",
			[
				"-c",
				'ulimit -f 100; exec "$0" "$@"',
				process.execPath,
				join(folder, "js/run.js"),
				path,
			],
			{ encoding: "utf8" },
		);
		expect(printed).toMatch(/^TorchletError cannot write .* \(EFBIG\)/);
		expect(readFileSync(path, "utf8")).toBe("old");
		expect(readdirSync(place)).toEqual(["a.pth"]);
	});

	test("streams and handles are closed after it, aborted on failure", async () => {
		const log: unknown[] = [];
		const stream = (fail: boolean) =>
			new WritableStream<Uint8Array>({
				write(chunk) {
					if (fail) throw new Error("no room");
					log.push(chunk.length);
				},
				close: () => void log.push("closed"),
			});
		await writeBytes(stream(false), bytes);
		const handle = (fail: boolean) =>
			({
				name: "h.pth",
				createWritable: async () => stream(fail),
			}) as unknown as FileSystemFileHandle;
		await writeBytes(handle(false), bytes);
		expect(log).toEqual([1000, "closed", 1000, "closed"]);
		await expect(writeBytes(handle(true), bytes)).rejects.toThrow(
			"cannot write 'h.pth': no room",
		);
		await expect(writeBytes(stream(true), bytes)).rejects.toThrow(
			"cannot write the stream: no room",
		);
		expect(log).toHaveLength(4);
	});
});
