import type { DType } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Tensor } from "../../tensor.js";
import type {
	AddOptions,
	ClampOptions,
	DivOptions,
	Operand2,
} from "../arguments.js";
import type { NeedsFloat } from "../dtype-types.js";
import type { IndexItem } from "../index-items.js";
import type {
	BernoulliOptions,
	ExponentialOptions,
	GeneratorOptions,
	NormalFillOptions,
	RangeOptions,
} from "../random.js";
import type { CanExpand } from "../shape-types.js";
import type { TypedIndexing } from "./indexing.js";
import type { Fits, IndexCheck, Mask } from "./operands.js";

/** Methods that write to the tensor itself. */
export interface TypedInPlace extends TypedIndexing {
	neg_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	abs_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sign_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sqrt_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	rsqrt_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	reciprocal_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	exp_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	expm1_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log1p_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	log2_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sin_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	cos_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	tanh_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	sigmoid_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	erf_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	square_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	floor_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	ceil_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	round_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	trunc_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	relu_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	zero_<Self extends Tensor>(this: Self): Tensor<Self["dtype"], Self["shape"]>;
	logicalNot_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseNot_<Self extends Tensor>(
		this: Self,
	): Tensor<Self["dtype"], Self["shape"]>;
	add_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	sub_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: AddOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	mul_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	floorDivide_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	remainder_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	fmod_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	eq_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	ne_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	lt_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	le_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	gt_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	ge_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalAnd_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalOr_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	logicalXor_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseAnd_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseOr_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseXor_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseLeftShift_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	bitwiseRightShift_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	pow_<Self extends Tensor, O extends Operand2>(
		this: Self,
		exponent: O & NoInfer<Fits<Self["shape"], O>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	div_<Self extends Tensor, O extends Operand2>(
		this: Self,
		other: O & NoInfer<Fits<Self["shape"], O>>,
		options?: DivOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	clamp_<Self extends Tensor>(
		this: Self,
		min?: Operand2 | ClampOptions | null,
		max?: Operand2 | null,
	): Tensor<Self["dtype"], Self["shape"]>;
	fillDiagonal_<Self extends Tensor>(
		this: Self,
		value: number | boolean,
		options?: { readonly wrap?: boolean },
	): Tensor<Self["dtype"], Self["shape"]>;
	uniform_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "uniform_">>,
		from?: number | RangeOptions,
		to?: number,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	normal_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "normal_">>,
		mean?: number | NormalFillOptions,
		std?: number,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	bernoulli_<Self extends Tensor>(
		this: Self,
		p?: number | Tensor | BernoulliOptions,
		options?: GeneratorOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	random_<Self extends Tensor>(
		this: Self,
		from?: number | RangeOptions | null,
		to?: number | RangeOptions | null,
		options?: GeneratorOptions,
	): Tensor<Self["dtype"], Self["shape"]>;
	exponential_<D extends DType, S extends Shape>(
		this: Tensor<D, S> & NoInfer<NeedsFloat<D, "exponential_">>,
		lambd?: number | ExponentialOptions,
		options?: GeneratorOptions,
	): Tensor<D, S>;
	fill_<Self extends Tensor>(
		this: Self,
		value: number | boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	copy_<Self extends Tensor, T extends Shape>(
		this: Self,
		source: Tensor<DType, T> & NoInfer<CanExpand<T, Self["shape"]>>,
	): Tensor<Self["dtype"], Self["shape"]>;
	maskedFill_<C extends Tensor, Self extends Tensor>(
		this: Self,
		mask: C &
			NoInfer<Mask<C, "masked_fill's mask">> &
			NoInfer<Fits<Self["shape"], C>>,
		value: Operand2 | boolean,
	): Tensor<Self["dtype"], Self["shape"]>;
	indexPut_<
		D extends DType,
		S extends Shape,
		const A extends readonly IndexItem[],
	>(
		this: Tensor<D, S> & NoInfer<IndexCheck<A>>,
		items: A,
		value: Operand2 | boolean,
		options?: { accumulate?: boolean },
	): Tensor<D, S>;
}
