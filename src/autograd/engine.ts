import { AutogradError, ShapeError } from "../errors.js";
import { Layout, type Shape, sameShape, showShape } from "../layout.js";
import {
	currentScope,
	disown,
	enterScope,
	keep,
	type Owned,
	Scope,
} from "../scope.js";
import type { Tensor } from "../tensor.js";
import { allocate } from "./apply.js";
import {
	forgetImplicitOne,
	isAnomalyEnabled,
	isGradEnabled,
	setGradEnabled,
	setImplicitOne,
} from "./mode.js";
import type { GradHook, GradNode } from "./node.js";

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
class BackwardPass {
	private id = 0;
	private work!: Scope;
	/** Nodes that a pass around this one is busy with, to be put back as it left them. */
	private suspended: (() => void)[] | null = null;
	/** Nodes that are reached, newest first; null behind them. */
	private order: (GradNode | null)[] = [];
	private count = 0;
	private roots: Tensor | readonly Tensor[] | null = null;
	private seeds: Tensor | null | readonly (Tensor | null)[] = null;
	/** Whether code of the user's has seen gradients of this pass. */
	private shown = false;
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
		pass.shown = false;
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
			pass.suspended = null;
			pass.count = 0;
			if (pass.order.length <= LONGEST_SPARE) sparePass = pass;
		}
	}

	private run(inputs: readonly Tensor[] | null): (Tensor | null)[] {
		const before = enterScope(this.work);
		const gradBefore = isGradEnabled();
		setGradEnabled(this.createGraph);
		const oneBefore = setImplicitOne(null);
		try {
			this.collect(inputs);
			this.seed();
			const wanted = inputs ? this.captures(inputs) : null;
			for (let i = 0; i < this.count; i++)
				this.visit(this.order[i] as GradNode, wanted);
			if (inputs && wanted)
				return inputs.map((t) => this.take(wanted.get(keyOf(t)) ?? null));
			this.commit();
			return NO_GRADS;
		} finally {
			for (let i = 0; i < this.count; i++) {
				this.order[i]?.restore(0, null, null);
				this.order[i] = null;
			}
			if (this.suspended) for (const putBack of this.suspended) putBack();
			setGradEnabled(gradBefore);
			setImplicitOne(oneBefore);
			enterScope(before);
			this.work.end();
		}
	}

	/** Reachable nodes, newest first: an order in which every user of a value precedes it. */
	private collect(inputs: readonly Tensor[] | null): void {
		const { roots } = this;
		if (isTensor(roots)) this.find(roots.gradEdge());
		else for (const root of roots ?? []) this.find(root.gradEdge());
		for (let i = 0; i < this.count; i++) {
			const { edges, op, inner } = this.order[i] as GradNode;
			if (op?.showsGradients || inner?.op?.showsGradients) this.shown = true;
			for (let j = 0; j < edges.length; j++) this.find(edges[j] ?? null);
		}
		sortNewestFirst(this.order, this.count);
		if (inputs) this.only(inputs);
	}

	private find(node: GradNode | null): void {
		if (node === null || node.pass === this.id) return;
		if (node.pass !== 0) {
			const { pass, grad, others } = node;
			this.suspended ??= [];
			this.suspended.push(() => node.restore(pass, grad, others));
		}
		node.restore(this.id, null, null);
		this.order[this.count++] = node;
	}

	/** Leaves those from which one of `inputs` can be reached. */
	private only(inputs: readonly Tensor[]): void {
		const found = this.order.slice(0, this.count) as GradNode[];
		const needed = new Set<GradNode>();
		for (const input of inputs) {
			const edge = input.gradEdge();
			if (edge) needed.add(edge);
		}
		for (let i = found.length - 1; i >= 0; i--) {
			const node = found[i] as GradNode;
			if (node.edges.some((e) => e !== null && needed.has(e))) needed.add(node);
		}
		for (const node of found) if (!needed.has(node)) node.pass = 0;
		this.order = found.filter((node) => needed.has(node));
		this.count = this.order.length;
	}

	private captures(inputs: readonly Tensor[]): Map<string, Tensor | null> {
		const wanted = new Map<string, Tensor | null>();
		for (const input of inputs) wanted.set(keyOf(input), null);
		return wanted;
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
		if (this.shown || this.createGraph) t.dispose();
		else t.recycleUnlessShared();
	}

	private visit(
		node: GradNode,
		wanted: Map<string, Tensor | null> | null,
	): void {
		// hooks of the inputs are for the pass that goes on from there
		const stops = this.stopsAtInputs;
		if (stops && wanted && this.capture(node, wanted)) return;
		this.runHooks(node);
		if (wanted && !stops) this.capture(node, wanted);
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

	/** Whether an output of `node` is wanted. */
	private capture(node: GradNode, wanted: Map<string, Tensor | null>): boolean {
		let isInput = false;
		for (let nr = 0; nr < node.places; nr++) {
			const key = `${node.seq}:${nr}`;
			const grad = node.arrived(nr);
			if (!grad || !wanted.has(key)) continue;
			grad.holds++;
			wanted.set(key, grad);
			isInput = true;
		}
		return isInput;
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
		for (let i = 0; i < this.count; i++) {
			const node = this.order[i] as GradNode;
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

/** Whether a gradient has the strides that PyTorch gives it: a dense leaf's, else contiguous. */
function liesAs(grad: Layout, leaf: Layout): boolean {
	if (leaf.isContiguous) return grad.isContiguous;
	return sameShape(
		grad.strides,
		leaf.isDense ? leaf.strides : Layout.contiguous(leaf.shape).strides,
	);
}

/** Few nodes, nearly in order: no sort that allocates. */
const FEW = 64;

function sortNewestFirst(list: (GradNode | null)[], count: number): void {
	const nodes = list as GradNode[];
	if (count > FEW) {
		// a spare list may go on behind them
		nodes.length = count;
		nodes.sort((a, b) => b.seq - a.seq);
		return;
	}
	for (let i = 1; i < count; i++) {
		const node = nodes[i] as GradNode;
		let j = i;
		for (; j > 0 && (nodes[j - 1] as GradNode).seq < node.seq; j--)
			nodes[j] = nodes[j - 1] as GradNode;
		nodes[j] = node;
	}
}

function isTensor(roots: Tensor | readonly Tensor[] | null): roots is Tensor {
	return roots !== null && "layout" in roots;
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

function keyOf(t: Tensor): string {
	return `${(t.gradEdge() as GradNode).seq}:${t.outputNr}`;
}

/** `grad` summed over the dimensions along which an input was broadcast. */
export function sumTo(grad: Tensor, shape: Shape): Tensor {
	if (sameShape(grad.shape, shape)) return grad;
	const lead = grad.shape.length - shape.length;
	const dims: number[] = [];
	for (let i = 0; i < grad.shape.length; i++)
		if (i < lead || (shape[i - lead] === 1 && grad.shape[i] !== 1))
			dims.push(i);
	const sum = dims.length > 0 ? grad.sum(dims, { keepdim: true }) : grad;
	return lead > 0 ? sum.view(shape) : sum;
}

function checkFinite(grad: Tensor, node: GradNode, i: number): void {
	if (!grad.isnan().any().itemSync()) return;
	throw new AutogradError(
		`Function '${node.name}' returned nan values in its ${i}th output. Forward call that made it:\n${node.stack ?? "(recorded before anomaly mode was on)"}`,
	);
}

/** Checks what may be differentiated, and from which gradient. */
function checkRoot(root: Tensor, seed: Tensor | null): void {
	root.assertAlive();
	if (!root.requiresGrad)
		throw new AutogradError(
			"element 0 of tensors does not require grad and does not have a grad_fn",
		);
	if (seed === null) {
		if (root.numel() !== 1)
			throw new AutogradError(
				"grad can be implicitly created only for scalar outputs",
			);
		return;
	}
	seed.assertAlive();
	if (!sameShape(seed.shape, root.shape))
		throw new ShapeError(
			`Mismatch in shape: grad_output[0] has a shape of torch.Size(${showShape(seed.shape)}) and output[0] has a shape of torch.Size(${showShape(root.shape)}).`,
		);
}

/** Accumulates the gradients of `roots` into the leaves' `.grad`. */
export function backward(
	roots: readonly Tensor[],
	seeds: readonly (Tensor | null)[],
	options: BackwardOptions = {},
): void {
	roots.forEach((root, i) => {
		checkRoot(root, seeds[i] ?? null);
	});
	BackwardPass.run(roots, seeds, options, null);
}

/** As `backward` of one root, without lists. */
export function backwardFrom(
	root: Tensor,
	seed: Tensor | null,
	options: BackwardOptions = NO_OPTIONS,
): void {
	checkRoot(root, seed);
	BackwardPass.run(root, seed, options, null);
}

const NO_OPTIONS: BackwardOptions = {};

/** What `autograd.grad` takes besides outputs and inputs. */
export interface GradOptions extends BackwardOptions {
	/** Gradients of the outputs; ones for scalars if left out. */
	readonly gradOutputs?: Tensor | null | readonly (Tensor | null)[];
	/** Whether an input that had no part gives null instead of an error. */
	readonly allowUnused?: boolean;
}

/**
 * Gradients of the sum of `outputs` with respect to `inputs`, leaving `.grad`
 * alone. PyTorch: `torch.autograd.grad`.
 * @throws AutogradError if an input was not used, unless `allowUnused`
 */
export function grad(
	outputs: Tensor | readonly Tensor[],
	inputs: Tensor | readonly Tensor[],
	settings: GradOptions | NonNullable<GradOptions["gradOutputs"]> = {},
	more: GradOptions = {},
): Tensor[] {
	// PyTorch takes the gradients of the outputs by position too.
	const options: GradOptions =
		Array.isArray(settings) || "requiresGrad" in settings
			? { ...more, gradOutputs: settings as Tensor | readonly Tensor[] }
			: (settings as GradOptions);
	const roots = Array.isArray(outputs) ? outputs : [outputs as Tensor];
	const wanted: readonly Tensor[] = Array.isArray(inputs)
		? inputs
		: [inputs as Tensor];
	const given = options.gradOutputs ?? null;
	const seeds = (Array.isArray(given) ? given : [given]) as (Tensor | null)[];
	roots.forEach((root: Tensor, i: number) => {
		checkRoot(root, seeds[i] ?? null);
	});
	for (const input of wanted) {
		input.assertAlive();
		if (!input.requiresGrad)
			throw new AutogradError(
				"One of the differentiated Tensors does not require grad",
			);
	}
	const grads = BackwardPass.run(roots, seeds, options, wanted);
	if (!options.allowUnused && grads.includes(null))
		throw new AutogradError(
			"One of the differentiated Tensors appears to not have been used in the graph. Set allowUnused: true if this is the desired behavior.",
		);
	return grads as Tensor[];
}

/** Takes a gradient over for a leaf: no scope frees it, the leaf does. */
export function adoptGrad(grad: Tensor): void {
	if (grad.home !== null) disown(grad);
	keep(grad);
}
