import type { View } from "../backends/backend.js";
import { AutogradError } from "../errors.js";
import type { Shape } from "../layout.js";
import type { Arg, Op } from "../ops/registry.js";
import { Spares } from "../spares.js";
import type { Tensor } from "../tensor.js";
import { newHandle } from "./handle.js";
import { isAnomalyEnabled } from "./mode.js";
import {
	isNothing,
	isSavedTensor,
	NOTHING,
	type Saved,
	type SavedTensor,
	savedOf,
} from "./saved.js";

/**
 * What a node calls when the gradient of one of its outputs is complete; what
 * it returns, if anything, takes the gradient's place.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook may be a block that returns nothing
export type GradHook = (grad: Tensor) => Tensor | undefined | void;

/** What few nodes have: sinks of leaves, those with hooks or several outputs. */
class Rare {
	leaf: WeakRef<Tensor> | null = null;
	edgeNrs: readonly number[] | null = null;
	hooks: GradHook[][] | null = null;
	retained: (WeakRef<Tensor> | null)[] | null = null;
	stack: string | undefined = undefined;
	/** Gradients of outputs but the first, at their place. */
	pending: (Tensor | null)[] | null = null;
	inner: GradNode | null = null;
}

let sequence = 0;

/** Shared by the many nodes that have nothing there; never written to. */
const NO_EDGES: (GradNode | null)[] = [];
const NO_SHAPES: Shape[] = [];
const SCALAR: Shape = [];

const RELEASED =
	"Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retainGraph: true if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.";

/** Nodes that the graph has done with, by their number of inputs. */
const spareNodes: Spares<GradNode>[] = [];
const MOST_SPARE = 1024;
const MOST_INPUTS = 4;

/**
 * One recorded operation, or the sink of a leaf's gradient. Nodes count the
 * tensors and later nodes that lead to them, and let go of what they saved when nobody does.
 */
// biome-ignore lint/suspicious/noExplicitAny: a graph holds nodes of every op
export class GradNode<P = any> {
	/** PyTorch's name of the operation: `AddBackward0`. */
	name: string;
	/** Grows with every node, so inputs have smaller numbers; leaves' sinks are negative. */
	seq: number;
	/** The registry entry whose gradient this is. */
	op: Op<readonly Arg[], P> | null;
	/** What the operation was told besides its inputs. */
	params: P;
	/** Where the gradient of each input goes; null if it is not wanted. */
	edges: (GradNode | null)[] = NO_EDGES;
	/** Shapes of the inputs, to which gradients are summed. */
	inputShapes: Shape[] = NO_SHAPES;

	/** @internal number of the backward pass that wants this node */
	pass = 0;
	/** @internal the first output's gradient, as far as it arrived in that pass */
	grad: Tensor | null = null;

	private kept: Saved | null = null;
	private refs = 0;
	private released = false;
	/** Somebody outside of the graph may have it. */
	private seen = false;
	private rare: Rare | null = null;

	constructor(
		name: string,
		op: Op<readonly Arg[], P> | null,
		params: P,
		leaf: Tensor | null = null,
	) {
		this.seq = leaf ? -++sequence : 0;
		this.name = name;
		this.op = op;
		this.params = params;
		if (leaf) this.seldom.leaf = new WeakRef(leaf);
		if (isAnomalyEnabled()) this.seldom.stack = new Error().stack;
	}

	/** @internal a node for one operation with `inputs`, connected to theirs */
	static of<P>(
		name: string,
		op: Op<readonly Arg[], P> | null,
		params: P,
		inputs: readonly Arg[],
	): GradNode<P> {
		const spare = isAnomalyEnabled() ? undefined : spareNodes[inputs.length];
		let node = spare?.take() as GradNode<P> | undefined;
		if (node === undefined) node = new GradNode<P>(name, op, params);
		else {
			node.name = name;
			node.op = op;
			node.params = params;
			node.refs = 0;
			node.released = false;
		}
		node.connect(inputs);
		return node;
	}

	/** @internal for whoever gets it from outside: it will not serve again */
	show(): this {
		this.seen = true;
		return this;
	}

	/** For the next operation, if nobody can tell. */
	private recycle(): void {
		const n = this.edges.length;
		const isOurs = !this.seen && this.rare === null && this.pass === 0;
		if (!isOurs || n === 0 || n > MOST_INPUTS) {
			this.edges = NO_EDGES;
			return;
		}
		for (let i = 0; i < n; i++) {
			this.edges[i] = null;
			this.inputShapes[i] = SCALAR;
		}
		this.params = undefined as P;
		this.op = null;
		spareNodes[n] ??= new Spares(MOST_SPARE);
		spareNodes[n].give(this);
	}

	private get seldom(): Rare {
		this.rare ??= new Rare();
		return this.rare;
	}

	/** The tensor whose gradient ends here, if this is a leaf's sink. */
	get leaf(): WeakRef<Tensor> | null {
		return this.rare === null ? null : this.rare.leaf;
	}

	/** @internal which output of the node at edge `i` the input was */
	edgeNr(i: number): number {
		return this.rare?.edgeNrs?.[i] ?? 0;
	}

	/** Hooks of each output's gradient. */
	get hooks(): GradHook[][] | null {
		return this.rare === null ? null : this.rare.hooks;
	}

	set hooks(value: GradHook[][] | null) {
		this.seldom.hooks = value;
	}

	/** Outputs whose gradient the user wants to keep. */
	get retained(): (WeakRef<Tensor> | null)[] | null {
		return this.rare === null ? null : this.rare.retained;
	}

	set retained(value: (WeakRef<Tensor> | null)[] | null) {
		this.seldom.retained = value;
	}

	/** Call site of the forward, in anomaly mode. */
	get stack(): string | undefined {
		return this.rare?.stack;
	}

	/** @internal the operation that this node wraps, which goes when it goes */
	get inner(): GradNode | null {
		return this.rare === null ? null : this.rare.inner;
	}

	set inner(value: GradNode | null) {
		this.seldom.inner = value;
	}

	/** @internal the gradient that arrived for one output during a backward pass */
	arrived(nr: number): Tensor | null {
		if (nr === 0) return this.grad;
		return this.rare?.pending?.[nr] ?? null;
	}

	/** @internal */
	setArrived(nr: number, grad: Tensor): void {
		if (nr === 0) {
			this.grad = grad;
			return;
		}
		const rare = this.seldom;
		rare.pending ??= [];
		rare.pending[nr] = grad;
	}

	/** @internal one more than the last output that may have a gradient */
	get places(): number {
		return Math.max(this.rare?.pending?.length ?? 0, 1);
	}

	/** @internal gradients of outputs but the first, as `restore` takes them */
	get others(): (Tensor | null)[] | null {
		return this.rare === null ? null : this.rare.pending;
	}

	/** @internal forgets what arrived, or puts back what an outer pass had */
	restore(
		pass: number,
		grad: Tensor | null,
		others: (Tensor | null)[] | null,
	): void {
		this.pass = pass;
		this.grad = grad;
		if (this.rare !== null) this.rare.pending = others;
	}

	/** PyTorch's `next_functions`. */
	get nextFunctions(): readonly (GradNode | null)[] {
		for (const edge of this.edges) edge?.show();
		return this.edges;
	}

	/** Whether anybody wants the gradient of input `i`. */
	needs(i: number): boolean {
		return this.edges[i] != null;
	}

	/** Shape of the output. */
	shape(i: number): Shape {
		return this.inputShapes[i] as Shape;
	}

	/** Connects the node to those of its inputs. */
	connect(inputs: readonly Arg[]): void {
		const n = inputs.length;
		const used = this.edges.length === n;
		const edges = used ? this.edges : new Array<GradNode | null>(n);
		const shapes = used ? this.inputShapes : new Array<Shape>(n);
		let nrs: number[] | null = null;
		for (let i = 0; i < n; i++) {
			const input = inputs[i];
			edges[i] = null;
			shapes[i] = SCALAR;
			if (typeof input !== "object" || input === null) continue;
			shapes[i] = input.shape;
			if (!input.requiresGrad) continue;
			const edge = input.gradEdge();
			edge?.retain();
			edges[i] = edge;
			if (input.outputNr !== 0) {
				nrs ??= new Array<number>(n).fill(0);
				nrs[i] = input.outputNr;
			}
		}
		this.edges = edges;
		this.inputShapes = shapes;
		if (nrs !== null) this.seldom.edgeNrs = nrs;
		// Only now: looking for a view's history may have made a node.
		this.seq = ++sequence;
	}

	/** Adds one more input, whose gradient goes to `edge`. */
	addInput(edge: GradNode | null, nr: number, shape: Shape): void {
		edge?.retain();
		if (nr !== 0)
			this.seldom.edgeNrs = [...this.edges.map((_, i) => this.edgeNr(i)), nr];
		this.edges.push(edge);
		this.inputShapes.push(shape);
	}

	/** @param output the node's own output, or all of them, among the values */
	save(
		values: readonly Arg[],
		output: Tensor | readonly Tensor[] | null,
	): void {
		let last: Saved | null = null;
		for (let i = 0; i < values.length; i++)
			last = this.append(savedOf(values[i] as Arg, output), last);
	}

	/** @internal saves one more value. @param output the node's own output */
	keep(value: Arg, output: Tensor): void {
		let last = this.kept;
		while (last !== null && last.next !== null) last = last.next;
		this.append(savedOf(value, output), last);
	}

	private append(saved: Saved, last: Saved | null): Saved {
		if (last === null) this.kept = saved;
		else last.next = saved;
		return saved;
	}

	/**
	 * Saved value `i`: a number as it was, a tensor as a new handle that is
	 * linked to its history.
	 * @throws AutogradError if it was freed, or changed in place since
	 */
	value(i: number): Tensor | number {
		const saved = this.keptAt(i);
		if (isSavedTensor(saved)) return this.unpack(saved);
		if (typeof saved.source === "number") return saved.source;
		throw new AutogradError(`${this.name} saved nothing at ${i}`);
	}

	/** As `value`, for what cannot be a number. */
	tensor(i: number): Tensor {
		return this.value(i) as Tensor;
	}

	/** As `value`, for an operand that may have been left out. */
	valueOrNull(i: number): Tensor | number | null {
		return isNothing(this.keptAt(i)) ? null : this.value(i);
	}

	/** As `tensor`, for an operand that may have been left out. */
	optional(i: number): Tensor | null {
		return isNothing(this.keptAt(i)) ? null : this.tensor(i);
	}

	/**
	 * @internal as `optional`, for kernels alone: without a handle and history
	 * @throws AutogradError as `value`
	 */
	view(i: number): View | null {
		const saved = this.keptAt(i);
		if (!isSavedTensor(saved)) return null;
		this.assertUnchanged(saved);
		return saved;
	}

	private keptAt(i: number): Saved {
		if (this.kept === null) throw new AutogradError(RELEASED);
		let saved: Saved | null = this.kept;
		for (let n = i; n > 0 && saved !== null; n--) saved = saved.next;
		return saved ?? NOTHING;
	}

	private assertUnchanged(saved: SavedTensor): void {
		if (saved.storage.version === saved.version) return;
		const { source } = saved;
		const history = source instanceof GradNode ? source : null;
		const from = saved.nr < 0 ? this : history;
		const nr = saved.nr < 0 ? -1 - saved.nr : saved.nr;
		throw new AutogradError(
			`one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [${saved.layout.shape.join(", ")}]]${from ? `, which is output ${nr} of ${from.name},` : ""} is at version ${saved.storage.version}; expected version ${saved.version} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with autograd.setDetectAnomaly(true).`,
		);
	}

	private unpack(saved: SavedTensor): Tensor {
		this.assertUnchanged(saved);
		const { source, nr } = saved;
		const leaf = source instanceof GradNode ? null : (source as Tensor | null);
		if (leaf !== null && !leaf.isDisposed) return leaf;
		const handle = newHandle(saved.storage.retain(), saved.layout, saved.dtype);
		if (nr < 0) handle.setHistory(this, -1 - nr);
		else if (source instanceof GradNode) handle.setHistory(source, nr);
		return handle;
	}

	/** @throws AutogradError if the saved tensors were freed by an earlier pass */
	assertUsable(): void {
		if (this.released) throw new AutogradError(RELEASED);
	}

	/** Lets go of the saved tensors. */
	free(): void {
		this.inner?.free();
		let saved = this.kept;
		if (saved === null) return;
		this.kept = null;
		this.released = true;
		while (saved !== null) {
			const { storage, source } = saved as Saved;
			saved = (saved as Saved).recycle();
			storage?.release();
			if (source instanceof GradNode) source.release();
		}
	}

	/** Takes one more reference. */
	retain(): void {
		this.refs++;
	}

	/** Iterative, since a graph may be 100,000 nodes deep. */
	release(): void {
		if (this.refs > 1 || this.leaf) {
			this.refs--;
			return;
		}
		// Blocks that are freed lead to no node: one list serves all calls.
		const stack = unreferenced;
		stack.push(this);
		for (let node = stack.pop(); node; node = stack.pop()) {
			if (--node.refs > 0 || node.leaf) continue;
			const { edges, inner } = node;
			let saved = node.kept;
			node.kept = null;
			node.released = true;
			while (saved !== null) {
				const { storage, source } = saved as Saved;
				saved = (saved as Saved).recycle();
				storage?.release();
				if (source instanceof GradNode) stack.push(source);
			}
			if (inner) stack.push(inner);
			for (let i = 0; i < edges.length; i++) {
				const edge = edges[i];
				if (edge) stack.push(edge);
			}
			node.recycle();
		}
	}
}

/** Nodes that `release` has yet to visit; empty between calls. */
const unreferenced: GradNode[] = [];
