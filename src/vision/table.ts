import { Compose, Normalize, ToTensor } from "./basic.js";
import type { Transform } from "./transform.js";

/**
 * The transform as a table of what it makes of each byte, if it treats each
 * pixel by itself: ToTensor, alone or followed by Normalize any number of
 * times. A loader then expands whole batches in the core instead of running
 * the transform image by image. Every step is rounded to float32 as PyTorch
 * rounds it, so both ways give the same bits.
 *
 * @returns [channels, 256] float32, or null if the transform is anything else
 */
export function compileToTable(
	transform: Transform,
	channels = 1,
): Float32Array | null {
	const [first, ...rest] = flatten(transform);
	// Subclasses may do anything: only the classes themselves are known.
	if (!first || first.constructor !== ToTensor) return null;
	const table = new Float32Array(channels * 256);
	for (let i = 0; i < table.length; i++) table[i] = (i % 256) / 255;
	for (const step of rest) {
		if (step.constructor !== Normalize) return null;
		const { mean, std } = step as Normalize;
		if (!fits(mean, channels) || !fits(std, channels)) return null;
		for (let i = 0; i < table.length; i++) {
			const channel = i >> 8;
			const m = Math.fround(mean[mean.length === 1 ? 0 : channel] ?? 0);
			const s = Math.fround(std[std.length === 1 ? 0 : channel] ?? 1);
			table[i] = Math.fround((table[i] ?? 0) - m) / s;
		}
	}
	return table;
}

/** The steps of nested Compose in order. */
export function flatten(transform: Transform): Transform[] {
	return transform.constructor === Compose
		? (transform as Compose).transforms.flatMap(flatten)
		: [transform];
}

/** Anything else does not broadcast, and is refused where the transform itself runs. */
function fits(values: readonly number[], channels: number): boolean {
	return values.length === 1 || values.length === channels;
}
