import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { ARRAYS } from "../host-values.js";
import type { Shape } from "../layout.js";
import type { Known } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";
import {
	checkDType,
	type DTypeIn,
	finish,
	type LastOf,
	make,
	type TensorOptions,
	upload,
} from "./options.js";

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
