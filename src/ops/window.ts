import type { Window } from "../backends/backend.js";
import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { densified, freeTemporaries } from "./operands.js";
import { defineOp } from "./registry.js";

/** Two-dimensional windows that move over images [N, C, H, W]. */
type One = readonly [Tensor];

export interface WindowParams {
	readonly window: Window;
}

/** Positions of a window along one side of `size`. */
export function positionsOf(
	size: number,
	axis: 0 | 1,
	{ kernel, stride, padding, dilation }: Window,
	ceil = false,
): number {
	const reach = dilation[axis] * (kernel[axis] - 1) + 1;
	const free = size + 2 * padding[axis] - reach;
	if (!ceil) return Math.floor(free / stride[axis]) + 1;
	const n = Math.ceil(free / stride[axis]) + 1;
	// The last window must begin inside of the image or its left padding.
	return (n - 1) * stride[axis] >= size + padding[axis] ? n - 1 : n;
}

function outputOf(shape: Shape, window: Window): [number, number] {
	return [
		positionsOf(shape[2] as number, 0, window),
		positionsOf(shape[3] as number, 1, window),
	];
}

/** [N, C, H, W] to [N, C·kh·kw, L]: each window as a column. PyTorch: `unfold`. */
export const im2col = defineOp<One, WindowParams>({
	name: "im2col",
	node: "Im2ColBackward0",
	forward: (x, [a], { window }) => {
		const [h, w] = outputOf(a.shape, window);
		const [n, c] = a.shape as readonly [number, number];
		const rows = c * window.kernel[0] * window.kernel[1];
		const y = x.empty([n, rows, h * w], "float32");
		x.k.im2col(densified(x.k, a), y, window);
		freeTemporaries();
		return y;
	},
	backward: (g, node) => {
		const { window } = node.params;
		return [g.foldWindows(window, node.shape(0))];
	},
});

/** The transposed map: every column's entries are added to their pixels. PyTorch: `fold`. */
export const col2im = defineOp<One, WindowParams & { readonly shape: Shape }>({
	name: "col2im",
	node: "Col2ImBackward0",
	forward: (x, [columns], { window, shape }) => {
		const y = x.empty(shape, "float32");
		x.k.col2im(densified(x.k, columns), y, window);
		freeTemporaries();
		return y;
	},
	backward: (g, { params }) => [g.unfoldWindows(params.window)],
});

export interface ConvParams extends WindowParams {
	readonly groups: number;
}

/** Filters as matrices, [G, out / G, in / G · kh · kw]. */
function matrices(weight: Tensor, groups: number): Tensor {
	const [out = 0, ...rest] = weight.shape;
	return weight.reshape([
		groups,
		out / groups,
		rest.reduce((p, n) => p * n, 1),
	]);
}

/** One group's columns, [N, in / G · kh · kw, L]. */
function groupOf(columns: Tensor, groups: number, i: number): Tensor {
	if (groups === 1) return columns;
	const size = (columns.shape[1] as number) / groups;
	return columns.narrow(1, i * size, size);
}

/**
 * Correlation of images with filters: columns of windows, and a product of
 * matrices. weight [out, in / groups, kh, kw], bias [out].
 */
export const conv2d = defineOp<
	readonly [Tensor, Tensor, Tensor | null],
	ConvParams
>({
	name: "conv2d",
	node: "ConvolutionBackward0",
	forward: (x, [a, weight, bias], { window, groups }) =>
		composed(x, null, () => {
			const [h, w] = outputOf(a.shape, window);
			const [n, out] = [a.shape[0] as number, weight.shape[0] as number];
			const columns = a.unfoldWindows(window);
			const filters = matrices(weight, groups);
			const parts: Tensor[] = [];
			for (let i = 0; i < groups; i++) {
				const own = filters.select(0, i).unsqueeze(0);
				parts.push(
					own
						.expand([n, ...own.shape.slice(1)])
						.bmm(groupOf(columns, groups, i)),
				);
			}
			const y = parts.length > 1 ? a.catWith(parts, 1) : (parts[0] as Tensor);
			const image = y.view([n, out, h, w]);
			return bias ? image.add_(bias.view([1, out, 1, 1])) : image;
		}),
	saved: ([a, weight], _y, _p, n) => [
		n.needs(1) ? a : null,
		n.needs(0) ? weight : null,
	],
	backward: (g, node) => {
		const { window, groups } = node.params;
		const [n = 0, out = 0] = g.shape;
		const flat = g.reshape([
			n,
			out,
			(g.shape[2] as number) * (g.shape[3] as number),
		]);
		return [
			node.needs(0)
				? imageGradient(flat, node.tensor(1), groups).foldWindows(
						window,
						node.shape(0),
					)
				: null,
			node.needs(1)
				? filterGradient(
						flat,
						node.tensor(0).unfoldWindows(window),
						groups,
					).reshape(node.shape(1))
				: null,
			node.needs(2) ? g.sum([0, 2, 3]) : null,
		];
	},
});

function imageGradient(g: Tensor, weight: Tensor, groups: number): Tensor {
	const filters = matrices(weight, groups).transpose(1, 2);
	const parts: Tensor[] = [];
	for (let i = 0; i < groups; i++) {
		const own = filters.select(0, i).unsqueeze(0);
		parts.push(
			own
				.expand([g.shape[0] as number, ...own.shape.slice(1)])
				.bmm(groupOf(g, groups, i)),
		);
	}
	return parts.length > 1 ? g.catWith(parts, 1) : (parts[0] as Tensor);
}

function filterGradient(g: Tensor, columns: Tensor, groups: number): Tensor {
	const parts: Tensor[] = [];
	for (let i = 0; i < groups; i++)
		parts.push(
			groupOf(g, groups, i)
				.bmm(groupOf(columns, groups, i).transpose(1, 2))
				.sum(0),
		);
	return parts.length > 1 ? g.catWith(parts, 0) : (parts[0] as Tensor);
}

export interface PoolParams extends WindowParams {
	/** Height and width of the result. */
	readonly size: readonly [number, number];
}

/** Maxima of windows; the gradient goes to the first maximum. */
export const maxPool2d = defineOp<One, PoolParams & { indices: Tensor | null }>(
	{
		name: "maxPool2d",
		node: "MaxPool2DWithIndicesBackward0",
		forward: (x, [a], p) => {
			const shape = [...a.shape.slice(0, 2), ...p.size];
			const y = x.empty(shape, a.dtype);
			const indices = x.empty(shape, "int32");
			x.k.maxPool2d(densified(x.k, a), y, indices, p.window);
			freeTemporaries();
			p.indices = indices;
			return y;
		},
		saved: (_inputs, _y, { indices }) => [indices],
		backward: (g, node) => {
			const [n = 0, c = 0, h = 0, w = 0] = node.shape(0);
			const places = node.tensor(0);
			return [
				g
					.newZeros([n * c, h * w])
					.scatterAdd(
						1,
						places.view([
							n * c,
							(g.shape[2] as number) * (g.shape[3] as number),
						]),
						g.reshape([n * c, (g.shape[2] as number) * (g.shape[3] as number)]),
					)
					.view([n, c, h, w]),
			];
		},
	},
);

export interface MeanPoolParams extends PoolParams {
	readonly countIncludePad: boolean;
	/** Divides every sum, unless 0. */
	readonly divisor: number;
}

export const avgPool2d = defineOp<One, MeanPoolParams>({
	name: "avgPool2d",
	node: "AvgPool2DBackward0",
	forward: (x, [a], p) => {
		const y = x.empty([...a.shape.slice(0, 2), ...p.size], "float32");
		x.k.avgPool2d(densified(x.k, a), y, p.window, p.countIncludePad, p.divisor);
		freeTemporaries();
		return y;
	},
	backward: (g, node) => [g.unpooled(node.params, node.shape(0))],
});

export const avgPool2dBackward = defineOp<
	One,
	MeanPoolParams & { readonly shape: Shape }
>({
	name: "avgPool2dBackward",
	node: "AvgPool2DBackwardBackward0",
	forward: (x, [g], p) => {
		const dx = x.empty(p.shape, "float32");
		x.k.avgPool2dBackward(
			densified(x.k, g),
			dx,
			p.window,
			p.countIncludePad,
			p.divisor,
		);
		freeTemporaries();
		return dx;
	},
	backward: (g, { params }) => [g.meanPooled(params)],
});

/** Means of the parts into which each side is cut; parts of neighbours may overlap. */
export const adaptiveAvgPool2d = defineOp<
	One,
	{ readonly size: readonly [number, number] }
>({
	name: "adaptiveAvgPool2d",
	node: "AdaptiveAvgPool2DBackward0",
	forward: (x, [a], { size }) =>
		composed(x, null, () => {
			const [h = 0, w = 0] = a.shape.slice(2);
			const kernel = [h / size[0], w / size[1]] as const;
			// equal parts: summed pixel by pixel and divided side by side, as PyTorch
			if (kernel.every((side) => Number.isInteger(side) && side > 0)) {
				const window: Window = {
					kernel,
					stride: kernel,
					padding: [0, 0],
					dilation: [1, 1],
				};
				return a
					.meanPooled({ window, size, countIncludePad: true, divisor: 1 })
					.div_(kernel[0])
					.div_(kernel[1]);
			}
			return cuts(a, h, size[0])
				.matmul(a)
				.matmul(cuts(a, w, size[1]).t());
		}),
	backward: (g, node) => {
		const [h = 0, w = 0] = node.shape(0).slice(2);
		const { size } = node.params;
		return [
			cuts(g, h, size[0])
				.t()
				.matmul(g)
				.matmul(cuts(g, w, size[1])),
		];
	},
});

/** The matrix [parts, size] that takes the means of parts of a line. */
function cuts(like: Tensor, size: number, parts: number): Tensor {
	const values = new Float32Array(parts * size);
	for (let i = 0; i < parts; i++) {
		const from = Math.floor((i * size) / parts);
		const to = Math.ceil(((i + 1) * size) / parts);
		values.fill(1 / (to - from), i * size + from, i * size + to);
	}
	return like.newFrom(values, [parts, size]);
}
