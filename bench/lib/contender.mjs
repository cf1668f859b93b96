import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { UsageError } from "./options.mjs";
import { browserVersion, openPage } from "./page.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);

/** Bun's own binary: its npm package moves it to itself, if install scripts may run. */
function bun() {
	const kind = `bun-${process.platform}-${process.arch}`;
	const paths = [`@oven/${kind}/bin/bun`, ".bin/bun"].map((path) =>
		here(`../../node_modules/${path}`),
	);
	return paths.find(existsSync) ?? "bun";
}

/** The command that runs a module in a runtime. */
function launcher(runtime, flags) {
	if (runtime === "bun") return [bun(), "run"];
	if (runtime !== "deno") return [process.execPath, ...flags];
	// Deno's starter finds and unpacks its binary
	const deno = require.resolve("deno/bin.cjs");
	return [process.execPath, deno, "run", "-A", "--unstable-webgpu"];
}

/**
 * A runtime with its version.
 * @throws UsageError if it is not here
 */
export async function runtimeName(runtime) {
	if (runtime === "node") return runtime;
	if (runtime === "page") return `Chromium ${await browserVersion()}`;
	const parts = launcher(runtime, []);
	const [command, ...args] = parts.slice(0, parts.indexOf("run"));
	try {
		const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
		const text = execFileSync(command, [...args, "--version"], options);
		return `${runtime} ${/\d+\.[\w.]+/.exec(text)[0]}`;
	} catch {
		throw new UsageError(
			`there is no ${runtime} here: npm ci brings it, with its optional packages`,
		);
	}
}

/** The first python3 that has PyTorch; Debian's is not always the first in the path. */
function python() {
	const { PYTHON } = process.env;
	if (PYTHON) return PYTHON;
	const has =
		"import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
	const found = (path) =>
		spawnSync(path, ["-c", has], { stdio: "ignore" }).status === 0;
	return ["python3", "/usr/bin/python3"].find(found) ?? "python3";
}

/** The software adapter for WebGPU that Debian's Chromium brings. */
const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** One thread, and none of the variables that would choose other kernels. */
function environment(data) {
	const env = {
		...(existsSync(SOFTWARE) && { VK_ICD_FILENAMES: SOFTWARE }),
		DENO_WEBGPU_BACKEND: "vulkan",
		...process.env,
		BENCH_DATA: data,
		OMP_NUM_THREADS: "1",
	};
	if (process.env.WEBGPU_ADAPTER === "default") delete env.VK_ICD_FILENAMES;
	delete env.OPENBLAS_CORETYPE;
	delete env.OPENBLAS_L2_SIZE;
	return env;
}

/** @returns {ask(message), end()} for a process that answers a line with a line */
function openProcess([command, ...args], env) {
	const child = spawn(command, args, {
		env,
		stdio: ["pipe", "pipe", "pipe"],
	});
	let complaint = "";
	child.stderr.on("data", (text) => {
		complaint = `${complaint}${text}`.slice(-2000);
	});
	const failed = new Promise((_, reject) => child.once("error", reject));
	failed.catch(() => {});
	child.stdin.on("error", () => {});
	const lines = createInterface({ input: child.stdout })[
		Symbol.asyncIterator
	]();
	return {
		ask: async (message) => {
			child.stdin.write(`${JSON.stringify(message)}\n`);
			const { value, done } = await Promise.race([lines.next(), failed]);
			if (done) throw new Error(`it ended: ${complaint.trim()}`);
			const reply = JSON.parse(value);
			if (reply.error) throw new Error(reply.error);
			return reply.value;
		},
		end: () => child.kill(),
	};
}

/** Peers that are native code: the same in any runtime. */
const NATIVE = new Set(["pytorch", "onnxruntime-node", "tfjs-node"]);

/**
 * Starts a contender and opens its task.
 *
 * @param contender {peer, task, options, flags, runtime}
 * @param where {runtime, data, together}: the runtime of all that is not native
 * and names none of its own; whether they share a page
 */
export async function openContender(contender, where) {
	const { data, together } = where;
	const {
		peer,
		task,
		options,
		flags = [],
		runtime = where.runtime,
	} = contender;
	const env = environment(data);
	let channel;
	if (peer === "pytorch") {
		channel = openProcess([python(), here("../peers/pytorch.py")], env);
	} else if (runtime === "page" && !NATIVE.has(peer)) {
		channel = await openPage(peer, data, together);
	} else {
		const start = launcher(NATIVE.has(peer) ? "node" : runtime, flags);
		channel = openProcess([...start, here("../peers/main.mjs"), peer], env);
	}
	try {
		const about = await channel.ask({ ask: "open", task, options });
		return { about, ask: channel.ask, end: channel.end };
	} catch (error) {
		await channel.end();
		throw error;
	}
}
