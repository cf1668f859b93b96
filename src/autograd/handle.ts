import type { DType } from "../dtype.js";
import type { Layout } from "../layout.js";
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
	return (maker as HandleMaker)(storage, layout, dtype);
}
