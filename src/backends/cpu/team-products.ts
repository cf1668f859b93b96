/** How products are cut into parts for a team's threads; strides are in bytes. */
import type { Core } from "./core.js";
import type { Shareable } from "./team.js";
import {
	type GemmCall,
	type GradArgs,
	Kernel,
	type LinearArgs,
} from "./team-protocol.js";

/** Rows in a quad, columns in a panel (assembly/gemm.ts). */
const QUAD = 4;
const PANEL = 16;
/** Columns in a tile of a weight gradient by lists (assembly/background.ts). */
const TILE = 16;
const PANEL_ROW = 128;

/** `copied` as gemmWorkspace takes it. */
export function gemmParts(
	{ x }: Core,
	args: GemmCall,
	copied: number,
): Shareable {
	const [a, aRow, aColumn, b, bRow, bColumn, y, yRow, yColumn, ...more] = args;
	const [bias, biasStep, m, n, k, relu, work, ...batch] = more;
	const [count, aStep, bStep, yStep] = batch;
	// each thread packs the operand that is not cut
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
): void {
	if (line === toRow) x.copyRows(from, 0, to, 0, 1, rows * line);
	else x.copyRows(from, line, to, toRow, rows, line);
}

/** Rows of y = x · wᵀ by lists of x. */
export function linearParts(
	{ x }: Core,
	args: LinearArgs,
	entries: number,
): Shareable {
	const [lists, m, k, , , w, wRow, bias, biasStep, y, yRow, n, relu, work] =
		args;
	return {
		kernel: Kernel.linear,
		args,
		flops: 2 * entries * n,
		size: m,
		unit: QUAD,
		room: (rows) => [x.backgroundWorkspace(0, k, n, 0) >>> 0, rows * yRow],
		part: (first, last, lane) => [
			...[lists, m, k, first, last, w, wRow, bias, biasStep],
			lane ? lane.out : y + first * yRow,
			...[yRow, n, relu],
			lane ? lane.work : work,
		],
		deliver: (first, last, lane) =>
			copyRows(x, lane.out, yRow, y + first * yRow, yRow, last - first),
	};
}

/** Columns of dw = gᵀ · x by the lists of x's columns, which are in `work`. */
export function weightGradParts({ x, i32 }: Core, args: GradArgs): Shareable {
	const [lists, m, k, , , g, gRow, gColumn, dw, dwRow, n, work] = args;
	/** Entries of the columns before the j-th. */
	const before = (j: number) => i32[(work >>> 2) + j] as number;
	const columns = (first: number, last: number) => (last - first) * 4;
	return {
		kernel: Kernel.weightGrad,
		args,
		flops: 2 * before(k) * n,
		size: k,
		unit: TILE,
		cut(share) {
			// an empty column is not free: it counts as some entries
			const total = before(k) + k;
			let j = 0;
			while (before(j) + j < share * total) j++;
			return j;
		},
		room: (count) => [m * PANEL_ROW, n * count * 4],
		part: (first, last, lane) => [
			...[lists, m, k, first, last, g, gRow, gColumn],
			lane ? lane.out : dw + first * 4,
			lane ? columns(first, last) : dwRow,
			n,
			work,
			lane ? lane.work : 0,
		],
		deliver: (first, last, lane) =>
			copyRows(x, lane.out, columns(first, last), dw + first * 4, dwRow, n),
	};
}
