// What a machine's processors give two threads: arithmetic that shares nothing, products
// that stay in the L1 cache of each; and how long a word takes from one to the other. Two
// virtual processors may be one real one's for seconds, or those of two caches.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** Products in a repetition: about a millisecond. */
const PRODUCTS = 320;
const SIZE = 40;

/** Words that go to and fro in a repetition, and where: each has its own cache line. */
const WORDS = 1000;
const THERE = 0;
const BACK = 32;

function products() {
	const file = new URL("../../dist/core.wasm", import.meta.url);
	const module = new WebAssembly.Module(readFileSync(file));
	const { exports: x } = new WebAssembly.Instance(module, { env: {} });
	const [a, b, y] = [0, 1, 2].map(() => x.alloc(SIZE * SIZE * 4) >>> 0);
	const work = x.alloc(x.gemmWorkspace(SIZE, SIZE, SIZE, 0)) >>> 0;
	const [row, sides] = [SIZE * 4, [SIZE, SIZE, SIZE]];
	return (count) => {
		for (let i = 0; i < count; i++)
			x.gemm(a, row, 4, b, row, 4, y, row, 4, 0, 0, ...sides, 0, work);
	};
}

/** Sends back each number that comes, up to the last one. */
function sendBack(words, last) {
	for (let i = words[BACK] + 1; i <= last; i++) {
		while (Atomics.load(words, THERE) !== i);
		Atomics.store(words, BACK, i);
	}
}

if (!isMainThread) {
	const multiply = products();
	parentPort.postMessage("ready");
	parentPort.on("message", ({ count, words, last }) => {
		if (words) sendBack(words, last);
		else multiply(count);
		parentPort.postMessage(null);
	});
}

/** Workers that are there: who waits for one by turning round may keep it from starting. */
async function startWorkers(count) {
	const workers = Array.from(
		{ length: count },
		() => new Worker(new URL(import.meta.url)),
	);
	await Promise.all(workers.map((worker) => once(worker, "message")));
	return workers;
}

export const about = () => ({ version: "" });

export const tasks = {
	async arithmetic(_, { threads = 1 }) {
		const multiply = products();
		const workers = await startWorkers(threads - 1);
		const run = async (n) => {
			const share = Math.round((n * PRODUCTS) / threads);
			const others = workers.map((worker) => once(worker, "message"));
			for (const worker of workers) worker.postMessage({ count: share });
			multiply(share);
			await Promise.all(others);
		};
		return { answer: async () => [], run };
	},

	async handover() {
		const [worker] = await startWorkers(1);
		const words = new Int32Array(new SharedArrayBuffer(256));
		const run = async (n) => {
			const last = words[BACK] + n * WORDS;
			const other = once(worker, "message");
			worker.postMessage({ words, last });
			for (let i = words[BACK] + 1; i <= last; i++) {
				Atomics.store(words, THERE, i);
				while (Atomics.load(words, BACK) !== i);
			}
			await other;
		};
		return { answer: async () => [], run };
	},
};
