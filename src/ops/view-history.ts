import { GradNode } from "../autograd/node.js";
import { Layout } from "../layout.js";
import type { Tensor } from "../tensor.js";
import type { Arg } from "./registry.js";
import { defineOp } from "./registry.js";

/**
 * What in-place writes through views do to the graph. Source: PyTorch's
 * `CopySlices` and `AsStridedBackward`.
 */

/** Where `view` lies within a contiguous copy of `base`. */
function within(base: Tensor, view: Tensor): Layout {
	return new Layout(
		view.layout.shape,
		view.layout.strides,
		view.layout.offset - base.layout.offset,
	);
}

interface Slice {
	readonly layout: Layout;
	/** A contiguous base can be addressed by the view's own strides. */
	readonly shape: readonly number[];
}

const asStrided = defineOp<[Tensor], Slice>({
	name: "asStrided",
	node: "AsStridedBackward0",
	forward: (x, [base], { layout }) => x.view(base, layout),
	backward: (g, node) => {
		const full = g.newZeros(node.params.shape);
		full.alias().overLayout(node.params.layout).add_(g);
		return [full];
	},
});

/** The node of `view`, made anew from its base's present history. */
export function viewHistory(base: Tensor, view: Tensor): GradNode {
	const node = new GradNode<Slice>(
		asStrided.node as string,
		asStrided as never,
		{ layout: within(base, view), shape: base.shape },
	);
	node.connect([base]);
	return node;
}

const copySlices = defineOp<readonly Arg[], Slice>({
	name: "copySlices",
	node: "CopySlices",
	forward: (_x, [base]) => base as Tensor,
	backward: (g, node) => {
		const { layout } = node.params;
		const inner = node.inner as GradNode;
		const rest = g.clone();
		const slice = rest.overLayout(layout);
		const grads = inner.op?.backward?.(slice.clone(), inner) ?? [];
		const own = grads[0];
		if (own) slice.copy_(own);
		else slice.zero_();
		return [rest, ...grads.slice(1)];
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
	const node = new GradNode<Slice>("CopySlices", copySlices as never, {
		layout: within(base, view),
		shape: base.shape,
	});
	node.inner = inner;
	inner.retain();
	node.connect([base]);
	// The inner node's other inputs become this node's, so that the walk finds them.
	for (let i = 1; i < inner.edges.length; i++) {
		const edge = inner.edges[i] ?? null;
		edge?.retain();
		node.edges.push(edge);
		node.edgeNrs.push(inner.edgeNrs[i] ?? 0);
		node.inputShapes.push(inner.shape(i));
	}
	return node;
}
