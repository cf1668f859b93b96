import {
	type Access,
	accessOf,
	type Factor,
	keyOf,
	multiplyText,
	type Product,
	resultsText,
	SUMS,
	slotsOf,
	storeFourText,
	wordsOf,
} from "./product.js";
import { u } from "./program.js";
import type { Queue } from "./queue.js";

/**
 * How 256 invocations share a tile of y. Those of one slice hold all of it in
 * registers, 4 columns each; each slice takes its share of k.
 */
interface Tile {
	/** Columns of the tile, in strips of `256 / side` vectors of depth. */
	readonly side: 16 | 32 | 64;
	/** Rows that an invocation has: the tile's are `side / 4` times as many. */
	readonly rows: 4 | 8;
}

/** Tiles from which a GPU is busy. */
const BUSY = 64;
/** Depth up to which slices of k would have nothing to do. */
const SHALLOW = 32;

/** The largest tile of which there are enough; of the others, those that slice k the most. */
function tileFor(p: Product): Tile {
	const tiles = (rows: number, columns: number) =>
		Math.ceil(p.m / rows) * Math.ceil(p.n / columns) * p.batches;
	if (p.m % 128 === 0 && tiles(128, 64) >= 2 * BUSY)
		return { side: 64, rows: 8 };
	if (tiles(64, 64) >= BUSY) return { side: 64, rows: 4 };
	if (tiles(32, 32) >= BUSY || p.k <= SHALLOW) return { side: 32, rows: 4 };
	return { side: 16, rows: 4 };
}

/**
 * How strips lie in workgroup memory. As 16-bit floats they take half of it,
 * and half of the time to read; what is computed stays in 32 bits, and so do the
 * results that slices of k hand over.
 */
interface Storing {
	readonly functions: (strip: number, handed: number) => string;
	readonly put: (value: string) => string;
	readonly get: (place: string) => string;
	readonly handed: string;
}

const WHOLE: Storing = {
	functions: (strip) => `var<workgroup> strip: array<vec4<f32>, ${strip}>;`,
	put: (value) => value,
	get: (place) => place,
	handed: "strip",
};

const HALF: Storing = {
	functions: (strip, handed) => `alias Half = vec4<f16>;
fn half(v: vec4<f32>) -> Half { return vec4<f16>(v); }
fn whole(v: Half) -> vec4<f32> { return vec4<f32>(v); }
var<workgroup> strip: array<Half, ${strip}>;
${handed > 0 ? `var<workgroup> sums: array<vec4<f32>, ${handed}>;` : ""}`,
	put: (value) => `half(${value})`,
	get: (place) => `whole(${place})`,
	handed: "sums",
};

/**
 * Text that brings a factor's strip into workgroup memory, from place `at` of
 * `strip` on, as vectors along k, or across lines, as they lie in memory. What
 * is outside of the factor counts as 0, so that the inner loop has no bounds.
 */
function fillText(
	f: Factor,
	lines: number,
	at: number,
	first: string,
	fours: number,
	{ put }: Storing,
): string {
	const o = `o${f.name}`;
	const count = lines * fours;
	const isAcross = isStoredAcross(f);
	const groups = lines / 4;
	const last = `${u(2)} - 1u`;
	let value: string;
	if (isAcross) {
		const line =
			f.reading === "across"
				? `${f.name}_vec(${o} + min(${first} + l, (${f.size} - 1u) & ~3u) + min(k, ${last}) * ${f.k})`
				: `vec4<f32>(${[0, 1, 2, 3].map((c) => `${f.name}(${o} + min(${first} + l + ${c}u, ${f.size} - 1u) * ${f.line} + min(k, ${last}) * ${f.k})`).join(", ")})`;
		value = `select(vec4<f32>(), ${line}, k < ${u(2)})`;
	} else {
		const line = `${o} + min(${first} + l, ${f.size} - 1u) * ${f.line}`;
		const four =
			f.reading === "along"
				? `${f.name}_vec(${line} + min(k, (${last}) & ~3u))`
				: `vec4<f32>(${[0, 1, 2, 3].map((c) => `${f.name}(${line} + min(k + ${c}u, ${last}) * ${f.k})`).join(", ")})`;
		value = `select(vec4<f32>(), ${four}, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(${u(2)}))`;
	}
	// neighbouring invocations read neighbours; lines of one invocation lie apart
	// in the strip, so that neighbouring ones read neighbours there too
	return `		for (var e = lane; e < ${count}u; e += 256u) {
${
	isAcross
		? `			let k = start + e / ${groups}u;
			let l = e % ${groups}u * 4u;
			strip[${at}u + e] = ${put(value)};`
		: `			let k = start + e % ${fours}u * 4u;
			let l = e / ${fours}u;
			strip[${at}u + e % ${fours}u * ${lines}u + l % 4u * ${groups}u + l / 4u] = ${put(value)};`
}
		}
`;
}

function isStoredAcross(f: Factor): boolean {
	return f.reading === "across" || (f.reading === "single" && f.name === "B");
}

/** Declares `count` lines' entries at the four steps of `four`, from the strip. */
function readText(
	f: Factor,
	lines: number,
	at: number,
	count: number,
	own: string,
	{ get }: Storing,
): string {
	const o = f.name.toLowerCase();
	const groups = lines / 4;
	const half = groups / (count / 4);
	let text = "";
	for (let g = 0; g < count / 4; g++)
		for (let j = 0; j < 4; j++)
			text += isStoredAcross(f)
				? `let ${o}${g}_${j} = ${get(`strip[${at}u + (four * 4u + ${j}u) * ${groups}u + ${own} + ${g * half}u]`)};\n`
				: `let ${o}${4 * g + j} = ${get(`strip[${at}u + four * ${lines}u + ${j * groups}u + ${own} + ${g * half}u]`)};\n`;
	return text;
}

/** Text of the sum of line `lane` over the strip of a. */
function sumText(f: Factor, lines: number, fours: number): string {
	const groups = lines / 4;
	return isStoredAcross(f)
		? `for (var k = 0u; k < ${4 * fours}u; k++) { total += strip[k * ${groups}u + lane / 4u][lane & 3u]; }`
		: `for (var k = 0u; k < ${fours}u; k++) { total += dot(strip[k * ${lines}u + lane % 4u * ${groups}u + lane / 4u], vec4<f32>(1.0)); }`;
}

function bodyOf(
	p: Product,
	access: Access,
	{ side, rows }: Tile,
	storing: Storing,
): string {
	const { a, b } = access;
	const across = side / 4;
	const lines = across * rows;
	const threads = across * across;
	const slices = 256 / threads;
	const fours = 256 / side;
	const own = fours / slices;
	const from = lines * fours;
	const stored = {
		a: { ...a, reading: isStoredAcross(a) ? "across" : "along" },
		b: { ...b, reading: isStoredAcross(b) ? "across" : "along" },
	} as const;
	let text = `	let batch = wid.z;
	let top = wid.y * ${lines}u;
	let left = wid.x * ${side}u;
	let tx = lane % ${across}u;
	let ty = lane / ${across}u % ${across}u;
	let slice = lane / ${threads}u;
	let oA = ${a.offset};
	let oB = ${b.offset};
${resultsText(rows, 4)}${p.sums ? "	var total = 0.0;\n" : ""}
	for (var start = 0u; start < ${u(2)}; start += ${4 * fours}u) {
${fillText(a, lines, 0, "top", fours, storing)}${fillText(b, side, from, "left", fours, storing)}		workgroupBarrier();
		${p.sums ? `if (wid.x == 0u && lane < ${lines}u) { ${sumText(a, lines, fours)} }` : ""}
		for (var step = 0u; step < ${own}u; step++) {
			let four = slice * ${own}u + step;
${readText(a, lines, 0, rows, "ty", storing)}${readText(b, side, from, 4, "tx", storing)}${multiplyText(stored, rows, 4, 4)}
		}
		workgroupBarrier();
	}
`;
	// half of the slices hand their results to the other half, until one has all
	for (let half = slices / 2; half >= 1; half /= 2) {
		const each = Array.from({ length: rows }, (_, r) => r);
		const place = (r: number) =>
			`${storing.handed}[${r * half * threads}u + at]`;
		text += `	{
		let at = lane % ${half * threads}u;
		if (slice >= ${half}u && slice < ${2 * half}u) { ${each.map((r) => `${place(r)} = y${r}_0;`).join(" ")} }
		workgroupBarrier();
		if (slice < ${half}u) { ${each.map((r) => `y${r}_0 += ${place(r)};`).join(" ")} }
		workgroupBarrier();
	}
`;
	}
	if (p.sums)
		text += `	if (wid.x == 0u && lane < ${lines}u && top + lane < ${u(0)}) { S_put(${u(SUMS)} + (top + lane) * ${u(SUMS + 1)}, total); }\n`;
	text += "	if (slice > 0u) { return; }\n	let column = left + tx * 4u;\n";
	for (let r = 0; r < rows; r++)
		text += `	{ let row = top + ty * 4u + ${(r >> 2) * 4 * across + (r & 3)}u; if (row < ${u(0)}) { ${storeFourText(p, access, `y${r}_0`)} } }\n`;
	return text;
}

/** A tile of y by 256 invocations, from strips of a and b in workgroup memory. */
export function tiled(q: Queue, p: Product): void {
	const tile = tileFor(p);
	const access = accessOf(p);
	const { side, rows } = tile;
	const lines = (side / 4) * rows;
	const groups = [
		Math.ceil(p.n / side),
		Math.ceil(p.m / lines),
		p.batches,
	] as const;
	const storing = q.features.f16 ? HALF : WHOLE;
	const threads = (side / 4) ** 2;
	q.run(
		`tiled:${side}:${rows}:${access.key}:${keyOf(p)}`,
		slotsOf(p, access),
		wordsOf(p),
		groups,
		() => ({
			enables: q.features.f16 ? ["f16"] : [],
			functions: storing.functions(
				(lines + side) * (256 / side),
				// half of the slices hand over at first
				threads < 256 ? rows * 128 : 0,
			),
			body: bodyOf(p, access, tile, storing),
		}),
	);
}
