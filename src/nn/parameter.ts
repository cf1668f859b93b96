import { empty } from "../creation.js";
import { Tensor } from "../tensor.js";

export interface ParameterOptions {
	/** Whether it is trained; true unless said otherwise. */
	readonly requiresGrad?: boolean;
}

/**
 * A tensor that a module counts among its parameters, over the memory of the
 * one it is made of. No scope frees it.
 * PyTorch: `torch.nn.Parameter`.
 */
export class Parameter extends Tensor {
	/** @throws AutogradError unless float32, if it is to be trained */
	constructor(
		data: Tensor = empty([0]),
		{ requiresGrad = true }: ParameterOptions = {},
	) {
		data.assertAlive();
		super(data.storage.retain(), data.layout, data.dtype);
		this.madeBy = "Parameter";
		this.keep();
		if (requiresGrad) this.requiresGrad_(true);
	}

	protected override printed(values: ArrayLike<number>): string {
		return `Parameter containing:\n${super.printed(values)}`;
	}
}

/** @internal a parameter of `shape` with undefined contents */
export function emptyParameter(
	shape: readonly number[],
	options: { readonly device?: "cpu" | "webgpu" } = {},
): Parameter {
	const data = empty(shape, options);
	const parameter = new Parameter(data);
	data.dispose();
	return parameter;
}
