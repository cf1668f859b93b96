/** The module of assembly/predictor.ts over one memory. */
import { TorchletError } from "../../errors.js";

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
	/** Multiplies rows of floats in place; their sums before go to `sums`, 64 bits each. */
	foldRows(
		x: number,
		rows: number,
		count: number,
		scale: number,
		sums: number,
	): void;
	/** Rows of floats to columns with lines `stride` bytes apart; sums of 32 bits. */
	packRows(
		x: number,
		rows: number,
		count: number,
		to: number,
		stride: number,
		sums: number,
	): void;
	/** Rows of floats to whole 16-bit numbers; factors of 32 bits. */
	quantiseRows(
		x: number,
		rows: number,
		count: number,
		to: number,
		largest: number,
		room: number,
		scales: number,
	): void;
	/** As `packRows`, of 16-bit numbers in pairs. */
	packPairs(
		x: number,
		rows: number,
		count: number,
		to: number,
		stride: number,
		sums: number,
	): void;
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

/** The module for memory of one's own, where it was handed in. */
let given: WebAssembly.Module | null = null;

/**
 * From now on nothing is compiled, and no memory is shared: a module says which of
 * both it is for.
 * @throws TorchletError if it is another module
 */
export function useModule(module: WebAssembly.Module): void {
	if (
		!(module instanceof WebAssembly.Module) ||
		!WebAssembly.Module.exports(module).some(({ name }) => name === "packPairs")
	)
		throw new TorchletError(
			"createPredictor: wasmModule must be the WebAssembly.Module of torchlet/predictor.wasm",
		);
	given = module;
}

export const givenModule = (): WebAssembly.Module | null => given;

export const canShareMemory = (): boolean =>
	typeof SharedArrayBuffer !== "undefined" && !given;

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
export function compile(wasm: Uint8Array, shared: boolean): WebAssembly.Module {
	const bytes = wasm.slice();
	if (shared) {
		// …"env", 6, "memory", 2 (a memory), flags: bit 0 has a maximum, 1 shared
		const name = [..."memory"].map((c) => c.charCodeAt(0));
		let at = 8;
		while (!name.every((c, i) => bytes[at + i] === c)) at++;
		bytes[at + 7] = 3;
	}
	try {
		return new WebAssembly.Module(bytes);
	} catch (cause) {
		throw new TorchletError(
			"WebAssembly cannot be compiled here: hand in torchlet/predictor.wasm as the option wasmModule",
			{ cause },
		);
	}
}

/** An instance over `memory`. */
export function newRunner(
	wasm: () => Uint8Array,
	memory: WebAssembly.Memory,
): RunnerExports {
	const shared = isShared(memory);
	const kind = shared ? 1 : 0;
	let module = given ?? modules[kind];
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
