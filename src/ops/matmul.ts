import type { View } from "../backends/backend.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Shape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { factorIn, torchName } from "./operands.js";
import { defineOp, type Exec } from "./registry.js";

/** What PyTorch calls its kernels where the name is not that of matrices. */
const KERNELS: Readonly<Record<string, string>> = {
	bmm: "bmm",
	baddbmm: "baddbmm",
	mv: "addmv_impl_cpu",
	dot: "dot",
};

/** @throws DTypeError unless all are float32 */
export function assertFloats(
	name: string,
	...tensors: readonly Tensor[]
): void {
	for (const t of tensors)
		if (t.dtype !== "float32") {
			const [a, b] = tensors;
			if (a && b && a.dtype !== b.dtype)
				throw new DTypeError(
					`expected scalar type ${torchName(a.dtype)} but found ${torchName(b.dtype)}. Convert with .to('${a.dtype}')`,
				);
			throw new DTypeError(
				`"${KERNELS[name] ?? "addmm_impl_cpu_"}" not implemented for '${torchName(t.dtype)}' (${name}). Convert with .to('float32')`,
			);
		}
}

/** Integers of one dtype, which no kernel multiplies. */
function isWhole(a: Tensor, b: Tensor): boolean {
	return a.dtype === b.dtype && (a.dtype === "int32" || a.dtype === "uint8");
}

/** Exact, and slow: every product is held at once. */
function wholeProduct(x: Exec, a: Tensor, b: Tensor): Tensor {
	return composed(x, null, () =>
		a.unsqueeze(-1).mul(b.unsqueeze(-3)).sum(-2).to(a.dtype),
	);
}

/** As PyTorch writes sizes of factors: `2x3`. */
export const by = (s: Shape) => s.join("x");

/** Product of two matrices, [M, K] · [K, N]. */
export const mm = defineOp<readonly [Tensor, Tensor]>({
	name: "mm",
	node: "MmBackward0",
	forward: (x, [a, b]) => {
		if (a.shape.length !== 2) throw new ShapeError("self must be a matrix");
		if (b.shape.length !== 2) throw new ShapeError("mat2 must be a matrix");
		if (a.shape[1] !== b.shape[0])
			throw new ShapeError(
				`mat1 and mat2 shapes cannot be multiplied (${by(a.shape)} and ${by(b.shape)})`,
			);
		if (isWhole(a, b)) return wholeProduct(x, a, b);
		assertFloats("mm", a, b);
		const y = x.empty([a.shape[0] as number, b.shape[1] as number], "float32");
		x.k.matmul(a, b, y, null, false);
		return y;
	},
	saved: ([a, b], _y, _p, n) => [n.needs(1) ? a : null, n.needs(0) ? b : null],
	backward: (g, node) => [
		node.needs(0) ? g.mm(node.tensor(1).t()) : null,
		node.needs(1) ? node.tensor(0).t().mm(g) : null,
	],
});

/** Batch of products, [B, M, K] · [B, K, N]. */
export const bmm = defineOp<readonly [Tensor, Tensor]>({
	name: "bmm",
	node: "BmmBackward0",
	forward: (x, [a, b]) => {
		if (a.shape.length !== 3)
			throw new ShapeError("batch1 must be a 3D tensor");
		if (b.shape.length !== 3)
			throw new ShapeError("batch2 must be a 3D tensor");
		if (a.shape[0] !== b.shape[0] || a.shape[2] !== b.shape[1])
			throw new ShapeError(
				`Expected size for first two dimensions of batch2 tensor to be: [${a.shape[0]}, ${a.shape[2]}] but got: [${b.shape[0]}, ${b.shape[1]}].`,
			);
		if (isWhole(a, b)) return wholeProduct(x, a, b);
		assertFloats("bmm", a, b);
		const y = x.empty(
			[a.shape[0] as number, a.shape[1] as number, b.shape[2] as number],
			"float32",
		);
		x.k.matmul(a, b, y, null, false);
		return y;
	},
	saved: ([a, b], _y, _p, n) => [n.needs(1) ? a : null, n.needs(0) ? b : null],
	backward: (g, node) => [
		node.needs(0) ? g.bmm(node.tensor(1).transpose(1, 2)) : null,
		node.needs(1) ? node.tensor(0).transpose(1, 2).bmm(g) : null,
	],
});

/** Product of a matrix and a vector, [M, K] · [K]. */
export const mv = defineOp<readonly [Tensor, Tensor]>({
	name: "mv",
	node: "MvBackward0",
	forward: (x, [a, v]) => {
		if (a.shape.length !== 2 || v.shape.length !== 1)
			throw new ShapeError(
				`vector + matrix @ vector expected, got 1, ${a.shape.length}, ${v.shape.length}`,
			);
		if (a.shape[1] !== v.shape[0])
			throw new ShapeError(
				`size mismatch, got ${a.shape[0]}, ${by(a.shape)},${v.shape[0]}`,
			);
		if (isWhole(a, v))
			return composed(x, null, () => a.mul(v).sum(1).to(a.dtype));
		assertFloats("mv", a, v);
		const y = x.empty([a.shape[0] as number], "float32");
		x.k.matmul(a, column(v), column(y), null, false);
		return y;
	},
	saved: ([a, v], _y, _p, n) => [n.needs(1) ? a : null, n.needs(0) ? v : null],
	backward: (g, node) => [
		node.needs(0) ? g.outer(node.tensor(1)) : null,
		node.needs(1) ? node.tensor(0).t().mv(g) : null,
	],
});

/** A vector as a matrix of one column. */
function column(v: Tensor): View {
	return {
		storage: v.storage,
		layout: v.layout.unsqueeze(1),
		dtype: v.dtype,
	};
}

/** Sum of the products of two vectors' entries. */
export const dot = defineOp<readonly [Tensor, Tensor]>({
	name: "dot",
	node: "DotBackward0",
	forward: (x, [a, b]) => {
		if (a.shape.length !== 1 || b.shape.length !== 1)
			throw new ShapeError(
				`1D tensors expected, but got ${a.shape.length}D and ${b.shape.length}D tensors`,
			);
		if (a.dtype !== b.dtype)
			throw new DTypeError(
				`dot : expected both vectors to have same dtype, but found ${torchName(a.dtype)} and ${torchName(b.dtype)}`,
			);
		if (a.shape[0] !== b.shape[0])
			throw new ShapeError(
				`inconsistent tensor size, expected tensor [${a.shape[0]}] and src [${b.shape[0]}] to have the same number of elements, but got ${a.shape[0]} and ${b.shape[0]} elements respectively`,
			);
		if (!isWhole(a, b)) assertFloats("dot", a, b);
		return composed(x, null, () => a.mul(b).sum().to(a.dtype));
	},
	saved: ([a, b], _y, _p, n) => [n.needs(1) ? a : null, n.needs(0) ? b : null],
	backward: (g, node) => [
		node.needs(0) ? g.mul(node.tensor(1)) : null,
		node.needs(1) ? g.mul(node.tensor(0)) : null,
	],
});

export interface AddProductParams {
	readonly beta: number;
	readonly alpha: number;
}

/** beta · c + alpha · a · b, for matrices or for batches of them. */
function addProduct(name: "addmm" | "baddbmm") {
	const product = name === "addmm" ? "mm" : "bmm";
	return defineOp<readonly [Tensor, Tensor, Tensor], AddProductParams>({
		name,
		node: name === "addmm" ? "AddmmBackward0" : "BaddbmmBackward0",
		forward: (x, [c, a, b], p, out) => {
			const [beta, alpha] = [p.beta, p.alpha].map((value) =>
				factorIn(a.dtype, value),
			) as [number, number];
			if (c.dtype !== a.dtype)
				throw new DTypeError(
					`self and mat2 must have the same dtype: got ${torchName(c.dtype)} and ${torchName(a.dtype)}. Convert with .to('float32')`,
				);
			if (a.dtype === "bool") assertFloats(name, a, b);
			return composed(x, out, () => {
				const y = a[product](b);
				assertExpandable(c.shape, y.shape);
				if (alpha !== 1) y.mul_(alpha);
				// beta 0 means that c is not read: its NaNs do not count
				if (beta === 0) return y;
				return y.add_(beta === 1 ? c : c.mul(beta));
			});
		},
		saved: ([, a, b], _y, _p, n) => [
			n.needs(2) ? a : null,
			n.needs(1) ? b : null,
		],
		backward: (g, node) => {
			const { alpha, beta } = node.params;
			const scaled = alpha === 1 ? g : g.mul(alpha);
			return [
				node.needs(0) ? g.mul(beta) : null,
				node.needs(1)
					? scaled[product](node.tensor(1).transpose(-1, -2))
					: null,
				node.needs(2)
					? node.tensor(0).transpose(-1, -2)[product](scaled)
					: null,
			];
		},
	});
}

/** @throws ShapeError unless `from` broadcasts to `to` */
function assertExpandable(from: Shape, to: Shape): void {
	for (let i = 1; i <= from.length; i++) {
		const own = from[from.length - i] as number;
		const want = to[to.length - i];
		if (own !== 1 && own !== want)
			throw new ShapeError(
				`The expanded size of the tensor (${want ?? 1}) must match the existing size (${own}) at non-singleton dimension ${to.length - i}.  Target sizes: ${showShape(to)}.  Tensor sizes: ${showShape(from)}`,
			);
	}
}

export const addmm = addProduct("addmm");
export const baddbmm = addProduct("baddbmm");
