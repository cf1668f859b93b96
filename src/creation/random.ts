import type { DType } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Generator, globalGenerator } from "../generator.js";
import type { Shape } from "../layout.js";
import type { BernoulliOptions, GeneratorOptions } from "../tensor/random.js";
import type { Known } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";
import { emptyLike } from "./filled.js";
import {
	checkShape,
	type DTypeIn,
	finish,
	type LastOf,
	make,
	parse,
	type RandomOptions,
	type SizesAndOptions,
	type SizesOf,
	upload,
} from "./options.js";

type Draw = (generator: Generator, t: Tensor) => void;

/**
 * Random tensors are drawn on the cpu device, so that a seed gives the same
 * numbers on all of them.
 */
function drawn(
	shape: Shape,
	dtype: DType,
	name: string,
	options: RandomOptions,
	draw: Draw,
): Tensor {
	const here = make(shape, dtype, { device: "cpu" });
	draw(options.generator ?? globalGenerator(), here);
	const device = options.device ?? "cpu";
	if (device === "cpu") return finish(here, name, options);
	const there = make(shape, dtype, options);
	upload(there, here.dataSync());
	here.dispose();
	return finish(there, name, options);
}

function floatsOnly(name: string, options: RandomOptions): void {
	const dtype = options.dtype ?? "float32";
	if (dtype !== "float32")
		throw new DTypeError(`"${name}" not implemented for '${dtype}'`);
}

/** Uniform in [0, 1): multiples of 2^-24. */
export function rand<const A extends SizesAndOptions<RandomOptions>>(
	...args: A
): Tensor<DTypeIn<LastOf<A>, "float32">, SizesOf<A>> {
	const { shape, options } = parse<RandomOptions>(args);
	floatsOnly("rand", options);
	return drawn(shape, "float32", "rand", options, (g, t) =>
		g.draw.uniform(t, 0, 1),
	) as never;
}

/** Normal with mean 0 and variance 1. */
export function randn<const A extends SizesAndOptions<RandomOptions>>(
	...args: A
): Tensor<DTypeIn<LastOf<A>, "float32">, SizesOf<A>> {
	const { shape, options } = parse<RandomOptions>(args);
	floatsOnly("randn", options);
	return drawn(shape, "float32", "randn", options, (g, t) =>
		g.draw.normal(t, 0, 1),
	) as never;
}

/**
 * Uniform in [0, 1), of the shape, dtype, device and order in memory of a
 * tensor. PyTorch: `torch.rand_like`.
 * @throws DTypeError unless float32
 */
export function randLike<
	D extends DType,
	S extends Shape,
	const O extends RandomOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return likeFilled(t, "rand", options, (y, g) => y.uniform_(0, 1, g)) as never;
}

/**
 * Normal with mean 0 and variance 1, of the shape, dtype, device and order in
 * memory of a tensor. PyTorch: `torch.randn_like`.
 * @throws DTypeError unless float32
 */
export function randnLike<
	D extends DType,
	S extends Shape,
	const O extends RandomOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return likeFilled(t, "randn", options, (y, g) => y.normal_(0, 1, g)) as never;
}

/**
 * Whole numbers in [low, high), of the shape, dtype, device and order in memory
 * of a tensor: `randintLike(t, high)` or `randintLike(t, low, high)`. PyTorch:
 * `torch.randint_like`.
 * @throws ShapeError unless low < high; DTypeError for bounds that the dtype does not have
 */
export function randintLike<
	D extends DType,
	S extends Shape,
	const O extends RandomOptions = object,
>(t: Tensor<D, S>, high: number, options?: O): Tensor<DTypeIn<O, D>, S>;
export function randintLike<
	D extends DType,
	S extends Shape,
	const O extends RandomOptions = object,
>(
	t: Tensor<D, S>,
	low: number,
	high: number,
	options?: O,
): Tensor<DTypeIn<O, D>, S>;
export function randintLike(
	t: Tensor,
	a: number,
	b?: number | RandomOptions,
	c?: RandomOptions,
): Tensor {
	const two = typeof b === "number";
	return likeFilled(t, "randint", two ? c : b, (y, g) =>
		y.random_(two ? a : 0, two ? b : a, g),
	);
}

function likeFilled(
	t: Tensor,
	name: string,
	options: RandomOptions = {},
	fill: (y: Tensor, options: RandomOptions) => Tensor,
): Tensor {
	const { requiresGrad, ...others } = options;
	const y = emptyLike(t, others);
	try {
		fill(y, options);
	} catch (error) {
		y.dispose();
		throw error;
	}
	return finish(y, name, options);
}

/**
 * 1 with the probability that stands in the element's place, else 0; a number
 * takes the place of the elements. PyTorch: `torch.bernoulli`.
 * @throws ShapeError outside of [0, 1]; DTypeError for probabilities that are not float32
 */
export function bernoulli<D extends DType, S extends Shape>(
	input: Tensor<D, S>,
	p?: number | BernoulliOptions,
	options?: GeneratorOptions,
): Tensor<D, S>;
export function bernoulli(
	input: Tensor,
	p?: number | BernoulliOptions,
	options?: GeneratorOptions,
): Tensor {
	const named = typeof p === "object" ? p : { p, ...options };
	const y = input.newEmpty(input.shape);
	try {
		return named.p === undefined
			? y.bernoulliOf(input, "BernoulliBackward0", named)
			: y.bernoulli_(named.p, named);
	} catch (error) {
		y.dispose();
		throw error;
	}
}

/** Whole numbers in [low, high): `randint(high, shape)` or `randint(low, high, shape)`. */
export function randint<
	const S extends Shape,
	const O extends RandomOptions = object,
>(high: number, shape: S, options?: O): Tensor<DTypeIn<O, "int32">, Known<S>>;
export function randint<
	const S extends Shape,
	const O extends RandomOptions = object,
>(
	low: number,
	high: number,
	shape: S,
	options?: O,
): Tensor<DTypeIn<O, "int32">, Known<S>>;
export function randint(
	a: number,
	b: number | Shape,
	c?: Shape | RandomOptions,
	d?: RandomOptions,
): Tensor {
	const two = typeof b === "number";
	const low = two ? a : 0;
	const high = two ? b : a;
	const shape = (two ? c : b) as Shape;
	const options = ((two ? d : c) ?? {}) as RandomOptions;
	checkShape(shape);
	if (!(low < high))
		throw new ShapeError(
			`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`,
		);
	if (low < -2147483648 || high > 2147483648)
		throw new DTypeError(
			`randint: the range [${low}, ${high}) does not fit into int32, which stands for PyTorch's int64`,
		);
	const dtype = options.dtype ?? "int32";
	const t = drawn(
		shape,
		"int32",
		"randint",
		{ ...options, requiresGrad: false },
		(g, y) => g.draw.randint(y, low, high),
	);
	if (dtype === "int32") return finish(t, "randint", options);
	const cast = t.to(dtype);
	t.dispose();
	return finish(cast, "randint", options);
}

/** 0 … n - 1 in random order, int32. */
export function randperm<const N extends number>(
	n: N,
	options: RandomOptions = {},
): Tensor<"int32", Known<[N]>> {
	checkShape([n]);
	return drawn([n], "int32", "randperm", options, (g, t) =>
		g.draw.randperm(t),
	) as never;
}
