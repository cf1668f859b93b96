import { bindHandleMaker } from "./autograd/handle.js";
import type { DType } from "./dtype.js";
import type { Layout, Shape } from "./layout.js";
import type { Storage } from "./storage.js";
import { TensorConversion } from "./tensor/conversion.js";

import type { Members, TypedMethods } from "./tensor/typed.js";

export * from "./tensor/arguments.js";
export type * from "./tensor/typed.js";

/**
 * The methods under their typed face, flattened: the compiler would walk the
 * chain of classes anew for every type of tensor.
 */
const Base = TensorConversion as unknown as new (
	storage: Storage,
	layout: Layout,
	dtype: DType,
) => Members<TypedMethods>;

/**
 * A multi-dimensional array that records what is done with it.
 * PyTorch: `torch.Tensor`; methods have PyTorch's names in camelCase.
 *
 * `Tensor` alone is any tensor. `Tensor<"float32">` tells the elements' type
 * and `Tensor<"float32", [64, 784]>` the sizes too, as far as they are known;
 * what cannot work then does not compile.
 */
export class Tensor<
	out D extends DType = DType,
	out S extends Shape = Shape,
> extends Base {
	/** Type of the elements. */
	declare readonly dtype: D;
	/** Size of each dimension. */
	declare readonly shape: S;
	declare grad: Tensor<D, S> | null;

	/** @internal users make tensors with `tensor`, `zeros`, `rand` … */
	constructor(storage: Storage, layout: Layout, dtype: DType) {
		super(storage, layout, dtype);
	}
}

bindHandleMaker((storage, layout, dtype) => new Tensor(storage, layout, dtype));
