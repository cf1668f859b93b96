/** A pool's worker: one instance of the module, one lane. Runs as a module of its own. */
import { parentPort } from "../../platform/workers.js";
import {
	type Answer,
	ASLEEP,
	FINISHED,
	ORDERS,
	type Setup,
	SUBMITTED,
	type Task,
} from "./pool-protocol.js";
import { newMemory, newRunner, runSlot, useModule } from "./runner.js";
import { joinedRunner } from "./shared-runner.js";

/** Checks before the thread lays itself to sleep: some tens of microseconds. */
const SPINS = 2000;
/** Milliseconds asleep within reach of the next order. */
const NAP = 20;

const port = parentPort();

/** Of the module, unless it was handed in. */
function bytesOf({ wasm }: Setup): () => Uint8Array {
	if (wasm instanceof WebAssembly.Module) useModule(wasm);
	return () => wasm as Uint8Array;
}

/** Orders come through the shared memory; returns when none came for a while. */
function serveShared(setup: Setup, memory: WebAssembly.Memory): () => void {
	const { plan, lane } = setup;
	const runner = joinedRunner(setup.wasm as Uint8Array, memory);
	const control = new Int32Array(memory.buffer, lane.control, 8);
	let finished = Atomics.load(control, FINISHED);
	/** There are two at most: more are those of another worker in this one's place. */
	const orders = () => (Atomics.load(control, SUBMITTED) - finished) >>> 0;

	function hasOrder(): boolean {
		for (let i = 0; i < SPINS; i++) if (orders() > 0) return true;
		Atomics.wait(control, SUBMITTED, finished, NAP);
		// not what `wait` says: the notice of an order that was seen already wakes too
		return orders() > 0;
	}

	return () => {
		for (;;) {
			while (hasOrder()) {
				if (orders() > 2) return;
				const s = finished & 1;
				runSlot(
					runner,
					plan,
					lane,
					lane.slots[s as 0 | 1],
					control[ORDERS + 2 * s] as number,
					control[ORDERS + 2 * s + 1] === 1,
				);
				if (orders() > 2) return;
				finished = (finished + 1) | 0;
				Atomics.store(control, FINISHED, finished);
			}
			Atomics.store(control, ASLEEP, 1);
			if (orders() === 0) return;
			Atomics.store(control, ASLEEP, 0);
		}
	};
}

/** Orders and answers travel as messages. */
function serveCopies(setup: Setup, image: Uint8Array): (task: Task) => void {
	const { plan, lane, rowBytes, chunk, classes } = setup;
	const memory = newMemory(setup.pages, false);
	const bytes = new Uint8Array(memory.buffer);
	bytes.set(image);
	const runner = newRunner(bytesOf(setup), memory);
	const slot = lane.slots[0];
	const rowLabels = new Int32Array(memory.buffer, slot.labels, chunk);
	const rowProbabilities = new Float32Array(
		memory.buffer,
		slot.probabilities,
		chunk * classes,
	);
	return (task) => {
		const labels = new Int32Array(task.rows);
		const probabilities = task.probabilities
			? new Float32Array(task.rows * classes)
			: null;
		for (let at = 0; at < task.rows; at += chunk) {
			const rows = Math.min(chunk, task.rows - at);
			const from = at * rowBytes;
			bytes.set(task.bytes.subarray(from, from + rows * rowBytes), slot.x);
			runSlot(runner, plan, lane, slot, rows, task.probabilities);
			labels.set(rowLabels.subarray(0, rows), at);
			probabilities?.set(
				rowProbabilities.subarray(0, rows * classes),
				at * classes,
			);
		}
		const answer: Answer = { labels, probabilities };
		const transfer: ArrayBuffer[] = [labels.buffer];
		if (probabilities) transfer.push(probabilities.buffer);
		port.post(answer, transfer);
	};
}

let serve: ((message: never) => void) | null = null;

port.listen((message) => {
	if (serve) {
		serve(message as never);
		return;
	}
	const setup = message as Setup;
	serve = setup.memory
		? serveShared(setup, setup.memory)
		: serveCopies(setup, setup.image as Uint8Array);
	port.post("ready");
	if (setup.memory) serve(null as never);
});
