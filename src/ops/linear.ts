import { allocate } from "../autograd/apply.js";
import { isGradEnabled } from "../autograd/mode.js";
import type { GradNode } from "../autograd/node.js";
import type { View } from "../backends/backend.js";
import { ShapeError } from "../errors.js";
import { Layout, numelOf, type Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { assertFloats, by } from "./matmul.js";
import { defineOp, type Exec } from "./registry.js";

/** What `linear` learns about its input on the way. */
export interface LinearParams {
	/** The input's entries other than its background, if it has one. */
	lists: Tensor | null;
}

/**
 * x · wᵀ + b for x [N, in], w [out, in], b [out]: one kernel, and PyTorch's
 * `addmm` in the graph.
 */
export const linear = defineOp<
	readonly [Tensor, Tensor, Tensor | null],
	LinearParams
>({
	name: "linear",
	node: (_p, inputs) => (inputs[2] ? "AddmmBackward0" : "MmBackward0"),
	forward: (x, inputs, params) => {
		params.lists = null;
		const a = inputs[0];
		const w = inputs[1];
		const b = inputs[2];
		if (w.shape.length !== 2)
			throw new ShapeError(
				`linear: weight must be a matrix [out, in], but has shape [${w.shape.join(", ")}]`,
			);
		if (a.shape.length !== 2 || a.shape[1] !== w.shape[1])
			throw new ShapeError(
				`mat1 and mat2 shapes cannot be multiplied (${by(a.shape)} and ${w.shape[1]}x${w.shape[0]})`,
			);
		if (b && (b.shape.length !== 1 || b.shape[0] !== w.shape[0]))
			throw new ShapeError(
				`The expanded size of the tensor (${w.shape[0]}) must match the existing size (${numelOf(b.shape)}) at non-singleton dimension 1.  Target sizes: [${a.shape[0]}, ${w.shape[0]}].  Tensor sizes: [${b.shape.join(", ")}]`,
			);
		assertFloats("linear", a, w);
		if (b) assertFloats("linear", a, b);
		const rows = a.shape[0] as number;
		const y = x.empty(matrix(rows, w.shape[0] as number), "float32");
		if (linearByBackground(x, a, w, b, y, params)) return y;
		x.k.matmul(a, flipped(w), y, b, false);
		return y;
	},
	keep: (node, inputs, y, params) => {
		node.keep(node.needs(1) ? inputs[0] : null, y);
		node.keep(node.needs(0) ? inputs[1] : null, y);
		node.keep(params.lists, y);
	},
	backward: (g, node) =>
		isGradEnabled() ? decomposed(g, node) : gradients(g, node),
});

/**
 * y = x · wᵀ + b by the entries of x that differ from its most frequent value.
 * The lists go to `params` if the gradient of w will want them.
 * @returns false where the plain product is faster or more exact; y then is as it was
 */
function linearByBackground(
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
	const lists = exec.empty(Layout.row(bytes >>> 2).shape, "int32");
	const done =
		background.gather(x, lists) && background.linear(lists, w, b, y, false);
	if (done && isGradEnabled() && w.requiresGrad) {
		params.lists = lists;
		background.prepareGrad(x, lists, w.shape[0] as number);
	} else lists.dispose();
	return done;
}

type Gradients = readonly [Tensor | null, Tensor | null, Tensor | null];

/** In operations that have gradients themselves. */
function decomposed(g: Tensor, node: GradNode<LinearParams>): Gradients {
	return [
		node.needs(0) ? g.mm(node.tensor(1)) : null,
		node.needs(1) ? g.t().mm(node.tensor(0)) : null,
		node.needs(2) ? g.sum(0) : null,
	];
}

/** What `gradients` gave last: the engine takes them from here at once. */
const results: [Tensor | null, Tensor | null, Tensor | null] = [
	null,
	null,
	null,
];

/** By kernels at once, without an operation's handles and checks for each. */
function gradients(g: Tensor, node: GradNode<LinearParams>): Gradients {
	const { backend } = g.storage;
	const n = g.shape[1] as number;
	let db: Tensor | null = null;
	if (node.needs(2)) {
		db = allocate(backend, node.shape(2), "float32");
		backend.reduce("sum", g, over(db, Layout.matrix(1, n)));
	}
	results[1] = node.needs(1) ? weightGrad(g, node) : null;
	results[2] = db;
	results[0] = null;
	if (node.needs(0)) {
		// the last one: a GPU's product takes over what is done to it next
		const w = node.view(1) as View;
		const dx = allocate(backend, node.shape(0), "float32");
		backend.matmul(g, w, dx, null, false);
		results[0] = dx;
	}
	return results;
}

/** gᵀ · x, by the lists that the forward made if there are any. */
function weightGrad(g: Tensor, node: GradNode<LinearParams>): Tensor {
	const x = node.view(0) as View;
	const lists = node.view(2);
	const { backend } = g.storage;
	const dw = allocate(backend, node.shape(1), "float32");
	if (lists === null || !backend.background?.weightGrad(x, lists, g, dw))
		backend.matmul(flipped(g), x, dw, null, false);
	return dw;
}

function matrix(rows: number, columns: number): Shape {
	return Layout.matrix(rows, columns).shape;
}

function over(t: View, layout: Layout): View {
	return { storage: t.storage, layout, dtype: t.dtype };
}

/** A matrix's transpose, for a kernel. */
function flipped(t: View): View {
	return over(t, t.layout.transpose(0, 1));
}
