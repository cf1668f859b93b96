import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, CHROMIUM_ADVICE } from "../helpers/chromium.js";
import { temporaryFolder } from "../helpers/folder.js";
import { NODE_CURRENT } from "../helpers/node-current.js";
import {
	binary,
	CHROMIUM_ARGS,
	missing,
	type Result,
	runProgram,
	serve,
	writeData,
} from "./support.js";

const data = join(temporaryFolder(), "short-mnist");

beforeAll(() => writeData(data));

afterAll(() => {
	for (const [name, why] of absent)
		console.warn(`not tested: the chapter in ${name} (${why})`);
});

const absent = new Map<string, string>();

/** With CI=true a missing runtime is a failure; elsewhere it is named at the end. */
function needs(name: string, why: string | null): boolean {
	if (why === null) return true;
	if (process.env.CI) throw new Error(why);
	absent.set(name, why);
	return false;
}

/** What every run must show, on any device. */
function checkLearning(result: Result): void {
	expect(result.error).toBeUndefined();
	expect(result.losses.length).toBe(16);
	expect(result.losses[0]).toBeCloseTo(reference.losses[0] as number, 5);
	expect(result.losses[15]).toBeLessThan(1);
	expect(result.total).toBe(200);
	expect(result.memory[3]).toBeGreaterThan(0);
	expect(result.memory[15]).toBe(result.memory[3]);
}

let reference: Result;

/** The deterministic core gives the same bits everywhere. */
function checkBits(result: Result): void {
	checkLearning(result);
	expect(result.device).toBe("cpu");
	expect(result.core).toBe("simd");
	expect(result.losses).toEqual(reference.losses);
	expect(result.correct).toBe(reference.correct);
	expect(result.hash).toBe(reference.hash);
}

/** On a GPU the same to float rounding, amplified by 16 steps. */
function checkNear(result: Result): void {
	checkLearning(result);
	expect(result.device).toBe("webgpu");
	result.losses.forEach((loss, i) => {
		expect(
			Math.abs(loss - (reference.losses[i] as number)),
			`loss ${i}`,
		).toBeLessThan(2e-4);
	});
	expect(Math.abs(result.correct - reference.correct)).toBeLessThanOrEqual(1);
}

beforeAll(async () => {
	reference = await runProgram(process.execPath, [], data, "cpu");
}, 120_000);

describe("the chapter in processes", () => {
	test("Node, on the CPU", () => {
		checkBits(reference);
		expect(reference.correct).toBeGreaterThan(130);
	});

	test("Node, on WebGPU (Dawn)", async () => {
		checkNear(await runProgram(process.execPath, [], data, "webgpu"));
	});

	test.each(["cpu", "webgpu"])("the current Node, on '%s'", async (device) => {
		const why = missing(NODE_CURRENT, "the network, for npm install");
		if (!needs("the current Node", why)) return;
		const check = device === "cpu" ? checkBits : checkNear;
		check(await runProgram(NODE_CURRENT, [], data, device));
	});

	test("Deno, on the CPU", async () => {
		const deno = binary("deno");
		if (!needs("Deno", missing(deno, "npm install"))) return;
		checkBits(await runProgram(deno, ["run", "-A"], data, "cpu"));
	});

	test("Deno, on WebGPU", async () => {
		const deno = binary("deno");
		if (!needs("Deno", missing(deno, "npm install"))) return;
		const args = ["run", "-A", "--unstable-webgpu"];
		checkNear(await runProgram(deno, args, data, "webgpu"));
	});

	test("Bun, on the CPU", async () => {
		const bun = binary("bun");
		if (!needs("Bun", missing(bun, "npm install"))) return;
		checkBits(await runProgram(bun, ["run"], data, "cpu"));
	});
});

describe("the chapter in Chromium", () => {
	let browser: Browser;
	let close: () => void = () => {};
	let url = "";

	beforeAll(async () => {
		if (!needs("Chromium", missing(CHROMIUM, CHROMIUM_ADVICE))) return;
		const served = await serve(data);
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

	async function inPage(
		page: Page,
		prefix: string,
		device: string,
		isWorker: boolean,
	): Promise<Result> {
		await page.goto(`${url}${prefix}/page.html`);
		const args = `(${JSON.stringify(prefix)}, ${JSON.stringify(device)})`;
		return page.evaluate(`(${isWorker ? WORKER : PAGE})${args}`);
	}

	// as text: these run in the page
	const PAGE = `async (prefix, device) => {
		const torch = await import(prefix + "/dist/index.js");
		const vision = await import(prefix + "/dist/vision.js");
		const { chapter, unpack } = await import(prefix + "/test/runtimes/chapter.mjs");
		torch.configure({ deterministic: true });
		const data = unpack(await (await fetch("/data")).arrayBuffer());
		return chapter(torch, vision, data, device);
	}`;
	const WORKER = `(prefix, device) => new Promise((resolve, reject) => {
		const worker = new Worker(prefix + "/test/runtimes/worker.mjs", { type: "module" });
		worker.onmessage = ({ data }) => resolve(data);
		worker.onerror = (event) => reject(new Error(event.message || "the worker failed"));
		worker.postMessage(device);
	})`;

	test.each([
		["page", "", false],
		["worker", "", true],
		["isolated page", "/isolated", false],
	] as const)("%s, on the CPU", async (_name, prefix, isWorker) => {
		if (absent.has("Chromium")) return;
		const page = await browser.newPage();
		const result = await inPage(page, prefix, "cpu", isWorker);
		checkBits(result);
		expect(result.isolated).toBe(prefix !== "");
		await page.close();
	});

	test.each([
		["page", false],
		["worker", true],
	] as const)("%s, on WebGPU", async (_name, isWorker) => {
		if (absent.has("Chromium")) return;
		const page = await browser.newPage();
		checkNear(await inPage(page, "", "webgpu", isWorker));
		await page.close();
	});

	test.each([
		["index.html", "cpu"],
		["index.html", "webgpu"],
		["worker.html", "cpu"],
	])("the example %s trains on %s", async (file, device) => {
		if (absent.has("Chromium")) return;
		const page = await browser.newPage();
		const errors: string[] = [];
		page.on("pageerror", (error) => errors.push(error.message));
		await page.goto(`${url}/examples/browser/${file}?limit=1280&epochs=1`);
		await page.selectOption("#device", device);
		await page.click("#train");
		await page.waitForFunction(
			'/accuracy|Error/.test(document.getElementById("result").textContent)',
		);
		const result = (await page.textContent("#result")) ?? "";
		const [, steps, on, accuracy] =
			/^(\d+) steps on (\w+) in .* accuracy ([\d.]+) %/.exec(result) ?? [];
		expect([steps, on], result).toEqual(["20", device]);
		// guessing gives 10 %
		expect(Number(accuracy)).toBeGreaterThan(50);
		expect(errors).toEqual([]);
		await page.close();
	});

	test.each(["index.html", "worker.html"])(
		"the example %s draws its losses while it trains",
		async (file) => {
			if (absent.has("Chromium")) return;
			const page = await browser.newPage();
			await page.goto(`${url}/examples/browser/${file}?limit=32000&epochs=2`);
			const pictures = page.evaluate(`new Promise((resolve) => {
				const seen = new Set();
				requestAnimationFrame(function look() {
					seen.add(document.getElementById("chart").toDataURL());
					const result = document.getElementById("result").textContent;
					if (/accuracy|Error/.test(result)) resolve(seen.size);
					else requestAnimationFrame(look);
				});
			})`);
			await page.click("#train");
			// the empty one and the last are no news
			expect(await pictures).toBeGreaterThan(4);
			await page.close();
		},
	);
});
