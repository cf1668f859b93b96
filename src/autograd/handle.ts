import type { DType } from "../dtype.js";
import type { Layout } from "../layout.js";
import { Spares } from "../spares.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

type HandleMaker = (storage: Storage, layout: Layout, dtype: DType) => Tensor;

let maker: HandleMaker | null = null;

/**
 * The Tensor class stands above autograd and gives it the way to make one, so
 * that imports only look down.
 */
export function bindHandleMaker(make: HandleMaker): void {
	maker = make;
}

/** A tensor over `storage`, one reference of which it takes over. */
export function newHandle(
	storage: Storage,
	layout: Layout,
	dtype: DType,
): Tensor {
	const used = spare.take();
	if (used === undefined) return (maker as HandleMaker)(storage, layout, dtype);
	used.reuse(storage, layout, dtype);
	return used;
}

/** Handles that were freed and that no user ever had. */
const spare = new Spares<Tensor>(256);

/** Takes a freed handle that nothing leads to any more, to serve again. */
export function spareHandle(t: Tensor): void {
	spare.give(t);
}
