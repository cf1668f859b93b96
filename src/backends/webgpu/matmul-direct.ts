import {
	type Access,
	accessOf,
	entriesText,
	entryText,
	type Factor,
	keyOf,
	type Product,
	resultsText,
	SUMS,
	slotsOf,
	storeFourText,
	WORDS,
	wordsOf,
} from "./product.js";
import { u } from "./program.js";
import type { Queue } from "./queue.js";

/**
 * Rows and columns of y that an invocation has in registers: many, as a load
 * costs sixteen times what a multiplication does (each of the four invocations
 * that run side by side is checked and fetched for on its own).
 */
const LARGE = 16;
const SMALL = 4;
/** Multiplications from which large tiles are worth the time that they take to compile. */
const MUCH = 1 << 20;
/** Invocations of a group: few, so that a small product still has several groups. */
const THREADS = 4;
/** Invocations from which smaller tiles would only cost more. */
const ENOUGH = 16;

function tileOf({ m, n, k, batches }: Product): [number, number] {
	if (m * n * k < MUCH) return [SMALL, SMALL];
	const fours = (size: number) => Math.min(LARGE, Math.ceil(size / 4) * 4);
	const rows = fours(m);
	const columns = fours(n);
	const count = Math.ceil(m / rows) * Math.ceil(n / columns) * batches;
	return [rows, count < ENOUGH && columns > 8 ? 8 : columns];
}

/** Declares where the lines of a factor begin: from `first` on, the last one again and again. */
function linesText(f: Factor, first: string, count: number): string {
	const o = f.name.toLowerCase();
	let text = `	let o${f.name} = ${f.offset};\n`;
	if (f.reading === "across")
		for (let g = 0; g < count / 4; g++)
			text += `	let o${o}${g} = o${f.name} + min(${first} + ${4 * g}u, (${f.size} - 1u) & ~3u);\n`;
	else
		for (let l = 0; l < count; l++)
			text += `	let o${o}${l} = o${f.name} + min(${first} + ${l}u, ${f.size} - 1u) * ${f.line};\n`;
	return text;
}

/** Declares a factor's entries from k on: `steps` of them, 4 or 1. */
function readText(f: Factor, count: number, steps: number): string {
	const o = f.name.toLowerCase();
	let text = "";
	if (f.reading === "across") {
		for (let j = 0; j < steps; j++)
			for (let g = 0; g < count / 4; g++)
				text += `let ${o}${g}_${j} = ${f.name}_vec(o${o}${g} + (k + ${j}u) * ${f.k});\n`;
		return text;
	}
	for (let l = 0; l < count; l++) {
		const entry = (j: number) =>
			`${f.name}(o${o}${l} + (k + ${j}u)${f.reading === "single" ? ` * ${f.k}` : ""})`;
		if (steps === 1) text += `let ${o}${l} = vec4<f32>(${entry(0)});\n`;
		else if (f.reading === "along")
			text += `let ${o}${l} = ${f.name}_vec(o${o}${l} + k);\n`;
		else
			text += `let ${o}${l} = vec4<f32>(${[0, 1, 2, 3].map(entry).join(", ")});\n`;
	}
	return text;
}

/**
 * Adds the products of `steps` entries of all lines to y ROW_GROUP. All that one
 * vector gets stands together: there are far more vectors than registers, so
 * that each is fetched and put back at every change.
 */
function addText(
	{ a, b }: Access,
	rows: number,
	columns: number,
	steps: number,
): string {
	const text: string[] = [];
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c += 4)
			for (let step = 0; step < steps; step++) {
				const y = `y${r}_${c >> 2}`;
				text.push(
					`${y} = fma(vec4<f32>(${entryText("a", a.reading, r, step)}), ${entriesText("b", b.reading, c, step)}, ${y});`,
				);
			}
	return text.join("\n");
}

function bodyOf(
	p: Product,
	access: Access,
	rows: number,
	columns: number,
	isExact: boolean,
): string {
	const { a, b } = access;
	const part = (steps: number) =>
		`${readText(a, rows, steps)}${readText(b, columns, steps)}${addText(access, rows, columns, steps)}`;
	const across = u(WORDS);
	const down = u(WORDS + 1);
	let text = `	let number = group * ${THREADS}u + lane;
	let batch = number / (${across} * ${down});
	if (batch >= ${u(3)}) { return; }
	let top = (number / ${across}) % ${down} * ${rows}u;
	let start = number % ${across} * ${columns}u;
${linesText(a, "top", rows)}${linesText(b, "start", columns)}${resultsText(rows, columns)}
	var k = 0u;
	for (; k + 4u <= ${u(2)}; k += 4u) {
${part(4)}
	}
${p.k % 4 === 0 ? "" : `	for (; k < ${u(2)}; k++) {\n${part(1)}\n	}\n`}`;
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c += 4)
			text += `	{ let row = top + ${r}u; let column = start + ${c}u; ${isExact ? "" : `if (row < ${u(0)}) `}{ ${storeFourText(p, access, `y${r}_${c >> 2}`, isExact)} } }\n`;
	if (p.sums)
		text += `	if (start == 0u) {
		for (var row = top; row < min(top + ${rows}u, ${u(0)}); row++) {
			var sum = 0.0;
			for (var k = 0u; k < ${u(2)}; k++) { sum += A(oA + row * ${a.line} + k * ${a.k}); }
			S_put(${u(SUMS)} + row * ${u(SUMS + 1)}, sum);
		}
	}
`;
	return text;
}

/**
 * Each invocation computes a tile of y from memory alone. For adapters that run
 * on a processor: workgroup memory and barriers cost them more than they save,
 * so the tiles are large and nothing is shared.
 */
export function direct(q: Queue, p: Product): void {
	const access = accessOf(p);
	const [rows, columns] = tileOf(p);
	// branches at the store take long to compile
	const isExact = p.m % rows === 0 && p.n % columns === 0;
	const across = Math.ceil(p.n / columns);
	const down = Math.ceil(p.m / rows);
	q.run(
		`direct:${rows}:${columns}:${p.k % 4 === 0}:${isExact}:${access.key}:${keyOf(p)}`,
		slotsOf(p, access),
		[...wordsOf(p), across, down],
		Math.ceil((across * down * p.batches) / THREADS),
		() => ({
			threads: THREADS,
			body: bodyOf(p, access, rows, columns, isExact),
		}),
	);
}
