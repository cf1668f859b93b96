import { adoptGrad } from "../autograd/engine.js";
import type { GradHook, GradNode } from "../autograd/node.js";
import { AutogradError } from "../errors.js";
import { sameShape } from "../layout.js";
import { track } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { TensorHistory } from "./history.js";
import { leaseGrad, TensorLease } from "./lease.js";

/** @throws AutogradError in PyTorch's words */
function assertGradFits(of: Tensor, grad: Tensor): void {
	const wrong = !isTensor(grad)
		? `expected to be a Tensor or None but got grad of type ${typeof grad}`
		: grad.dtype !== of.dtype
			? "has data of a different type"
			: grad.device !== of.device
				? "has data located on a different device"
				: sameShape(grad.shape, of.shape)
					? null
					: "has data of a different size";
	if (wrong !== null) throw new AutogradError(`assigned grad ${wrong}`);
	grad.assertAlive();
}

/** A tensor's gradient, and whose that is to free. */
export abstract class TensorGradient extends TensorHistory {
	/** The gradient that `backward()` accumulated; null before. */
	get grad(): Tensor | null {
		const rare = this.seldom;
		rare.gradSeen = true;
		if (rare.lease) rare.lease.gradSeen = true;
		return rare.grad;
	}

	set grad(value: Tensor | null) {
		if (value === this.peekGrad()) return;
		if (value) assertGradFits(this.self, value);
		this.dropGrad();
		const rare = this.seldom;
		if (value) {
			rare.gradSeen = true;
			adoptGrad(value);
		}
		rare.grad = value;
		leaseGrad(rare);
	}

	/** @internal the gradient, without the user having seen it */
	peekGrad(): Tensor | null {
		return this.rare === null ? null : this.rare.grad;
	}

	/** @internal takes `grad` over; nobody else frees it */
	setGrad(grad: Tensor): void {
		this.dropGrad();
		const rare = this.seldom;
		rare.grad = grad;
		rare.gradSeen = false;
		leaseGrad(rare);
	}

	/** @internal forgets the gradient: freed at once if nobody can have it */
	dropGrad(): void {
		const rare = this.rare;
		if (rare === null || rare.grad === null) return;
		const grad = rare.grad;
		rare.grad = null;
		leaseGrad(rare);
		if (!rare.gradSeen) grad.recycleUnlessShared();
		else if (grad.home === null && grad.lease === null && !grad.isDisposed)
			track(grad);
		rare.gradSeen = false;
	}

	/** Keeps the gradient of a result too in `grad`. PyTorch: `retain_grad`. */
	retainGrad(): void {
		const node = this.gradHistory();
		if (node === null) {
			if (!this.requiresGrad)
				throw new AutogradError(
					"can't retain_grad on Tensor that has requires_grad=False",
				);
			return;
		}
		node.retained ??= [];
		node.retained[this.outputNr] = new WeakRef(this.self);
	}

	/**
	 * Calls `hook` with this tensor's gradient when it is known; what it
	 * returns, if anything, takes the gradient's place.
	 */
	registerHook(hook: GradHook): { remove(): void } {
		if (!this.requiresGrad)
			throw new AutogradError(
				"cannot register a hook on a tensor that doesn't require gradient",
			);
		const node = this.gradEdge() as GradNode;
		node.hooks ??= [];
		const hooks = node.hooks[this.outputNr] ?? [];
		node.hooks[this.outputNr] = hooks;
		hooks.push(hook);
		return {
			remove() {
				const at = hooks.indexOf(hook);
				if (at >= 0) hooks.splice(at, 1);
			},
		};
	}

	/** Whether `retainGrad` was called on this result. PyTorch: `torch.Tensor.retains_grad`. */
	get retainsGrad(): boolean {
		return this.node?.retained?.[this.outputNr] !== undefined;
	}

	/** @internal */
	release(): void {
		if (this.disposed) return;
		this.disposed = true;
		this.dropGrad();
		this.storage.release();
		this.dropHistory();
		this.rare?.base?.dropView();
	}

	/** @internal */
	makeLease(): TensorLease {
		const lease = new TensorLease(this.storage, this.node);
		const rare = this.rare;
		if (rare !== null) {
			lease.grad = rare.grad?.requiresGrad ? null : rare.grad;
			lease.gradSeen = rare.gradSeen;
			lease.base = rare.base;
		}
		return lease;
	}
}
