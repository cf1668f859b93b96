import { GradNode } from "../autograd/node.js";
import { Layout } from "../layout.js";
import type { Tensor } from "../tensor.js";
import type { Arg } from "./registry.js";
import { defineOp } from "./registry.js";
import { type Part, takePart } from "./strided.js";

/**
 * What in-place writes through views do to the graph. Source: PyTorch's
 * `CopySlices` and `AsStridedBackward`.
 */
function partOfBase(base: Tensor, view: Tensor): Part {
	const start = base.layout.offset;
	return {
		base: new Layout(base.layout.shape, base.layout.strides, 0),
		layout: new Layout(
			view.layout.shape,
			view.layout.strides,
			view.layout.offset - start,
		),
	};
}

/** The node of `view`, made anew from its base's present history. */
export function viewHistory(base: Tensor, view: Tensor): GradNode {
	const node = new GradNode<Part>(
		takePart.node as string,
		takePart as never,
		partOfBase(base, view),
	);
	node.connect([base]);
	return node;
}

const copySlices = defineOp<readonly Arg[], Part>({
	name: "copySlices",
	node: "CopySlices",
	forward: (_x, [base]) => base as Tensor,
	backward: (g, node) => {
		const inner = node.inner as GradNode;
		const slice = g.takePart(node.params);
		// where a Function looks for it
		inner.setArrived(0, slice);
		const grads = inner.op?.backward?.(slice, inner) ?? [];
		inner.restore(0, null, null);
		const own = grads[0] ?? slice.zerosLike();
		return [
			node.needs(0) ? g.replacePart(own, node.params) : null,
			...grads.slice(1),
		];
	},
});

/**
 * The base's new node, after `inner` was written through `view`: the gradient
 * outside of the view passes, the part inside goes through `inner`.
 */
export function writeThroughView(
	base: Tensor,
	view: Tensor,
	inner: GradNode,
): GradNode {
	const node = new GradNode<Part>(
		"CopySlices",
		copySlices as never,
		partOfBase(base, view),
	);
	node.inner = inner;
	inner.retain();
	node.connect([base]);
	// The inner node's other inputs become this node's, so that the walk finds them.
	for (let i = 1; i < inner.edges.length; i++) {
		node.addInput(inner.edges[i] ?? null, inner.edgeNr(i), inner.shape(i));
	}
	return node;
}
