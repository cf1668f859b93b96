// What a machine's processors give threads that share nothing: products that stay in the
// L1 cache of each. Two virtual processors may be one real one's for seconds.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** Products in a repetition: about a millisecond. */
const PRODUCTS = 320;
const SIZE = 40;

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

if (!isMainThread) {
	const multiply = products();
	parentPort.on("message", (count) => {
		multiply(count);
		parentPort.postMessage(count);
	});
}

export const about = () => ({ version: "" });

export const tasks = {
	async arithmetic(_, { threads = 1 }) {
		const multiply = products();
		const workers = Array.from(
			{ length: threads - 1 },
			() => new Worker(new URL(import.meta.url)),
		);
		const run = async (n) => {
			const share = Math.round((n * PRODUCTS) / threads);
			const others = workers.map((worker) => once(worker, "message"));
			for (const worker of workers) worker.postMessage(share);
			multiply(share);
			await Promise.all(others);
		};
		return { answer: async () => [], run };
	},
};
