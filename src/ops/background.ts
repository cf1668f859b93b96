import { allocate } from "../autograd/apply.js";
import { isGradEnabled } from "../autograd/mode.js";
import type { GradNode } from "../autograd/node.js";
import type { Tensor } from "../tensor.js";
import type { Exec } from "./registry.js";

/** What `linear` learns about its input on the way. */
export interface LinearParams {
	/** The input's entries other than its background, if it has one. */
	lists: Tensor | null;
}

/**
 * y = x · wᵀ + b by the entries of x that differ from its most frequent value.
 * The lists go to `params` if the gradient of w will want them.
 * @returns false where the plain product is faster or more exact; y then is as it was
 */
export function linearByBackground(
	exec: Exec,
	x: Tensor,
	w: Tensor,
	b: Tensor | null,
	y: Tensor,
	params: LinearParams,
): boolean {
	const { background } = exec.k;
	if (background === undefined) return false;
	const bytes = background.probe(x, w.shape[0] as number);
	if (bytes === 0) return false;
	const lists = exec.empty([bytes / 4], "int32");
	const done =
		background.gather(x, lists) && background.linear(lists, w, b, y, false);
	if (done && isGradEnabled() && w.requiresGrad) params.lists = lists;
	else lists.dispose();
	return done;
}

/** gᵀ · x, by the lists that the forward made if there are any. */
export function weightGrad(g: Tensor, node: GradNode<LinearParams>): Tensor {
	const x = node.tensor(0);
	const lists = node.optional(2);
	const { backend } = g.storage;
	// Under createGraph the gradient is made of operations that have gradients.
	if (lists === null || backend.background === undefined || isGradEnabled())
		return g.t().mm(x);
	const dw = allocate(
		backend,
		[g.shape[1] as number, x.shape[1] as number],
		"float32",
	);
	if (backend.background.weightGrad(x, lists, g, dw)) return dw;
	dw.dispose();
	return g.t().mm(x);
}
