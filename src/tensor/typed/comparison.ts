import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type { Operand2 } from "../arguments.js";
import type { Needs } from "../dtype-types.js";
import type { TypedArithmetic } from "./arithmetic.js";
import type { Arithmetic, Combined, Fits } from "./operands.js";

/** Relations, logic and bits, and questions about elements. */
export interface TypedComparison extends TypedArithmetic {
	eq<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	ne<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	lt<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	le<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	gt<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	ge<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalAnd<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalOr<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	logicalXor<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Combined<"bool", Self["shape"], O>;
	bitwiseAnd<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseAnd">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	bitwiseOr<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseOr">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	bitwiseXor<D extends DType, S extends Shape, O extends Operand2>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwiseXor">>,
		other: O & NoInfer<Fits<S, O>>,
	): Arithmetic<D, S, O>;
	logicalNot<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isnan<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isinf<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	isfinite<Self extends Tensor>(this: Self): Tensor<"bool", Self["shape"]>;
	bitwiseNot<D extends DType, S extends Shape>(
		this: Tensor<D, S> &
			NoInfer<Needs<D, "int32" | "uint8" | "bool", "bitwise_not">>,
	): Tensor<D, S>;
}
