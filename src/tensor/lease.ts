import type { GradNode } from "../autograd/node.js";
import { keep, type Lease } from "../scope.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import type { TensorHistory } from "./history.js";

/** What a handle that was collected leaves to be released. */
export class TensorLease implements Lease {
	/** The tensor's gradient, and whether the user may have it. */
	grad: Tensor | null = null;
	gradSeen = false;

	/** What the tensor is a view of. */
	base: TensorHistory | null = null;

	constructor(
		public storage: Storage,
		public node: GradNode | null,
	) {}

	release(): void {
		this.storage.release();
		this.node?.release();
		this.base?.dropView();
		// one that was freed must not be released a second time
		if (this.grad === null || this.grad.isDisposed) return;
		if (this.gradSeen) keep(this.grad);
		else this.grad.dispose();
	}
}

/**
 * What few tensors have: leaves, views, those under the net. A step of training
 * makes dozens of handles, and each field would cost every one of them.
 */
export class Rare {
	outputNr = 0;
	lease: TensorLease | null = null;
	base: TensorHistory | null = null;
	viewVersion = 0;
	sink: GradNode | null = null;
	grad: Tensor | null = null;
	gradSeen = false;
}

/**
 * The lease frees the gradient of a tensor that was collected. Not one with
 * a history, which leads back here: the tensor would never be collected.
 */
export function leaseGrad(rare: Rare): void {
	if (rare.lease === null) return;
	rare.lease.grad = rare.grad?.requiresGrad ? null : rare.grad;
	rare.lease.gradSeen = rare.gradSeen;
}
