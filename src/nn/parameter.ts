import { empty } from "../creation.js";
import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import { Tensor } from "../tensor.js";

/** What `new Parameter(data, options)` takes. */
export interface ParameterOptions {
	/** Whether it is trained; true unless said otherwise. */
	readonly requiresGrad?: boolean;
}

/**
 * A tensor that a module counts among its parameters, over the memory of the
 * one it is made of. No scope frees it.
 * PyTorch: `torch.nn.Parameter`.
 */
export class Parameter<out S extends Shape = Shape> extends Tensor<
	"float32",
	S
> {
	/** @throws AutogradError unless float32, if it is to be trained */
	constructor(
		data: Tensor<DType, S> = empty([0]) as Tensor as Tensor<DType, S>,
		{ requiresGrad = true }: ParameterOptions = {},
	) {
		data.assertAlive();
		super(data.storage.retain(), data.layout, data.dtype);
		this.madeBy = "Parameter";
		this.keep();
		if (requiresGrad) (this as Tensor).requiresGrad_(true);
	}
}

/** @internal a parameter of `shape` with undefined contents */
export function emptyParameter<const S extends Shape>(
	shape: S,
	options: { readonly device?: "cpu" | "webgpu" } = {},
): Parameter<[...S]> {
	const data = empty(shape, options) as Tensor as Tensor<DType, [...S]>;
	const parameter = new Parameter(data);
	data.dispose();
	return parameter;
}
