/** Ways to fill weights at the start. PyTorch: `torch.nn.init`. */
import { ShapeError } from "../errors.js";
import { showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { fill, write } from "./init-draws.js";
import { orthonormalColumns } from "./init-math.js";
import { type GainOptions, withGain } from "./init-variance.js";

export {
	type NormalOptions,
	normal_,
	truncNormal_,
	type UniformOptions,
	uniform_,
} from "./init-draws.js";
export { dirac_, type SparseOptions, sparse_ } from "./init-patterns.js";
export {
	calculateFanInAndFanOut,
	calculateGain,
	type FanMode,
	type GainOptions,
	type KaimingOptions,
	kaimingNormal_,
	kaimingUniform_,
	type Nonlinearity,
	xavierNormal_,
	xavierUniform_,
} from "./init-variance.js";

/** Fills a tensor with a number. */
export function constant_(t: Tensor, value: number): Tensor {
	t.assertAlive();
	t.storage.backend.fill(t, value);
	t.storage.version++;
	return t;
}

/** Fills a tensor with ones. */
export function ones_(t: Tensor): Tensor {
	return constant_(t, 1);
}

/** Fills a tensor with zeros. */
export function zeros_(t: Tensor): Tensor {
	return constant_(t, 0);
}

/** The identity matrix. @throws ShapeError unless t is a matrix */
export function eye_(t: Tensor): Tensor {
	if (t.shape.length !== 2)
		throw new ShapeError("Only tensors with 2 dimensions are supported");
	constant_(t, 0);
	t.storage.backend.fill(
		{ storage: t.storage, layout: t.layout.diagonal(0, 0, 1), dtype: t.dtype },
		1,
	);
	t.storage.version++;
	return t;
}

/**
 * A (semi-)orthogonal matrix; dimensions after the first count as one.
 * @throws ShapeError for less than two dimensions
 */
export function orthogonal_(
	t: Tensor,
	options: number | GainOptions = 1,
): Tensor {
	const { gain, generator } = withGain(options);
	if (t.shape.length < 2)
		throw new ShapeError(
			`Only tensors with 2 or more dimensions are supported, but this one is ${showShape(t.shape)}`,
		);
	const n = t.numel();
	if (n === 0) return t;
	const rows = t.shape[0] as number;
	return fill(
		t,
		(source, y) => {
			source.normal(y, 0, 1);
			const draws = Float64Array.from(y.dataSync());
			const q = orthonormalColumns(draws, rows, n / rows);
			write(
				y,
				Float32Array.from(q, (x) => Math.fround(x) * gain),
			);
		},
		generator,
	);
}
