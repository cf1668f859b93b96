import { apply } from "../../autograd/apply.js";
import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import type { Shape } from "../../layout.js";
import { linear as fused, type LinearParams } from "../../ops/linear.js";
import { viewed } from "../../ops/matmul-ranks.js";
import type { SameDType } from "../../tensor/dtype-types.js";
import type { Ending, EndsIn } from "../../tensor/shape-types.js";
import type { Tensor } from "../../tensor.js";

/** Whether rows of `S` can be multiplied with a weight [out, in]. */
type TakesRows<S extends Shape, W extends Shape> = W extends readonly [
	number,
	infer N extends number,
]
	? EndsIn<S, N>
	: unknown;

type Rows<S extends Shape, W extends Shape> = W extends readonly [
	infer M extends number,
	number,
]
	? Ending<S, M>
	: Shape;

/**
 * x · weightᵀ + bias. PyTorch: `torch.nn.functional.linear`.
 *
 * @param x [in] or [N…, in]
 * @param weight [out, in], or [in] for one output
 * @param bias [out]
 * @throws ShapeError, DTypeError
 */
export function linear<
	D extends DType,
	S extends Shape,
	E extends DType,
	W extends Shape,
	B extends Shape = Shape,
>(
	x: Tensor<D, S>,
	weight: Tensor<E, W> & NoInfer<SameDType<D, E>> & NoInfer<TakesRows<S, W>>,
	bias?: Tensor<DType, B> | null,
): Tensor<D, Rows<S, W>>;
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

/** What `linear` says of its input, taken from here at once. */
const params: LinearParams = { lists: null };

function ofMatrix(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
	if (x.dtype !== "float32" && x.dtype === weight.dtype)
		return bias ? bias.addmm(x, weight.t()) : x.mm(weight.t());
	const y = apply(fused, [x, weight, bias], params);
	// The graph keeps their memory; the handle has served.
	params.lists?.recycle();
	params.lists = null;
	return y;
}
