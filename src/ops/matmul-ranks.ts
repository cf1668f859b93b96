import { apply } from "../autograd/apply.js";
import { DTypeError, ShapeError } from "../errors.js";
import { broadcastShapes, numelOf, type Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { bmm, dot, mm, mv } from "./matmul.js";
import { squeeze, view } from "./view.js";

/**
 * Products of every rank from those of matrices.
 * Source: PyTorch's `torch.matmul`.
 * @throws ShapeError in PyTorch's words
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
	const ra = a.shape?.length;
	const rb = b?.shape?.length;
	if (ra === undefined || rb === undefined)
		throw new DTypeError(
			`matmul(): argument '${ra === undefined ? "input" : "other"}' must be Tensor, not ${typeof (ra === undefined ? a : b)}`,
		);
	if (ra === 0 || rb === 0)
		throw new ShapeError(
			`both arguments to matmul need to be at least 1D, but they are ${ra}D and ${rb}D`,
		);
	if (ra === 2 && rb === 2) return apply(mm, [a, b], undefined);
	if (ra === 1 && rb === 1) return apply(dot, [a, b], undefined);
	if (ra === 1 && rb === 2) return squeezed(matmul(a.unsqueeze(0), b), rb - 2);
	if (ra === 2 && rb === 1) return apply(mv, [a, b], undefined);
	// A batch times a vector is one tall matrix times it.
	if (rb === 1) return tall(a, b);
	if (ra === 1) return tall(b.transpose(-1, -2), a);
	const m = a.shape[ra - 2] as number;
	const k = a.shape[ra - 1] as number;
	const n = b.shape[rb - 1] as number;
	// A batch on the left alone is one tall matrix.
	if (rb === 2)
		return viewed(
			apply(mm, [a.reshape([numelOf(a.shape.slice(0, -1)), k]), b], undefined),
			[...a.shape.slice(0, -1), n],
		);
	if (ra === 2 && k !== b.shape[rb - 2])
		throw new ShapeError(
			`mat1 and mat2 shapes cannot be multiplied (${numelOf(b.shape.slice(0, -2)) * n}x${b.shape[rb - 2]} and ${k}x${m})`,
		);
	const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
	const count = numelOf(batch);
	const left = a.expand([...batch, m, k]).reshape([count, m, k]);
	const right = b
		.expand([...batch, b.shape[rb - 2] as number, n])
		.reshape([count, b.shape[rb - 2] as number, n]);
	return viewed(
		apply(bmm, [left, right], undefined),
		[...batch, m, n],
		ra === 2 ? "CloneBackward0" : undefined,
	);
}

/** The matrices of `a`, one below the other, times the vector `v`. */
function tall(a: Tensor, v: Tensor): Tensor {
	const k = a.shape[a.shape.length - 1] as number;
	const shape = a.shape.slice(0, -1);
	const rows = a.reshape([numelOf(shape), k]);
	return viewed(apply(mv, [rows, v], undefined), shape);
}

/** @internal a view under the name that PyTorch gives it after a product */
export function viewed(
	y: Tensor,
	shape: Shape,
	node = "UnsafeViewBackward0",
): Tensor {
	return apply(view, [y], { shape, node });
}

function squeezed(y: Tensor, dim: number): Tensor {
	return apply(squeeze, [y], {
		dims: [dim],
		all: false,
		node: "SqueezeBackward3",
	});
}
