import { applyInPlace } from "../autograd/apply.js";
import { checkFits } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import * as advanced from "../ops/advanced-index.js";
import { binaries, relations } from "../ops/binary.js";
import * as indexing from "../ops/indexing.js";
import * as products from "../ops/matmul.js";
import * as ordering from "../ops/ordering.js";
import * as shapes from "../ops/shape.js";
import {
	addcdiv,
	addcmul,
	clampTensors,
	lerp,
	maskedFill,
} from "../ops/ternary.js";
import { bitwiseNot, clamp, copyInto, fill, questions } from "../ops/unary.js";
import { expandShape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { TensorBase } from "../tensor-base.js";
import type {
	AddmmOptions,
	AddOptions,
	ClampOptions,
	DiagonalOptions,
	DivOptions,
	Operand2,
	ValueOptions,
} from "./arguments.js";
import { type IndexItem, isMask, resolveIndex } from "./index-items.js";
import { bounds, division, limits, scaled } from "./pointwise.js";
import { TensorProducts } from "./products.js";

/** Methods that write into this tensor's memory and return the tensor. */
export abstract class TensorInPlace extends TensorProducts {
	add_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(
			binaries.add,
			[this.self, scaled(other, alpha, this.dtype)],
			undefined,
		);
	}

	sub_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(
			binaries.sub,
			[this.self, scaled(other, alpha, this.dtype)],
			undefined,
		);
	}

	mul_(other: Operand2): Tensor {
		return applyInPlace(binaries.mul, [this.self, other], undefined);
	}

	div_(other: Operand2, options?: DivOptions): Tensor {
		return applyInPlace(
			division(options?.roundingMode),
			[this.self, other],
			undefined,
		);
	}

	floorDivide_(other: Operand2): Tensor {
		return applyInPlace(binaries.floorDivide, [this.self, other], undefined);
	}

	remainder_(other: Operand2): Tensor {
		return applyInPlace(binaries.remainder, [this.self, other], undefined);
	}

	pow_(exponent: Operand2): Tensor {
		return applyInPlace(binaries.pow, [this.self, exponent], undefined);
	}

	lerp_(end: Tensor, weight: Operand2): Tensor {
		return applyInPlace(lerp, [this.self, end, weight], undefined);
	}

	addcmul_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcmul, [this.self, a, b], { value });
	}

	addcdiv_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcdiv, [this.self, a, b], { value });
	}

	addmm_(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return applyInPlace(products.addmm, [this.self, a, b], { beta, alpha });
	}

	neg_(): Tensor {
		return this.unary_("neg");
	}

	abs_(): Tensor {
		return this.unary_("abs");
	}

	sign_(): Tensor {
		return this.unary_("sign");
	}

	sqrt_(): Tensor {
		return this.unary_("sqrt");
	}

	rsqrt_(): Tensor {
		return this.unary_("rsqrt");
	}

	reciprocal_(): Tensor {
		return this.unary_("reciprocal");
	}

	exp_(): Tensor {
		return this.unary_("exp");
	}

	expm1_(): Tensor {
		return this.unary_("expm1");
	}

	log_(): Tensor {
		return this.unary_("log");
	}

	log1p_(): Tensor {
		return this.unary_("log1p");
	}

	log2_(): Tensor {
		return this.unary_("log2");
	}

	sin_(): Tensor {
		return this.unary_("sin");
	}

	cos_(): Tensor {
		return this.unary_("cos");
	}

	tanh_(): Tensor {
		return this.unary_("tanh");
	}

	sigmoid_(): Tensor {
		return this.unary_("sigmoid");
	}

	erf_(): Tensor {
		return this.unary_("erf");
	}

	square_(): Tensor {
		if (this.dtype === "bool")
			throw new DTypeError("Found dtype Bool but expected Long");
		return this.unary_("square");
	}

	floor_(): Tensor {
		return this.rounded_("floor");
	}

	ceil_(): Tensor {
		return this.rounded_("ceil");
	}

	round_(): Tensor {
		return this.rounded_("round");
	}

	trunc_(): Tensor {
		return this.rounded_("trunc");
	}

	private rounded_(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		if (this.dtype === "float32") return this.unary_(name);
		this.assertRoundable(name);
		return this.self;
	}

	relu_(): Tensor {
		if (this.dtype === "float32") return this.unary_("relu");
		this.assertNotBool();
		return applyInPlace(binaries.maximum, [this.self, 0], undefined);
	}

	clamp_(min?: Operand2 | ClampOptions | null, max?: Operand2 | null): Tensor {
		const { low, high } = bounds(min, max);
		if (
			(low === null || typeof low === "number") &&
			(high === null || typeof high === "number") &&
			this.dtype === "float32"
		)
			return applyInPlace(clamp, [this.self], limits(low, high));
		return applyInPlace(clampTensors, [this.self, low, high], undefined);
	}

	eq_(other: Operand2): Tensor {
		return applyInPlace(relations.eq, [this.self, other], undefined);
	}

	ne_(other: Operand2): Tensor {
		return applyInPlace(relations.ne, [this.self, other], undefined);
	}

	lt_(other: Operand2): Tensor {
		return applyInPlace(relations.lt, [this.self, other], undefined);
	}

	le_(other: Operand2): Tensor {
		return applyInPlace(relations.le, [this.self, other], undefined);
	}

	gt_(other: Operand2): Tensor {
		return applyInPlace(relations.gt, [this.self, other], undefined);
	}

	ge_(other: Operand2): Tensor {
		return applyInPlace(relations.ge, [this.self, other], undefined);
	}

	logicalAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalAnd, [this.self, other], undefined);
	}

	logicalOr_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalOr, [this.self, other], undefined);
	}

	logicalXor_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalXor, [this.self, other], undefined);
	}

	bitwiseAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseAnd, [this.self, other], undefined);
	}

	bitwiseOr_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseOr, [this.self, other], undefined);
	}

	bitwiseXor_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseXor, [this.self, other], undefined);
	}

	bitwiseLeftShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseLeftShift,
			[this.self, other],
			undefined,
		);
	}

	bitwiseRightShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseRightShift,
			[this.self, other],
			undefined,
		);
	}

	logicalNot_(): Tensor {
		return applyInPlace(questions.logicalNot, [this.self], undefined);
	}

	bitwiseNot_(): Tensor {
		return applyInPlace(bitwiseNot, [this.self], undefined);
	}

	zero_(): Tensor {
		return applyInPlace(fill, [this.self], { value: 0, zero: true });
	}

	fill_(value: number | boolean): Tensor {
		checkFits(Number(value), this.dtype);
		return applyInPlace(fill, [this.self], { value: Number(value) });
	}

	/** Overwritten with `source`, which is broadcast and converted. */
	copy_(source: Tensor): Tensor {
		const shape = this.broadcastShape(source);
		if (!sameShape(shape, this.shape))
			throw new ShapeError(
				`output with shape ${showShape(this.shape)} doesn't match the broadcast shape ${showShape(shape)}`,
			);
		return applyInPlace(copyInto, [this.self, source], undefined);
	}

	maskedFill_(mask: Tensor, value: Operand2 | boolean): Tensor {
		return applyInPlace(
			maskedFill,
			[this.self, typeof value === "boolean" ? Number(value) : value, mask],
			undefined,
		);
	}

	scatter_(dim: number, index: Tensor, source: Operand2 | boolean): Tensor {
		return applyInPlace(
			indexing.scatter,
			[this.self, index, typeof source === "boolean" ? Number(source) : source],
			this.along(dim),
		);
	}

	scatterAdd_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.scatterAdd,
			[this.self, index, source],
			this.along(dim),
		);
	}

	indexAdd_(
		dim: number,
		index: Tensor,
		source: Tensor,
		{ alpha = 1 }: AddOptions = {},
	): Tensor {
		return applyInPlace(
			indexing.indexAdd,
			[this.self, index, scaled(source, alpha) as Tensor],
			this.along(dim),
		);
	}

	indexCopy_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.indexCopy,
			[this.self, index, source],
			this.along(dim),
		);
	}

	cumsum_(dim: number): Tensor {
		return applyInPlace(ordering.cumsum, [this.self], this.along(dim));
	}

	tril_(diagonal: number | DiagonalOptions = 0): Tensor {
		return applyInPlace(
			shapes.tril,
			[this.self],
			this.triangle("tril", diagonal),
		);
	}

	triu_(diagonal: number | DiagonalOptions = 0): Tensor {
		return applyInPlace(
			shapes.triu,
			[this.self],
			this.triangle("triu", diagonal),
		);
	}

	/**
	 * Writes `value` at what `items` name, as Python's `x[items] = value`; the
	 * items are those of `index`.
	 * @throws DeviceError for a mask with one value for each place, or beside other
	 * tensors, on a device that cannot be read at once
	 */
	indexPut_(
		items: readonly IndexItem[],
		value: Operand2 | boolean,
		{ accumulate = false }: { accumulate?: boolean } = {},
	): Tensor {
		const operand = typeof value === "boolean" ? Number(value) : value;
		if (
			this.storage.backend.readSync === undefined &&
			items.some(isMask) &&
			items.filter((item) => item instanceof TensorBase).length === 1
		)
			return this.whereMasked(items, operand, accumulate);
		const { view, dims, indices } = resolveIndex(this.self, items);
		if (indices.length > 0)
			applyInPlace(advanced.indexPut, [view, operand, ...indices], {
				dims,
				accumulate,
			});
		else if (accumulate) view.add_(operand);
		else if (typeof operand === "number") view.fill_(operand);
		else {
			const values = leading(operand, view.shape.length);
			expandShape(values.shape, view.shape);
			view.copy_(values);
		}
		return this.self;
	}

	/** `indexPut_` by one mask without knowing where it holds: every place is written, most with what was there. */
	private whereMasked(
		items: readonly IndexItem[],
		value: Operand2,
		accumulate: boolean,
	): Tensor {
		let mask: Tensor | null = null;
		// the mask itself stands for each of its dimensions
		const { view, dims } = resolveIndex(this.self, items, (m) => {
			mask = m;
			return m.shape.map(() => m);
		});
		if (mask === null) return this.self;
		const { shape } = mask as Tensor;
		const after =
			view.shape.length -
			(shape.length > 0 ? (dims[0] as number) : 0) -
			shape.length;
		const here = (mask as Tensor)
			.to("bool")
			.reshape([...shape, ...Array<number>(after).fill(1)]);
		const fitted =
			typeof value === "number"
				? view.newFull([], value)
				: this.forMask(value.to(view.dtype), shape.length, after);
		view.copy_((accumulate ? view.add(fitted) : fitted).where(here, view));
		return this.self;
	}

	/** The value so that it broadcasts to the indexed view. */
	private forMask(value: Tensor, masked: number, after: number): Tensor {
		const { shape } = value;
		const at = shape.length - after - 1;
		if (at < 0) return value;
		if (shape[at] !== 1)
			this.assertReadable(
				`indexPut_() by a mask with values of shape ${showShape(shape)}, one for each place where it holds`,
				"mask.nonzeroAsync(), and put the values at (await mask.nonzeroAsync()).unbind(1)",
			);
		return value.reshape([
			...shape.slice(0, at),
			...Array<number>(masked).fill(1),
			...shape.slice(at + 1),
		]);
	}
}

/** Without leading dimensions of size 1 beyond `rank`, which PyTorch lets an assignment have. */
function leading(value: Tensor, rank: number): Tensor {
	let t = value;
	while (t.shape.length > rank && t.shape[0] === 1) t = t.squeeze(0);
	return t;
}
