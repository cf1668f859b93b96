import type { GradNode } from "../autograd/node.js";
import { promoteTypes } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { numelOf, type Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { converted, freeTemporaries, intoResult } from "./operands.js";
import { defineOp } from "./registry.js";

interface Along {
	readonly dim: number;
}

/** Running sum along one dimension. */
export const cumsum = defineOp<readonly [Tensor], Along>({
	name: "cumsum",
	node: "CumsumBackward0",
	forward: (x, [a], { dim }, out) => {
		const dtype = promoteTypes(a.dtype, "int32");
		return intoResult(x, out, a.shape, out?.dtype ?? dtype, dtype, (y) => {
			if (a.shape.length === 0) x.k.copy(a, y);
			else x.k.cumsum(converted(x.k, a, dtype), y, dim);
		});
	},
	backward: (g, { params }) => [
		g.shape.length === 0
			? g
			: g.flip([params.dim]).cumsum(params.dim).flip([params.dim]),
	],
});

/** The gradient of elements that were taken from the positions which the node saved. */
function backToPlaces<P extends Along>(
	g: Tensor,
	node: GradNode<P>,
): readonly [Tensor] {
	const shape = node.shape(0);
	if (shape.length === 0) return [g];
	const { dim } = node.params;
	return [g.newZeros(shape).scatterAdd(dim, node.tensor(0), g)];
}

export interface SortParams {
	readonly dim: number;
	readonly descending: boolean;
	/** PyTorch's graph names a sort by whether it was asked to be stable. */
	readonly stable?: boolean;
	/** Where the forward leaves the positions. */
	indices: Tensor | null;
}

/** Stable sort along one dimension; NaN counts as the greatest. */
export const sort = defineOp<readonly [Tensor], SortParams>({
	name: "sort",
	node: ({ stable }) =>
		stable === undefined ? "SortBackward0" : "SortBackward1",
	forward: (x, [a], p) => {
		const values = x.empty(a.shape, a.dtype);
		const indices = x.empty(a.shape, "int32");
		p.indices = indices;
		if (a.shape.length === 0) {
			x.k.copy(a, values);
			x.k.fill(indices, 0);
			return values;
		}
		const wide = a.dtype === "uint8" || a.dtype === "bool";
		const target = wide ? x.empty(a.shape, "int32") : values;
		x.k.sort(
			wide ? converted(x.k, a, "int32") : a,
			target,
			indices,
			p.dim,
			p.descending,
		);
		if (wide) {
			x.k.copy(target, values);
			target.dispose();
		}
		freeTemporaries();
		return values;
	},
	saved: (_inputs, _y, { indices }) => [indices],
	backward: backToPlaces,
});

/** Entries in reverse order along some dimensions. */
export const flip = defineOp<
	readonly [Tensor],
	{ readonly dims: readonly number[] }
>({
	name: "flip",
	node: "FlipBackward0",
	forward: (x, [a], { dims }) => {
		let layout = a.layout;
		for (const d of dims) {
			const n = layout.shape[d] as number;
			if (n > 0) layout = layout.narrow(d, n - 1, n, -1);
		}
		const y = x.empty(a.shape, a.dtype);
		x.k.copy({ storage: a.storage, layout, dtype: a.dtype }, y);
		return y;
	},
	backward: (g, { params }) => [g.flip(params.dims)],
});

/** Coordinates of the entries that are not 0, [n, rank], in row-major order. */
export const nonzero = defineOp<readonly [Tensor]>({
	name: "nonzero",
	node: "NonzeroBackward0",
	forward: (x, [a]) =>
		composed(x, null, () => {
			const places = x.empty([a.numel()], "int32");
			const n = x.k.nonzero(a, places);
			const found = places.narrow(0, 0, n);
			return coordinates(found, a.shape);
		}),
});

/** Row-major positions [n] in `shape` as coordinates [n, rank]. */
export function coordinates(found: Tensor, shape: Shape): Tensor {
	const n = found.numel();
	if (shape.length === 0) return found.view([n, 1]).narrow(1, 0, 0).clone();
	if (shape.length === 1) return found.view([n, 1]).clone();
	let step = numelOf(shape);
	const columns = shape.map((size) => {
		step /= Math.max(size, 1);
		return found.floorDivide(Math.max(step, 1)).remainder(Math.max(size, 1));
	});
	return found.stackWith(columns, 1);
}

export interface TopkParams {
	readonly k: number;
	readonly dim: number;
	readonly largest: boolean;
	/** Where the forward leaves the positions. */
	indices: Tensor | null;
}

/** The k greatest or least along one dimension, in order. */
export const topk = defineOp<readonly [Tensor], TopkParams>({
	name: "topk",
	node: "TopkBackward0",
	forward: (x, [a], p) => {
		if (a.dtype === "bool" && a.layout.numel > 0)
			throw new DTypeError(
				"\"topk_cpu\" not implemented for 'Bool'. Convert with .to('uint8')",
			);
		const order: SortParams = {
			dim: p.dim,
			descending: p.largest,
			indices: null,
		};
		const sorted = sort.forward(x, [a], order, null);
		const indices = order.indices as Tensor;
		const cut = (t: Tensor) => {
			const part =
				a.shape.length === 0 ? t.layout : t.layout.narrow(p.dim, 0, p.k);
			const y = x.empty(part.shape, t.dtype);
			x.k.copy({ storage: t.storage, layout: part, dtype: t.dtype }, y);
			t.dispose();
			return y;
		};
		p.indices = cut(indices);
		return cut(sorted);
	},
	saved: (_inputs, _y, { indices }) => [indices],
	backward: backToPlaces,
});
