/** What creation functions take, and how they begin and end. */
import { allocate } from "../autograd/apply.js";
import type { DeviceName } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import { type DType, ITEM_SIZE, type TypedArray } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import type { Generator } from "../generator.js";
import { type Shape, showShape } from "../layout.js";
import type { Known } from "../tensor/shape-types.js";
import type { Tensor } from "../tensor.js";

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

export type LastOf<A extends readonly unknown[]> = A extends readonly [
	...unknown[],
	infer O,
]
	? O
	: undefined;

export type SizesOf<A extends readonly unknown[]> = A extends readonly [
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

export function parse<O extends object>(
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

export function checkShape(shape: Shape): void {
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

export function checkDType(dtype: DType): DType {
	if (!(dtype in ITEM_SIZE))
		throw new DTypeError(
			`there is no dtype ${String(dtype)}: use 'float32', 'int32', 'uint8' or 'bool'`,
		);
	return dtype;
}

export function make(
	shape: Shape,
	dtype: DType,
	options: TensorOptions,
): Tensor {
	return allocate(readyBackend(options.device), shape, checkDType(dtype));
}

export function finish(
	t: Tensor,
	name: string,
	options: TensorOptions,
): Tensor {
	t.madeBy = name;
	if (options.requiresGrad) t.requiresGrad_(true);
	return t;
}

export function upload(t: Tensor, values: TypedArray): Tensor {
	t.storage.backend.write(
		t.storage.handle,
		0,
		new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
	);
	return t;
}
