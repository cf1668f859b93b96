import type { BackwardOptions } from "../../autograd/backward-pass.js";
import type { GradHook } from "../../autograd/node.js";
import type { DeviceName } from "../../backends/backend.js";
import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type { MemoryFormatOptions } from "../arguments.js";
import type { TensorConversion } from "../conversion.js";
import type { ArrayOf, NeedsFloat } from "../dtype-types.js";

/** The public members of a class, of one level: nothing to walk for each new type. */
export type Members<T> = { [K in keyof T]: T[K] };

/** What all tensors have: reading, conversion, history. */
export interface TypedFoundation extends Members<TensorConversion> {
	keep<T>(this: T): T;
	data<Self extends Tensor>(this: Self): Promise<ArrayOf<Self["dtype"]>>;
	dataSync<Self extends Tensor>(this: Self): ArrayOf<Self["dtype"]>;
	clone<Self extends Tensor>(
		this: Self,
		options?: MemoryFormatOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	contiguous<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	detach<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	to<Self extends Tensor, E extends DType>(
		this: Self,
		dtype: E,
	): Tensor<E, Self["shape"]>;
	to<Self extends Tensor>(
		this: Self,
		device: DeviceName,
	): Promise<Tensor<Self["dtype"], Self["shape"]>>;
	float<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	int<Self extends Tensor>(this: Self): Tensor<"int32", Self["shape"]>;
	long<Self extends Tensor>(this: Self): Tensor<"int32", Self["shape"]>;
	byte<Self extends Tensor>(this: Self): Tensor<"uint8", Self["shape"]>;
	bool<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	typeAs<S extends Shape, E extends DType>(
		this: Tensor<DType, S>,
		other: Tensor<E>,
	): Tensor<E, S>;
	cpu<Self extends Tensor>(
		this: Self,
	): Promise<Tensor<Self["dtype"], Self["shape"]>>;
	zerosLike<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	onesLike<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;

	requiresGrad_<Self extends Tensor>(
		this: Self & NoInfer<NeedsFloat<Self["dtype"], "requires_grad">>,
		value?: boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	registerHook<Self extends Tensor>(
		this: Self,
		hook: GradHook,
	): { remove(): void };
	backward(
		gradient?: Tensor | null | (BackwardOptions & { gradient?: Tensor }),
		options?: BackwardOptions,
	): void;
}
