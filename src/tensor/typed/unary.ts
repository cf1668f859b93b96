import type { Tensor } from "../../tensor.js";
import type { PromoteNumber } from "../dtype-types.js";
import type { TypedComparison } from "./comparison.js";

/** Element by element, of one operand. */
export interface TypedUnary extends TypedComparison {
	sqrt<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	rsqrt<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	reciprocal<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	exp<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	expm1<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log1p<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	log2<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	sin<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	cos<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	tanh<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	sigmoid<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	erf<Self extends Tensor>(this: Self): Tensor<"float32", Self["shape"]>;
	neg<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	abs<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sign<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	floor<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	ceil<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	round<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	trunc<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	relu<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	square<Self extends Tensor>(
		this: Self,
	): Tensor<PromoteNumber<Self["dtype"], 2>, Self["shape"]>;
}
