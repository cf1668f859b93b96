import type { Kernels, View } from "../backend.js";
import {
	groupsFor,
	headText,
	shareKey,
	shareOut,
	shareText,
	treeText,
} from "./lines.js";
import type { Block } from "./memory.js";
import { blockOf, isSameView, type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";

/** Rows, or columns, up to which a product is a few dot products. */
const FEW = 4;

interface Tile {
	/** Rows and columns of the result that an invocation has in registers. */
	readonly own: number;
	/** Depth of the strips in workgroup memory. */
	readonly depth: number;
}

const LARGE: Tile = { own: 4, depth: 16 };
const SMALL: Tile = { own: 2, depth: 32 };
/** Tiles from which large ones occupy a GPU. */
const ENOUGH = 64;

interface Product {
	readonly a: View;
	readonly b: View;
	readonly y: View;
	readonly bias: View | null;
	/** Whether the bias goes along the rows rather than along the columns. */
	readonly isColumn: boolean;
	relu: boolean;
	/** Where relu(y) goes as well. */
	positive: View | null;
	/** Where the sums over k of a go as well. */
	sums: View | null;
	readonly m: number;
	readonly n: number;
	readonly k: number;
	readonly batches: number;
	readonly words: number[];
}

/** Words: m n k batches, offsets and strides of a, b and y, then of the bias. */
function describe(
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
		sums: null,
		m,
		n,
		k,
		batches,
		words,
	};
}

function slotsOf(p: Product): Slot[] {
	const slots: Slot[] = [
		{ name: "A", view: p.a },
		{ name: "B", view: p.b },
		{ name: "Y", view: p.y, writes: true },
	];
	if (p.bias) slots.push({ name: "Z", view: p.bias });
	if (p.positive) slots.push({ name: "R", view: p.positive, writes: true });
	if (p.sums) slots.push({ name: "S", view: p.sums, writes: true });
	return slots;
}

function blocksOf(p: Product): Block[] {
	return slotsOf(p).map((slot) => blockOf(slot.view));
}

/** Word of the place of relu(y), then of the sums; see `describe` for those before. */
const POSITIVE = 18;
const SUMS = 22;

/** All parameters, after others have joined in. */
function wordsOf(p: Product): number[] {
	const words = p.words.slice();
	const { rank } = p.y.layout;
	const [row, column] = p.isColumn ? [1, 2] : [2, 1];
	const r = p.positive?.layout;
	words.push(
		r?.offset ?? 0,
		rank > 2 ? (r?.strides[0] ?? 0) : 0,
		r?.strides[rank - row] ?? 0,
		r?.strides[rank - column] ?? 0,
		p.sums?.layout.offset ?? 0,
		p.sums?.layout.strides[p.sums.layout.rank - 1] ?? 0,
	);
	return words;
}

function keyOf(p: Product): string {
	return `${p.relu}:${p.isColumn}:${p.bias !== null}:${p.positive !== null}:${p.sums !== null}`;
}

/** Text that stores `value` as entry (row, column) of the result. */
function storeText(p: Product, value: string): string {
	const at = p.isColumn ? "row" : "column";
	const sum = p.bias ? `${value} + Z(${u(16)} + ${at} * ${u(17)})` : value;
	const place = (word: number) =>
		`${u(word)} + batch * ${u(word + 1)} + row * ${u(word + 2)} + column * ${u(word + 3)}`;
	const positive = "select(v, 0.0, v < 0.0)";
	return `{ let v = ${sum}; Y_put(${place(12)}, ${p.relu ? positive : "v"});${p.positive ? ` R_put(${place(POSITIVE)}, ${positive});` : ""} }`;
}

export function matmulKernels(q: Queue): Pick<Kernels, "matmul"> {
	/** Each entry of y by a group of invocations along k. */
	function few(p: Product): void {
		const count = p.m * p.n * p.batches;
		const isAlong = p.words[10] === 1;
		const share = shareOut(p.n, p.k, isAlong);
		const key = `few:${shareKey(share)}:${keyOf(p)}`;
		q.run(
			key,
			slotsOf(p),
			[...wordsOf(p), count],
			groupsFor(share, count),
			() => ({
				functions: "var<workgroup> part: array<f32, 256>;",
				body: `${shareText(share, 24)}${headText(share)}	let column = line % ${u(1)};
	let row = (line / ${u(1)}) % ${u(0)};
	let batch = line / (${u(1)} * ${u(0)});
	let oA = ${u(4)} + batch * ${u(5)} + row * ${u(6)};
	let oB = ${u(8)} + batch * ${u(9)} + column * ${u(11)};
	var sum = 0.0;
	for (var k = first; k < ${u(2)}; k += ${share.along}u) { sum = fma(A(oA + k * ${u(7)}), B(oB + k * ${u(10)}), sum); }
	part[lane] = sum;
${treeText(share, (a, b) => `part[${a}] += part[${b}];`)}	if (isLine && first == 0u) ${storeText(p, "part[head]")}`,
			}),
		);
	}

	/**
	 * A tile of y by 16 x 16 invocations, from strips of a and b in workgroup
	 * memory. What lies outside of a and b counts as 0 there, so the inner loop has no bounds.
	 */
	function tiled(p: Product): void {
		const tiles = Math.ceil(p.m / 64) * Math.ceil(p.n / 64) * p.batches;
		const { own, depth } = tiles >= ENOUGH ? LARGE : SMALL;
		const side = 16 * own;
		// neighbouring invocations read neighbours in memory
		const aAlongK = p.words[7] === 1;
		const bAlongK = p.words[10] === 1 && p.words[11] !== 1;
		const key = `tiled:${own}:${aAlongK}:${bAlongK}:${keyOf(p)}`;
		const groups = [
			Math.ceil(p.n / side),
			Math.ceil(p.m / side),
			p.batches,
		] as const;
		q.run(key, slotsOf(p), wordsOf(p), groups, () => {
			const each = Array.from({ length: own }, (_, e) => e);
			const fill = (
				along: boolean,
				name: string,
				size: string,
				line: string,
				offset: string,
				lineStride: string,
				kStride: string,
			) => `
		for (var e = lane; e < ${side * depth}u; e += 256u) {
			let k = ${along ? `e % ${depth}u` : `e / ${side}u`};
			let s = ${along ? `e / ${depth}u` : `e % ${side}u`};
			let isIn = start + k < ${u(2)} && ${line} + s < ${size};
			let v = ${name}(${offset} + min(${line} + s, ${size} - 1u) * ${lineStride} + min(start + k, ${u(2)} - 1u) * ${kStride});
			strip${name}[k * ${side}u + s] = select(0.0, v, isIn);
		}`;
			return {
				functions: `var<workgroup> stripA: array<f32, ${side * depth}>;
var<workgroup> stripB: array<f32, ${side * depth}>;`,
				body: `	let batch = wid.z;
	let top = wid.y * ${side}u;
	let left = wid.x * ${side}u;
	let tx = (lane % 16u) * ${own}u;
	let ty = (lane / 16u) * ${own}u;
	let oA = ${u(4)} + batch * ${u(5)};
	let oB = ${u(8)} + batch * ${u(9)};
${each.map((r) => each.map((c) => `	var y${r}${c} = 0.0;`).join("")).join("\n")}
	${p.sums ? "var total = 0.0;" : ""}
	for (var start = 0u; start < ${u(2)}; start += ${depth}u) {${fill(aAlongK, "A", u(0), "top", "oA", u(6), u(7))}${fill(bAlongK, "B", u(1), "left", "oB", u(11), u(10))}
		workgroupBarrier();
		${p.sums ? `if (lane < ${side}u) { var sum = 0.0; for (var k = 0u; k < ${depth}u; k++) { sum += stripA[k * ${side}u + lane]; } total += sum; }` : ""}
		for (var k = 0u; k < ${depth}u; k++) {
			let pa = k * ${side}u + ty;
			let pb = k * ${side}u + tx;
${each.map((r) => `			let a${r} = stripA[pa + ${r}u];`).join("\n")}
${each.map((c) => `			let b${c} = stripB[pb + ${c}u];`).join("\n")}
${each.map((r) => each.map((c) => `			y${r}${c} = fma(a${r}, b${c}, y${r}${c});`).join("\n")).join("\n")}
		}
		workgroupBarrier();
	}
${p.sums ? `	if (wid.x == 0u && lane < ${side}u && top + lane < ${u(0)}) { S_put(${u(SUMS)} + (top + lane) * ${u(SUMS + 1)}, total); }` : ""}
${each.map((r) => each.map((c) => `	{ let row = top + ty + ${r}u; let column = left + tx + ${c}u; if (row < ${u(0)} && column < ${u(1)}) ${storeText(p, `y${r}${c}`)} }`).join("\n")).join("\n")}`,
			};
		});
	}

	/** Waits for a relu of the result or for the sums of its first factor. */
	function defer(p: Product, emit: () => void, takesSums: boolean): void {
		const blocks = blocksOf(p);
		q.defer({
			blocks,
			emit,
			relu(x, y) {
				if (p.relu || p.positive || !isSameView(x, p.y)) return false;
				if (isSameView(y, p.y)) p.relu = true;
				else if (q.join(blockOf(y))) p.positive = y;
				else return false;
				return true;
			},
			columnSums(x, y) {
				if (!takesSums || p.sums || p.batches > 1 || p.k === 0) return false;
				if (x.layout.rank !== 2 || y.layout.rank !== 2) return false;
				if (y.layout.shape[0] !== 1 || x.layout.shape[0] === 1) return false;
				const turned: View = {
					storage: x.storage,
					layout: x.layout.transpose(0, 1),
					dtype: x.dtype,
				};
				if (!isSameView(turned, p.a) || !q.join(blockOf(y))) return false;
				p.sums = y;
				return true;
			},
		});
	}

	return {
		matmul(a, b, y, bias, relu) {
			if (y.layout.numel === 0) return;
			const { rank, shape } = y.layout;
			const m = shape[rank - 2] as number;
			const n = shape[rank - 1] as number;
			const isTurned = m > FEW && n <= FEW;
			const p = describe(a, b, y, bias, relu, isTurned);
			const isFew = isTurned || m <= FEW;
			if (!isFew && p.batches === 1 && p.k > 0)
				p.sums = q.deferred?.handOver?.(p.a, blocksOf(p)) ?? null;
			defer(p, () => (isFew ? few(p) : tiled(p)), !isFew);
		},
	};
}
