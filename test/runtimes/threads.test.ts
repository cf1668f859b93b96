import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, CHROMIUM_ADVICE } from "../helpers/chromium.js";
import { binary, CHROMIUM_ARGS, missing, PROJECT, serve } from "./support.js";

interface Result {
	readonly one: number[];
	readonly early: number[];
	readonly two: number[];
	readonly resized: number[][];
	readonly threads: number;
	readonly threadsReason: string | null;
}

interface ProgramResult extends Result {
	readonly reservedBytes: number;
	readonly full: { readonly error: string; readonly blocks: number };
	/** Pages of the shared memory. */
	readonly initial: number;
	readonly maximum: number;
}

/** With CI=true a missing runtime is a failure; elsewhere it is told. */
function needs(why: string | null): boolean {
	if (why === null) return true;
	if (process.env.CI) throw new Error(why);
	console.warn(`not tested: ${why}`);
	return false;
}

function checkBits({ one, early, two, resized }: Result): void {
	expect(one).toHaveLength(14);
	expect(one.every(Number.isFinite)).toBe(true);
	expect(early).toEqual(one);
	expect(two).toEqual(one);
	for (const values of resized) expect(values).toEqual(one);
}

function checkThreads(result: Result): void {
	checkBits(result);
	expect(result.threadsReason).toBeNull();
	expect(result.threads).toBe(2);
}

function checkProgram(result: ProgramResult): void {
	checkThreads(result);
	expect(result.reservedBytes).toBeLessThan(2 ** 26);
	expect(result.full).toEqual({ error: "OutOfMemoryError", blocks: 3 });
}

/** What the program prints, once it has ended by itself. */
function run(command: string, args: readonly string[]): Promise<ProgramResult> {
	const dist = pathToFileURL(join(PROJECT, "dist")).href;
	const program = join(PROJECT, "test/runtimes/threads.mjs");
	return new Promise((resolve, reject) => {
		const child = spawn(command, [...args, program, dist], {
			timeout: 50_000,
			killSignal: "SIGKILL",
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
		child.on("close", (code, signal) => {
			if (code === 0) resolve(JSON.parse(out));
			else reject(new Error(`it ended with ${code ?? signal}: ${out}${err}`));
		});
	});
}

describe("two threads in processes that end by themselves", () => {
	test("Node", async () => {
		const result = await run(process.execPath, []);
		checkProgram(result);
		expect(result.initial).toBeLessThan(1000);
	});

	test("Deno", async () => {
		const deno = binary("deno");
		if (!needs(missing(deno, "npm install"))) return;
		const result = await run(deno, ["run", "-A"]);
		checkProgram(result);
		// V8 without a trap handler reads the size of one that can grow at each access
		expect(result.initial).toBe(result.maximum);
	});

	test("Bun", async () => {
		const bun = binary("bun");
		if (!needs(missing(bun, "npm install"))) return;
		checkProgram(await run(bun, ["run"]));
	});
});

describe("two threads in Chromium", () => {
	let browser: Browser | undefined;
	let close: () => void = () => {};
	let url = "";

	beforeAll(async () => {
		if (!needs(missing(CHROMIUM, CHROMIUM_ADVICE))) return;
		const served = await serve("");
		url = served.url;
		close = () => served.server.close();
		browser = await chromium.launch({
			executablePath: CHROMIUM,
			args: CHROMIUM_ARGS,
		});
	}, 120_000);

	afterAll(async () => {
		await browser?.close();
		close();
	});

	// as text: these run in the page
	const PAGE = `async (prefix, isPatient) => {
		const torch = await import(prefix + "/dist/index.js");
		const { oneAndTwo } = await import(prefix + "/test/runtimes/threads.mjs");
		return oneAndTwo(torch, isPatient);
	}`;
	const WORKER = `(prefix) => new Promise((resolve, reject) => {
		const worker = new Worker(prefix + "/test/runtimes/threads-worker.mjs", { type: "module" });
		worker.onmessage = ({ data }) => resolve(data);
		worker.onerror = (event) => reject(new Error(event.message || "the worker failed"));
	})`;

	async function inPage(
		program: string,
		prefix: string,
		isPatient: boolean,
	): Promise<Result | null> {
		if (!browser) return null;
		const page = await browser.newPage();
		await page.goto(`${url}${prefix}/page.html`);
		const args = `(${JSON.stringify(prefix)}, ${isPatient})`;
		const result = await page.evaluate(`(${program})${args}`);
		await page.close();
		return result as Result;
	}

	test("an isolated page", async () => {
		const result = await inPage(PAGE, "/isolated", true);
		if (result) checkThreads(result);
	});

	test("a worker of an isolated page", async () => {
		const result = await inPage(WORKER, "/isolated", true);
		if (result) checkThreads(result);
	});

	test("a page without isolation does it on its own, and says so", async () => {
		const result = await inPage(PAGE, "", false);
		if (!result) return;
		checkBits(result);
		expect(result.threads).toBe(1);
		expect(result.threadsReason).toMatch(/cross-origin isolated/);
	});
});
