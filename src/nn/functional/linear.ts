import { apply } from "../../autograd/apply.js";
import { ShapeError } from "../../errors.js";
import { linear as fused, type LinearParams } from "../../ops/linear.js";
import { viewed } from "../../ops/matmul-ranks.js";
import type { Tensor } from "../../tensor.js";

/**
 * x · weightᵀ + bias. PyTorch: `torch.nn.functional.linear`.
 *
 * @param x [in] or [N…, in]
 * @param weight [out, in], or [in] for one output
 * @param bias [out]
 * @throws ShapeError, DTypeError
 */
export function linear(
	x: Tensor,
	weight: Tensor,
	bias: Tensor | null = null,
): Tensor {
	const rank = x.shape.length;
	if (rank === 2 && weight.shape.length === 2) return ofMatrix(x, weight, bias);
	if (weight.shape.length === 1 || rank < 2) {
		const product = x.matmul(weight.shape.length === 1 ? weight : weight.t());
		return bias ? product.add(bias) : product;
	}
	if (weight.shape.length !== 2)
		throw new ShapeError(
			`linear: weight must be a matrix [out, in], but has shape [${weight.shape.join(", ")}]`,
		);
	const features = x.shape[rank - 1] as number;
	// reshape cannot infer the rows of an empty x
	let rows = 1;
	for (let i = 0; i < rank - 1; i++) rows *= x.shape[i] as number;
	const y = ofMatrix(x.reshape([rows, features]), weight, bias);
	const shape = [...x.shape.slice(0, -1), weight.shape[0] as number];
	return bias ? y.view(shape) : viewed(y, shape);
}

function ofMatrix(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
	const params: LinearParams = { lists: null };
	const y = apply(fused, [x, weight, bias], params);
	// The graph keeps their memory; the handle has served.
	params.lists?.dispose();
	params.lists = null;
	return y;
}
