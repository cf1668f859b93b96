import { noGrad } from "../autograd/mode.js";
import type { Blame } from "../backends/backend.js";
import { ShapeError } from "../errors.js";
import type { Layout } from "../layout.js";
import { scope } from "../scope.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

/** PyTorch's words for a class that is none, and ours. */
export const outOfClasses = (count: number) => (value: number, at: number) =>
	`Target ${value} is out of bounds. (at position ${at}; the input has ${count} classes, so classes are 0 to ${count - 1})`;

/** Whether its elements can be looked at before an operation goes on. */
export function isReadable(t: Tensor): boolean {
	return t.storage.backend.readSync !== undefined;
}

/** A ShapeError for a device that finds it later. */
export function blamed(
	words: (value: number, position: number, least: number) => string,
): Blame {
	return {
		// both of the texts that a sign may choose between
		key: `${words(0, 0, 0)}|${words(-1, 0, -1)}`,
		error: (...found) => new ShapeError(words(...found)),
	};
}

interface Seen {
	readonly version: number;
	readonly layout: Layout;
	readonly range: string;
}

/** What is being watched already: a gradient uses the index of its forward again. */
const seen = new WeakMap<Storage, Seen>();

/** Has a device that cannot be read at once tell, by the next read, of entries outside of [low, high). */
export function watch(
	index: Tensor,
	low: number,
	high: number,
	blame: Blame,
): void {
	const { storage, layout } = index;
	if (storage.backend.watch === undefined) return;
	const { version } = storage;
	const range = `${low},${high}`;
	const last = seen.get(storage);
	if (
		last?.version === version &&
		last.layout === layout &&
		last.range === range
	)
		return;
	seen.set(storage, { version, layout, range });
	storage.backend.watch(index, low, high, blame);
}

/**
 * Has a device that cannot be read at once tell, by the next read, where `isBad`
 * holds: `words` say what is wrong with the element at `position`.
 */
export function watchWhere(
	isBad: () => Tensor,
	words: (position: number) => string,
): void {
	scope(() => {
		const bad = noGrad(isBad);
		const blame = blamed((_value, position) => words(position));
		bad.storage.backend.watch?.(bad, 0, 1, blame);
	});
}
