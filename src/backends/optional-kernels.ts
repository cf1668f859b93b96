import type { View } from "./view.js";

/**
 * Products with a matrix that is mostly one value, its background, by lists of
 * the other entries: x · wᵀ = Σ (x - c) w + c Σ w, which holds for any x. They may round
 * differently from `matmul`, by as much. Lists are an int32 view of the size that `probe`
 * names, and belong to the x that they were made from.
 */
export interface BackgroundKernels {
	/**
	 * Bytes of the lists of x [M, K] for a product with `outputs` columns; 0 if
	 * they do not pay, by a glance at a few values.
	 */
	probe(x: View, outputs: number): number;
	/** Writes the lists; false, with undefined contents, if they do not pay. */
	gather(x: View, lists: View): boolean;
	/**
	 * y = x · wᵀ (+ bias) (then ReLU) for w [N, K] and contiguous y. False if
	 * it has to be a `matmul`: for w that is not finite, or not contiguous in rows.
	 */
	linear(
		lists: View,
		w: View,
		bias: View | null,
		y: View,
		relu: boolean,
	): boolean;
	/**
	 * There will probably be a `weightGrad` of [outputs, K] by these lists: a device with idle
	 * threads may begin.
	 */
	prepareGrad(x: View, lists: View, outputs: number): void;
	/** dw [N, K] = gᵀ · x, contiguous. False if it has to be a `matmul`. */
	weightGrad(x: View, lists: View, g: View, dw: View): boolean;
}

/**
 * What augmentation does to batches of images [N, C, H, W], all contiguous.
 * A table has a row for each image, or one for all.
 */
export interface AugmentKernels {
	/**
	 * y[n, c, i, j] = x[n, c, rows[n, i], cols[n, j]], or `fill` where one of the
	 * int32 indices is -1. Any dtype; indices were checked by the caller.
	 */
	pick(x: View, rows: View, cols: View, y: View, fill: number): void;
	/**
	 * Each pixel of y from x at an affine map of its position: maps [N, 6], two
	 * rows that make x and y, -1 to 1 over the image, of (u, v, 1) in pixels from y's
	 * centre. Outside are fills [C]. The bits of PyTorch's `grid_sample` with
	 * torchvision's fill. float32.
	 */
	warp(x: View, maps: View, fills: View, y: View, bilinear: boolean): void;
	/**
	 * y has another size than x along dim: each entry is the sum of weights[i, k]
	 * times entry indices[i, k] of x, for two k at least. float32, int32 indices in range.
	 */
	resample(x: View, dim: number, indices: View, weights: View, y: View): void;
	/**
	 * Paints over a box of each image, in place: boxes int32 [N, 6] of top, left,
	 * height, width, where in `values` the box's begin, and 1 if they are [C, h, w]
	 * rather than [C]. float32.
	 */
	erase(y: View, boxes: View, values: View): void;
}
