import type { RandomSource } from "./backends/backend.js";
import { newRandomSource } from "./backends/devices.js";
import { ShapeError } from "./errors.js";

/**
 * A stream of random numbers, the same as PyTorch's CPU generator gives for
 * the same seed. PyTorch: `torch.Generator`.
 */
export class Generator {
	private readonly source: RandomSource;
	private seedValue: number;

	/** Seeded with PyTorch's default, 67280421310721, until `manualSeed`. */
	constructor() {
		this.source = newRandomSource();
		this.seedValue = 67280421310721;
		this.source.seed(this.seedValue);
	}

	/** Starts the stream of `seed`. @throws ShapeError unless a whole number */
	manualSeed(seed: number): this {
		if (!Number.isSafeInteger(seed))
			throw new ShapeError(
				`manualSeed expects a whole number within ±2^53, but got ${seed}`,
			);
		this.seedValue = seed;
		this.source.seed(seed);
		return this;
	}

	/** The seed that was set last. */
	initialSeed(): number {
		return this.seedValue;
	}

	/** Whole state of the stream, for `setState`. */
	getState(): Uint8Array {
		return this.source.getState();
	}

	/**
	 * Goes on from a state that `getState` gave.
	 * @throws FormatError on anything else
	 */
	setState(state: Uint8Array): this {
		this.source.setState(state);
		return this;
	}

	/** @internal the drawing end; fills tensors of the cpu device */
	get draw(): RandomSource {
		return this.source;
	}

	/** Uniform in [0, 1) with 53 bits, as PyTorch draws doubles. */
	random53(): number {
		const high = this.source.random32();
		const low = this.source.random32();
		return ((high & 0x1fffff) * 4294967296 + low) / 9007199254740992;
	}

	/**
	 * Low 32 bits of a 64-bit draw, all that a seed uses of it. PyTorch seeds a
	 * DataLoader's own generators with such draws.
	 */
	nextSeed(): number {
		this.source.random32();
		return this.source.random32();
	}
}

let defaultGenerator: Generator | null = null;

/** The generator that is used where none is given. */
export function globalGenerator(): Generator {
	defaultGenerator ??= new Generator();
	return defaultGenerator;
}

/** Seeds the default generator. PyTorch: `torch.manual_seed`. */
export function manualSeed(seed: number): Generator {
	return globalGenerator().manualSeed(seed);
}

/** Seed of the default generator. */
export function initialSeed(): number {
	return globalGenerator().initialSeed();
}
