import type { Lane } from "./runner.js";

/** What a pool and its workers say to each other. */

/** First message: the network, shared or copied. */
export interface Setup {
	readonly wasm: Uint8Array | WebAssembly.Module;
	readonly plan: number;
	readonly lane: Lane;
	/** The memory itself where it is shared. */
	readonly memory: WebAssembly.Memory | null;
	/** Elsewhere the network's part of it, and its size. */
	readonly image: Uint8Array | null;
	readonly pages: number;
	/** Bytes of a row, rows of a slot, classes. */
	readonly rowBytes: number;
	readonly chunk: number;
	readonly classes: number;
}

/** Rows for a worker with a memory of its own. */
export interface Task {
	readonly rows: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly probabilities: boolean;
}

export interface Answer {
	readonly labels: Int32Array<ArrayBuffer>;
	readonly probabilities: Float32Array<ArrayBuffer> | null;
}

/** Words of a lane's control block. */
export const SUBMITTED = 0;
export const FINISHED = 1;
/** 1: the worker waits for a message. */
export const ASLEEP = 2;
/** From here on, for each slot: rows, whether probabilities are wanted. */
export const ORDERS = 3;
