import type { View } from "../backend.js";
import type { Block } from "./memory.js";
import { blockOf, type Form, type Slot, u } from "./program.js";

/**
 * How a factor is read from memory. Its lines are the rows of a and the columns
 * of b: what is as long as k. Four neighbours at a time, along k or across
 * lines, or one by one.
 */
export type Reading = "along" | "across" | "single";

/** A product of matrices, as its kernels are to compute it. */
export interface Product {
	readonly a: View;
	readonly b: View;
	readonly y: View;
	readonly bias: View | null;
	/** Whether the bias goes along the rows rather than along the columns. */
	readonly isColumn: boolean;
	relu: boolean;
	/** Where relu(y) goes as well, or y where `gate` is positive. */
	positive: View | null;
	gate: View | null;
	/** Where the sums over k of a go as well. */
	sums: View | null;
	readonly m: number;
	readonly n: number;
	readonly k: number;
	readonly batches: number;
	/**
	 * m n k batches, then offset, stride of the batches, of the first and of the
	 * second dimension of a, b and y, then offset and stride of the bias.
	 */
	readonly words: number[];
}

/** A factor in a kernel's text: its name there, and its words. */
export interface Factor {
	readonly name: "A" | "B";
	/** Lines that there are. */
	readonly size: string;
	readonly offset: string;
	readonly line: string;
	readonly k: string;
	readonly reading: Reading;
}

/** @param isTurned whether yᵀ = bᵀ · aᵀ is computed instead */
export function describe(
	a: View,
	b: View,
	y: View,
	bias: View | null,
	relu: boolean,
	isTurned: boolean,
): Product {
	const { rank } = y.layout;
	const stride = (v: View, d: number) =>
		rank + d < 0 || (d === -3 && rank < 3)
			? 0
			: (v.layout.strides[rank + d] as number);
	const size = (v: View, d: number) => v.layout.shape[rank + d] as number;
	const [first, second] = isTurned ? [-1, -2] : [-2, -1];
	const m = size(y, first);
	const n = size(y, second);
	const k = size(a, -1);
	const batches = rank > 2 ? size(y, -3) : 1;
	const [left, right] = isTurned ? [b, a] : [a, b];
	const words = [m, n, k, batches];
	for (const v of [left, right, y])
		words.push(
			v.layout.offset,
			stride(v, -3),
			stride(v, first),
			stride(v, second),
		);
	words.push(
		bias?.layout.offset ?? 0,
		bias ? (bias.layout.strides[0] ?? 0) : 0,
	);
	return {
		a: left,
		b: right,
		y,
		bias,
		isColumn: isTurned,
		relu,
		positive: null,
		gate: null,
		sums: null,
		m,
		n,
		k,
		batches,
		words,
	};
}

/** Word of the place of relu(y), then of the sums and of the gate; see `Product.words`. */
const POSITIVE = 18;
export const SUMS = 22;
const GATE = 24;
/** Words of a product; what a kernel adds comes behind. */
export const WORDS = 28;

/** All parameters, after others have joined in. */
export function wordsOf(p: Product): number[] {
	const words = p.words.slice();
	const { rank } = p.y.layout;
	const [row, column] = p.isColumn ? [1, 2] : [2, 1];
	const place = (v: View | null) => [
		v?.layout.offset ?? 0,
		rank > 2 ? (v?.layout.strides[0] ?? 0) : 0,
		v?.layout.strides[rank - row] ?? 0,
		v?.layout.strides[rank - column] ?? 0,
	];
	words.push(
		...place(p.positive),
		p.sums?.layout.offset ?? 0,
		p.sums?.layout.strides[p.sums.layout.rank - 1] ?? 0,
		...place(p.gate),
	);
	return words;
}

/** Whether these strides and offsets keep groups of four elements together. */
function areFours(...numbers: readonly number[]): boolean {
	return numbers.every((n) => n % 4 === 0);
}

function readingOf(
	words: readonly number[],
	at: number,
	line: number,
	k: number,
): Reading {
	const [offset, batch] = words.slice(at, at + 2) as [number, number];
	const alongLine = words[line] as number;
	const alongK = words[k] as number;
	if (alongK === 1 && areFours(offset, batch, alongLine)) return "along";
	if (alongLine === 1 && areFours(offset, batch, alongK)) return "across";
	return "single";
}

/** Both factors, and whether y is written four columns at a time. */
export interface Access {
	readonly a: Factor;
	readonly b: Factor;
	readonly isWide: boolean;
	readonly key: string;
}

export function accessOf(p: Product): Access {
	const words = wordsOf(p);
	// one binding has one element type
	const blocks = slotsOf(p).map((slot) => blockOf(slot.view));
	const isShared = new Set(blocks).size < blocks.length;
	const left = isShared ? "single" : readingOf(words, 4, 6, 7);
	const right = isShared ? "single" : readingOf(words, 8, 11, 10);
	const isRow = (at: number) =>
		words[at + 3] === 1 &&
		areFours(
			words[at] as number,
			words[at + 1] as number,
			words[at + 2] as number,
		);
	const isWide =
		!isShared &&
		p.n % 4 === 0 &&
		isRow(12) &&
		(p.positive === null || isRow(POSITIVE)) &&
		(p.gate === null || isRow(GATE));
	return {
		a: {
			name: "A",
			size: u(0),
			offset: `${u(4)} + batch * ${u(5)}`,
			line: u(6),
			k: u(7),
			reading: left,
		},
		b: {
			name: "B",
			size: u(1),
			offset: `${u(8)} + batch * ${u(9)}`,
			line: u(11),
			k: u(10),
			reading: right,
		},
		isWide,
		key: `${left[1]}${right[1]}${isWide}`,
	};
}

/** @param access how the kernel reads and writes; one by one if not given */
export function slotsOf(p: Product, access?: Access): Slot[] {
	const factor = (reading?: Reading): Form =>
		reading === undefined || reading === "single" ? "elements" : "vectors";
	const form: Form = access?.isWide ? "vectors" : "elements";
	const slots: Slot[] = [
		{ name: "A", view: p.a, form: factor(access?.a.reading) },
		{ name: "B", view: p.b, form: factor(access?.b.reading) },
		{ name: "Y", view: p.y, writes: true, form },
	];
	if (p.bias) slots.push({ name: "Z", view: p.bias });
	if (p.positive)
		slots.push({ name: "R", view: p.positive, writes: true, form });
	if (p.gate) slots.push({ name: "H", view: p.gate, form });
	if (p.sums) slots.push({ name: "S", view: p.sums, writes: true });
	return slots;
}

export function blocksOf(p: Product): Block[] {
	return slotsOf(p).map((slot) => blockOf(slot.view));
}

export function keyOf(p: Product): string {
	return `${p.relu}:${p.isColumn}:${p.bias !== null}:${p.positive !== null}:${p.gate !== null}:${p.sums !== null}`;
}

/** Text that stores `value` as entry (row, column) of the result. */
export function storeText(p: Product, value: string): string {
	const at = p.isColumn ? "row" : "column";
	const sum = p.bias ? `${value} + Z(${u(16)} + ${at} * ${u(17)})` : value;
	const positive = p.gate
		? `select(v, 0.0, H(${placeText(GATE)}) <= 0.0)`
		: "select(v, 0.0, v < 0.0)";
	return `{ let v = ${sum}; Y_put(${placeText(12)}, ${p.relu ? positive : "v"});${p.positive ? ` R_put(${placeText(POSITIVE)}, ${positive});` : ""} }`;
}

function placeText(word: number): string {
	return `${u(word)} + batch * ${u(word + 1)} + row * ${u(word + 2)} + column * ${u(word + 3)}`;
}

/**
 * Text that stores `value`, a vec4, as entries (row, column) to (row, column + 3),
 * those that there are.
 * @param isSure whether all four are there
 */
export function storeFourText(
	p: Product,
	{ isWide }: Access,
	value: string,
	isSure = false,
): string {
	if (!isWide) {
		const each = [0, 1, 2, 3].map(
			(c) =>
				`{ let column = left + ${c}u; if (column < ${u(1)}) ${storeText(p, `${value}[${c}]`)} }`,
		);
		return `{ let left = column; ${each.join("\n")} }`;
	}
	const bias = (c: number) =>
		`Z(${u(16)} + ${p.isColumn ? "row" : `(column + ${c}u)`} * ${u(17)})`;
	const sum = p.bias
		? `${value} + vec4<f32>(${[0, 1, 2, 3].map(bias).join(", ")})`
		: value;
	const positive = p.gate
		? `select(v, vec4<f32>(), H_vec(${placeText(GATE)}) <= vec4<f32>())`
		: "select(v, vec4<f32>(), v < vec4<f32>())";
	return `${isSure ? "" : `if (column < ${u(1)}) `}{ let v = ${sum}; Y_putvec(${placeText(12)}, ${p.relu ? positive : "v"});${p.positive ? ` R_putvec(${placeText(POSITIVE)}, ${positive});` : ""} }`;
}

/**
 * Text of entry (line, step along k) of what was read in fours: vectors
 * `name LINE` along k, or `name GROUP_STEP` across lines.
 */
export function entryText(
	name: string,
	reading: Reading,
	line: number,
	step: number,
): string {
	return reading === "across"
		? `${name}${line >> 2}_${step}[${line & 3}]`
		: `${name}${line}[${step}]`;
}

/** The vec4 of entries of four lines from `line` on. */
export function entriesText(
	name: string,
	reading: Reading,
	line: number,
	step: number,
): string {
	if (reading === "across") return `${name}${line >> 2}_${step}`;
	const four = [0, 1, 2, 3].map((l) =>
		entryText(name, reading, line + l, step),
	);
	return `vec4<f32>(${four.join(", ")})`;
}

/** Text that adds the products of `rows` x `columns` lines, at four steps along k, to y ROW_GROUP. */
export function multiplyText(
	access: Pick<Access, "a" | "b">,
	rows: number,
	columns: number,
	steps: number,
): string {
	const text: string[] = [];
	for (let step = 0; step < steps; step++)
		for (let c = 0; c < columns; c += 4) {
			text.push(
				`{ let v = ${entriesText("b", access.b.reading, c, step)};`,
				...Array.from({ length: rows }, (_, r) => {
					const y = `y${r}_${c >> 2}`;
					return `${y} = fma(vec4<f32>(${entryText("a", access.a.reading, r, step)}), v, ${y});`;
				}),
				"}",
			);
		}
	return text.join("\n");
}

/** Declares the results in registers: y ROW_GROUP, vectors of four columns. */
export function resultsText(rows: number, columns: number): string {
	let text = "";
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c += 4)
			text += `	var y${r}_${c >> 2} = vec4<f32>();\n`;
	return text;
}
