import { Layout, type Shape, sameShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { defineOp, type Exec } from "./registry.js";

/**
 * A part of a tensor's memory: `layout` within a block whose elements lie as
 * `base` says. Both start where the block starts. The three operations here are each other's
 * gradients, so views can be differentiated any number of times.
 */
export interface Part {
	readonly base: Layout;
	readonly layout: Layout;
}

/** The part of a contiguous tensor of `shape` that `cut` leaves. */
export function partOf(shape: Shape, cut: (whole: Layout) => Layout): Part {
	const base = Layout.contiguous(shape);
	return { base, layout: cut(base) };
}

/** A block whose elements lie as `base` says, with the values of `from`, or zeros. */
function block(x: Exec, base: Layout, from: Tensor | null): Tensor {
	const flat = x.empty([base.extent], "float32");
	const whole = x.view(flat, base);
	flat.dispose();
	if (from) x.k.copy(from, whole);
	else x.k.fill(whole, 0);
	return whole;
}

function liesAs(t: Tensor, base: Layout): boolean {
	return sameShape(t.layout.strides, base.strides);
}

function shifted(layout: Layout, by: number): Layout {
	return by === 0
		? layout
		: new Layout(layout.shape, layout.strides, layout.offset + by);
}

/** The elements of a part. */
export const takePart = defineOp<readonly [Tensor], Part>({
	name: "asStrided",
	node: "AsStridedBackward0",
	forward: (x, [a], { base, layout }) => {
		if (liesAs(a, base)) return x.view(a, shifted(layout, a.layout.offset));
		const whole = block(x, base, a);
		const part = x.view(whole, layout);
		whole.dispose();
		return part;
	},
	backward: (g, { params }) => {
		// Several elements in one place share it: their gradients add up there.
		const { shape, strides } = params.layout;
		const shared: number[] = [];
		shape.forEach((n, i) => {
			if (n !== 1 && strides[i] === 0) shared.push(i);
		});
		if (shared.length === 0) return [g.placePart(params)];
		let layout = params.layout;
		for (const d of shared) layout = layout.narrow(d, 0, 1);
		return [
			g.sum(shared, { keepdim: true }).placePart({ base: params.base, layout }),
		];
	},
});

/** Zeros, with the input in the place of a part. */
export const placePart = defineOp<readonly [Tensor], Part>({
	name: "placePart",
	node: "AsStridedScatterBackward0",
	forward: (x, [a], { base, layout }) => {
		const whole = block(x, base, null);
		x.k.copy(a, { storage: whole.storage, layout, dtype: a.dtype });
		return whole;
	},
	backward: (g, { params }) => [g.takePart(params)],
});

/** The first input, with the second in the place of a part. */
export const replacePart = defineOp<readonly [Tensor, Tensor], Part>({
	name: "replacePart",
	node: "AsStridedScatterBackward0",
	forward: (x, [a, part], { base, layout }) => {
		const whole = block(x, base, a);
		x.k.copy(part, { storage: whole.storage, layout, dtype: a.dtype });
		return whole;
	},
	backward: (g, node) => {
		const { params } = node;
		return [
			node.needs(0)
				? g.replacePart(g.newZeros(params.layout.shape), params)
				: null,
			node.needs(1) ? g.takePart(params) : null,
		];
	},
});
