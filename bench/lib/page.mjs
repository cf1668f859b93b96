import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./options.mjs";

/** See `openBrowser`; "default" is what the machine has. */
const ADAPTER = process.env.WEBGPU_ADAPTER ?? "swiftshader";

const root = fileURLToPath(new URL("../../", import.meta.url));
const TYPES = {
	mjs: "text/javascript",
	js: "text/javascript",
	wasm: "application/wasm",
	html: "text/html",
};

let site;
let browser;

const PAGE = `<!doctype html><title>bench</title><script type="module">
import { server } from "/bench/peers/serve.mjs";
const files = {
	page: true,
	root: new URL("/data", location.href).href,
	read: async (name) => new Uint8Array(await (await fetch("/data/" + name)).arrayBuffer()),
	installed: (path) => new URL("/bench/node_modules/" + path, location.href).href,
};
const answers = new Map();
window.bench = async (id, peer, message) => {
	if (!answers.has(id)) answers.set(id, server(await import("/peer/" + peer), files));
	return await answers.get(id)(message);
};
window.forget = (id) => answers.delete(id);
</script>`;

/** A peer as one file: pages know nothing of node_modules. */
async function bundled(peer) {
	const { build } = await import("esbuild");
	const { outputFiles } = await build({
		entryPoints: [join(root, "bench/peers", `${peer}.mjs`)],
		bundle: true,
		write: false,
		format: "esm",
		platform: "browser",
		logLevel: "error",
	});
	return outputFiles[0].contents;
}

async function serveSite(data) {
	const bundles = new Map();
	const answer = async (path) => {
		if (path === "/") return PAGE;
		if (path.startsWith("/data/")) return readFile(join(data, path.slice(6)));
		if (path === "/peer/torchlet")
			return 'export * from "/bench/peers/torchlet.mjs";';
		if (path.startsWith("/peer/")) {
			const peer = path.slice(6);
			if (!bundles.has(peer)) bundles.set(peer, bundled(peer));
			return await bundles.get(peer);
		}
		return readFile(join(root, normalize(path)));
	};
	const server = createServer(async (request, response) => {
		const { pathname } = new URL(request.url, "http://localhost");
		try {
			const body = await answer(pathname);
			const type = pathname === "/" ? "html" : pathname.split(".").at(-1);
			response.writeHead(200, {
				"content-type": pathname.startsWith("/peer/")
					? TYPES.js
					: (TYPES[type] ?? "application/octet-stream"),
				// shared memory, and a clock finer than 100 µs
				"cross-origin-opener-policy": "same-origin",
				"cross-origin-embedder-policy": "require-corp",
			});
			response.end(body);
		} catch (error) {
			response.writeHead(404);
			response.end(String(error));
		}
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	server.unref();
	return `http://127.0.0.1:${server.address().port}`;
}

/** WebGPU on the adapter that the variable names; by default the software one that Debian's Chromium brings. */
const GPU = [
	"--disable-gpu-sandbox",
	"--enable-unsafe-webgpu",
	"--enable-features=Vulkan",
	...(ADAPTER === "default" ? [] : [`--use-webgpu-adapter=${ADAPTER}`]),
];

async function openBrowser() {
	const { chromium } = await import("playwright-core");
	const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
	if (!existsSync(executablePath))
		throw new UsageError(
			`there is no ${executablePath}: install Chromium, or name it in the variable CHROMIUM`,
		);
	return await chromium.launch({
		executablePath,
		args: ["--no-sandbox", "--disable-background-timer-throttling", ...GPU],
	});
}

export async function browserVersion() {
	browser ??= openBrowser();
	return (await browser).version();
}

let count = 0;

async function emptyPage(data) {
	site ??= serveSite(data);
	browser ??= openBrowser();
	const context = await (await browser).newContext();
	const page = await context.newPage();
	await page.goto(await site);
	await page.waitForFunction("window.bench");
	return { page, context, users: 0 };
}

let shared = null;

/** A peer in a page whose process it shares with no other, or with all that say `together`. */
export async function openPage(peer, data, together) {
	if (together) shared ??= emptyPage(data);
	const opened = await (together ? shared : emptyPage(data));
	const { page, context } = opened;
	const id = count++;
	opened.users++;
	return {
		ask: (message) =>
			page.evaluate((args) => window.bench(...args), [id, peer, message]),
		end: async () => {
			await page.evaluate((own) => window.forget(own), id);
			if (--opened.users > 0) return;
			if (together) shared = null;
			await context.close();
		},
	};
}

export async function closeBrowser() {
	// who wanted it has been told why there is none
	await (await browser?.catch(() => undefined))?.close();
}
