import type { AugmentKernels } from "../backends/backend.js";
import { DeviceError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { defineOp, type Exec } from "./registry.js";

/**
 * Entries behind the image transforms. They make data for models to learn
 * from, and have no gradient. Inputs are contiguous images [N, C, H, W] and
 * tables as `AugmentKernels` describes them.
 */

/** @throws DeviceError where the device has none */
function kernelsOf(x: Exec): AugmentKernels {
	if (x.k.augment === undefined)
		throw new DeviceError(
			`image transforms work on cpu tensors, but found one on ${x.k.device}. Transform images before they are moved: in the dataset, or before .to("${x.k.device}").`,
		);
	return x.k.augment;
}

/** Pixels by tables of rows and of columns; `fill` where these say -1. */
export const pickPixels = defineOp<
	readonly [images: Tensor, rows: Tensor, cols: Tensor],
	{ readonly fill: number }
>({
	name: "pickPixels",
	node: "IndexBackward0",
	forward(x, [images, rows, cols], { fill }) {
		const [n = 0, c = 0] = images.shape;
		const kernels = kernelsOf(x);
		const size = [rows.shape[1] as number, cols.shape[1] as number];
		const y = x.empty([n, c, ...size], images.dtype);
		kernels.pick(images, rows, cols, y, fill);
		return y;
	},
});

/** Affine maps of float32 images. */
export const warpImages = defineOp<
	readonly [images: Tensor, maps: Tensor, fills: Tensor],
	{ readonly size: readonly [number, number]; readonly bilinear: boolean }
>({
	name: "warpImages",
	node: "GridSampler2DBackward0",
	forward(x, [images, maps, fills], { size, bilinear }) {
		const [n = 0, c = 0] = images.shape;
		const kernels = kernelsOf(x);
		const y = x.empty([n, c, ...size], "float32");
		kernels.warp(images, maps, fills, y, bilinear);
		return y;
	},
});

/** Another number of float32 rows (dim 2) or columns (dim 3), each a weighted sum. */
export const resampleImages = defineOp<
	readonly [images: Tensor, indices: Tensor, weights: Tensor],
	{ readonly dim: 2 | 3 }
>({
	name: "resampleImages",
	node: "UpsampleBilinear2DBackward0",
	forward(x, [images, indices, weights], { dim }) {
		const shape = images.shape.slice();
		shape[dim] = indices.shape[0] as number;
		const kernels = kernelsOf(x);
		const y = x.empty(shape, "float32");
		kernels.resample(images, dim, indices, weights, y);
		return y;
	},
});

/** float32 images with a box of each painted over. */
export const eraseBoxes = defineOp<
	readonly [images: Tensor, boxes: Tensor, values: Tensor]
>({
	name: "eraseBoxes",
	node: "CopySlices",
	forward(x, [images, boxes, values]) {
		const kernels = kernelsOf(x);
		const y = x.empty(images.shape, "float32");
		x.k.copy(images, y);
		kernels.erase(y, boxes, values);
		return y;
	},
});
