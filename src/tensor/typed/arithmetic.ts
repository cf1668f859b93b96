import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type {
	AddOptions,
	ClampOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "../arguments.js";
import type { NeedsFloat } from "../dtype-types.js";
import type { Arithmetic, Combined, Fits, Mask, Quotient } from "./operands.js";
import type { TypedShape } from "./shape.js";

/** Element by element, of several operands, with broadcasting. */
export interface TypedArithmetic extends TypedShape {
	add<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	sub<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	mul<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	floorDivide<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	remainder<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	fmod<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	maximum<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	minimum<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	pow<Self extends Tensor, O extends Operand2>(
		this: Self,
		exponent: O & NoInfer<Fits<Self["shape"], O>>,
	): Arithmetic<Self["dtype"], Self["shape"], O>;
	div<
		Self extends Tensor,
		O extends Operand2,
		const P extends DivOptions = object,
	>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: P,
	): Quotient<Self["dtype"], Self["shape"], O, P>;
	lerp<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "lerp">>,
		end: Tensor,
		weight: Operand2,
	): Tensor<D>;
	addcmul<Self extends Tensor>(
		this: Self,
		a: Tensor,
		b: Tensor,
		options?: ValueOptions,
	): Tensor;
	clamp<Self extends Tensor>(
		this: Self,
		min?: number | ClampOptions | null,
		max?: number | null,
	): Tensor<
		Self["dtype"] extends "float32" ? Self["dtype"] : DType,
		Self["shape"]
	>;
	clamp<Self extends Tensor>(
		this: Self,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor;
	where<C extends Tensor, O extends Operand2, Self extends Tensor>(
		this: Self,
		condition: C & NoInfer<Mask<C, "where's condition">>,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Arithmetic<Self["dtype"], Self["shape"], O>["dtype"]>;
	maskedFill<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_fill's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
		value: Operand2 | boolean,
	): Combined<Self["dtype"], Self["shape"], C>;
	maskedSelect<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_select's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
	): Tensor<Self["dtype"]>;
}
