import { DTypeError, ShapeError } from "../errors.js";
import { stack } from "../functions.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { batchSteps, planBatch, runBatch } from "./batch.js";
import type { ImageSize } from "./image-transform.js";
import { applyTransform, type Transform } from "./transform.js";

/**
 * Each image of a batch through a transform with draws of its own, as a data
 * set does with its samples: `torch.stack([transform(x) for x in images])`. The image
 * transforms, Normalize and Compose of them run over the whole batch, a kernel each.
 *
 * ```ts
 * const augment = new transforms.Compose([new transforms.RandomCrop(28, 4), new transforms.RandomErasing()]);
 * for await (const [x, y] of loader) train(transforms.mapImages(augment, x), y);
 * ```
 *
 * @param images [N, C, H, W]
 * @returns [N, ...] as the transform has it, without gradient
 * @throws ShapeError if `images` has other than four dimensions or the results
 * differ in size; what the transform throws
 */
export function mapImages(transform: Transform, images: Tensor): Tensor {
	if (!(images instanceof Tensor))
		throw new DTypeError(
			`mapImages: images should be a tensor [N, C, H, W], got ${typeof images}`,
		);
	if (images.dim() !== 4)
		throw new ShapeError(
			`mapImages: expected images [N, C, H, W], but got ${images.dim()} dimensions. Use transform.forward(image) for a single image.`,
		);
	const [n, ...size] = images.shape as readonly [number, ...number[]];
	const steps = n > 0 ? batchSteps(transform) : null;
	return scope(() => {
		const x = images.detach();
		if (steps) {
			const plans = planBatch(steps, size as unknown as ImageSize, n);
			return runBatch(steps, x, plans);
		}
		const each = Array.from({ length: n }, (_, i) => {
			const y = applyTransform(transform, x.select(0, i));
			if (y instanceof Tensor) return y;
			throw new DTypeError(
				`mapImages: the transform should give tensors, but gave ${typeof y}`,
			);
		});
		return each.length > 0 ? stack(each) : x;
	});
}
