/** Weights that are mostly zero at the start. PyTorch: `torch.nn.init`. */
import { fromArray, randperm } from "../creation.js";
import { ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import type { Tensor } from "../tensor.js";
import { overwrite } from "./state-dict.js";

function overwriteBy(t: Tensor, values: Float32Array): Tensor {
	const host = fromArray(values, t.shape);
	overwrite(t, host);
	host.dispose();
	return t;
}

/** What `sparse_` takes besides the share of zeros. */
export interface SparseOptions {
	/** Standard deviation of what is not zero; 0.01 unless said otherwise. */
	readonly std?: number;
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator;
}

/**
 * Normal numbers, of which a share is zero in each column.
 * PyTorch: `torch.nn.init.sparse_`.
 * @throws ShapeError unless t is a matrix
 */
export function sparse_(
	t: Tensor,
	sparsity: number,
	options: number | SparseOptions = {},
): Tensor {
	if (t.shape.length !== 2)
		throw new ShapeError("Only tensors with 2 dimensions are supported");
	const { std = 0.01, generator = globalGenerator() } =
		typeof options === "number" ? { std: options } : options;
	const [rows, columns] = t.shape as readonly [number, number];
	const draws = fromArray(new Float32Array(rows * columns), t.shape);
	generator.draw.normal(draws, 0, std);
	const values = draws.dataSync() as Float32Array;
	draws.dispose();
	const zeros = Math.ceil(sparsity * rows);
	for (let column = 0; column < columns; column++) {
		const order = randperm(rows, { generator });
		for (const row of order.dataSync().subarray(0, zeros))
			values[row * columns + column] = 0;
		order.dispose();
	}
	return overwriteBy(t, values);
}

/**
 * The weight [out, in, …window] with which a convolution gives its input back,
 * in each group. PyTorch: `torch.nn.init.dirac_`.
 * @throws ShapeError unless t has 3 to 5 dimensions and groups divide the first
 */
export function dirac_(t: Tensor, groups = 1): Tensor {
	const [out = 0, channels = 0, ...window] = t.shape;
	if (window.length < 1 || window.length > 3)
		throw new ShapeError(
			"Only tensors with 3, 4, or 5 dimensions are supported",
		);
	if (out % groups !== 0)
		throw new ShapeError("dim 0 must be divisible by groups");
	const values = new Float32Array(t.numel());
	const size = window.reduce((p, n) => p * n, 1);
	const centre = window.reduce((at, n) => at * n + Math.floor(n / 2), 0);
	const each = out / groups;
	for (let group = 0; group < groups; group++)
		for (let d = 0; d < Math.min(each, channels); d++)
			values[((group * each + d) * channels + d) * size + centre] = 1;
	return overwriteBy(t, values);
}
