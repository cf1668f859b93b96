import type { Window } from "../../backends/backend.js";
import { DTypeError } from "../../errors.js";
import { torchName } from "../../ops/operands.js";
import { positionsOf } from "../../ops/window.js";
import type { Tensor } from "../../tensor.js";

/**
 * Correlation of whole numbers, which have no kernel for columns: a product of
 * matrices for each of the filters' places. Sums wrap as the type does.
 *
 * @param image [N, C, H, W]; others as in `conv2d`, checked
 * @throws DTypeError for dilated windows over uint8, as PyTorch
 */
export function wholeConvolution(
	image: Tensor,
	weight: Tensor,
	bias: Tensor | null,
	{ kernel, stride, padding, dilation }: Window,
	groups: number,
): Tensor {
	if (image.dtype === "uint8" && (dilation[0] > 1 || dilation[1] > 1))
		throw new DTypeError(
			`"slow_conv_dilated<>" not implemented for '${torchName(image.dtype)}'. Convert with .to('int32')`,
		);
	const [n, channels] = image.shape as readonly [number, number];
	const out = weight.shape[0] as number;
	const pads = [0, 0, ...padding];
	const window = { kernel, stride, padding, dilation };
	const [h, w] = [
		positionsOf(image.shape[2] as number, 0, window),
		positionsOf(image.shape[3] as number, 1, window),
	];
	const padded = image.padded(pads, pads, 0);
	let sum = image.newZeros([n, groups, out / groups, h * w]);
	for (let i = 0; i < kernel[0]; i++)
		for (let j = 0; j < kernel[1]; j++) {
			const pixels = padded
				.sliced(2, i * dilation[0], h, stride[0])
				.sliced(3, j * dilation[1], w, stride[1])
				.reshape([n, groups, channels / groups, h * w]);
			const filters = weight
				.select(3, j)
				.select(2, i)
				.reshape([groups, out / groups, channels / groups]);
			sum = sum.add(filters.matmul(pixels));
		}
	const y = sum.view([n, out, h, w]);
	return bias ? y.add(bias.view([1, out, 1, 1])) : y;
}
