import { promoteTypes } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Shape, sameShape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import {
	converted,
	copied,
	densified,
	freeTemporaries,
	intoResult,
} from "./operands.js";
import { type Arg, defineOp } from "./registry.js";

/** @throws DTypeError unless integers */
export function assertIndex(name: string, index: Tensor): void {
	if (index.dtype === "float32" || index.dtype === "bool")
		throw new DTypeError(
			`${name}(): Expected dtype int32/int64 for index, but found ${index.dtype}. Convert with .to('int32')`,
		);
}

function outOfRange(name: string, index: Tensor, at: number, size: number) {
	const value = index.device === "cpu" ? index.dataSync()[at] : "?";
	return new ShapeError(
		`index ${value} is out of bounds for dimension with size ${size} (${name}, at position ${at} of the index)`,
	);
}

function check(
	name: string,
	index: Tensor,
	size: number,
	bad: number,
	results: readonly Tensor[],
): void {
	freeTemporaries();
	if (bad < 0) return;
	for (const r of results) r.dispose();
	throw outOfRange(name, index, bad, size);
}

interface Along {
	readonly dim: number;
}

/** Whole slices of `dim`, picked by a list of positions. */
export const indexSelect = defineOp<readonly [Tensor, Tensor], Along>({
	name: "indexSelect",
	node: "IndexSelectBackward0",
	forward: (x, [a, index], { dim }) => {
		assertIndex("index_select", index);
		if (index.shape.length > 1)
			throw new ShapeError(
				`index_select(): Index is supposed to be a vector, but has shape ${showShape(index.shape)}`,
			);
		const shape = a.shape.slice();
		if (shape.length > 0) shape[dim] = index.numel();
		const y = x.empty(shape, a.dtype);
		const list = densified(x.k, converted(x.k, index, "int32"));
		const bad = x.k.indexSelect(a, dim, list, y);
		check("index_select", index, a.shape[dim] ?? 1, bad, [y]);
		return y;
	},
	saved: ([, index]) => [index],
	backward: (g, node) => [
		g.newZeros(node.shape(0)).indexAdd(node.params.dim, node.tensor(0), g),
		null,
	],
});

/** Adds (or puts) slices of `source` at positions of `dim`. */
function indexWrite(name: "indexAdd" | "indexCopy") {
	const add = name === "indexAdd";
	return defineOp<readonly [Tensor, Tensor, Tensor], Along>({
		name,
		node: add ? "IndexAddBackward0" : "IndexCopyBackward0",
		forward: (x, [a, index, source], { dim }, out) => {
			assertIndex(name, index);
			const want = a.shape.slice();
			want[dim] = index.numel();
			if (!sameShape(want, source.shape))
				throw new ShapeError(
					`${name}(): source has shape ${showShape(source.shape)}, but the index and self ask for ${showShape(want)}`,
				);
			const y = out ?? x.empty(a.shape, a.dtype);
			if (y !== a) x.k.copy(a, y);
			const list = densified(x.k, converted(x.k, index, "int32"));
			const bad = x.k.indexPut(
				y,
				dim,
				list,
				converted(x.k, source, a.dtype),
				add,
			);
			check(name, index, a.shape[dim] as number, bad, y === a ? [] : [y]);
			return y;
		},
		saved: ([, index]) => [index],
		backward: (g, node) => {
			const { dim } = node.params;
			const index = node.tensor(0);
			return [
				!node.needs(0)
					? null
					: add
						? g
						: g.indexCopy(dim, index, g.newZeros(node.shape(2))),
				null,
				node.needs(2) ? g.indexSelect(dim, index) : null,
			];
		},
	});
}

export const indexAdd = indexWrite("indexAdd");
export const indexCopy = indexWrite("indexCopy");

function fits(index: Shape, into: Shape, dim: number): boolean {
	return (
		index.length === into.length &&
		index.every((n, i) => i === dim || n <= (into[i] as number))
	);
}

/** y[i][j] = a[index[i][j]][j] for dim 0, and so on. */
export const gather = defineOp<readonly [Tensor, Tensor], Along>({
	name: "gather",
	node: "GatherBackward0",
	forward: (x, [a, index], { dim }) => {
		assertIndex("gather", index);
		if (!fits(index.shape, a.shape, dim) && a.shape.length > 0)
			throw new ShapeError(
				`Size does not match at dimension ${dim} expected index ${showShape(index.shape)} to be smaller than self ${showShape(a.shape)} apart from dimension ${dim}`,
			);
		const y = x.empty(index.shape, a.dtype);
		const bad = x.k.gather(a, dim, converted(x.k, index, "int32"), y);
		check("gather", index, a.shape[dim] ?? 1, bad, [y]);
		return y;
	},
	saved: ([, index]) => [index],
	backward: (g, node) => [
		g.newZeros(node.shape(0)).scatterAdd(node.params.dim, node.tensor(0), g),
		null,
	],
});

/** The inverse of gather: a[index[i][j]][j] = source[i][j] (or +=). */
function scatterWith(name: "scatter" | "scatterAdd") {
	const add = name === "scatterAdd";
	return defineOp<readonly [Tensor, Tensor, Arg], Along>({
		name,
		node: add
			? "ScatterAddBackward0"
			: (_p, [, , source]) =>
					`ScatterBackward${typeof source === "number" ? 1 : 0}`,
		forward: (x, [a, index, source], { dim }, out) => {
			assertIndex(name, index);
			if (!fits(index.shape, a.shape, dim) && a.shape.length > 0)
				throw new ShapeError(
					`Expected index ${showShape(index.shape)} to be smaller than self ${showShape(a.shape)} apart from dimension ${dim}`,
				);
			if (
				typeof source === "object" &&
				source !== null &&
				!fits(index.shape, source.shape, -1)
			)
				throw new ShapeError(
					`Expected index ${showShape(index.shape)} to be smaller than src ${showShape(source.shape)}`,
				);
			const y = out ?? x.empty(a.shape, a.dtype);
			if (y !== a) x.k.copy(a, y);
			const list = converted(x.k, index, "int32");
			let from: Parameters<typeof x.k.scatter>[3];
			if (typeof source === "object" && source !== null) {
				const part = overlap(source, index.shape);
				from = source.dtype === a.dtype ? part : copied(x.k, part, a.dtype);
			} else from = source ?? 0;
			const bad = x.k.scatter(y, dim, list, from, add);
			check(name, index, a.shape[dim] ?? 1, bad, y === a ? [] : [y]);
			return y;
		},
		saved: ([, index]) => [index],
		backward: (g, node) => {
			const { dim } = node.params;
			const index = node.tensor(0);
			const source = () => {
				const own = g.gather(dim, index);
				return sameShape(own.shape, node.shape(2))
					? own
					: padTo(own, node.shape(2));
			};
			return [
				!node.needs(0) ? null : add ? g : g.scatter(dim, index, 0),
				null,
				node.needs(2) ? source() : null,
			];
		},
	});
}

/** The leading part of `source` that an index of `shape` addresses. */
function overlap(source: Tensor, shape: Shape) {
	let layout = source.layout;
	shape.forEach((n, d) => {
		layout = layout.narrow(d, 0, n);
	});
	return { storage: source.storage, layout, dtype: source.dtype };
}

function padTo(t: Tensor, shape: Shape): Tensor {
	let out = t;
	shape.forEach((n, d) => {
		const have = out.shape[d] as number;
		if (have === n) return;
		const gap = out.shape.slice();
		gap[d] = n - have;
		out = out.catWith([out, out.newZeros(gap)], d);
	});
	return out;
}

export const scatter = scatterWith("scatter");
export const scatterAdd = scatterWith("scatterAdd");

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

export interface SortParams {
	readonly dim: number;
	readonly descending: boolean;
	/** Where the forward leaves the positions. */
	indices: Tensor | null;
}

/** Stable sort along one dimension; NaN counts as the greatest. */
export const sort = defineOp<readonly [Tensor], SortParams>({
	name: "sort",
	node: "SortBackward0",
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
	backward: (g, node) => [
		node.shape(0).length === 0
			? g
			: g
					.newZeros(node.shape(0))
					.scatterAdd(node.params.dim, node.tensor(0), g),
	],
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
			if (a.shape.length === 0)
				return found.view([n, 1]).narrow(1, 0, 0).clone();
			if (a.shape.length === 1) return found.view([n, 1]).clone();
			let step = a.numel();
			const columns = a.shape.map((size) => {
				step /= Math.max(size, 1);
				return found
					.floorDivide(Math.max(step, 1))
					.remainder(Math.max(size, 1));
			});
			return found.stackWith(columns, 1);
		}),
});

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
	backward: (g, node) => [
		node.shape(0).length === 0
			? g
			: g
					.newZeros(node.shape(0))
					.scatterAdd(node.params.dim, node.tensor(0), g),
	],
});
