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
import { bounds, division, isNumeric, limits, scaled } from "./pointwise.js";
import { TensorProducts } from "./products.js";

/** Methods that write into this tensor's memory and return the tensor. */
export abstract class TensorInPlace extends TensorProducts {
	/**
	 * In place: a + alpha · b, in the common type and shape. PyTorch:
	 * `torch.Tensor.add_`.
	 */
	add_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(
			binaries.add,
			[this.self, scaled(other, alpha, this.dtype)],
			undefined,
		);
	}

	/**
	 * In place: a - alpha · b, in the common type and shape. PyTorch:
	 * `torch.Tensor.sub_`.
	 */
	sub_(other: Operand2, { alpha = 1 }: AddOptions = {}): Tensor {
		return applyInPlace(
			binaries.sub,
			[this.self, scaled(other, alpha, this.dtype)],
			undefined,
		);
	}

	/**
	 * In place: products, element by element, in the common type and shape.
	 * PyTorch: `torch.Tensor.mul_`.
	 */
	mul_(other: Operand2): Tensor {
		return applyInPlace(binaries.mul, [this.self, other], undefined);
	}

	/**
	 * In place: quotients in float32, or rounded by `roundingMode` ("floor",
	 * "trunc"). PyTorch: `torch.Tensor.div_`.
	 */
	div_(other: Operand2, options?: DivOptions): Tensor {
		return applyInPlace(
			division(options?.roundingMode),
			[this.self, other],
			undefined,
		);
	}

	/**
	 * In place: quotients rounded down. PyTorch: `torch.Tensor.floor_divide_`.
	 */
	floorDivide_(other: Operand2): Tensor {
		return applyInPlace(binaries.floorDivide, [this.self, other], undefined);
	}

	/**
	 * In place: remainders with the divisor's sign, as Python's `%`. PyTorch:
	 * `torch.Tensor.remainder_`.
	 */
	remainder_(other: Operand2): Tensor {
		return applyInPlace(binaries.remainder, [this.self, other], undefined);
	}

	/**
	 * In place: remainders with this tensor's sign, as C's `fmod`. PyTorch:
	 * `torch.Tensor.fmod_`.
	 * @throws DTypeError for whole numbers by 0
	 */
	fmod_(other: Operand2): Tensor {
		return applyInPlace(binaries.fmod, [this.self, other], undefined);
	}

	/**
	 * In place: powers. PyTorch: `torch.Tensor.pow_`.
	 * @throws DTypeError for whole numbers to negative whole powers
	 */
	pow_(exponent: Operand2): Tensor {
		return applyInPlace(binaries.pow, [this.self, exponent], undefined);
	}

	/**
	 * In place: from x to `end` by `weight`: 0 is here, 1 is there. PyTorch:
	 * `torch.Tensor.lerp_`.
	 * @throws DTypeError unless float32
	 */
	lerp_(end: Tensor, weight: Operand2): Tensor {
		return applyInPlace(lerp, [this.self, end, weight], undefined);
	}

	/** In place: x + value · a · b. PyTorch: `torch.Tensor.addcmul_`. */
	addcmul_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcmul, [this.self, a, b], { value });
	}

	/**
	 * In place: x + value · a / b. PyTorch: `torch.Tensor.addcdiv_`.
	 * @throws DTypeError if a and b are whole numbers
	 */
	addcdiv_(a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor {
		return applyInPlace(addcdiv, [this.self, a, b], { value });
	}

	/**
	 * In place: beta · x + alpha · a · b, for matrices a and b. PyTorch:
	 * `torch.Tensor.addmm_`.
	 * @throws ShapeError, DTypeError
	 */
	addmm_(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return applyInPlace(products.addmm, [this.self, a, b], { beta, alpha });
	}

	/**
	 * In place: beta · x + alpha · a · b, for batches of matrices a and b.
	 * PyTorch: `torch.Tensor.baddbmm_`.
	 * @throws ShapeError, DTypeError
	 */
	baddbmm_(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return applyInPlace(products.baddbmm, [this.self, a, b], { beta, alpha });
	}

	/**
	 * In place: -x. PyTorch: `torch.Tensor.neg_`.
	 * @throws DTypeError on bool
	 */
	neg_(): Tensor {
		return this.unary_("neg");
	}

	/** In place: absolute values. PyTorch: `torch.Tensor.abs_`. */
	abs_(): Tensor {
		return this.unary_("abs");
	}

	/** In place: -1, 0 or 1. PyTorch: `torch.Tensor.sign_`. */
	sign_(): Tensor {
		return this.unary_("sign");
	}

	/**
	 * In place: square root; float32, NaN below 0. PyTorch:
	 * `torch.Tensor.sqrt_`.
	 */
	sqrt_(): Tensor {
		return this.unary_("sqrt");
	}

	/** In place: 1 / sqrt(x); float32. PyTorch: `torch.Tensor.rsqrt_`. */
	rsqrt_(): Tensor {
		return this.unary_("rsqrt");
	}

	/** In place: 1 / x; float32. PyTorch: `torch.Tensor.reciprocal_`. */
	reciprocal_(): Tensor {
		return this.unary_("reciprocal");
	}

	/**
	 * In place: e to the power of the elements; float32. PyTorch:
	 * `torch.Tensor.exp_`.
	 */
	exp_(): Tensor {
		return this.unary_("exp");
	}

	/**
	 * In place: exp(x) - 1, exact near 0; float32. PyTorch:
	 * `torch.Tensor.expm1_`.
	 */
	expm1_(): Tensor {
		return this.unary_("expm1");
	}

	/** In place: natural logarithm; float32. PyTorch: `torch.Tensor.log_`. */
	log_(): Tensor {
		return this.unary_("log");
	}

	/**
	 * In place: log(1 + x), exact near 0; float32. PyTorch:
	 * `torch.Tensor.log1p_`.
	 */
	log1p_(): Tensor {
		return this.unary_("log1p");
	}

	/** In place: logarithm to base 2; float32. PyTorch: `torch.Tensor.log2_`. */
	log2_(): Tensor {
		return this.unary_("log2");
	}

	/**
	 * In place: sine of angles in radians; float32. PyTorch:
	 * `torch.Tensor.sin_`.
	 */
	sin_(): Tensor {
		return this.unary_("sin");
	}

	/**
	 * In place: cosine of angles in radians; float32. PyTorch:
	 * `torch.Tensor.cos_`.
	 */
	cos_(): Tensor {
		return this.unary_("cos");
	}

	/** In place: hyperbolic tangent; float32. PyTorch: `torch.Tensor.tanh_`. */
	tanh_(): Tensor {
		return this.unary_("tanh");
	}

	/**
	 * In place: 1 / (1 + exp(-x)); float32. PyTorch: `torch.Tensor.sigmoid_`.
	 */
	sigmoid_(): Tensor {
		return this.unary_("sigmoid");
	}

	/** In place: the error function; float32. PyTorch: `torch.Tensor.erf_`. */
	erf_(): Tensor {
		return this.unary_("erf");
	}

	/** In place: x · x. PyTorch: `torch.Tensor.square_`. */
	square_(): Tensor {
		if (this.dtype === "bool")
			throw new DTypeError("Found dtype Bool but expected Long");
		return this.unary_("square");
	}

	/**
	 * In place: rounded down. PyTorch: `torch.Tensor.floor_`.
	 * @throws DTypeError on bool
	 */
	floor_(): Tensor {
		return this.rounded_("floor");
	}

	/**
	 * In place: rounded up. PyTorch: `torch.Tensor.ceil_`.
	 * @throws DTypeError on bool
	 */
	ceil_(): Tensor {
		return this.rounded_("ceil");
	}

	/**
	 * In place: to the nearest whole number, halves to even. PyTorch:
	 * `torch.Tensor.round_`.
	 * @throws DTypeError on bool
	 */
	round_(): Tensor {
		return this.rounded_("round");
	}

	/**
	 * In place: rounded towards zero. PyTorch: `torch.Tensor.trunc_`.
	 * @throws DTypeError on bool
	 */
	trunc_(): Tensor {
		return this.rounded_("trunc");
	}

	private rounded_(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		if (this.dtype === "float32") return this.unary_(name);
		this.assertRoundable(name);
		return this.self;
	}

	/**
	 * In place: max(x, 0); the gradient at 0 is 0. PyTorch:
	 * `torch.Tensor.relu_`.
	 */
	relu_(): Tensor {
		if (this.dtype === "float32") return this.unary_("relu");
		this.assertNotBool();
		return applyInPlace(binaries.maximum, [this.self, 0], undefined);
	}

	/**
	 * In place: within [min, max]; either may be left out. NaN stays. PyTorch:
	 * `torch.Tensor.clamp_`.
	 */
	clamp_(min?: Operand2 | ClampOptions | null, max?: Operand2 | null): Tensor {
		const { low, high } = bounds(min, max);
		if (this.dtype === "float32" && isNumeric(low) && isNumeric(high))
			return applyInPlace(clamp, [this.self], limits(low, high));
		return applyInPlace(clampTensors, [this.self, low, high], undefined);
	}

	/**
	 * In place: whether elements are equal; bool. PyTorch: `torch.Tensor.eq_`.
	 * @throws ShapeError without a common shape
	 */
	eq_(other: Operand2): Tensor {
		return applyInPlace(relations.eq, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements differ; bool. PyTorch: `torch.Tensor.ne_`.
	 * @throws ShapeError without a common shape
	 */
	ne_(other: Operand2): Tensor {
		return applyInPlace(relations.ne, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are less than the other's; bool. PyTorch:
	 * `torch.Tensor.lt_`.
	 * @throws ShapeError without a common shape
	 */
	lt_(other: Operand2): Tensor {
		return applyInPlace(relations.lt, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are at most the other's; bool. PyTorch:
	 * `torch.Tensor.le_`.
	 * @throws ShapeError without a common shape
	 */
	le_(other: Operand2): Tensor {
		return applyInPlace(relations.le, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are greater than the other's; bool. PyTorch:
	 * `torch.Tensor.gt_`.
	 * @throws ShapeError without a common shape
	 */
	gt_(other: Operand2): Tensor {
		return applyInPlace(relations.gt, [this.self, other], undefined);
	}

	/**
	 * In place: whether elements are at least the other's; bool. PyTorch:
	 * `torch.Tensor.ge_`.
	 * @throws ShapeError without a common shape
	 */
	ge_(other: Operand2): Tensor {
		return applyInPlace(relations.ge, [this.self, other], undefined);
	}

	/**
	 * In place: whether both are not 0; bool. PyTorch:
	 * `torch.Tensor.logical_and_`.
	 */
	logicalAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalAnd, [this.self, other], undefined);
	}

	/**
	 * In place: whether one at least is not 0; bool. PyTorch:
	 * `torch.Tensor.logical_or_`.
	 */
	logicalOr_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalOr, [this.self, other], undefined);
	}

	/**
	 * In place: whether exactly one is not 0; bool. PyTorch:
	 * `torch.Tensor.logical_xor_`.
	 */
	logicalXor_(other: Operand2): Tensor {
		return applyInPlace(relations.logicalXor, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise and of whole numbers; logical and of bool. PyTorch:
	 * `torch.Tensor.bitwise_and_`.
	 * @throws DTypeError on float32
	 */
	bitwiseAnd_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseAnd, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise or of whole numbers; logical or of bool. PyTorch:
	 * `torch.Tensor.bitwise_or_`.
	 * @throws DTypeError on float32
	 */
	bitwiseOr_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseOr, [this.self, other], undefined);
	}

	/**
	 * In place: bitwise exclusive or of whole numbers; logical one of bool.
	 * PyTorch: `torch.Tensor.bitwise_xor_`.
	 * @throws DTypeError on float32
	 */
	bitwiseXor_(other: Operand2): Tensor {
		return applyInPlace(relations.bitwiseXor, [this.self, other], undefined);
	}

	/**
	 * In place: bits moved up by `other` places. PyTorch:
	 * `torch.Tensor.bitwise_left_shift_`.
	 * @throws DTypeError on float32
	 */
	bitwiseLeftShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseLeftShift,
			[this.self, other],
			undefined,
		);
	}

	/**
	 * In place: bits moved down by `other` places; the sign stays. PyTorch:
	 * `torch.Tensor.bitwise_right_shift_`.
	 * @throws DTypeError on float32
	 */
	bitwiseRightShift_(other: Operand2): Tensor {
		return applyInPlace(
			relations.bitwiseRightShift,
			[this.self, other],
			undefined,
		);
	}

	/**
	 * In place: whether elements are 0; bool. PyTorch:
	 * `torch.Tensor.logical_not_`.
	 */
	logicalNot_(): Tensor {
		return applyInPlace(questions.logicalNot, [this.self], undefined);
	}

	/**
	 * In place: bitwise complement of whole numbers; logical not of bool.
	 * PyTorch: `torch.Tensor.bitwise_not_`.
	 * @throws DTypeError on float32
	 */
	bitwiseNot_(): Tensor {
		return applyInPlace(bitwiseNot, [this.self], undefined);
	}

	/** In place: filled with zeros. PyTorch: `torch.Tensor.zero_`. */
	zero_(): Tensor {
		return applyInPlace(fill, [this.self], { value: 0, zero: true });
	}

	/** In place: filled with `value`. PyTorch: `torch.Tensor.fill_`. */
	fill_(value: number | boolean): Tensor {
		checkFits(Number(value), this.dtype);
		return applyInPlace(fill, [this.self], { value: Number(value) });
	}

	/**
	 * In place: `value` on the main diagonal, which with `wrap` starts again below
	 * the square in a matrix that is higher than wide. PyTorch:
	 * `torch.Tensor.fill_diagonal_`.
	 * @throws ShapeError below two dimensions, and for more unless all sizes are equal
	 */
	fillDiagonal_(
		value: number | boolean,
		{ wrap = false }: { readonly wrap?: boolean } = {},
	): Tensor {
		const { shape } = this;
		if (shape.length < 2) throw new ShapeError("dimensions must larger than 1");
		if (shape.length > 2 && shape.some((size) => size !== shape[0]))
			throw new ShapeError("all dimensions of input must be of equal length");
		checkFits(Number(value), this.dtype);
		let line = this.diagonal();
		while (line.shape.length > 1) line = line.diagonal(0, 0, -1);
		line.fill_(value);
		const [rows, columns] = shape as readonly [number, number];
		if (!wrap || shape.length > 2 || columns === 0) return this.self;
		// a row is left out between one square and the next
		for (let at = columns + 1; at < rows; at += columns + 1)
			this.narrow(0, at, Math.min(columns, rows - at))
				.diagonal()
				.fill_(value);
		return this.self;
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

	/**
	 * In place: `value` where the mask holds. PyTorch:
	 * `torch.Tensor.masked_fill_`.
	 * @throws DTypeError unless the mask is bool
	 */
	maskedFill_(mask: Tensor, value: Operand2 | boolean): Tensor {
		return applyInPlace(
			maskedFill,
			[this.self, typeof value === "boolean" ? Number(value) : value, mask],
			undefined,
		);
	}

	/**
	 * In place: the inverse of gather: result[index[i][j]][j] = source[i][j].
	 * PyTorch: `torch.Tensor.scatter_`.
	 * @throws ShapeError, DTypeError
	 */
	scatter_(dim: number, index: Tensor, source: Operand2 | boolean): Tensor {
		return applyInPlace(
			indexing.scatter,
			[this.self, index, typeof source === "boolean" ? Number(source) : source],
			this.along(dim),
		);
	}

	/**
	 * In place: as scatter, adding to what is there. PyTorch:
	 * `torch.Tensor.scatter_add_`.
	 * @throws ShapeError, DTypeError
	 */
	scatterAdd_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.scatterAdd,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/**
	 * In place: adds slices of `source`, times alpha, at positions of `dim`.
	 * PyTorch: `torch.Tensor.index_add_`.
	 * @throws ShapeError, DTypeError
	 */
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

	/**
	 * In place: puts slices of `source` at positions of `dim`. PyTorch:
	 * `torch.Tensor.index_copy_`.
	 * @throws ShapeError, DTypeError
	 */
	indexCopy_(dim: number, index: Tensor, source: Tensor): Tensor {
		return applyInPlace(
			indexing.indexCopy,
			[this.self, index, source],
			this.along(dim),
		);
	}

	/**
	 * In place: running sum along `dim`; whole numbers sum to int32. PyTorch:
	 * `torch.Tensor.cumsum_`.
	 */
	cumsum_(dim: number): Tensor {
		return applyInPlace(ordering.cumsum, [this.self], this.along(dim));
	}

	/**
	 * In place: the lower triangle of matrices, zeros above `diagonal`. PyTorch:
	 * `torch.Tensor.tril_`.
	 * @throws ShapeError below two dimensions
	 */
	tril_(diagonal: number | DiagonalOptions = 0): Tensor {
		return applyInPlace(
			shapes.tril,
			[this.self],
			this.triangle("tril", diagonal),
		);
	}

	/**
	 * In place: the upper triangle of matrices, zeros below `diagonal`. PyTorch:
	 * `torch.Tensor.triu_`.
	 * @throws ShapeError below two dimensions
	 */
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
