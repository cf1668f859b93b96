import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

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
let answer;
window.bench = async (message) => {
	answer ??= server(await import("/peer/" + new URLSearchParams(location.search).get("peer")), files);
	return await answer(message);
};
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

async function openBrowser() {
	const { chromium } = await import("playwright-core");
	const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
	return await chromium.launch({
		executablePath,
		args: ["--no-sandbox", "--disable-background-timer-throttling"],
	});
}

export async function browserVersion() {
	browser ??= openBrowser();
	return (await browser).version();
}

/** A peer in a page whose process it shares with no other. */
export async function openPage(peer, data) {
	site ??= serveSite(data);
	browser ??= openBrowser();
	const context = await (await browser).newContext();
	const page = await context.newPage();
	await page.goto(`${await site}/?peer=${peer}`);
	await page.waitForFunction("window.bench");
	return {
		ask: (message) => page.evaluate((m) => window.bench(m), message),
		end: () => context.close(),
	};
}

export async function closeBrowser() {
	await (await browser)?.close();
}
