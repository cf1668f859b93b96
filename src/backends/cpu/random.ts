import { FormatError } from "../../errors.js";
import type { RandomSource, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf } from "./strides.js";

export interface RandomExports {
	randomBytes(): number;
	randomSeed(s: number, seed: number): void;
	random32(s: number): number;
	randomUniform(
		s: number,
		y: number,
		n: number,
		from: number,
		to: number,
	): void;
	randomNormal(
		s: number,
		y: number,
		n: number,
		mean: number,
		std: number,
	): void;
	randomInt(s: number, y: number, n: number, low: number, range: number): void;
	randomPermutation(s: number, y: number, n: number): void;
	randomBernoulli(s: number, y: number, n: number, p: number): void;
	randomExponential(s: number, y: number, n: number, lambd: number): void;
}

/** Words of the Mersenne Twister, and the fields behind them in the core's block. */
const WORDS = 624;
const LEFT = 2496;
const NEXT = 2500;
const WAITS = 2504;
const WAITING = 2512;

/** PyTorch's `default_rng_seed_val`. */
const DEFAULT_SEED = 67280421310721;

/**
 * A saved state has the layout of PyTorch's `get_rng_state()`, a C struct:
 * initial seed, left, seeded, next, each word in 8 bytes, three float64 and a
 * flag for the waiting normal value, then the same for float32, unused.
 */
const STATE_BYTES = 5056;
const STATE = {
	left: 8,
	seeded: 12,
	next: 16,
	words: 24,
	waiting: 24 + WORDS * 8 + 8,
	waits: 24 + WORDS * 8 + 24,
} as const;

/** PyTorch's CPU generator, whose state is a block of the core's memory. */
export class CpuRandom implements RandomSource {
	private readonly core: Core;
	private readonly bytes: number;
	private block: number;
	private initialSeed = 0;

	constructor(core: Core, seed = DEFAULT_SEED) {
		this.core = core;
		this.bytes = core.x.randomBytes();
		this.block = core.allocOwn(this.bytes);
		this.seed(seed);
	}

	seed(seed: number): void {
		this.initialSeed = seed;
		this.core.x.randomSeed(this.block, seed >>> 0);
	}

	random32(): number {
		return this.core.x.random32(this.block) >>> 0;
	}

	uniform(y: View, from: number, to: number): void {
		const n = y.layout.numel;
		this.core.x.randomUniform(this.block, addressOf(y), n, from, to);
	}

	normal(y: View, mean: number, std: number): void {
		const n = y.layout.numel;
		this.core.x.randomNormal(this.block, addressOf(y), n, mean, std);
	}

	randint(y: View, low: number, high: number): void {
		const n = y.layout.numel;
		this.core.x.randomInt(this.block, addressOf(y), n, low, high - low);
	}

	randperm(y: View): void {
		const n = y.layout.numel;
		this.core.x.randomPermutation(this.block, addressOf(y), n);
	}

	bernoulli(y: View, p: number): void {
		const n = y.layout.numel;
		this.core.x.randomBernoulli(this.block, addressOf(y), n, p);
	}

	exponential(y: View, lambd: number): void {
		const n = y.layout.numel;
		this.core.x.randomExponential(this.block, addressOf(y), n, lambd);
	}

	getState(): Uint8Array {
		const own = this.view();
		const state = new DataView(new ArrayBuffer(STATE_BYTES));
		state.setBigUint64(0, BigInt(Math.trunc(this.initialSeed)), true);
		state.setInt32(STATE.left, own.getInt32(LEFT, true), true);
		state.setInt32(STATE.seeded, 1, true);
		state.setInt32(STATE.next, own.getInt32(NEXT, true), true);
		for (let i = 0; i < WORDS; i++)
			state.setUint32(STATE.words + 8 * i, own.getUint32(4 * i, true), true);
		if (own.getInt32(WAITS, true)) {
			state.setFloat64(STATE.waiting, own.getFloat64(WAITING, true), true);
			state.setInt32(STATE.waits, 1, true);
		}
		return new Uint8Array(state.buffer);
	}

	/** @throws FormatError if it is no state, having changed nothing */
	setState(bytes: Uint8Array): void {
		if (bytes.length !== STATE_BYTES)
			throw new FormatError(
				`Expected a CPU generator state of ${STATE_BYTES} bytes but found ${bytes.length}`,
			);
		const state = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		const left = state.getInt32(STATE.left, true);
		const next = state.getInt32(STATE.next, true);
		if (
			left < 1 ||
			left > WORDS ||
			next < 0 ||
			next > WORDS ||
			(left > 1 && next + left !== WORDS + 1)
		)
			throw new FormatError("Invalid mt19937 state");
		const own = this.view();
		this.initialSeed = Number(state.getBigInt64(0, true));
		own.setInt32(LEFT, left, true);
		own.setInt32(NEXT, next, true);
		for (let i = 0; i < WORDS; i++)
			own.setUint32(4 * i, state.getUint32(STATE.words + 8 * i, true), true);
		own.setInt32(WAITS, state.getInt32(STATE.waits, true) ? 1 : 0, true);
		own.setFloat64(WAITING, state.getFloat64(STATE.waiting, true), true);
	}

	dispose(): void {
		if (this.block) this.core.freeOwn(this.block, this.bytes);
		this.block = 0;
	}

	private view(): DataView {
		return new DataView(this.core.x.memory.buffer, this.block, this.bytes);
	}
}
