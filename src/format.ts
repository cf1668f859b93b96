/**
 * Tensors as PyTorch 1.13 prints them, character for character.
 * Source: `torch/_tensor_str.py`.
 */
import type { DType } from "./dtype.js";
import { exponential, fixed } from "./format/number.js";
import { printOptions } from "./format/options.js";

export { pythonNumber } from "./format/number.js";
export { type PrintOptions, setPrintoptions } from "./format/options.js";
export { formatModule, formatOptimizer } from "./format/repr.js";

/** What is printed behind the elements, and what in front of them. */
export interface FormatExtras {
	requiresGrad?: boolean;
	/** The name of the operation that made the tensor, as `AddBackward0`. */
	gradFn?: string | null;
	/** Shown unless it is `cpu`, the default. */
	device?: string;
	/** `tensor(` if left out. */
	prefix?: string;
}

/** The names PyTorch prints; `int32` stands where PyTorch has int64. */
const DTYPE_NAME: Readonly<Record<DType, string>> = {
	float32: "torch.float32",
	int32: "torch.int64",
	uint8: "torch.uint8",
	bool: "torch.bool",
};

/** Writes every element of one tensor alike, padded to one width. */
interface Formatter {
	/** in characters; numbers that are not finite may be longer */
	readonly width: number;
	format(value: number): string;
}

/** Row-major elements, and how many of them an index of each dimension skips. */
interface Source {
	readonly values: ArrayLike<number>;
	readonly shape: readonly number[];
	readonly strides: readonly number[];
	readonly summarize: boolean;
}

function widest(values: Iterable<number>, text: (value: number) => string) {
	let width = 1;
	for (const value of values) width = Math.max(width, text(value).length);
	return width;
}

function floatFormatter(values: readonly number[]): Formatter {
	const { precision, sciMode } = printOptions();
	const asInt = (x: number) => fixed(x, 0) + (Number.isFinite(x) ? "." : "");
	const asFixed = (x: number) => fixed(x, precision);
	const asSci = (x: number) => exponential(x, precision);
	const formatter = (width: number, text: (x: number) => string) => ({
		width,
		format: (x: number) => text(x).padStart(width),
	});

	const seen = values.filter((x) => Number.isFinite(x) && x !== 0);
	// as in PyTorch, not even `sciMode` changes how zeros alone are written
	if (seen.length === 0) return formatter(1, asInt);
	let smallest = Number.POSITIVE_INFINITY;
	let largest = 0;
	for (const x of seen) {
		smallest = Math.min(smallest, Math.abs(x));
		largest = Math.max(largest, Math.abs(x));
	}
	const whole = seen.every(Number.isInteger);
	const wide = largest / smallest > 1000 || largest > 1e8;
	const plain = whole ? asInt : asFixed;
	const automatic = wide || (!whole && smallest < 1e-4) ? asSci : plain;
	// as in PyTorch, a forced mode does not change the width
	const width = widest(seen, automatic);
	if (sciMode === null) return formatter(width, automatic);
	return formatter(width, sciMode ? asSci : plain);
}

function formatterFor(values: readonly number[], dtype: DType): Formatter {
	if (dtype === "float32") return floatFormatter(values);
	const text =
		dtype === "bool" ? (x: number) => (x ? "True" : "False") : String;
	const width = widest(values, text);
	return { width, format: (x) => text(x).padStart(width) };
}

/** The indices of a dimension that are printed; `null` stands for the gap. */
function shownIndices(size: number, summarize: boolean): (number | null)[] {
	const { edgeitems } = printOptions();
	if (!summarize || size <= 2 * edgeitems)
		return Array.from({ length: size }, (_, i) => i);
	const start = Array.from({ length: edgeitems }, (_, i) => i);
	return [...start, null, ...start.map((i) => size - edgeitems + i)];
}

/** Adds to `into` the elements that are printed, and reads no others. */
function collect(src: Source, dim: number, at: number, into: number[]): void {
	if (dim === src.shape.length) {
		into.push(src.values[at] as number);
		return;
	}
	const stride = src.strides[dim] as number;
	for (const i of shownIndices(src.shape[dim] as number, src.summarize)) {
		if (i !== null) collect(src, dim + 1, at + i * stride, into);
	}
}

/** The innermost brackets, broken into lines. */
function formatVector(
	src: Source,
	at: number,
	indent: number,
	formatter: Formatter,
): string {
	const { linewidth } = printOptions();
	const perLine = Math.max(
		1,
		Math.floor((linewidth - indent) / (formatter.width + 2)),
	);
	const size = src.shape.at(-1) as number;
	const items = shownIndices(size, src.summarize).map((i) =>
		i === null ? " ..." : formatter.format(src.values[at + i] as number),
	);
	const lines: string[] = [];
	for (let i = 0; i < items.length; i += perLine)
		lines.push(items.slice(i, i + perLine).join(", "));
	return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
}

function formatElements(
	src: Source,
	dim: number,
	at: number,
	indent: number,
	formatter: Formatter,
): string {
	const left = src.shape.length - dim;
	if (left === 0) return formatter.format(src.values[at] as number);
	if (left === 1) return formatVector(src, at, indent, formatter);
	const stride = src.strides[dim] as number;
	const slices = shownIndices(src.shape[dim] as number, src.summarize).map(
		(i) =>
			i === null
				? "..."
				: formatElements(src, dim + 1, at + i * stride, indent + 1, formatter),
	);
	const separator = `,${"\n".repeat(left - 1)}${" ".repeat(indent + 1)}`;
	return `[${slices.join(separator)}]`;
}

function addSuffixes(
	text: string,
	suffixes: readonly string[],
	indent: number,
): string {
	const { linewidth } = printOptions();
	let result = text;
	// two more than the line is long: PyTorch's way of counting
	let length = text.length - text.lastIndexOf("\n") + 1;
	for (const suffix of suffixes) {
		if (length + suffix.length + 2 > linewidth) {
			result += `,\n${" ".repeat(indent)}${suffix}`;
			length = indent + suffix.length;
		} else {
			result += `, ${suffix}`;
			length += suffix.length + 2;
		}
	}
	return `${result})`;
}

/** Python's tuple: `()`, `(3,)`, `(2, 0)`. */
function tuple(shape: readonly number[]): string {
	return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

function historyOf({ gradFn, requiresGrad }: FormatExtras): string[] {
	if (gradFn) return [`grad_fn=<${gradFn}>`];
	return requiresGrad ? ["requires_grad=True"] : [];
}

/**
 * A tensor whose elements are not at hand, as PyTorch prints one that has none
 * (`device="meta"`).
 */
export function formatHeader(
	shape: readonly number[],
	dtype: DType,
	extras: FormatExtras = {},
): string {
	const { device = "cpu", prefix = "tensor(" } = extras;
	const suffixes = [`device='${device}'`, `size=${tuple(shape)}`];
	if (dtype !== "float32") suffixes.push(`dtype=${DTYPE_NAME[dtype]}`);
	suffixes.push(...historyOf(extras));
	return addSuffixes(`${prefix}...`, suffixes, prefix.length);
}

/**
 * What `str(tensor)` gives in PyTorch, under the options of `setPrintoptions`.
 * A summarised tensor costs no more than the elements that are shown.
 * @param values the elements, row-major and contiguous
 * @param shape of the tensor; `[]` for a single number
 */
export function formatTensor(
	values: ArrayLike<number>,
	shape: readonly number[],
	dtype: DType,
	extras: FormatExtras = {},
): string {
	const { device = "cpu", prefix = "tensor(" } = extras;
	const suffixes: string[] = [];
	if (device !== "cpu") suffixes.push(`device='${device}'`);

	const numel = shape.reduce((product, size) => product * size, 1);
	let text = "[]";
	if (numel === 0) {
		if (shape.length !== 1) suffixes.push(`size=${tuple(shape)}`);
		// without elements nothing else tells the type
		if (dtype !== "float32") suffixes.push(`dtype=${DTYPE_NAME[dtype]}`);
	} else {
		if (dtype === "uint8") suffixes.push(`dtype=${DTYPE_NAME[dtype]}`);
		const strides = new Array<number>(shape.length);
		let stride = 1;
		for (let dim = shape.length - 1; dim >= 0; dim--) {
			strides[dim] = stride;
			stride *= shape[dim] as number;
		}
		const summarize = numel > printOptions().threshold;
		const source = { values, shape, strides, summarize };
		const shown: number[] = [];
		collect(source, 0, 0, shown);
		const formatter = formatterFor(shown, dtype);
		text = formatElements(source, 0, 0, prefix.length, formatter);
	}

	suffixes.push(...historyOf(extras));
	return addSuffixes(prefix + text, suffixes, prefix.length);
}
