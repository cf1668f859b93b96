import type { View } from "../backends/backend.js";
import { type DType, promoteTypes } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { Layout, type Shape, sameShape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { resultInto, temporary } from "./operands.js";
import { defineOp, type Exec } from "./registry.js";

type One = readonly [Tensor];

/** The whole tensor several times along each dimension; `times` has at least its rank. */
export const repeat = defineOp<One, { readonly times: readonly number[] }>({
	name: "repeat",
	node: "RepeatBackward0",
	forward: (x, [a], { times }) => {
		const lead = times.length - a.shape.length;
		const sizes = times.map((_, i) =>
			i < lead ? 1 : (a.shape[i - lead] as number),
		);
		const y = x.empty(
			times.map((n, i) => n * (sizes[i] as number)),
			a.dtype,
		);
		// y seen as [times, size, times, size …], and a as the same with stride 0
		const cut = times.flatMap((n, i) => [n, sizes[i] as number]);
		const strides = times.flatMap((_, i) => [
			0,
			i < lead ? 0 : (a.layout.strides[i - lead] as number),
		]);
		x.k.copy(
			{
				storage: a.storage,
				layout: new Layout(cut, strides, a.layout.offset),
				dtype: a.dtype,
			},
			{ storage: y.storage, layout: Layout.contiguous(cut), dtype: y.dtype },
		);
		return y;
	},
	backward: (g, node) => {
		const { times } = node.params;
		const shape = node.shape(0);
		if (times.includes(0)) return [g.newZeros(shape)];
		const lead = times.length - shape.length;
		const cut = times.flatMap((n, i) => [
			n,
			i < lead ? 1 : (shape[i - lead] as number),
		]);
		const dims = times.map((_, i) => 2 * i);
		return [g.reshape(cut).sum(dims).reshape(shape)];
	},
});

/** Tensors of one shape along a new dimension. */
export const stack = defineOp<readonly Tensor[], { readonly dim: number }>({
	name: "stack",
	node: "StackBackward0",
	forward: (x, inputs, { dim }) => {
		const first = inputs[0] as Tensor;
		let dtype: DType = first.dtype;
		inputs.forEach((t, i) => {
			if (!sameShape(t.shape, first.shape))
				throw new ShapeError(
					`stack expects each tensor to be equal size, but got ${showShape(first.shape)} at entry 0 and ${showShape(t.shape)} at entry ${i}`,
				);
			dtype = promoteTypes(dtype, t.dtype);
		});
		const shape = first.shape.slice();
		shape.splice(dim, 0, inputs.length);
		const y = x.empty(shape, dtype);
		inputs.forEach((t, i) => {
			x.k.copy(t, {
				storage: y.storage,
				layout: y.layout.select(dim, i),
				dtype,
			});
		});
		return y;
	},
	backward: (g, node) =>
		node.inputShapes.map((_, i) =>
			node.needs(i) ? g.select(node.params.dim, i) : null,
		),
});

/** 0, 1, … n - 1 as int32, for one kernel call. */
function counting(x: Exec, n: number, shape: Shape): View {
	const t = temporary(x.k, shape, "int32");
	const values = Int32Array.from({ length: n }, (_, i) => i);
	x.k.write(t.storage.handle, 0, new Uint8Array(values.buffer));
	return t;
}

/** The part of matrices on one side of a diagonal, zeros elsewhere. */
function triangle(name: "tril" | "triu") {
	return defineOp<One, { readonly diagonal: number }>({
		name,
		node: name === "tril" ? "TrilBackward0" : "TriuBackward0",
		forward: (x, [a], { diagonal }, out) => {
			const rank = a.shape.length;
			const [rows, columns] = [
				a.shape[rank - 2] as number,
				a.shape[rank - 1] as number,
			];
			return resultInto(x, out, a.shape, a.dtype, (y) => {
				const column = counting(x, columns, [1, columns]);
				const row = counting(x, rows, [rows, 1]);
				const kept = temporary(x.k, [rows, columns], "bool");
				const last = temporary(x.k, [rows, 1], "int32");
				x.k.binary("add", row, diagonal, last);
				x.k.binary(
					name === "tril" ? "le" : "ge",
					{ ...column, layout: column.layout.expand([rows, columns]) },
					{ ...last, layout: last.layout.expand([rows, columns]) },
					kept,
				);
				x.k.where({ ...kept, layout: kept.layout.expand(a.shape) }, a, 0, y);
			});
		},
		backward: (g, { params }) => [
			name === "tril" ? g.tril(params.diagonal) : g.triu(params.diagonal),
		],
	});
}

export const tril = triangle("tril");
export const triu = triangle("triu");

/** A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector. */
export const diag = defineOp<One, { readonly diagonal: number }>({
	name: "diag",
	node: "DiagBackward0",
	forward: (x, [a], { diagonal }) => {
		if (a.shape.length === 2) {
			const layout = a.layout.diagonal(diagonal, 0, 1);
			const y = x.empty(layout.shape, a.dtype);
			x.k.copy({ storage: a.storage, layout, dtype: a.dtype }, y);
			return y;
		}
		const n = a.numel() + Math.abs(diagonal);
		const y = x.empty([n, n], a.dtype);
		x.k.fill(y, 0);
		x.k.copy(a, {
			storage: y.storage,
			layout: y.layout.diagonal(diagonal, 0, 1),
			dtype: y.dtype,
		});
		return y;
	},
	backward: (g, node) => {
		const { diagonal } = node.params;
		const shape = node.shape(0);
		if (shape.length === 1) return [g.diag(diagonal)];
		return [g.placeDiagonal(shape, diagonal)];
	},
});

interface PadParams {
	/** Places before and after, for each dimension from the first on; negative ones cut. */
	readonly before: readonly number[];
	readonly after: readonly number[];
	readonly value: number;
}

/** A border of one value. */
export const constantPad = defineOp<One, PadParams>({
	name: "constantPad",
	node: "ConstantPadNdBackward0",
	forward: (x, [a], { before, after, value }) => {
		const shape = a.shape.map(
			(n, i) => n + (before[i] as number) + (after[i] as number),
		);
		const y = x.empty(shape, a.dtype);
		x.k.fill(y, value);
		let from = a.layout;
		let to = y.layout;
		for (let d = 0; d < shape.length; d++) {
			const b = before[d] as number;
			const start = Math.max(-b, 0);
			const length =
				(a.shape[d] as number) - start - Math.max(-(after[d] as number), 0);
			from = from.narrow(d, start, Math.max(length, 0));
			to = to.narrow(d, Math.max(b, 0), Math.max(length, 0));
		}
		x.k.copy(
			{ storage: a.storage, layout: from, dtype: a.dtype },
			{ storage: y.storage, layout: to, dtype: y.dtype },
		);
		return y;
	},
	backward: (g, { params }) => [
		g.padded(
			params.before.map((n) => -n),
			params.after.map((n) => -n),
			0,
		),
	],
});

/** Tensors one after the other along `dim`. */
export const cat = defineOp<readonly Tensor[], { readonly dim: number }>({
	name: "cat",
	node: "CatBackward0",
	forward: (x, inputs, { dim }) => {
		const parts = inputs.filter((t) => !isNothing(t.shape));
		const first = parts[0] ?? (inputs[0] as Tensor);
		const shape = first.shape.slice();
		let dtype: DType = first.dtype;
		for (const t of inputs) dtype = promoteTypes(dtype, t.dtype);
		let length = 0;
		inputs.forEach((t, i) => {
			if (isNothing(t.shape)) return;
			if (t.shape.length !== shape.length)
				throw new ShapeError(
					`Tensors must have same number of dimensions: got ${shape.length} and ${t.shape.length}`,
				);
			t.shape.forEach((n, d) => {
				if (d !== dim && n !== shape[d])
					throw new ShapeError(
						`Sizes of tensors must match except in dimension ${dim}. Expected size ${shape[d]} but got size ${n} for tensor number ${i} in the list.`,
					);
			});
			length += t.shape[dim] as number;
		});
		if (parts.length > 0) shape[dim] = length;
		const y = x.empty(shape, dtype);
		let at = 0;
		for (const t of parts) {
			const n = t.shape[dim] as number;
			x.k.copy(t, {
				storage: y.storage,
				layout: y.layout.narrow(dim, at, n),
				dtype,
			});
			at += n;
		}
		return y;
	},
	backward: (g, node) => {
		const { dim } = node.params;
		let at = 0;
		return node.inputShapes.map((shape, i) => {
			if (isNothing(shape)) return node.needs(i) ? g.newZeros(shape) : null;
			const n = shape[dim] as number;
			at += n;
			return node.needs(i) ? g.narrow(dim, at - n, n) : null;
		});
	},
});

/** PyTorch lets `cat` skip empty vectors, whatever the others' rank. */
function isNothing(shape: Shape): boolean {
	return shape.length === 1 && shape[0] === 0;
}
