import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { setWorkerScript } from "../../src/backends/cpu/pool-member.js";
import { BASE } from "../../src/backends/cpu/runner.js";
import { TorchletError } from "../../src/errors.js";
import { decodeCompact } from "../../src/predictor/compact.js";
import {
	createPredictor,
	type PredictorOptions,
} from "../../src/predictor/entry.js";
import { Predictor } from "../../src/predictor/predictor.js";
import { INPUT, testImages, weightFile } from "./mnist.js";

const images = testImages();

/** 60,000 images: tens of milliseconds, so that a call can be met half-way. */
const many = new Uint8Array(6 * images.length);
for (let i = 0; i < 6; i++) many.set(images, i * images.length);
const open = (options: PredictorOptions) =>
	createPredictor(weightFile(), { input: INPUT, weights: "int16", ...options });

// the compiled worker: Node 20 runs no TypeScript
beforeAll(() =>
	setWorkerScript(
		new URL("../../build/js/src/backends/cpu/worker.js", import.meta.url),
	),
);

let made: Predictor[] = [];
afterEach(() => {
	for (const p of made) p.dispose();
	made = [];
	vi.unstubAllGlobals();
});

async function pooled(threads: number): Promise<Predictor> {
	const p = await open({ threads });
	made.push(p);
	expect(p.capabilities().reason).toBeNull();
	expect(p.capabilities().threads).toBe(threads);
	return p;
}

test("a worker that starts leaves alone what calls under way read", async () => {
	const p = new Predictor(decodeCompact((await pooled(1)).toBytes()), 2);
	made.push(p);
	const { memory } = p as unknown as { memory: WebAssembly.Memory };
	const tables = new Uint8Array(memory.buffer, 0, BASE);
	expect(tables.some((byte) => byte !== 0)).toBe(true);
	// what a worker wrote, zeros as well, would show
	tables.fill(7);
	await p.startPool().ready();
	expect(p.capabilities().threads).toBe(2);
	expect(tables.every((byte) => byte === 7)).toBe(true);
});

describe.each(["shared memory", "copies"] as const)("%s", (kind) => {
	const start = async (threads: number) => {
		if (kind === "copies") vi.stubGlobal("SharedArrayBuffer", undefined);
		const p = await pooled(threads);
		expect(p.capabilities().sharedMemory).toBe(kind !== "copies");
		return p;
	};

	test.each([2, 3])("%i threads give the bits of one", async (threads) => {
		const p = await start(threads);
		const want = p.predictSync(images, { probabilities: true });
		for (let i = 0; i < 3; i++)
			expect(await p.predict(images, { probabilities: true })).toEqual(want);
		for (const rows of [1, 64, 393, 512, 999, 1000, 1025, 4097]) {
			const part = images.subarray(0, rows * 784);
			const { labels } = await p.predict(part);
			expect(labels).toEqual(want.labels.subarray(0, rows));
		}
	});

	test("calls at once take turns", async () => {
		const p = await start(2);
		const want = p.predictSync(images).labels;
		const parts = [0, 1, 2, 3].map((i) =>
			images.subarray(i * 784 * 2500, (i + 1) * 784 * 2500),
		);
		const results = await Promise.all(parts.map((x) => p.predict(x)));
		results.forEach(({ labels }, i) => {
			expect(labels).toEqual(want.subarray(2500 * i, 2500 * (i + 1)));
		});
	});

	test("workers that rested wake again", async () => {
		const p = await start(2);
		const want = p.predictSync(images).labels;
		for (let i = 0; i < 3; i++) {
			await new Promise((r) => setTimeout(r, 80));
			expect((await p.predict(images)).labels).toEqual(want);
		}
	});

	test("a signal ends a call half-way, and the next is right", async () => {
		const p = await start(2);
		const controller = new AbortController();
		const labels = new Int32Array(60_000).fill(-1);
		const call = p.predict(many, { signal: controller.signal, labels });
		setTimeout(() => controller.abort());
		await expect(call).rejects.toThrow(/abort/i);
		expect(labels.at(-1)).toBe(-1);
		const after = labels.slice();
		expect((await p.predict(images)).labels).toEqual(
			p.predictSync(images).labels,
		);
		expect(labels).toEqual(after);
	});

	test("dispose ends a call", async () => {
		const p = await start(2);
		const call = p.predict(many);
		setTimeout(() => p.dispose());
		await expect(call).rejects.toThrow(/disposed/);
	});

	test("a worker that dies rejects its call and is replaced", async () => {
		const p = await start(2);
		const call = p.predict(many);
		// it has not begun yet, and hands its first rows to a dying worker
		p.startPool().members[0]?.thread?.terminate();
		const error = await call.catch((e: unknown) => e);
		expect(error).toBeInstanceOf(TorchletError);
		expect((error as Error).message).toMatch(
			/a worker ended while it computed a part of this call/,
		);
		const want = p.predictSync(images).labels;
		expect((await p.predict(images)).labels).toEqual(want);
		while (p.capabilities().threads < 2)
			await new Promise((r) => setTimeout(r, 10));
		expect((await p.predict(images)).labels).toEqual(want);
	});

	test("what wakes a worker without an order is no order", async () => {
		const p = await start(2);
		const want = p.predictSync(images).labels;
		const { memory, layout } = p as unknown as {
			memory: WebAssembly.Memory;
			layout: { lanes: { control: number }[] };
		};
		if (kind === "copies") return;
		const at = layout.lanes[1]?.control as number;
		const words = new Int32Array(memory.buffer, at, 8);
		for (let i = 0; i < 5; i++) {
			expect((await p.predict(images)).labels).toEqual(want);
			// it naps for a while after an order
			const end = performance.now() + 5;
			while (performance.now() < end) Atomics.notify(words, 0);
		}
	});

	test("a worker that dies between calls is replaced", async () => {
		const p = await start(2);
		p.startPool().members[0]?.thread?.terminate();
		const want = p.predictSync(images).labels;
		while (p.capabilities().threads === 2)
			await new Promise((r) => setTimeout(r, 1));
		expect((await p.predict(images)).labels).toEqual(want);
		while (p.capabilities().threads < 2)
			await new Promise((r) => setTimeout(r, 10));
		expect((await p.predict(images)).labels).toEqual(want);
	});
});

test("a pool that cannot start leaves the work to the caller, and says why", async () => {
	setWorkerScript(new URL("./no-such-worker.js", import.meta.url));
	const p = await open({ threads: 2 });
	made.push(p);
	expect(p.capabilities().threads).toBe(1);
	expect(p.capabilities().reason).toMatch(/no-such-worker/);
	expect((await p.predict(images)).labels).toEqual(
		p.predictSync(images).labels,
	);
	setWorkerScript(
		new URL("../../build/js/src/backends/cpu/worker.js", import.meta.url),
	);
});

test("'auto' starts no worker for small work", async () => {
	const p = await open({});
	made.push(p);
	for (const rows of [1, 64, 300])
		await p.predict(images.subarray(0, 784 * rows));
	expect(p.capabilities().threads).toBe(1);
});

test("a module that is handed in later leaves those before it their threads", async () => {
	vi.resetModules();
	const { setWorkerScript } = await import(
		"../../src/backends/cpu/pool-member.js"
	);
	setWorkerScript(
		new URL("../../build/js/src/backends/cpu/worker.js", import.meta.url),
	);
	const { createPredictor } = await import("../../src/predictor/entry.js");
	const options = { input: INPUT, weights: "int16", threads: 2 } as const;
	const before = await createPredictor(weightFile(), {
		...options,
		threads: "auto",
	});
	const file = new URL("../../build/predictor.wasm", import.meta.url);
	const wasmModule = new WebAssembly.Module(readFileSync(file));
	const after = await createPredictor(weightFile(), { ...options, wasmModule });
	made.push(before, after);
	await before.startPool().ready();
	for (const [p, sharedMemory] of [
		[before, true],
		[after, false],
	] as const) {
		expect(p.capabilities()).toMatchObject({ sharedMemory, reason: null });
		expect((await p.predict(images)).labels).toEqual(
			p.predictSync(images).labels,
		);
	}
});
