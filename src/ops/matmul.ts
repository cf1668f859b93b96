import { DTypeError, ShapeError } from "../errors.js";
import { numelOf, type Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { torchName } from "./operands.js";
import { defineOp } from "./registry.js";

/** @throws DTypeError unless all are float32 */
function assertFloats(name: string, ...tensors: readonly Tensor[]): void {
	for (const t of tensors)
		if (t.dtype !== "float32") {
			const [a, b] = tensors;
			if (a && b && a.dtype !== b.dtype)
				throw new DTypeError(
					`expected m1 and m2 to have the same dtype, but got: ${torchName(a.dtype)} != ${torchName(b.dtype)}. Convert with .to('float32')`,
				);
			throw new DTypeError(
				`${name} is computed in float32 only, but got ${torchName(t.dtype)}. Convert with .to('float32')`,
			);
		}
}

const by = (s: Shape) => s.join("x");

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
		assertFloats("mm", a, b);
		const y = x.empty([a.shape[0] as number, b.shape[1] as number], "float32");
		x.k.matmul(a, b, y, null, false);
		return y;
	},
	saved: (inputs) => inputs,
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
		assertFloats("bmm", a, b);
		const y = x.empty(
			[a.shape[0] as number, a.shape[1] as number, b.shape[2] as number],
			"float32",
		);
		x.k.matmul(a, b, y, null, false);
		return y;
	},
	saved: (inputs) => inputs,
	backward: (g, node) => [
		node.needs(0) ? g.bmm(node.tensor(1).transpose(1, 2)) : null,
		node.needs(1) ? node.tensor(0).transpose(1, 2).bmm(g) : null,
	],
});

/**
 * x · wᵀ + b for x [N, in], w [out, in], b [out]: one kernel, and PyTorch's
 * `addmm` in the graph.
 */
export const linear = defineOp<readonly [Tensor, Tensor, Tensor | null]>({
	name: "linear",
	node: "AddmmBackward0",
	forward: (x, [a, w, b]) => {
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
		assertFloats("linear", a, w, ...(b ? [b] : []));
		const y = x.empty([a.shape[0] as number, w.shape[0] as number], "float32");
		const columns = {
			storage: w.storage,
			layout: w.layout.transpose(0, 1),
			dtype: w.dtype,
		};
		x.k.matmul(a, columns, y, b, false);
		return y;
	},
	saved: ([a, w]) => [a, w],
	backward: (g, node) => [
		node.needs(0) ? g.mm(node.tensor(1)) : null,
		node.needs(1) ? g.t().mm(node.tensor(0)) : null,
		node.needs(2) ? g.sum(0) : null,
	],
});
