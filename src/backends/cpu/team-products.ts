/** How products are cut into parts for a team's threads; strides are in bytes. */
import type { Core } from "./core.js";
import type { Lane } from "./team-lane.js";
import {
	type GemmCall,
	type GradArgs,
	Kernel,
	type LinearArgs,
	type ListArgs,
} from "./team-protocol.js";

/** Rows in a quad, columns in a panel of the plain build (assembly/gemm-pack.ts). */
const QUAD = 4;
const PANEL = 16;
/** Columns in a tile of a weight gradient by lists (assembly/background.ts). */
const TILE = 16;
const VECTOR = 4;
/** Entries that take as long as what a column costs besides. */
const COLUMN = 5;
/** Room for more entries than there are, as the next batch may have them. */
export const ROOM = 1.25;

/** A kernel's call, and how its outputs are cut into parts for threads. */
export interface Shareable {
	readonly kernel: (typeof Kernel)[keyof typeof Kernel];
	/** Its arguments, where the calling thread does all of it. */
	readonly args: number[];
	readonly flops: number;
	/** What is cut: rows, columns or matrices of the output, at multiples of `unit`. */
	readonly size: number;
	readonly unit: number;
	/** Parts are appended one to the other, and a worker's refusal is not the last word. */
	readonly isOrdered?: boolean;
	/** Where to cut off this share of the work; by size if it is not given. */
	cut?(share: number): number;
	/** Bytes of workspace and of outputs for so many. */
	room(count: number): readonly [work: number, out: number];
	/** The arguments for a part: outputs at their place, or in a lane's room. */
	part(first: number, last: number, lane: Lane | null): number[];
	/** Brings a lane's outputs to their place; false if they have none. */
	deliver(first: number, last: number, lane: Lane): boolean;
}

/** Floating-point operations that last as long as listing one value. */
export const FLOPS_LISTED = 10;

/** `copied` as gemmWorkspace takes it. */
export function gemmParts(
	{ x }: Core,
	args: GemmCall,
	copied: number,
): Shareable {
	const [a, aRow, aColumn, b, bRow, bColumn, y, yRow, yColumn, ...more] = args;
	const [bias, biasStep, m, n, k, relu, work, ...batch] = more;
	const [count, aStep, bStep, yStep] = batch;
	// each thread packs the operand that is not cut, or reads all of it
	const axis = count > 1 ? "matrices" : m >= n ? "rows" : "columns";
	const sizes = (part: number): [number, number, number] => [
		axis === "matrices" ? part : count,
		axis === "rows" ? part : m,
		axis === "columns" ? part : n,
	];
	const start = (at: number, steps: readonly [number, number, number]) =>
		at * steps[axis === "matrices" ? 0 : axis === "rows" ? 1 : 2];
	return {
		kernel: Kernel.gemm,
		args,
		flops: yColumn === 4 ? 2 * count * m * n * k : 0,
		size: axis === "matrices" ? count : axis === "rows" ? m : n,
		unit: axis === "matrices" ? 1 : axis === "rows" ? QUAD : PANEL,
		room(part) {
			const [matrices, rows, columns] = sizes(part);
			return [
				x.gemmWorkspace(rows, columns, k, copied) >>> 0,
				matrices * rows * columns * 4,
			];
		},
		part(first, last, lane) {
			const [matrices, rows, columns] = sizes(last - first);
			return [
				a + start(first, [aStep, aRow, 0]),
				aRow,
				aColumn,
				b + start(first, [bStep, 0, bColumn]),
				bRow,
				bColumn,
				lane ? lane.out : y + start(first, [yStep, yRow, 4]),
				lane ? columns * 4 : yRow,
				4,
				bias && bias + start(first, [0, 0, biasStep]),
				biasStep,
				rows,
				columns,
				k,
				relu,
				lane ? lane.work : work,
				matrices,
				aStep,
				bStep,
				lane ? rows * columns * 4 : yStep,
			];
		},
		deliver(first, last, lane) {
			const [matrices, rows, columns] = sizes(last - first);
			const line = columns * 4;
			const to = y + start(first, [yStep, yRow, 4]);
			for (let i = 0; i < matrices; i++)
				copyRows(
					x,
					lane.out + i * rows * line,
					line,
					to + i * yStep,
					yRow,
					rows,
				);
			return true;
		},
	};
}

function copyRows(
	x: Core["x"],
	from: number,
	line: number,
	to: number,
	toRow: number,
	rows: number,
): true {
	if (line === toRow) x.copyRows(from, 0, to, 0, 1, rows * line);
	else x.copyRows(from, line, to, toRow, rows, line);
	return true;
}

/** Columns of y = x · wᵀ by lists of x: a thread then reads its own rows of w only. */
export function linearParts(
	{ x }: Core,
	args: LinearArgs,
	entries: number,
): Shareable {
	const [lists, m, k, w, wRow, bias, biasStep, y, yRow, n, relu, work] = args;
	return {
		kernel: Kernel.linear,
		args,
		flops: 2 * entries * n,
		size: n,
		unit: VECTOR,
		room: (columns) => [
			x.backgroundWorkspace(0, k, columns, 0) >>> 0,
			m * columns * 4,
		],
		part: (first, last, lane) => [
			lists,
			m,
			k,
			w + first * wRow,
			wRow,
			bias && bias + first * biasStep,
			biasStep,
			lane ? lane.out : y + first * 4,
			lane ? (last - first) * 4 : yRow,
			last - first,
			relu,
			lane ? lane.work : work,
		],
		deliver: (first, last, lane) =>
			copyRows(x, lane.out, (last - first) * 4, y + first * 4, yRow, m),
	};
}

/** Rows of dw = gᵀ · x by lists of x's columns, which are there already. */
export function preparedGradParts(
	{ x }: Core,
	args: GradArgs,
	entries: number,
	columns: number,
): Shareable {
	const [values, lists, m, k, , , g, gRow, gColumn, ...more] = args;
	const [dw, dwRow, n, limit, work] = more;
	return {
		kernel: Kernel.weightGrad,
		args: [...args.slice(0, 14), columns],
		flops: 2 * entries * n,
		size: n,
		unit: VECTOR,
		room: (rows) => [x.backgroundWorkspace(m, k, 0, 0) >>> 0, rows * k * 4],
		part: (first, last, lane) => [
			values,
			lists,
			m,
			k,
			0,
			k,
			g + first * gColumn,
			gRow,
			gColumn,
			lane ? lane.out : dw + first * dwRow,
			lane ? k * 4 : dwRow,
			last - first,
			limit,
			lane ? lane.work : work,
			columns,
		],
		deliver: (first, last, lane) =>
			copyRows(x, lane.out, k * 4, dw + first * dwRow, dwRow, last - first),
	};
}

/** Rows of x whose entries are listed; each part is appended to those before it. */
export function listParts({ x }: Core, args: ListArgs): Shareable {
	const [from, m, k, , , , , lists, limit, work] = args;
	// what is more than that in a part the caller lists itself
	const most = (rows: number) => Math.ceil((limit * rows) / m);
	return {
		kernel: Kernel.list,
		args,
		flops: m * k * FLOPS_LISTED,
		size: m,
		unit: 1,
		isOrdered: true,
		room: (rows) => [
			x.backgroundWorkspace(0, k, 0, 0) >>> 0,
			x.probeBackground(from, m, k, 0) + (rows + most(rows)) * 8,
		],
		part: (first, last, lane) =>
			lane
				? [
						from,
						m,
						k,
						first,
						last,
						last - first,
						0,
						lane.out,
						most(last - first),
						lane.work,
					]
				: [from, m, k, first, last, m, first, lists, limit, work],
		deliver: (first, last, lane) =>
			x.appendLists(lists, m, k, first, lane.out, last - first, limit) !== 0,
	};
}

/** Columns of dw = gᵀ · x by lists of x's rows. */
export function weightGradParts(
	{ x, i32 }: Core,
	args: GradArgs,
	entries: number,
): Shareable {
	const [values, lists, m, k, , , g, gRow, gColumn, ...more] = args;
	const [dw, dwRow, n, limit, work] = more;
	return {
		kernel: Kernel.weightGrad,
		args,
		flops: 2 * entries * n,
		size: k,
		unit: TILE,
		cut(share) {
			// by the entries in each segment of the columns, as if they were spread evenly in it
			const segments = x.segmentsOf(k);
			const length = x.segmentLength(k);
			const counts = new Float64Array(segments);
			const places = (lists + 16) >>> 2;
			for (let i = 0; i < m * segments; i++)
				counts[i % segments] =
					(counts[i % segments] as number) +
					((i32[places + i + 1] as number) - (i32[places + i] as number));
			let left = share * (entries + k * COLUMN);
			for (let s = 0; s < segments; s++) {
				const first = s * length;
				const columns = Math.min(length, k - first);
				const work = (counts[s] as number) + columns * COLUMN;
				if (left <= work) return first + (left / work) * columns;
				left -= work;
			}
			return k;
		},
		room: (columns) => [
			x.backgroundWorkspace(m, k, 0, Math.ceil(ROOM * entries)) >>> 0,
			n * columns * 4,
		],
		part: (first, last, lane) => [
			values,
			lists,
			m,
			k,
			first,
			last,
			g,
			gRow,
			gColumn,
			lane ? lane.out : dw + first * 4,
			lane ? (last - first) * 4 : dwRow,
			n,
			lane ? entries : limit,
			lane ? lane.work : work,
			0,
		],
		deliver: (first, last, lane) =>
			copyRows(x, lane.out, (last - first) * 4, dw + first * 4, dwRow, n),
	};
}
