import type { ReduceName, View } from "../backends/backend.js";
import { type DType, promoteTypes } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { Layout, type Shape, wrapDim } from "../layout.js";
import type { Tensor } from "../tensor.js";
import {
	converted,
	freeTemporaries,
	temporary,
	torchName,
} from "./operands.js";
import { defineOp, type Exec } from "./registry.js";

type One = readonly [Tensor];

export interface DimsParams {
	/** Sorted, from the front; all of them if the user named none. */
	readonly dims: readonly number[];
	readonly keepdim: boolean;
	/** The user named no dimension. */
	readonly all: boolean;
}

/** Dimensions as a user may give them. @throws ShapeError */
export function wrapDims(
	dims: number | readonly number[] | undefined | null,
	rank: number,
): readonly number[] {
	if (dims === undefined || dims === null) return allDims(rank);
	if (typeof dims === "number") {
		const dim = wrapDim(dims, rank);
		return rank === 0 ? [] : [dim];
	}
	if (!Array.isArray(dims))
		throw new DTypeError(
			`dimensions are whole numbers, one or an array of them, but found ${typeof dims} ${String(dims)}`,
		);
	if (dims.length === 0) return allDims(rank);
	const wrapped = dims.map((d) => wrapDim(d, rank)).sort((a, b) => a - b);
	for (let i = 1; i < wrapped.length; i++)
		if (wrapped[i] === wrapped[i - 1])
			throw new ShapeError(
				`dim ${wrapped[i]} appears multiple times in the list of dims`,
			);
	return rank === 0 ? [] : wrapped;
}

const ALL_DIMS: readonly (readonly number[])[] = [[], [0], [0, 1], [0, 1, 2]];

function allDims(rank: number): readonly number[] {
	return ALL_DIMS[rank] ?? Array.from({ length: rank }, (_, i) => i);
}

function kept(shape: Shape, dims: readonly number[]): Shape {
	return shape.map((n, i) => (dims.includes(i) ? 1 : n));
}

function dropped(shape: Shape, dims: readonly number[]): Shape {
	if (dims.length === shape.length) return [];
	return shape.filter((_, i) => !dims.includes(i));
}

/** `y` seen with the reduced dimensions still there. */
function keepdimView(y: View, shape: Shape): View {
	if (y.layout.shape.length === shape.length) return y;
	return {
		storage: y.storage,
		layout: Layout.contiguous(shape),
		dtype: y.dtype,
	};
}

/** Reduces `a` in `dtype` into a new tensor. */
function reduced(
	x: Exec,
	op: ReduceName,
	a: Tensor,
	{ dims, keepdim }: DimsParams,
	dtype: DType,
	scale = 1,
): Tensor {
	const wide = kept(a.shape, dims);
	const y = x.empty(keepdim ? wide : dropped(a.shape, dims), dtype);
	x.k.reduce(op, converted(x.k, a, dtype), keepdimView(y, wide), scale);
	freeTemporaries();
	return y;
}

/** A reduced tensor, seen with its reduced dimensions of size 1 again. */
export function widened(
	t: Tensor,
	shape: Shape,
	{ dims, keepdim }: DimsParams,
): Tensor {
	return keepdim ? t : t.view(kept(shape, dims));
}

function named(name: string) {
	return ({ all }: DimsParams) => `${name}Backward${all ? 0 : 1}`;
}

export const sum = defineOp<One, DimsParams>({
	name: "sum",
	node: named("Sum"),
	forward: (x, [a], p) =>
		reduced(x, "sum", a, p, promoteTypes(a.dtype, "int32")),
	backward: (g, node) => {
		const shape = node.shape(0);
		return [widened(g, shape, node.params).expand(shape)];
	},
});

export const mean = defineOp<One, DimsParams>({
	name: "mean",
	node: named("Mean"),
	forward: (x, [a], p) => {
		if (a.dtype !== "float32")
			throw new DTypeError(
				`mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${torchName(a.dtype)}. Convert with .to('float32')`,
			);
		const n = countOf(a.shape, p.dims);
		const y = reduced(x, "sum", a, p, "float32", 1 / n);
		if (n === 0) x.k.fill(y, Number.NaN);
		return y;
	},
	backward: (g, node) => {
		const shape = node.shape(0);
		const n = countOf(shape, node.params.dims);
		return [widened(g, shape, node.params).div(n).expand(shape)];
	},
});

export function countOf(shape: Shape, dims: readonly number[]): number {
	let n = 1;
	for (const d of dims) n *= shape[d] as number;
	return n;
}

export const prod = defineOp<One, DimsParams>({
	name: "prod",
	node: named("Prod"),
	forward: (x, [a], p) =>
		reduced(x, "prod", a, p, promoteTypes(a.dtype, "int32")),
	saved: ([a]) => [a],
	backward: (g, node) => {
		const shape = node.shape(0);
		const a = node.tensor(0);
		return [
			widened(g, shape, node.params)
				.expand(shape)
				.mul(productOfOthers(a, node.params.dims)),
		];
	},
});

/** For each entry the product of all others along `dims`: exact around zeros. */
function productOfOthers(a: Tensor, dims: readonly number[]): Tensor {
	const order = [
		...allDims(a.shape.length).filter((d) => !dims.includes(d)),
		...dims,
	];
	const n = countOf(a.shape, dims);
	const moved = a.permute(order);
	const rows = moved.reshape([-1, Math.max(n, 1)]);
	const before: Tensor[] = [];
	const after: Tensor[] = [];
	let left = rows.narrow(1, 0, Math.min(1, n)).mul(0).add(1);
	let right = left;
	for (let i = 0; i < n; i++) {
		before.push(left);
		after.unshift(right);
		left = left.mul(rows.narrow(1, i, 1));
		right = right.mul(rows.narrow(1, n - 1 - i, 1));
	}
	if (n === 0) return a;
	const others = a.catWith(before, 1).mul(a.catWith(after, 1));
	const inverse = order.map((_, i) => order.indexOf(i));
	return others.reshape(moved.shape).permute(inverse);
}

export interface ExtremeParams {
	readonly dim: number;
	readonly keepdim: boolean;
	/** Where the forward leaves the positions. */
	indices: Tensor | null;
}

/** Values and positions along one dimension. */
function extremeAlong(name: "max" | "min") {
	return defineOp<One, ExtremeParams>({
		name,
		node: `${name === "max" ? "Max" : "Min"}Backward0`,
		forward: (x, [a], p) => {
			const dims = a.shape.length === 0 ? [] : [p.dim];
			const wide = kept(a.shape, dims);
			const shape = p.keepdim ? wide : dropped(a.shape, dims);
			const values = x.empty(shape, a.dtype);
			const indices = x.empty(shape, "int32");
			argReduce(
				x,
				name,
				a,
				keepdimView(values, wide),
				keepdimView(indices, wide),
			);
			p.indices = indices;
			return values;
		},
		saved: (_i, _y, { indices }) => [indices],
		backward: (g, node) => {
			const { dim, keepdim } = node.params;
			const shape = node.shape(0);
			const index = node.tensor(0);
			if (shape.length === 0) return [g];
			return [
				g
					.newZeros(shape)
					.scatterAdd(
						dim,
						keepdim ? index : index.unsqueeze(dim),
						keepdim ? g : g.unsqueeze(dim),
					),
			];
		},
	});
}

export const maxAlong = extremeAlong("max");
export const minAlong = extremeAlong("min");

function argReduce(
	x: Exec,
	name: "max" | "min",
	a: Tensor,
	values: View | null,
	indices: View,
): void {
	const wide = a.dtype === "uint8" || a.dtype === "bool";
	if (!wide) {
		x.k.argReduce(name, a, values, indices);
		return;
	}
	const temp = values && x.empty(values.layout.shape, "int32");
	x.k.argReduce(name, converted(x.k, a, "int32"), temp, indices);
	if (values && temp) x.k.copy(temp, values);
	temp?.dispose();
	freeTemporaries();
}

/** Position of the extreme along one dimension, or in the flattened tensor. */
export const argExtreme = defineOp<
	One,
	{
		readonly name: "max" | "min";
		readonly dim: number | null;
		readonly keepdim: boolean;
	}
>({
	name: "argmax",
	node: "ArgmaxBackward0",
	forward: (x, [a], { name, dim, keepdim }) => {
		if (dim === null) {
			const flat = a.reshape([-1]);
			const y = x.empty(keepdim ? a.shape.map(() => 1) : [], "int32");
			argReduce(x, name, flat, null, {
				storage: y.storage,
				layout: Layout.contiguous([1]),
				dtype: "int32",
			});
			flat.dispose();
			return y;
		}
		const dims = a.shape.length === 0 ? [] : [dim];
		const wide = kept(a.shape, dims);
		const y = x.empty(keepdim ? wide : dropped(a.shape, dims), "int32");
		argReduce(x, name, a, null, keepdimView(y, wide));
		return y;
	},
});

/** Extreme over several dimensions; ties share the gradient, as PyTorch's amax. */
function extremeOver(name: "max" | "min", node: (p: DimsParams) => string) {
	return defineOp<One, DimsParams>({
		name,
		node,
		forward: (x, [a], p) => reduced(x, name, a, p, a.dtype),
		saved: ([a]) => [a],
		backward: (g, n) => {
			const a = n.tensor(0);
			const p = n.params;
			// The extreme is computed anew, so that its own history is there for higher derivatives.
			const y = (
				name === "max"
					? a.amax(p.dims, { keepdim: true })
					: a.amin(p.dims, { keepdim: true })
			).detach();
			// max() and min() know that NaN is its own extreme, amax and amin do not.
			const same = a.eq(y);
			const hit = (
				p.all ? same.logicalOr(a.isnan().logicalAnd(y.isnan())) : same
			).to("float32");
			const share = hit.div(hit.sum(p.dims, { keepdim: true }));
			return [share.mul(widened(g, a.shape, p))];
		},
	});
}

export const amax = extremeOver("max", ({ all }) =>
	all ? "MaxBackward1" : "AmaxBackward0",
);
export const amin = extremeOver("min", ({ all }) =>
	all ? "MinBackward1" : "AminBackward0",
);

/** Whether any (by maximum) or all (by minimum) entries are not 0. */
export const truthReduce = defineOp<
	One,
	DimsParams & { readonly op: "max" | "min" }
>({
	name: "any",
	node: "AnyBackward0",
	forward: (x, [a], p) => {
		const dtype = a.dtype === "uint8" ? "uint8" : "bool";
		const y = x.empty(
			p.keepdim ? kept(a.shape, p.dims) : dropped(a.shape, p.dims),
			dtype,
		);
		// Over nothing: any is false, all is true.
		if (a.layout.numel === 0) {
			x.k.fill(y, p.op === "min" ? 1 : 0);
			return y;
		}
		const bools = converted(x.k, a, "bool");
		const to = dtype === "bool" ? y : temporary(x.k, y.shape, "bool");
		x.k.reduce(p.op, bools, keepdimView(to, kept(a.shape, p.dims)));
		if (to !== y) x.k.copy(to, y);
		freeTemporaries();
		return y;
	},
});
