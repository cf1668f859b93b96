import { allocate } from "./autograd/apply.js";
import type { DeviceName } from "./backends/backend.js";
import { readyBackend } from "./backends/devices.js";
import { checkFits, type DType, ITEM_SIZE, type TypedArray } from "./dtype.js";
import { DTypeError, ShapeError } from "./errors.js";
import { type Generator, globalGenerator } from "./generator.js";
import { inferShape, type Shape, showShape } from "./layout.js";
import type { Known, Viewed } from "./tensor/shape-types.js";
import { type NestedList, Tensor } from "./tensor.js";

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

type AnyTyped =
	| TypedArray
	| Uint8ClampedArray
	| Int8Array
	| Int16Array
	| Uint16Array
	| Uint32Array
	| Float64Array
	| BigInt64Array
	| BigUint64Array;

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

const ARRAYS = {
	float32: Float32Array,
	int32: Int32Array,
	uint8: Uint8Array,
	bool: Uint8Array,
} as const;

/** The dtype in which a typed array becomes a tensor. */
function dtypeOfArray(values: AnyTyped): DType {
	if (values instanceof Float32Array || values instanceof Float64Array)
		return "float32";
	if (values instanceof Uint8Array || values instanceof Uint8ClampedArray)
		return "uint8";
	return "int32";
}

/** Host values of `values` in `dtype`. @throws DTypeError out of int32's range */
function convert(values: AnyTyped, dtype: DType): TypedArray {
	if (dtype === "bool") return truths(values);
	const Target = ARRAYS[dtype];
	if (values instanceof Target) return values;
	if (values instanceof Uint8ClampedArray && dtype === "uint8")
		return new Uint8Array(values.buffer, values.byteOffset, values.length);
	if (dtype === "int32") return wholeNumbers(values);
	return Target.from(values as ArrayLike<number>);
}

function truths(values: ArrayLike<number | bigint>): Uint8Array {
	const out = new Uint8Array(values.length);
	for (let i = 0; i < out.length; i++) out[i] = Number(values[i]) === 0 ? 0 : 1;
	return out;
}

function wholeNumbers(values: AnyTyped | readonly number[]): Int32Array {
	const out = new Int32Array(values.length);
	for (let i = 0; i < values.length; i++) {
		const v = Math.trunc(Number(values[i]));
		if (!(v >= -2147483648 && v <= 2147483647))
			throw new DTypeError(
				`value ${String(values[i])} at position ${i} does not fit into int32, which stands for PyTorch's int64`,
			);
		out[i] = v;
	}
	return out;
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

/** `NestedList`, which a literal in the program may be too. */
export type NestedValues = number | boolean | readonly NestedValues[];

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

function isTyped(value: unknown): value is AnyTyped {
	return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

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
	const shape: number[] = [];
	const nested = values as NestedList;
	for (let v = nested; Array.isArray(v); v = v[0] as NestedList)
		shape.push(v.length);
	const flat: (number | boolean)[] = [];
	flatten(nested, 0, shape, flat);
	const dtype = checkDType(
		options.dtype ??
			(flat.length > 0 && flat.every((v) => typeof v === "boolean")
				? "bool"
				: "float32"),
	);
	// converted first: values that do not fit must leave nothing behind
	const host =
		dtype === "int32"
			? wholeNumbers(flat as number[])
			: dtype === "bool"
				? Uint8Array.from(flat, (v) => (v ? 1 : 0))
				: dtype === "uint8"
					? bytes(flat as number[])
					: ARRAYS[dtype].from(flat as number[]);
	const t = make(shape, dtype, options);
	return finish(upload(t, host), "tensor", options);
}

/** @throws DTypeError for what is beyond 0 to 255 */
function bytes(values: readonly number[]): Uint8Array {
	return Uint8Array.from(values, (value, i) => {
		const whole = Math.trunc(Number(value));
		if (!(whole >= 0 && whole <= 255))
			throw new DTypeError(
				`value cannot be converted to type uint8 without overflow: ${value} at position ${i}`,
			);
		return whole;
	});
}

function flatten(
	value: NestedList,
	depth: number,
	shape: readonly number[],
	out: (number | boolean)[],
): void {
	if (!Array.isArray(value)) {
		if (typeof value !== "number" && typeof value !== "boolean")
			throw new DTypeError(
				`tensor() takes numbers and booleans, but found ${typeof value} (${String(value)})`,
			);
		if (depth !== shape.length)
			throw new ShapeError(
				`expected sequence of length ${shape[depth]} at dim ${depth} (got a number)`,
			);
		out.push(value);
		return;
	}
	if (depth >= shape.length || value.length !== shape[depth])
		throw new ShapeError(
			`expected sequence of length ${shape[depth] ?? 0} at dim ${depth} (got ${value.length})`,
		);
	for (const v of value) flatten(v, depth + 1, shape, out);
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

function like(t: Tensor, options: TensorOptions): TensorOptions {
	t.assertAlive();
	const { dtype = t.dtype } = options;
	// an integer tensor with a gradient is refused when it is made
	return { device: t.device, ...options, dtype } as TensorOptions;
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
	return full(t.shape, 0, like(t, options ?? {})) as never;
}

/**
 * Ones of the shape, dtype and device of a tensor. PyTorch: `torch.ones_like`.
 */
export function onesLike<
	D extends DType,
	S extends Shape,
	const O extends TensorOptions = object,
>(t: Tensor<D, S>, options?: O): Tensor<DTypeIn<O, D>, S> {
	return full(t.shape, 1, like(t, options ?? {})) as never;
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
	return full(t.shape, value, like(t, options ?? {})) as never;
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
	return empty(t.shape, like(t, options ?? {})) as never;
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
 * Uniform in [0, 1), of the shape and device of a tensor. PyTorch:
 * `torch.rand_like`.
 */
export function randLike<S extends Shape>(
	t: Tensor<DType, S>,
	options: RandomOptions = {},
): Tensor<"float32", S> {
	return rand(t.shape, { device: t.device, ...options }) as never;
}

/**
 * Normal with mean 0 and variance 1, of the shape and device of a tensor.
 * PyTorch: `torch.randn_like`.
 */
export function randnLike<S extends Shape>(
	t: Tensor<DType, S>,
	options: RandomOptions = {},
): Tensor<"float32", S> {
	return randn(t.shape, { device: t.device, ...options }) as never;
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

/** @internal float32 zeros and ones, one with probability p, of `like`'s shape and device */
export function bernoulliLike(
	like: Tensor,
	p: number,
	generator?: Generator,
): Tensor {
	return drawn(
		like.shape,
		"float32",
		"bernoulli",
		generator ? { device: like.device, generator } : { device: like.device },
		(g, t) => g.draw.bernoulli(t, p),
	);
}
