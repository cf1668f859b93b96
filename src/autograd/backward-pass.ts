import { AutogradError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import {
	currentScope,
	disown,
	enterScope,
	type Owned,
	Scope,
} from "../scope.js";
import type { Tensor } from "../tensor.js";
import { allocate } from "./apply.js";
import { Captures } from "./captures.js";
import { checkFinite, liesAs, sumTo } from "./gradients.js";
import {
	forgetImplicitOne,
	isAnomalyEnabled,
	isGradEnabled,
	setGradEnabled,
	setImplicitOne,
} from "./mode.js";
import type { GradHook, GradNode } from "./node.js";
import { isTensor, ReachedNodes } from "./reached-nodes.js";

/** What `backward` takes besides the gradient. */
export interface BackwardOptions {
	/** Keep the saved tensors, so that backward can be called again. */
	readonly retainGraph?: boolean;
	/** Record the gradients' own computation, for higher derivatives. */
	readonly createGraph?: boolean;
	/** @internal Whether inputs are where the pass ends: nothing comes to one through another. */
	readonly stopsAtInputs?: boolean;
}

let passes = 0;

/** The last pass, for the next one. */
let sparePass: BackwardPass | null = null;
const LONGEST_SPARE = 1024;
const NO_GRADS: (Tensor | null)[] = [];

/** One pass over the graph: from `roots` towards the leaves, newest node first. */
export class BackwardPass {
	private id = 0;
	private work!: Scope;
	private readonly reached = new ReachedNodes();
	private roots: Tensor | readonly Tensor[] | null = null;
	private seeds: Tensor | null | readonly (Tensor | null)[] = null;
	private retainGraph = false;
	private createGraph = false;
	private stopsAtInputs = false;

	/**
	 * Gradients with respect to `inputs`, or, without, into the leaves' `.grad`.
	 * @param roots checked by `checkRoot`
	 */
	static run(
		roots: Tensor | readonly Tensor[],
		seeds: Tensor | null | readonly (Tensor | null)[],
		options: BackwardOptions,
		inputs: readonly Tensor[] | null,
	): (Tensor | null)[] {
		const pass = sparePass ?? new BackwardPass();
		// a hook may start another one
		sparePass = null;
		pass.id = ++passes;
		pass.work = new Scope(currentScope());
		pass.roots = roots;
		pass.seeds = seeds;
		pass.createGraph = options.createGraph ?? false;
		pass.stopsAtInputs = options.stopsAtInputs ?? false;
		pass.retainGraph = options.retainGraph ?? pass.createGraph;
		try {
			return pass.run(inputs);
		} finally {
			pass.roots = null;
			pass.seeds = null;
			if (pass.reached.order.length <= LONGEST_SPARE) sparePass = pass;
		}
	}

	private run(inputs: readonly Tensor[] | null): (Tensor | null)[] {
		const before = enterScope(this.work);
		const gradBefore = isGradEnabled();
		setGradEnabled(this.createGraph);
		const oneBefore = setImplicitOne(null);
		try {
			const { reached } = this;
			reached.collect(this.id, this.roots, inputs);
			this.seed();
			const wanted = inputs ? new Captures(inputs) : null;
			for (let i = 0; i < reached.count; i++)
				this.visit(reached.order[i] as GradNode, wanted);
			if (inputs && wanted) return inputs.map((t) => this.take(wanted.of(t)));
			this.commit();
			return NO_GRADS;
		} finally {
			this.reached.leave();
			setGradEnabled(gradBefore);
			setImplicitOne(oneBefore);
			enterScope(before);
			this.work.end();
		}
	}

	private seed(): void {
		const { roots, seeds } = this;
		if (isTensor(roots)) this.seedAt(roots, seeds as Tensor | null);
		else
			roots?.forEach((root, i) => {
				this.seedAt(root, (seeds as readonly (Tensor | null)[])[i] ?? null);
			});
	}

	private seedAt(root: Tensor, given: Tensor | null): void {
		const seed = given ?? ones(root);
		if (given === null) setImplicitOne(seed);
		this.deliver(root.gradEdge() as GradNode, root.outputNr, seed);
	}

	/** Adds `grad` to what has arrived for one output of `node`. */
	private deliver(node: GradNode, nr: number, grad: Tensor): void {
		const have = node.arrived(nr);
		if (have === null) {
			grad.holds++;
			node.setArrived(nr, grad);
			return;
		}
		const ours =
			!this.createGraph &&
			have.home === this.work &&
			have.holds === 1 &&
			have.storage.refs === 1 &&
			// an expanded gradient has one place for many elements
			have.layout.isContiguous;
		if (ours) {
			have.add_(grad);
			return;
		}
		const sum = have.add(grad);
		sum.holds++;
		node.setArrived(nr, sum);
		this.letGo(have);
	}

	private letGo(t: Tensor): void {
		if (--t.holds > 0 || t.home !== this.work) return;
		// its handle may be another gradient's next
		forgetImplicitOne(t);
		if (this.reached.showsGradients || this.createGraph) t.dispose();
		else t.recycleUnlessShared();
	}

	private visit(node: GradNode, wanted: Captures | null): void {
		// hooks of the inputs are for the pass that goes on from there
		const stops = this.stopsAtInputs;
		if (stops && wanted?.capture(node)) return;
		this.runHooks(node);
		if (wanted && !stops) wanted.capture(node);
		if (node.leaf) return;
		const mark = this.work.size;
		this.propagate(node);
		for (let nr = 0; nr < node.places; nr++) {
			const grad = node.arrived(nr);
			if (grad) this.letGo(grad);
		}
		node.restore(this.id, null, null);
		if (!this.retainGraph) node.free();
		this.work.sweep(mark, isHeld);
	}

	private propagate(node: GradNode): void {
		if (node.grad === null && !node.others?.some(isThere)) return;
		node.assertUsable();
		const op = node.op;
		if (!op?.backward) return;
		const g = node.grad as Tensor;
		const grads = op.backward(g, node);
		for (let i = 0; i < node.edges.length; i++) {
			const edge = node.edges[i];
			const grad = grads[i];
			if (!edge || !grad) continue;
			if (edge.pass !== this.id) continue;
			const fitted = sumTo(grad, node.shape(i));
			if (isAnomalyEnabled()) checkFinite(fitted, node, i);
			this.deliver(edge, node.edgeNr(i), fitted);
		}
	}

	private runHooks(node: GradNode): void {
		node.hooks?.forEach((hooks, nr) => {
			for (const hook of hooks.slice()) this.runHook(node, nr, hook);
		});
		if (node.retained)
			for (let nr = 0; nr < node.retained.length; nr++) {
				const tensor = node.retained[nr]?.deref();
				const grad = node.arrived(nr);
				if (tensor && !tensor.isDisposed && grad) {
					const copy = this.createGraph ? grad.add(0) : grad.clone();
					disown(copy);
					tensor.setGrad(copy);
				}
			}
	}

	/** A hook works in the caller's scope: what it gets and makes lives on as the caller's own. */
	private runHook(node: GradNode, nr: number, hook: GradHook): void {
		const grad = node.arrived(nr);
		if (!grad) return;
		const before = enterScope(this.work.parent);
		let result: Tensor | undefined;
		const seen = grad.alias();
		try {
			result = hook(seen) ?? undefined;
		} finally {
			enterScope(before);
		}
		if (result === undefined || result === seen) return;
		if (!sameShape(result.shape, grad.shape))
			throw new AutogradError(
				`hook has changed the size of value: it got ${showShape(grad.shape)} and returned ${showShape(result.shape)}`,
			);
		result.holds++;
		node.setArrived(nr, result);
		this.letGo(grad);
	}

	/** A gradient as a result for the caller. */
	private take(grad: Tensor | null): Tensor | null {
		if (grad === null) return null;
		if (grad.home === this.work) {
			this.work.handOver(grad);
			return grad;
		}
		// The caller's own tensor: what is given back must not be the same handle.
		const before = enterScope(this.work.parent);
		const other = this.createGraph ? grad.view(grad.shape) : grad.alias();
		enterScope(before);
		return other;
	}

	/** Writes `.grad` of the leaves, now that all gradients are there. */
	private commit(): void {
		const { order, count } = this.reached;
		for (let i = 0; i < count; i++) {
			const node = order[i] as GradNode;
			const leaf = node.leaf?.deref();
			const grad = node.grad;
			if (!leaf || leaf.isDisposed || !grad) continue;
			const have = leaf.peekGrad();
			if (have === null) leaf.setGrad(this.own(grad, leaf));
			else if (this.createGraph) {
				const sum = have.add(grad);
				disown(sum);
				leaf.setGrad(sum);
			} else have.add_(grad);
		}
	}

	/**
	 * The gradient itself where nobody else holds it and it lies as its leaf
	 * does, else a copy that does.
	 */
	private own(grad: Tensor, leaf: Tensor): Tensor {
		const free =
			grad.home === this.work &&
			grad.storage.refs === 1 &&
			(this.createGraph || liesAs(grad.layout, leaf.layout));
		const own = free
			? grad
			: this.createGraph
				? grad.add(0)
				: (leaf.layout.isDense
						? leaf.newLike()
						: leaf.newEmpty(leaf.shape)
					).copy_(grad);
		disown(own);
		return own;
	}
}

function isThere(grad: Tensor | null | undefined): boolean {
	return grad !== null && grad !== undefined;
}

/** Whether a gradient waits somewhere. */
function isHeld(item: Owned): boolean {
	return (item as Tensor).holds > 0;
}

function ones(like: Tensor): Tensor {
	const { backend } = like.storage;
	const seed = allocate(backend, like.shape, "float32");
	backend.fill(seed, 1);
	return seed;
}
