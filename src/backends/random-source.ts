import type { View } from "./view.js";

/**
 * PyTorch's CPU generator (mt19937), which draws into contiguous views of the
 * cpu device. Other devices get their random numbers from it by upload, so that a seed
 * means the same numbers everywhere.
 */
export interface RandomSource {
	/** Only the low 32 bits count, as in PyTorch. */
	seed(seed: number): void;
	/** One 32-bit draw. */
	random32(): number;
	/** float32: 24 bits of a draw over 2^24, scaled to [from, to). */
	uniform(y: View, from: number, to: number): void;
	/** float32, by PyTorch's two Box-Muller paths (below 16 values, 16 and more). */
	normal(y: View, mean: number, std: number): void;
	/** int32: low + draw modulo (high - low); a range of 2^32 and more takes 64 bits a draw. */
	randint(y: View, low: number, high: number): void;
	/** int32 permutation of 0 … n - 1. */
	randperm(y: View): void;
	/** float32 zeros and ones, one with probability p (PyTorch's bernoulli_(p): doubles of 53 bits). */
	bernoulli(y: View, p: number): void;
	/** float32, as PyTorch's exponential_(lambd). */
	exponential(y: View, lambd: number): void;
	getState(): Uint8Array;
	setState(state: Uint8Array): void;
	dispose(): void;
}
