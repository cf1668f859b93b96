import { assertOutput, resultFor } from "../autograd/apply.js";
import type { Backend, Operand, View } from "../backends/backend.js";
import {
	type DType,
	ITEM_SIZE,
	promoteNumber,
	promoteTypes,
} from "../dtype.js";
import { DTypeError } from "../errors.js";
import { broadcastShapes, Layout, type Shape, sameShape } from "../layout.js";
import { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import type { Arg, Exec } from "./registry.js";

const CATEGORY: Readonly<Record<DType, number>> = {
	bool: 0,
	uint8: 1,
	int32: 1,
	float32: 2,
};

/**
 * The type in which operands meet: tensors with dimensions decide, then
 * 0-dimensional ones and then numbers may lift the category.
 * Source: PyTorch's `torch.result_type`.
 */
export function resultType(...args: readonly Arg[]): DType {
	let dims: DType | null = null;
	let zero: DType | null = null;
	for (const arg of args) {
		if (typeof arg !== "object" || arg === null) continue;
		if (arg.shape.length > 0)
			dims = dims === null ? arg.dtype : promoteTypes(dims, arg.dtype);
		else zero = zero === null ? arg.dtype : promoteTypes(zero, arg.dtype);
	}
	let type = dims ?? zero;
	if (dims !== null && zero !== null && CATEGORY[zero] > CATEGORY[dims])
		type = promoteTypes(dims, zero);
	for (const arg of args)
		if (typeof arg === "number")
			type = type === null ? numberType(arg) : promoteNumber(type, arg);
	return type ?? "float32";
}

function numberType(value: number): DType {
	return Number.isInteger(value) ? "int32" : "float32";
}

/** Copies made for one kernel call, freed right after it. */
const temporaries: Storage[] = [];

/** `x` converted to `dtype`, for one kernel call. */
export function converted(k: Backend, x: View, dtype: DType): View {
	if (x.dtype === dtype) return x;
	return copied(k, x, dtype);
}

/** A contiguous copy of `x` in `dtype`, for one kernel call. */
export function copied(k: Backend, x: View, dtype: DType): View {
	const storage = Storage.of(k, x.layout.numel * ITEM_SIZE[dtype]);
	temporaries.push(storage);
	const y = { storage, layout: Layout.contiguous(x.layout.shape), dtype };
	k.copy(x, y);
	return y;
}

/** `x` itself if contiguous, else a contiguous copy for one kernel call. */
export function densified(k: Backend, x: View): View {
	return x.layout.isContiguous ? x : copied(k, x, x.dtype);
}

/** A place for a result that is converted afterwards. */
export function temporary(k: Backend, shape: Shape, dtype: DType): View {
	const layout = Layout.contiguous(shape);
	const storage = Storage.of(k, layout.numel * ITEM_SIZE[dtype]);
	temporaries.push(storage);
	return { storage, layout, dtype };
}

export function freeTemporaries(): void {
	for (let s = temporaries.pop(); s; s = temporaries.pop()) s.release();
}

export function expanded(x: View, shape: Shape): View {
	if (sameShape(x.layout.shape, shape)) return x;
	return {
		storage: x.storage,
		layout: x.layout.expand(shape),
		dtype: x.dtype,
	};
}

/** An operand of a kernel: in the common type and shape, by views where possible. */
export function operand(
	k: Backend,
	arg: Tensor | number,
	dtype: DType,
	shape: Shape,
	/** Where operands of wider types meet in uint8, they wrap before the computation. */
	meeting: DType = dtype,
): Operand {
	if (typeof arg === "number") return meeting === "uint8" ? arg & 255 : arg;
	const wraps = meeting === "uint8" && arg.dtype === "int32";
	const own = wraps ? copied(k, arg, "uint8") : arg;
	return expanded(converted(k, own, dtype), shape);
}

/**
 * Whether it can be a mask: bool, or as PyTorch still allows uint8 of 0 and 1.
 * @throws DTypeError for other bytes, where they can be read
 */
export function isMaskType(mask: Tensor): boolean {
	if (mask.dtype === "bool") return true;
	if (mask.dtype !== "uint8") return false;
	if (
		mask.storage.backend.readSync !== undefined &&
		mask.dataSync().some((value) => value > 1)
	)
		throw new DTypeError("Mask tensor can take 0 and 1 values only");
	return true;
}

export function shapeOf(arg: Arg): Shape {
	return typeof arg === "object" && arg !== null ? arg.layout.shape : [];
}

export function commonShape(...args: readonly Arg[]): Shape {
	let shape: Shape = shapeOf(args[0] ?? null);
	for (let i = 1; i < args.length; i++)
		shape = broadcastShapes(shape, shapeOf(args[i] as Arg));
	return shape;
}

/** uint8 and bool are computed in int32; kernels know only the two wide types. */
export function computeType(dtype: DType): DType {
	return dtype === "float32" ? dtype : "int32";
}

function isInOrder(arg: Arg): boolean {
	return typeof arg !== "object" || arg === null || arg.layout.isContiguous;
}

/**
 * Where the elements of a result lie: in the order of the operands', as
 * PyTorch's TensorIterator lays them. Contiguous operands cost a look at each.
 */
export function resultLayout(
	shape: Shape,
	a: Arg,
	b: Arg = null,
	c: Arg = null,
): Layout {
	if (isInOrder(a) && isInOrder(b) && isInOrder(c))
		return Layout.contiguous(shape);
	const layouts: Layout[] = [];
	for (const arg of [a, b, c])
		if (typeof arg === "object" && arg !== null) layouts.push(arg.layout);
	return Layout.following(shape, layouts);
}

/**
 * Runs `kernel` into a result of `dtype`, by way of its compute type where the
 * kernel does not know `dtype`, and into `out` if there is one. A new result lies
 * in memory as the operands a, b and c do, if they are named.
 * @throws DTypeError if `out` cannot hold the result
 */
export function intoResult(
	x: Exec,
	out: Tensor | null,
	shape: Shape,
	dtype: DType,
	kernelType: DType,
	kernel: (y: View) => void,
	a: Arg = null,
	b: Arg = null,
	c: Arg = null,
): Tensor {
	if (out) assertHolds(out, shape, dtype);
	const y = out
		? resultFor(x, out, shape, dtype)
		: x.emptyAs(resultLayout(shape, a, b, c), dtype);
	try {
		if (y.dtype === kernelType) kernel(y);
		else {
			const wide = temporary(x.k, shape, kernelType);
			kernel(wide);
			x.k.copy(wide, y);
		}
	} finally {
		freeTemporaries();
	}
	return y;
}

/** As `intoResult`, for kernels that know every dtype. */
export function resultInto(
	x: Exec,
	out: Tensor | null,
	shape: Shape,
	dtype: DType,
	kernel: (y: View) => void,
): Tensor {
	return intoResult(x, out, shape, dtype, out?.dtype ?? dtype, kernel);
}

/** @throws ShapeError, DTypeError if `out` cannot hold a result of `shape` and `dtype` */
export function assertHolds(out: Tensor, shape: Shape, dtype: DType): void {
	assertOutput(out, shape);
	assertCastable(dtype, out);
}

/** @throws DTypeError if `out` cannot hold a result of `dtype` */
export function assertCastable(dtype: DType, out: Tensor): void {
	if (CATEGORY[dtype] > CATEGORY[out.dtype])
		throw new DTypeError(
			`result type ${torchName(dtype)} can't be cast to the desired output type ${torchName(out.dtype)}`,
		);
}

/**
 * A factor in the type that it multiplies: among whole numbers its fraction is lost.
 * @throws DTypeError where that type cannot hold it
 */
export function factorIn(dtype: DType, value: number): number {
	if (dtype === "float32") return value;
	// PyTorch's check lets -2 wrap, as C does, but not -1.5
	if (dtype === "uint8" && value < 0 && !Number.isInteger(value))
		throw new DTypeError(
			"value cannot be converted to type uint8_t without overflow",
		);
	return dtype === "bool" ? Number(value !== 0) : Math.trunc(value);
}

/** The C++ type's name in some of PyTorch's messages. */
export function cName(dtype: DType): string {
	return {
		float32: "float",
		int32: "long int",
		uint8: "unsigned char",
		bool: "bool",
	}[dtype];
}

/** The name in PyTorch's messages: `Float`, `Long`, `Byte`, `Bool`. */
export function torchName(dtype: DType): string {
	return { float32: "Float", int32: "Long", uint8: "Byte", bool: "Bool" }[
		dtype
	];
}
