import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, CHROMIUM_ADVICE } from "../helpers/chromium.js";
import { binary, CHROMIUM_ARGS, missing, PROJECT, serve } from "./support.js";

interface Result {
	readonly threads: number;
	readonly sharedMemory: boolean;
	readonly reason: string | null;
	/** Threads after a worker died. */
	readonly replaced: number;
	/** What was not as on one thread. */
	readonly failures: readonly string[];
}

const WEIGHTS = "fixtures/pth/mnist-mlp.pth";

/** With CI=true a missing runtime is a failure; elsewhere it is told. */
function needs(why: string | null): boolean {
	if (why === null) return true;
	if (process.env.CI) throw new Error(why);
	console.warn(`not tested: ${why}`);
	return false;
}

/** What the program prints, once it has ended by itself. */
function run(command: string, args: readonly string[]): Result {
	const program = join(PROJECT, "test/runtimes/predictor.mjs");
	const dist = pathToFileURL(join(PROJECT, "dist")).href;
	const all = [...args, program, dist, join(PROJECT, WEIGHTS)];
	return JSON.parse(
		execFileSync(command, all, { encoding: "utf8", timeout: 60_000 }),
	);
}

const THREE = {
	threads: 3,
	sharedMemory: true,
	reason: null,
	replaced: 3,
	failures: [],
};

describe("a predictor on three threads gives what one gives", () => {
	test("Node", () => {
		expect(run(process.execPath, [])).toEqual(THREE);
	});

	test("Deno", () => {
		const deno = binary("deno");
		if (!needs(missing(deno, "npm install"))) return;
		expect(run(deno, ["run", "-A"])).toEqual(THREE);
	});

	test("Bun", () => {
		const bun = binary("bun");
		if (!needs(missing(bun, "npm install"))) return;
		expect(run(bun, ["run"])).toEqual(THREE);
	});
});

describe("in Chromium", () => {
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

	async function inPage(prefix: string): Promise<Result | null> {
		if (!browser) return null;
		const page = await browser.newPage();
		await page.goto(`${url}${prefix}/page.html`);
		// as text: it runs in the page
		const result = await page.evaluate(`(async (prefix) => {
			const entry = await import(prefix + "/dist/predictor.js");
			const { served } = await import(prefix + "/test/runtimes/predictor.mjs");
			const file = await fetch(prefix + "/${WEIGHTS}");
			return served(entry, await file.arrayBuffer());
		})(${JSON.stringify(prefix)})`);
		await page.close();
		return result as Result;
	}

	/** A page is not told when a worker ends: none is missed, none replaced. */
	test("an isolated page", async () => {
		const found = await inPage("/isolated");
		if (found) expect(found).toEqual(THREE);
	});

	test("a page without isolation, by copies", async () => {
		const found = await inPage("");
		if (found) expect(found).toEqual({ ...THREE, sharedMemory: false });
	});
});
