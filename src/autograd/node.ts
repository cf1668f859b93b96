import type { DType } from "../dtype.js";
import { AutogradError } from "../errors.js";
import type { Layout, Shape } from "../layout.js";
import type { Arg, Op } from "../ops/registry.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { newHandle } from "./handle.js";
import { isAnomalyEnabled } from "./mode.js";

/**
 * What a node calls when the gradient of one of its outputs is complete; what
 * it returns, if anything, takes the gradient's place.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook may be a block that returns nothing
export type GradHook = (grad: Tensor) => Tensor | undefined | void;

/** A tensor as the graph keeps it: memory and history, without a handle. */
interface SavedTensor {
	readonly storage: Storage;
	readonly layout: Layout;
	readonly dtype: DType;
	readonly version: number;
	/** History of an input; null for the node's own output and for no history. */
	readonly node: GradNode | null;
	readonly outputNr: number;
	readonly isOutput: boolean;
	/** Leaves are handed out as they are, so that gradients reach them. */
	readonly leaf: Tensor | null;
}

let sequence = 0;

/** Shared by the many nodes that have nothing there; never written to. */
const NO_EDGES: (GradNode | null)[] = [];
const NO_SHAPES: Shape[] = [];
const SCALAR: Shape = [];
/** @internal */
export const NOTHING_PENDING: (Tensor | null)[] = [];
/** The places of inputs that are all first outputs. */
const FIRSTS: readonly number[] = new Array<number>(8).fill(0);

const RELEASED =
	"Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retainGraph: true if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.";

function savedTensor(
	value: Tensor,
	output: Tensor | readonly Tensor[] | null,
): SavedTensor {
	const nr = Array.isArray(output) ? output.indexOf(value) : -1;
	const isOutput = value === output || nr >= 0;
	const isLeaf = !isOutput && value.isLeaf && value.requiresGrad;
	const node = isOutput || isLeaf ? null : value.gradHistory();
	node?.retain();
	return {
		storage: value.storage.retain(),
		layout: value.layout,
		dtype: value.dtype,
		version: value.storage.version,
		node,
		outputNr: nr >= 0 ? nr : value.outputNr,
		isOutput,
		leaf: isLeaf ? value : null,
	};
}

/**
 * One recorded operation, or the sink of a leaf's gradient. Nodes count the
 * tensors and later nodes that lead to them, and let go of what they saved when nobody does.
 */
// biome-ignore lint/suspicious/noExplicitAny: a graph holds nodes of every op
export class GradNode<P = any> {
	/** PyTorch's name of the operation: `AddBackward0`. */
	readonly name: string;
	/** Grows with every node, so inputs have smaller numbers; leaves' sinks are negative. */
	seq: number;
	/** The registry entry whose gradient this is. */
	readonly op: Op<readonly Arg[], P> | null;
	/** What the operation was told besides its inputs. */
	readonly params: P;
	/** Where the gradient of each input goes; null if it is not wanted. */
	edges: (GradNode | null)[] = NO_EDGES;
	/** Which output of that node the input was. */
	edgeNrs: readonly number[] = FIRSTS;
	/** Shapes of the inputs, to which gradients are summed. */
	inputShapes: Shape[] = NO_SHAPES;
	/** The tensor whose gradient ends here, if this is a leaf's sink. */
	readonly leaf: WeakRef<Tensor> | null;
	/** How many outputs the operation has. */
	outputs = 1;
	/** Hooks of each output's gradient. */
	hooks: GradHook[][] | null = null;
	/** Outputs whose gradient the user wants to keep. */
	retained: (WeakRef<Tensor> | null)[] | null = null;
	/** Call site of the forward, in anomaly mode. */
	readonly stack: string | undefined;

	/** @internal gradients that arrived during a backward pass, by output */
	pending: (Tensor | null)[] = NOTHING_PENDING;
	/** @internal number of the backward pass that wants this node */
	pass = 0;

	/** @internal the operation that this node wraps, which goes when it goes */
	inner: GradNode | null = null;

	private kept: (SavedTensor | number | null)[] | null = null;
	private refs = 0;
	private released = false;

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
		this.leaf = leaf ? new WeakRef(leaf) : null;
		this.stack = isAnomalyEnabled() ? new Error().stack : undefined;
	}

	/** PyTorch's `next_functions`. */
	get nextFunctions(): readonly (GradNode | null)[] {
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
		const edges = new Array<GradNode | null>(n);
		const shapes = new Array<Shape>(n);
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
		if (nrs !== null) this.edgeNrs = nrs;
		else if (n > FIRSTS.length) this.edgeNrs = new Array<number>(n).fill(0);
		// Only now: looking for a view's history may have made a node.
		this.seq = ++sequence;
	}

	/** Adds one more input, whose gradient goes to `edge`. */
	addInput(edge: GradNode | null, nr: number, shape: Shape): void {
		edge?.retain();
		this.edgeNrs = [...this.edgeNrs.slice(0, this.edges.length), nr];
		this.edges.push(edge);
		this.inputShapes.push(shape);
	}

	/** @param output the node's own output, or all of them, among the values */
	save(
		values: readonly Arg[],
		output: Tensor | readonly Tensor[] | null,
	): void {
		const kept = new Array<SavedTensor | number | null>(values.length);
		for (let i = 0; i < values.length; i++) {
			const value = values[i] as Arg;
			kept[i] =
				value === null || typeof value === "number"
					? value
					: savedTensor(value, output);
		}
		this.kept = kept;
	}

	/**
	 * Saved value `i`: a number as it was, a tensor as a new handle that is
	 * linked to its history.
	 * @throws AutogradError if it was freed, or changed in place since
	 */
	value(i: number): Tensor | number {
		const saved = this.keptAt(i);
		if (typeof saved === "number") return saved;
		if (saved === null)
			throw new AutogradError(`${this.name} saved nothing at ${i}`);
		return this.unpack(saved);
	}

	/** As `value`, for what cannot be a number. */
	tensor(i: number): Tensor {
		return this.value(i) as Tensor;
	}

	/** As `value`, for an operand that may have been left out. */
	valueOrNull(i: number): Tensor | number | null {
		return this.keptAt(i) === null ? null : this.value(i);
	}

	/** As `tensor`, for an operand that may have been left out. */
	optional(i: number): Tensor | null {
		return this.keptAt(i) === null ? null : this.tensor(i);
	}

	private keptAt(i: number): SavedTensor | number | null {
		if (this.kept === null) throw new AutogradError(RELEASED);
		return this.kept[i] ?? null;
	}

	private unpack(saved: SavedTensor): Tensor {
		if (saved.storage.version !== saved.version) {
			const from = saved.isOutput ? this : saved.node;
			throw new AutogradError(
				`one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [${saved.layout.shape.join(", ")}]]${from ? `, which is output ${saved.outputNr} of ${from.name},` : ""} is at version ${saved.storage.version}; expected version ${saved.version} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with autograd.setDetectAnomaly(true).`,
			);
		}
		if (saved.leaf && !saved.leaf.isDisposed) return saved.leaf;
		const handle = newHandle(saved.storage.retain(), saved.layout, saved.dtype);
		const history = saved.isOutput ? this : saved.node;
		if (history) handle.setHistory(history, saved.outputNr);
		return handle;
	}

	/** @throws AutogradError if the saved tensors were freed by an earlier pass */
	assertUsable(): void {
		if (this.released) throw new AutogradError(RELEASED);
	}

	/** Lets go of the saved tensors. */
	free(): void {
		this.inner?.free();
		if (this.kept === null) return;
		const kept = this.kept;
		this.kept = null;
		this.released = kept.length > 0;
		for (const saved of kept) {
			if (saved === null || typeof saved === "number") continue;
			saved.storage.release();
			saved.node?.release();
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
		const stack: GradNode[] = [this];
		for (let node = stack.pop(); node; node = stack.pop()) {
			if (--node.refs > 0 || node.leaf) continue;
			const kept = node.kept;
			node.kept = null;
			node.released = true;
			for (const saved of kept ?? []) {
				if (saved === null || typeof saved === "number") continue;
				saved.storage.release();
				if (saved.node) stack.push(saved.node);
			}
			if (node.inner) stack.push(node.inner);
			for (const edge of node.edges) if (edge) stack.push(edge);
			node.edges = NO_EDGES;
		}
	}
}
