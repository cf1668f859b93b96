import { allocate, allocateAs } from "./autograd/apply.js";
import type { DeviceName } from "./backends/backend.js";
import { readyBackend } from "./backends/devices.js";
import { checkFits, type DType, ITEM_SIZE, type TypedArray } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { type Generator, globalGenerator } from "./generator.js";
import {
	type AnyTyped,
	ARRAYS,
	convert,
	dtypeOfArray,
	hostValues,
	isTyped,
	type NestedValues,
} from "./host-values.js";
import { inferShape, type Shape, showShape } from "./layout.js";
import { resultLayout } from "./ops/operands.js";
import type { BernoulliOptions, GeneratorOptions } from "./tensor/random.js";
import type { Known, Viewed } from "./tensor/shape-types.js";
import { Tensor } from "./tensor.js";

export type { NestedValues } from "./host-values.js";

interface AnyOptions {
	/** Type of the elements. */
	readonly dtype?: DType;
	/** Where the elements are; `'cpu'` unless said otherwise. */
	readonly device?: DeviceName;
	/** Whether operations are recorded for gradients; float32 only. */
	readonly requiresGrad?: boolean;
}

/** What creation functions take last. */
export type TensorOptions = AnyOptions &
	({ readonly dtype?: "float32" } | { readonly requiresGrad?: false });

/** What creation functions that draw random numbers take last. */
export type RandomOptions = TensorOptions & {
	/** Draws the numbers; the global one unless said otherwise. */
	readonly generator?: Generator;
};

/** The dtype that options ask for, or else `Else`. */
export type DTypeIn<O, Else extends DType> = "dtype" extends keyof O
	? O extends { readonly dtype: infer D extends DType }
		? D
		: Else | Extract<O["dtype"], DType>
	: Else;

type LastOf<A extends readonly unknown[]> = A extends readonly [
	...unknown[],
	infer O,
]
	? O
	: undefined;

type SizesOf<A extends readonly unknown[]> = A extends readonly [
	infer S extends Shape,
	...unknown[],
]
	? Known<S>
	: A extends readonly [...infer S extends readonly number[], infer O]
		? O extends number
			? Known<A>
			: Known<S>
		: Known<A>;

/** Sizes spread or as an array, and the options at the end. */
export type SizesAndOptions<O> =
	| readonly [...number[]]
	| readonly [...number[], O]
	| readonly [Shape]
	| readonly [Shape, O | undefined];

function parse<O extends object>(
	args: readonly unknown[],
): { shape: Shape; options: O } {
	const list = args.slice() as (number | Shape | O | undefined)[];
	const last = list[list.length - 1];
	let options = {} as O;
	if (
		list.length > 0 &&
		(last === undefined || (typeof last === "object" && !Array.isArray(last)))
	) {
		list.pop();
		options = (last ?? {}) as O;
	}
	const first = list[0];
	const shape = (Array.isArray(first) ? first : list) as Shape;
	checkShape(shape);
	return { shape, options };
}

function checkShape(shape: Shape): void {
	for (const n of shape) {
		if (typeof n !== "number" || !Number.isInteger(n))
			throw new ShapeError(
				`sizes must be whole numbers, but found ${String(n)} in ${showShape(shape)}`,
			);
		if (n < 0)
			throw new ShapeError(
				`Trying to create tensor with negative dimension ${n}: ${showShape(shape)}`,
			);
	}
}

function checkDType(dtype: DType): DType {
	if (!(dtype in ITEM_SIZE))
		throw new DTypeError(
			`there is no dtype ${String(dtype)}: use 'float32', 'int32', 'uint8' or 'bool'`,
		);
	return dtype;
}

function make(shape: Shape, dtype: DType, options: TensorOptions): Tensor {
	return allocate(readyBackend(options.device), shape, checkDType(dtype));
}

function finish(t: Tensor, name: string, options: TensorOptions): Tensor {
	t.madeBy = name;
	if (options.requiresGrad) t.requiresGrad_(true);
	return t;
}

function upload(t: Tensor, values: TypedArray): Tensor {
	t.storage.backend.write(
		t.storage.handle,
		0,
		new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
	);
	return t;
}

/**
 * A tensor with the values of a typed array, which are copied.
 * @param shape the array's length in one dimension if left out
 * @throws ShapeError if the sizes do not multiply to the array's length
 */
export function fromArray<
	V extends AnyTyped,
	const S extends Shape = Shape,
	const O extends TensorOptions = object,
>(
	values: V,
	shape?: S,
	options?: O,
): Tensor<DTypeIn<O, DTypeOf<V>>, Viewed<Shape, Known<S>>>;
export function fromArray(
	values: AnyTyped,
	shape?: Shape,
	options: TensorOptions = {},
): Tensor {
	const dtype = checkDType(options.dtype ?? dtypeOfArray(values));
	const sizes = shape ? inferShape(shape, values.length) : [values.length];
	const t = make(sizes, dtype, options);
	return finish(upload(t, convert(values, dtype)), "fromArray", options);
}

type Entry<V> = V extends readonly (infer E)[] ? E : V;

/** What is nested in at most eight levels; unrolled, against endless types. */
type Leaf<V> = Entry<Entry<Entry<Entry<Entry<Entry<Entry<Entry<V>>>>>>>>;

/** The dtype that values become. */
export type DTypeOf<V> = V extends { readonly dtype: infer D extends DType }
	? D
	: V extends Float32Array | Float64Array
		? "float32"
		: V extends Uint8Array | Uint8ClampedArray
			? "uint8"
			: V extends AnyTyped
				? "int32"
				: [Leaf<V>] extends [boolean]
					? [Leaf<V>] extends [never]
						? "float32"
						: "bool"
					: boolean extends Leaf<V>
						? "float32" | "bool"
						: "float32";

/** The sizes of nested arrays, as far as literals tell them. */
export type ShapeOf<V> = V extends { readonly shape: infer S extends Shape }
	? S
	: V extends AnyTyped
		? Shape
		: V extends readonly unknown[]
			? number extends V["length"]
				? Shape
				: V extends readonly [infer H, ...unknown[]]
					? [V["length"], ...ShapeOf<H>]
					: [0]
			: [];

/**
 * A tensor with the values of nested arrays or of a typed array. Numbers give
 * float32, booleans bool, unless `dtype` says otherwise.
 * @throws ShapeError on ragged nesting, naming the place
 */
export function tensor<
	const V extends NestedValues | AnyTyped | Tensor,
	const O extends TensorOptions = object,
>(values: V, options?: O): Tensor<DTypeIn<O, DTypeOf<V>>, Known<ShapeOf<V>>>;
export function tensor(
	values: NestedValues | AnyTyped | Tensor,
	options: TensorOptions = {},
): Tensor {
	if (values instanceof Tensor) {
		const copy = values.detach().to(options.dtype ?? values.dtype);
		return finish(copy.clone(), "tensor", options);
	}
	if (isTyped(values))
		return finish(
			fromArray(values, undefined, { ...options, requiresGrad: false }),
			"tensor",
			options,
		);
	// converted first: values that do not fit must leave nothing behind
	const { host, shape, dtype } = hostValues(values, options.dtype);
	const t = make(shape, dtype, options);
	return finish(upload(t, host), "tensor", options);
}

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

/** int32 if all numbers are literal and whole. */
type WholeIn<A extends readonly unknown[]> = number extends A[number]
	? "int32" | "float32"
	: `${Extract<A[number], number>}` extends `${bigint}`
		? "int32"
		: "float32";

/** `arange(n)` has n elements. */
type Counted<A extends readonly unknown[]> = A extends
	| readonly [infer N extends number]
	| readonly [infer N extends number, TensorOptions]
	? number extends N
		? Shape
		: `${N}` extends `${bigint}`
			? [N]
			: Shape
	: Shape;

/**
 * start, start + step … below end: `arange(end)`, `arange(start, end)` or
 * `arange(start, end, step)`. int32 if all are whole, else float32.
 */
export function arange<
	const A extends readonly number[] | readonly [...number[], TensorOptions],
>(...args: A): Tensor<DTypeIn<LastOf<A>, WholeIn<A>>, Counted<A>>;
export function arange(
	...args: readonly number[] | readonly [...number[], TensorOptions]
): Tensor {
	const list = args.slice() as (number | TensorOptions)[];
	const options =
		typeof list[list.length - 1] === "object"
			? (list.pop() as TensorOptions)
			: {};
	const numbers = list as number[];
	const [a, b, c] = numbers;
	const start = numbers.length > 1 ? (a as number) : 0;
	const end = numbers.length > 1 ? (b as number) : (a as number);
	const step = c ?? 1;
	if (step === 0) throw new ShapeError("step must be nonzero");
	if (!Number.isFinite(start) || !Number.isFinite(end))
		throw new ShapeError(`unsupported range: ${start} -> ${end}`);
	if ((end - start) / step < 0)
		throw new ShapeError(
			"upper bound and larger bound inconsistent with step sign",
		);
	const dtype =
		options.dtype ?? (numbers.every(Number.isInteger) ? "int32" : "float32");
	const n = Math.ceil((end - start) / step);
	return fromHost(n, dtype, (i) => start + i * step, "arange", options);
}

function fromHost(
	n: number,
	dtype: DType,
	at: (i: number) => number,
	name: string,
	options: TensorOptions,
): Tensor {
	checkDType(dtype);
	const host = new ARRAYS[dtype](n);
	for (let i = 0; i < n; i++) host[i] = at(i);
	return finish(upload(make([n], dtype, options), host), name, options);
}

/** `steps` numbers from start to end, both included; float32. */
export function linspace<
	const N extends number,
	const O extends TensorOptions = object,
>(
	start: number,
	end: number,
	steps: N,
	options?: O,
): Tensor<DTypeIn<O, "float32">, Known<[N]>>;
export function linspace(
	start: number,
	end: number,
	steps: number,
	options: TensorOptions = {},
): Tensor {
	if (!Number.isInteger(steps) || steps < 0)
		throw new ShapeError("number of steps must be non-negative");
	const f = Math.fround;
	const step = steps > 1 ? f(f(f(end) - f(start)) / (steps - 1)) : 0;
	// From both ends, as PyTorch, so that the last one is exact.
	const at = (i: number) =>
		i < steps / 2 ? start + step * i : end - step * (steps - i - 1);
	return fromHost(steps, options.dtype ?? "float32", at, "linspace", options);
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

// Random numbers

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
