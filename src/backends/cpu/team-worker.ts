/** A team's worker: an instance over the core's memory. Runs as a module of its own. */
import { parentPort } from "../../platform/workers.js";
import type { CoreExports } from "./core.js";
import {
	ARGUMENT_COUNTS,
	ARGUMENTS,
	ASLEEP,
	CANCELLED,
	CLOSED,
	CONTROL_WORDS,
	FAILED,
	FINISHED,
	KERNEL,
	ORDERED,
	READY,
	RESULT,
	runKernel,
	type TeamSetup,
} from "./team-protocol.js";

/** Milliseconds awake after an order: longer than a training step's small work lasts. */
const AWAKE = 0.5;
/** Looks at the order's number between looks at the clock. */
const LOOKS = 500;

const port = parentPort();

function instantiate({ module, memory, area }: TeamSetup): CoreExports {
	const compiled =
		module instanceof WebAssembly.Module
			? module
			: new WebAssembly.Module(module);
	const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
	const x = exports as unknown as CoreExports;
	x.useArea(area);
	return x;
}

/** Until the order's number is another, or soon after it is. */
function nextOrder(words: Int32Array, last: number): void {
	const end = performance.now() + AWAKE;
	do
		for (let i = 0; i < LOOKS; i++)
			if (Atomics.load(words, ORDERED) !== last) return;
	while (performance.now() < end);
	Atomics.store(words, ASLEEP, 1);
	Atomics.wait(words, ORDERED, last);
	Atomics.store(words, ASLEEP, 0);
}

function serve(setup: TeamSetup): void {
	const { memory, control } = setup;
	const words = new Int32Array(memory.buffer, control, CONTROL_WORDS);
	const argumentsOf = ARGUMENT_COUNTS.map((n) => new Array<number>(n).fill(0));
	const x = instantiate(setup);
	let last = Atomics.load(words, FINISHED);
	Atomics.store(words, READY, 1);
	for (;;) {
		nextOrder(words, last);
		const order = Atomics.load(words, ORDERED);
		if (Atomics.load(words, CLOSED)) return;
		if (order === last) continue;
		let result = FAILED;
		if (Atomics.load(words, CANCELLED) !== order)
			try {
				const kernel = words[KERNEL] as number;
				const args = argumentsOf[kernel] as number[];
				for (let i = 0; i < args.length; i++)
					args[i] = words[ARGUMENTS + i] as number;
				result = runKernel(x, kernel, args) ? 1 : 0;
			} catch {
				// operands of an order that was cancelled may be anything by now
			}
		words[RESULT] = result;
		last = order;
		Atomics.store(words, FINISHED, order);
	}
}

port.listen((setup) => {
	serve(setup as TeamSetup);
	port.post("closed");
});
