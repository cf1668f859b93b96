/** Tensors with the same value in every place, or none. */
import { allocateAs } from "../autograd/apply.js";
import { readyBackend } from "../backends/devices.js";
import { checkFits, type DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import type { Shape } from "../layout.js";
import { resultLayout } from "../ops/operands.js";
import type { Known } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";
import {
	checkDType,
	checkShape,
	type DTypeIn,
	finish,
	type LastOf,
	make,
	parse,
	type SizesAndOptions,
	type SizesOf,
	type TensorOptions,
} from "./options.js";

/** Undefined contents. */
export function empty<const A extends SizesAndOptions<TensorOptions>>(
	...args: A
): Tensor<DTypeIn<LastOf<A>, "float32">, SizesOf<A>> {
	const { shape, options } = parse<TensorOptions>(args);
	return finish(
		make(shape, options.dtype ?? "float32", options),
		"empty",
		options,
	) as never;
}

/** `value` in every place: float32, or bool for a boolean. */
export function full<
	const S extends Shape,
	V extends number | boolean,
	const O extends TensorOptions = object,
>(
	shape: S,
	value: V,
	options?: O,
): Tensor<DTypeIn<O, V extends boolean ? "bool" : "float32">, Known<S>>;
export function full(
	shape: Shape,
	value: number | boolean,
	options: TensorOptions = {},
): Tensor {
	checkShape(shape);
	const dtype =
		options.dtype ?? (typeof value === "boolean" ? "bool" : "float32");
	checkFits(Number(value), checkDType(dtype));
	const t = make(shape, dtype, options);
	t.storage.backend.fill(t, Number(value));
	return finish(t, "full", options);
}

/**
 * Zeros: float32 unless `dtype` says otherwise. PyTorch: `torch.zeros`.
 * @throws ShapeError on negative sizes
 */
export function zeros<const A extends SizesAndOptions<TensorOptions>>(
	...args: A
): Tensor<DTypeIn<LastOf<A>, "float32">, SizesOf<A>> {
	const { shape, options } = parse<TensorOptions>(args);
	return full(shape, 0, options) as never;
}

/**
 * Ones: float32 unless `dtype` says otherwise. PyTorch: `torch.ones`.
 * @throws ShapeError on negative sizes
 */
export function ones<const A extends SizesAndOptions<TensorOptions>>(
	...args: A
): Tensor<DTypeIn<LastOf<A>, "float32">, SizesOf<A>> {
	const { shape, options } = parse<TensorOptions>(args);
	return full(shape, 1, options) as never;
}

/** Undefined contents; the dimensions lie in memory in the order of the tensor's. */
function blankLike(t: Tensor, options: TensorOptions = {}): Tensor {
	t.assertAlive();
	return allocateAs(
		readyBackend(options.device ?? t.device),
		resultLayout(t.shape, t),
		checkDType(options.dtype ?? t.dtype),
	);
}

function filledLike(
	t: Tensor,
	value: number,
	options: TensorOptions = {},
): Tensor {
	checkFits(value, checkDType(options.dtype ?? t.dtype));
	return finish(blankLike(t, options).filled(value), "full", options);
}

/**
 * Zeros of the shape, dtype and device of a tensor. PyTorch:
 * `torch.zeros_like`.
 */
export function zerosLike<
	D extends DType,
	S extends Shape,
	const O extends TensorOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return filledLike(t, 0, options) as never;
}

/**
 * Ones of the shape, dtype and device of a tensor. PyTorch: `torch.ones_like`.
 */
export function onesLike<
	D extends DType,
	S extends Shape,
	const O extends TensorOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return filledLike(t, 1, options) as never;
}

/**
 * `value` in every place, of the shape, dtype and device of a tensor. PyTorch:
 * `torch.full_like`.
 */
export function fullLike<
	D extends DType,
	S extends Shape,
	const O extends TensorOptions = object,
>(t: Tensor<D, S>, value: number, options?: O): Tensor<DTypeIn<O, D>, S> {
	return filledLike(t, value, options) as never;
}

/**
 * Undefined contents, of the shape, dtype and device of a tensor. PyTorch:
 * `torch.empty_like`.
 */
export function emptyLike<
	D extends DType,
	S extends Shape,
	const O extends TensorOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return finish(blankLike(t, options), "empty", options ?? {}) as never;
}

/** Ones on the diagonal of an [n, m] matrix. */
export function eye<
	const N extends number,
	const A extends [] | [number] | [TensorOptions] | [number, TensorOptions],
>(
	n: N,
	...rest: A
): Tensor<
	DTypeIn<LastOf<A>, "float32">,
	Known<
		A extends readonly [infer M extends number, ...unknown[]] ? [N, M] : [N, N]
	>
>;
export function eye(
	n: number,
	...rest: [] | [number] | [TensorOptions] | [number, TensorOptions]
): Tensor {
	const [second, third] = rest;
	const m = typeof second === "number" ? second : n;
	const options = (typeof second === "object" ? second : third) ?? {};
	for (const [name, size] of [
		["n", n],
		["m", m],
	] as const)
		if (size < 0)
			throw new ShapeError(
				`${name} must be greater or equal to 0, got ${size}`,
			);
	const t = zeros([n, m], { ...options, requiresGrad: false });
	const diagonal = Math.min(n, m);
	if (diagonal > 0) {
		const { backend } = t.storage;
		const line = t.view([n * m]).layout.narrow(0, 0, diagonal, m + 1);
		backend.fill({ storage: t.storage, layout: line, dtype: t.dtype }, 1);
	}
	return finish(t, "eye", options);
}
