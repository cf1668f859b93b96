import type { DType } from "../dtype.js";
import { DTypeError } from "../errors.js";
import type { Shape } from "../layout.js";
import type { Operand2 } from "../ops/binary.js";
import type { Tensor } from "../tensor.js";

export type { Operand2 };

/** Sizes or dimensions: spread, or as one array. */
export type Sizes = readonly number[] | readonly [readonly number[]];

/** @internal */
export function sizes(args: Sizes): readonly number[] {
	const first = args[0];
	if (Array.isArray(first)) return first;
	if (
		isOptions<{ dims?: readonly number[]; size?: readonly number[] }>(first)
	) {
		const named = first.dims ?? first.size;
		if (named) return named;
		throw new DTypeError(
			`sizes and dimensions are given spread, as one array, or as { dims } or { size }, but found { ${Object.keys(first).join(", ")} }`,
		);
	}
	return args as readonly number[];
}

/** One dimension, several, or all of them (null). */
export type Dims = number | readonly number[] | null;

export interface KeepDim {
	/** Reduced dimensions stay, with size 1. */
	readonly keepdim?: boolean;
}

export interface DimOptions extends KeepDim {
	/** Dimensions to reduce; all of them if left out. */
	readonly dim?: Dims;
}

export interface DTypeOptions {
	/** The type to which the elements are converted first, and which the result has. */
	readonly dtype?: DType | null;
}

export interface OneDimOptions extends KeepDim {
	/** The dimension to reduce; all of them if left out. */
	readonly dim?: number | null;
}

/** @internal `keepdim`, as an option or by itself */
export function keeps(options: KeepDim | boolean | undefined): boolean {
	return typeof options === "object"
		? (options.keepdim ?? false)
		: (options ?? false);
}

/** Nested arrays of numbers or booleans, as `tolist` gives them. */
export type NestedList = number | boolean | NestedList[];

/** Values with the positions they came from; also iterable, as PyTorch's tuple. */
export class ValuesIndices<
	out D extends DType = DType,
	out S extends Shape = Shape,
> {
	constructor(
		/** The values that were picked. */
		readonly values: Tensor<D, S>,
		/** Their positions along the dimension; int32. */
		readonly indices: Tensor<"int32", S>,
		/** @internal the function's name, for printing */
		private readonly of = "max",
	) {}

	/** The values, as PyTorch's tuple has them. */
	get 0(): Tensor<D, S> {
		return this.values;
	}

	/** The indices, as PyTorch's tuple has them. */
	get 1(): Tensor<"int32", S> {
		return this.indices;
	}

	*[Symbol.iterator](): IterableIterator<Tensor> {
		yield this.values;
		yield this.indices;
	}

	/** As PyTorch prints it. */
	toString(): string {
		return `torch.return_types.${this.of}(\nvalues=${this.values},\nindices=${this.indices})`;
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.toString();
	}
}

export interface MemoryFormatOptions {
	/** As the elements of the source lie ("preserve"), or row by row. */
	readonly memoryFormat?: "preserve" | "contiguous";
}

export interface AddOptions {
	/** Multiplies the other operand. */
	readonly alpha?: number;
}

export interface ClampOptions {
	readonly min?: Operand2 | null;
	readonly max?: Operand2 | null;
}

export interface DivOptions {
	readonly roundingMode?: "floor" | "trunc" | null;
}

export interface CloseOptions {
	/** Allowed difference, relative to the other tensor. */
	readonly rtol?: number;
	/** Allowed difference. */
	readonly atol?: number;
	/** NaN is close to NaN. */
	readonly equalNan?: boolean;
}

export interface VarOptions extends DimOptions {
	/** Divide by n - 1, the default, or by n. */
	readonly unbiased?: boolean;
	/** Subtracted from n; overrides `unbiased`. */
	readonly correction?: number;
}

export interface SortOptions {
	readonly dim?: number;
	readonly descending?: boolean;
	/** Every sort here is stable. */
	readonly stable?: boolean;
}

export interface ScatterOptions {
	/** How values meet what is there, instead of replacing it. */
	readonly reduce?: "add" | "multiply";
}

export interface TopkOptions {
	readonly largest?: boolean;
	readonly sorted?: boolean;
	readonly dim?: number;
}

export interface ValueOptions {
	/** Multiplies the product or quotient. */
	readonly value?: number;
}

export interface DiagonalOptions {
	readonly diagonal?: number;
}

export interface AddmmOptions {
	/** Multiplies this tensor. */
	readonly beta?: number;
	/** Multiplies the product. */
	readonly alpha?: number;
}

/** Whether `value` is an options object rather than an operand. */
export function isOptions<O extends object>(value: unknown): value is O {
	return (
		typeof value === "object" &&
		value !== null &&
		Object.getPrototypeOf(value) === Object.prototype
	);
}
