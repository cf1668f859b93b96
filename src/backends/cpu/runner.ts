/** The module of assembly/predictor.ts over one memory. */

/** Where one thread works, as addresses. */
export interface Lane {
	/** Address of the record that the module reads. */
	readonly work: number;
	/** Eight words through which a pool's threads talk. */
	readonly control: number;
	/** Rows in, labels and probabilities out: two turns' worth. */
	readonly slots: readonly [Slot, Slot];
}

export interface Slot {
	readonly x: number;
	readonly labels: number;
	readonly probabilities: number;
}

export interface RunnerExports {
	/** Once for each memory. */
	start(): void;
	base(): number;
	/** Multiplies floats in place and gives their sum before. */
	foldRow(x: number, count: number, scale: number): number;
	/** Copies floats to places `stride` bytes apart. */
	packRow(x: number, count: number, to: number, stride: number): void;
	/** Floats to whole 16-bit numbers; gives the factor. */
	quantiseRow(
		x: number,
		count: number,
		to: number,
		largest: number,
		room: number,
	): number;
	/** Copies 16-bit numbers in pairs to places `stride` bytes apart; gives their sum. */
	packPairs(x: number, count: number, to: number, stride: number): number;
	predict(
		plan: number,
		work: number,
		x: number,
		rows: number,
		labels: number,
		probabilities: number,
	): void;
}

/** Below are the module's own constants. */
export const BASE = 8192;

export const canShareMemory = (): boolean =>
	typeof SharedArrayBuffer !== "undefined";

export function newMemory(pages: number, shared: boolean): WebAssembly.Memory {
	return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}

export function isShared(memory: WebAssembly.Memory): boolean {
	return !(memory.buffer instanceof ArrayBuffer);
}

/** Compiled once: for memory of one's own, for shared memory. */
const modules: [WebAssembly.Module?, WebAssembly.Module?] = [];

/**
 * A module says in the flags of its import whether its memory is shared: the
 * one bit in which two builds would differ.
 */
function compile(wasm: Uint8Array, shared: boolean): WebAssembly.Module {
	const bytes = wasm.slice();
	if (shared) {
		// …"env", 6, "memory", 2 (a memory), flags: bit 0 has a maximum, 1 shared
		const name = [..."memory"].map((c) => c.charCodeAt(0));
		let at = 8;
		while (!name.every((c, i) => bytes[at + i] === c)) at++;
		bytes[at + 7] = 3;
	}
	return new WebAssembly.Module(bytes);
}

/** An instance over `memory`. */
export function newRunner(
	wasm: () => Uint8Array,
	memory: WebAssembly.Memory,
): RunnerExports {
	const shared = isShared(memory);
	const kind = shared ? 1 : 0;
	let module = modules[kind];
	if (module === undefined) {
		module = compile(wasm(), shared);
		modules[kind] = module;
	}
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	const runner = exports as unknown as RunnerExports;
	runner.start();
	return runner;
}

/** Runs the rows in a slot. */
export function runSlot(
	runner: RunnerExports,
	plan: number,
	lane: Lane,
	slot: Slot,
	rows: number,
	probabilities: boolean,
): void {
	runner.predict(
		plan,
		lane.work,
		slot.x,
		rows,
		slot.labels,
		probabilities ? slot.probabilities : 0,
	);
}
