import { newHandle } from "../autograd/handle.js";
import { isFromInference } from "../autograd/mode.js";
import { GradNode } from "../autograd/node.js";
import { ITEM_SIZE } from "../dtype.js";
import { AutogradError } from "../errors.js";
import { Layout } from "../layout.js";
import { viewHistory, writeThroughView } from "../ops/view-history.js";
import { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { TensorBase } from "../tensor-base.js";

/** Where a tensor stands in the graph: what made it, and what it is a view of. */
export abstract class TensorHistory extends TensorBase {
	/**
	 * Whether operations with this tensor are recorded for gradients. PyTorch:
	 * `torch.Tensor.requires_grad`.
	 * @throws AutogradError to switch it on unless float32
	 */
	get requiresGrad(): boolean {
		return this.leafRequiresGrad || this.node !== null;
	}

	set requiresGrad(value: boolean) {
		this.requiresGrad_(value);
	}

	/**
	 * Whether operations on this leaf are recorded, from now on.
	 * @throws AutogradError unless float32, or to switch it off for a result
	 */
	requiresGrad_(value = true): Tensor {
		this.assertAlive();
		if (value && this.dtype !== "float32")
			throw new AutogradError(
				`only Tensors of floating point dtype can require gradients, but this one is ${this.dtype}`,
			);
		if (value && isFromInference(this.storage))
			throw new AutogradError(
				"Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
			);
		if (!value && this.node !== null)
			throw new AutogradError(
				"you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
			);
		this.leafRequiresGrad = value && this.node === null;
		return this.self;
	}

	/** Whether it was made in inference mode. PyTorch: `torch.Tensor.is_inference`. */
	isInference(): boolean {
		return this.storage.isInference;
	}

	/** How often its memory was written in place. PyTorch: `torch.Tensor._version`. */
	get _version(): number {
		return this.storage.version;
	}

	/** Whether it was made by the user rather than by a recorded operation. */
	get isLeaf(): boolean {
		return this.node === null;
	}

	/** The recorded operation that made it; `gradFn.name` as PyTorch prints it. */
	get gradFn(): GradNode | null {
		return this.gradHistory()?.show() ?? null;
	}

	/** @internal the node of a result, brought up to date if its base was written to */
	gradHistory(): GradNode | null {
		const rare = this.rare;
		if (rare === null) return this.node;
		const { base } = this;
		if (
			base !== null &&
			rare.viewVersion !== this.storage.version &&
			base.requiresGrad &&
			!base.isLeaf
		) {
			rare.viewVersion = this.storage.version;
			this.setHistory(viewHistory(base, this.self), 0);
		}
		return this.node;
	}

	/** @internal where a gradient of this tensor is delivered */
	gradEdge(): GradNode | null {
		const node = this.gradHistory();
		if (node !== null) return node;
		if (!this.leafRequiresGrad) return null;
		const rare = this.seldom;
		rare.sink ??= new GradNode("AccumulateGrad", null, undefined, this.self);
		return rare.sink;
	}

	/** @internal */
	setHistory(node: GradNode, nr: number): void {
		node.retain();
		this.node?.release();
		this.node = node;
		this.leafRequiresGrad = false;
		if (nr !== 0) this.seldom.outputNr = nr;
		const rare = this.rare;
		if (rare === null) return;
		rare.outputNr = nr;
		if (rare.lease) rare.lease.node = node;
	}

	/** @internal after an in-place operation whose node is `node` */
	rebaseHistory(node: GradNode): void {
		const base = this.base;
		if (base === null) {
			this.setHistory(node, 0);
			return;
		}
		base.setHistory(writeThroughView(base, this.self, node), 0);
		this.seldom.viewVersion = -1;
		this.gradHistory();
	}

	/** @internal */
	setBase(of: Tensor): void {
		const rare = this.seldom;
		const base = (of as unknown as TensorHistory).root;
		rare.base = base;
		rare.viewVersion = this.storage.version;
		base.views++;
		if (rare.lease) rare.lease.base = base;
	}

	private get root(): TensorHistory {
		return this.rare?.base ?? this;
	}

	/** @internal what was made as a view is none for the graph */
	forgetBase(): void {
		const rare = this.rare;
		if (rare === null || rare.base === null) return;
		rare.base.dropView();
		rare.base = null;
		if (rare.lease) rare.lease.base = null;
	}

	/** @internal for a view that goes */
	dropView(): void {
		this.views--;
		if (this.disposed) this.dropHistory();
	}

	/** @internal a freed tensor's history, once no view goes on from it */
	protected dropHistory(): void {
		const { node } = this;
		if (node === null || this.views > 0) return;
		// which may be another operation's from now on
		this.node = null;
		this.leafRequiresGrad = true;
		node.release();
	}

	/**
	 * @internal this leaf as a handle on the memory of `source` from now on.
	 * PyTorch: `param.data = source.data`
	 */
	setData(source: Tensor): void {
		this.assertAlive();
		source.assertAlive();
		const before = this.storage;
		Object.assign(this, {
			storage: source.storage.retain(),
			layout: source.layout,
			dtype: source.dtype,
		});
		if (this.lease) this.lease.storage = this.storage;
		before.release();
	}

	/** @internal a second handle on the same memory and history */
	alias(): Tensor {
		const other = newHandle(this.storage.retain(), this.layout, this.dtype);
		const node = this.gradHistory();
		if (node) other.setHistory(node, this.outputNr);
		return other;
	}

	/** @internal a copy with this tensor's history, before it is overwritten */
	valuesBefore(): Tensor {
		const { backend } = this.storage;
		const copy = newHandle(
			Storage.of(backend, this.numel() * ITEM_SIZE[this.dtype]),
			Layout.contiguous(this.shape),
			this.dtype,
		);
		backend.copy(this, copy);
		const node = this.gradHistory();
		if (node) copy.setHistory(node, this.outputNr);
		return copy;
	}
}
