import { apply } from "../autograd/apply.js";
import { DTypeError, ShapeError } from "../errors.js";
import { showShape } from "../layout.js";
import { alias } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";

/** A range of positions, `start:stop:step`; null or nothing means to the end. */
export interface Slice {
	/** Start, stop and step; null or nothing for the ends, and 1. */
	readonly slice: readonly [
		start?: number | null,
		stop?: number | null,
		step?: number | null,
	];
}

/**
 * One part of an index: a position, a range, a new dimension (null), all
 * dimensions that are not named ("..."), positions (int32), or a mask (bool).
 */
export type IndexItem = number | null | "..." | Slice | Tensor;

/** A range for `x.index`, as Python's `start:stop:step`. */
export function slice(
	start: number | null = null,
	stop: number | null = null,
	step: number | null = null,
): Slice {
	return { slice: [start, stop, step] };
}

export interface ResolvedIndex {
	/** The tensor after integers, ranges and new dimensions. */
	readonly view: Tensor;
	/** Its dimensions that the index tensors stand for. */
	readonly dims: readonly number[];
	readonly indices: readonly Tensor[];
}

/** @internal whether it names places by true and false */
export function isMask(item: unknown): item is Tensor {
	return isTensor(item) && marks(item);
}

function marks(t: Tensor): boolean {
	return t.dtype === "bool" || t.dtype === "uint8";
}

/** A 0-dimensional integer stands for its value, where it can be read. */
function isNumber(t: Tensor): boolean {
	return (
		t.shape.length === 0 &&
		t.dtype === "int32" &&
		t.storage.backend.readSync !== undefined
	);
}

/** How many dimensions an item takes. */
function consumed(item: IndexItem): number {
	if (item === null || item === "...") return 0;
	return isMask(item) ? item.shape.length : 1;
}

/**
 * Applies an index as far as views can, and collects the rest.
 * @param places the coordinates in which a mask holds, one tensor for each dimension
 * @throws ShapeError in PyTorch's words
 */
export function resolveIndex(
	x: Tensor,
	items: readonly IndexItem[],
	places = (mask: Tensor): readonly Tensor[] => mask.nonzero().unbind(1),
): ResolvedIndex {
	const named = items.reduce<number>((n, item) => n + consumed(item), 0);
	const rank = x.shape.length;
	if (named > rank)
		throw new ShapeError(`too many indices for tensor of dimension ${rank}`);
	let view = x;
	let dim = 0;
	let seen = 0;
	let ellipsis = false;
	const dims: number[] = [];
	const indices: Tensor[] = [];
	for (const item of items) {
		if (item === null) view = view.unsqueeze(dim++);
		else if (item === "...") {
			if (ellipsis)
				throw new ShapeError(
					"an index can only have a single ellipsis ('...')",
				);
			ellipsis = true;
			dim += rank - named;
		} else if (typeof item === "number") {
			view = picked(view, dim, item, seen++);
		} else if (isTensor(item) && isNumber(item)) {
			view = picked(view, dim, item.itemSync(), seen++);
		} else if (isTensor(item)) {
			for (const index of positions(item, view, dim, places)) {
				dims.push(dim++);
				indices.push(index);
			}
			seen += consumed(item);
		} else if (typeof item === "object" && "slice" in item) {
			view = ranged(view, dim++, item, items.length === 1);
			seen++;
		} else
			throw new DTypeError(
				`only integers, slices ({ slice: [start, stop, step] }), ellipsis ("..."), null and int32 or bool tensors are valid indices (got ${String(item)})`,
			);
	}
	if (view === x && indices.length === 0) view = apply(alias, [x], undefined);
	return { view, dims, indices };
}

function picked(x: Tensor, dim: number, at: number, place: number): Tensor {
	const size = x.shape[dim] as number;
	if (!Number.isInteger(at) || at < -size || at >= size)
		throw new ShapeError(
			`index ${at} is out of bounds for dimension ${place} with size ${size}`,
		);
	return x.select(dim, at);
}

function ranged(x: Tensor, dim: number, item: Slice, always: boolean): Tensor {
	const size = x.shape[dim] as number;
	const step = item.slice[2] ?? 1;
	if (step === 0) throw new ShapeError("slice step cannot be zero");
	if (!(step > 0)) throw new ShapeError("step must be greater than zero");
	const clip = (at: number) =>
		Math.min(Math.max(at < 0 ? at + size : at, 0), size);
	const start = clip(item.slice[0] ?? 0);
	const stop = clip(item.slice[1] ?? size);
	if (!always && start === 0 && stop === size && step === 1) return x;
	const length = Math.max(Math.ceil((stop - start) / step), 0);
	return x.sliced(dim, start, length, step);
}

/** The integer tensors that an index tensor stands for: itself, or a mask's coordinates. */
function positions(
	item: Tensor,
	x: Tensor,
	dim: number,
	places: (mask: Tensor) => readonly Tensor[],
): readonly Tensor[] {
	if (!marks(item)) {
		if (item.dtype !== "int32")
			throw new DTypeError(
				"tensors used as indices must be long, byte or bool tensors",
			);
		return [item];
	}
	item.shape.forEach((n, i) => {
		if (n !== x.shape[dim + i])
			throw new ShapeError(
				`The shape of the mask ${showShape(item.shape)} at index ${i} does not match the shape of the indexed tensor ${showShape(x.shape)} at index ${dim + i}`,
			);
	});
	return places(item);
}
