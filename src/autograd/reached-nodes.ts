import type { Tensor } from "../tensor.js";
import type { GradNode } from "./node.js";

/** The nodes of a graph that a backward pass reaches from its roots. */
export class ReachedNodes {
	/** Newest first; null behind them. */
	order: (GradNode | null)[] = [];
	count = 0;
	/** Whether code of the user's sees gradients of the pass. */
	showsGradients = false;
	private pass = 0;
	/** Nodes that a pass around this one is busy with, to be put back as it left them. */
	private suspended: (() => void)[] | null = null;

	/** Reachable nodes, newest first: an order in which every user of a value precedes it. */
	collect(
		pass: number,
		roots: Tensor | readonly Tensor[] | null,
		inputs: readonly Tensor[] | null,
	): void {
		this.pass = pass;
		this.showsGradients = false;
		if (isTensor(roots)) this.find(roots.gradEdge());
		else for (const root of roots ?? []) this.find(root.gradEdge());
		for (let i = 0; i < this.count; i++) {
			const { edges, op, inner } = this.order[i] as GradNode;
			if (op?.showsGradients || inner?.op?.showsGradients)
				this.showsGradients = true;
			for (let j = 0; j < edges.length; j++) this.find(edges[j] ?? null);
		}
		sortNewestFirst(this.order, this.count);
		if (inputs) this.only(inputs);
	}

	private find(node: GradNode | null): void {
		if (node === null || node.pass === this.pass) return;
		if (node.pass !== 0) {
			const { pass, grad, others } = node;
			this.suspended ??= [];
			this.suspended.push(() => node.restore(pass, grad, others));
		}
		node.restore(this.pass, null, null);
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

	/** Puts every node back as it was before the pass. */
	leave(): void {
		for (let i = 0; i < this.count; i++) {
			this.order[i]?.restore(0, null, null);
			this.order[i] = null;
		}
		this.count = 0;
		if (this.suspended) for (const putBack of this.suspended) putBack();
		this.suspended = null;
	}
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

export function isTensor(
	roots: Tensor | readonly Tensor[] | null,
): roots is Tensor {
	return roots !== null && "layout" in roots;
}
