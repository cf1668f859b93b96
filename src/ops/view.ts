import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import {
	inferShape,
	type Layout,
	type Shape,
	showShape,
	wrapDim,
} from "../layout.js";
import { inverseOrder } from "../memory-order.js";
import type { Tensor } from "../tensor.js";
import { defineOp } from "./registry.js";
import { partOf } from "./strided.js";

type One = readonly [Tensor];

/** The gradient of a view that only renames or reorders: the inverse view. */
export const view = defineOp<
	One,
	{ readonly shape: Shape; readonly node?: string }
>({
	name: "view",
	node: ({ node }) => node ?? "ViewBackward0",
	isView: true,
	forward: (x, inputs, params) => {
		const a = inputs[0];
		const shape = inferShape(params.shape, a.layout.numel);
		const layout = a.layout.viewAs(shape);
		if (layout === null)
			throw new ShapeError(
				"view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
			);
		return x.view(a, layout);
	},
	backward: (g, node) => [g.reshape(node.shape(0))],
});

/** `reshape` where the elements have to be copied. */
export const reshapeCopy = defineOp<One, { readonly shape: Shape }>({
	name: "reshape",
	node: "UnsafeViewBackward0",
	forward: (x, [a], { shape }) => {
		const y = x.empty(inferShape(shape, a.layout.numel), a.dtype);
		x.k.copy(a, {
			storage: y.storage,
			layout: y.layout.viewAs(a.shape) as Layout,
			dtype: y.dtype,
		});
		return y;
	},
	backward: (g, node) => [g.reshape(node.shape(0))],
});

export const transpose = defineOp<
	One,
	{ readonly a: number; readonly b: number; readonly short: boolean }
>({
	name: "transpose",
	node: ({ short }) => (short ? "TBackward0" : "TransposeBackward0"),
	isView: true,
	forward: (x, [t], { a, b }) =>
		x.view(t, t.shape.length === 0 ? t.layout : t.layout.transpose(a, b)),
	backward: (g, { params }) => [g.transpose(params.a, params.b)],
});

export const permute = defineOp<One, { readonly dims: readonly number[] }>({
	name: "permute",
	node: "PermuteBackward0",
	isView: true,
	forward: (x, [a], { dims }) => x.view(a, a.layout.permute(dims)),
	backward: (g, { params }) => [g.permute(inverseOrder(params.dims))],
});

/** Checks and completes the dimensions of a permutation. @throws ShapeError */
export function permutation(dims: readonly number[], rank: number): number[] {
	if (dims.length !== rank)
		throw new ShapeError(
			`permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${rank} is not equal to len(dims) = ${dims.length}`,
		);
	const wrapped = dims.map((d) => wrapDim(d, rank));
	if (new Set(wrapped).size !== rank)
		throw new ShapeError("permute(): duplicate dims are not allowed.");
	return wrapped;
}

/** The engine sums the gradient over the new and the stretched dimensions. */
export const expand = defineOp<One, { readonly shape: Shape }>({
	name: "expand",
	node: "ExpandBackward0",
	isView: true,
	forward: (x, [a], { shape }) => x.view(a, a.layout.expand(shape)),
	backward: (g) => [g],
});

/** What PyTorch calls tensors of a type in this message. */
const CLASSES: Readonly<Record<DType, string>> = {
	float32: "torch.FloatTensor",
	int32: "torch.LongTensor",
	uint8: "torch.ByteTensor",
	bool: "CPUBoolType",
};

/** Sizes for `expand`, -1 filled in. @throws ShapeError in PyTorch's words */
export function expandShape(
	from: Shape,
	to: Shape,
	dtype: DType = "float32",
): Shape {
	const lead = to.length - from.length;
	if (lead < 0)
		throw new ShapeError(
			`expand(${CLASSES[dtype]}{${showShape(from)}}, size=${showShape(to)}): the number of sizes provided (${to.length}) must be greater or equal to the number of dimensions in the tensor (${from.length})`,
		);
	// from the back, so that the last dimension that does not fit is named
	return to.reduceRight<number[]>((sizes, size, i) => {
		sizes[i] = fitted(size, i);
		return sizes;
	}, []);

	function fitted(size: number, i: number): number {
		if (i < lead) {
			if (size >= 0) return size;
			throw new ShapeError(
				`The expanded size of the tensor (${size}) isn't allowed in a leading, non-existing dimension ${i}`,
			);
		}
		const own = from[i - lead] as number;
		if (size === -1 || size === own) return own;
		if (own === 1) return size;
		throw new ShapeError(
			`The expanded size of the tensor (${size}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: ${showShape(to)}.  Tensor sizes: ${showShape(from)}`,
		);
	}
}

export interface NarrowParams {
	readonly dim: number;
	readonly start: number;
	readonly length: number;
	readonly step: number;
	/** PyTorch's node where another operation than slicing made it. */
	readonly node?: string;
	/** Which of the views that one call made. */
	readonly part?: number;
}

/** Every `step`-th entry of one dimension. */
export const narrow = defineOp<One, NarrowParams>({
	name: "narrow",
	node: ({ node }) => node ?? "SliceBackward0",
	isView: true,
	forward: (x, [a], { dim, start, length, step }) =>
		x.view(a, a.layout.narrow(dim, start, length, step)),
	backward: (g, node) => {
		const { dim, start, length, step } = node.params;
		return [
			g.placePart(
				partOf(node.shape(0), (whole) =>
					whole.narrow(dim, start, length, step),
				),
			),
		];
	},
});

export const select = defineOp<
	One,
	{ readonly dim: number; readonly index: number; readonly node?: string }
>({
	name: "select",
	node: ({ node }) => node ?? "SelectBackward0",
	isView: true,
	forward: (x, [a], { dim, index }) => x.view(a, a.layout.select(dim, index)),
	backward: (g, node) => {
		const { dim, index } = node.params;
		return [
			g.placePart(partOf(node.shape(0), (whole) => whole.select(dim, index))),
		];
	},
});

export const unsqueeze = defineOp<One, { readonly dim: number }>({
	name: "unsqueeze",
	node: "UnsqueezeBackward0",
	isView: true,
	forward: (x, [a], { dim }) => x.view(a, a.layout.unsqueeze(dim)),
	backward: (g, node) => [g.squeeze(node.params.dim)],
});

export const squeeze = defineOp<
	One,
	{
		readonly dims: readonly number[];
		readonly all: boolean;
		readonly node?: string;
	}
>({
	name: "squeeze",
	node: ({ all, node }) =>
		node ?? (all ? "SqueezeBackward0" : "SqueezeBackward1"),
	isView: true,
	forward: (x, [a], { dims }) => x.view(a, a.layout.squeeze(dims)),
	backward: (g, node) => [g.reshape(node.shape(0))],
});

/** Elements i, i of two dimensions, as a last dimension. */
export const diagonal = defineOp<
	One,
	{ readonly offset: number; readonly a: number; readonly b: number }
>({
	name: "diagonal",
	node: "DiagonalBackward0",
	isView: true,
	forward: (x, [t], { offset, a, b }) =>
		x.view(t, t.layout.diagonal(offset, a, b)),
	backward: (g, node) => {
		const { offset, a, b } = node.params;
		return [
			g.placePart(
				partOf(node.shape(0), (whole) => whole.diagonal(offset, a, b)),
			),
		];
	},
});

/** A second handle on the same memory, with history. */
export const alias = defineOp<One>({
	name: "alias",
	node: "AliasBackward0",
	isView: true,
	forward: (x, [a]) => x.view(a, a.layout),
	backward: (g) => [g],
});

/** A second handle without history. */
export const detach = defineOp<One>({
	name: "detach",
	node: "DetachBackward0",
	forward: (x, [a]) => x.view(a, a.layout),
});
