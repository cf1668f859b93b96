import type { Layout } from "../../layout.js";
import type { Kernels } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf } from "./strides.js";

export interface LookupExports {
	lookupRows(
		x: number,
		xRow: number,
		index: number,
		indexStep: number,
		table: number,
		y: number,
		yRow: number,
		rows: number,
		count: number,
	): void;
	lookupLines(
		rank: number,
		x: number,
		xStep: number,
		table: number,
		y: number,
		yStep: number,
		count: number,
	): void;
}

/** Whether the dimensions from `first` on lie in row-major order without a gap. */
function isDenseFrom(l: Layout, first: number): boolean {
	let step = 1;
	for (let i = l.rank - 1; i >= first; i--) {
		if (l.shape[i] !== 1 && l.strides[i] !== step) return false;
		step *= l.shape[i] as number;
	}
	return true;
}

export function lookupKernels(core: Core): Pick<Kernels, "lookup"> {
	const { x: wasm } = core;

	/** Writes the dimensions from `first` up to the last one as `startLines` reads them. */
	function describe(x: Layout, y: Layout, first: number): number {
		let at = core.scratch >> 2;
		for (let i = y.rank - 2; i >= first; i--) {
			core.i32[at] = y.shape[i] as number;
			core.i32[at + 1] = x.strides[i] as number;
			core.i32[at + 2] = (y.strides[i] as number) * 4;
			core.i32[at + 3] = 0;
			at += 5;
		}
		return Math.max(y.rank - 1 - first, 0);
	}

	return {
		lookup(x, index, table, y) {
			const lx = x.layout;
			const ly = y.layout;
			if (ly.numel === 0) return;
			// With one table for each channel a row falls into as many pieces.
			const perChannel = table.layout.rank === 2;
			const channels = perChannel ? (ly.shape[1] as number) : 1;
			const inner = perChannel ? 2 : 1;
			const rows = ly.shape[0] ?? 1;
			const count = ly.numel / (rows * channels);
			const xRow = lx.strides[0] ?? 0;
			const yRow = (ly.strides[0] ?? 0) * 4;
			const xChannel = perChannel ? (lx.strides[1] as number) : 0;
			const yChannel = perChannel ? (ly.strides[1] as number) * 4 : 0;
			const tableStep = perChannel
				? (table.layout.strides[0] as number) * 4
				: 0;
			const indexStep = index ? (index.layout.strides[0] as number) * 4 : 0;
			const dense = isDenseFrom(lx, inner) && isDenseFrom(ly, inner);

			for (let c = 0; c < channels; c++) {
				const from = addressOf(x) + c * xChannel;
				const to = addressOf(y) + c * yChannel;
				const entries = addressOf(table) + c * tableStep;
				const indices = index ? addressOf(index) : 0;
				if (dense)
					wasm.lookupRows(
						from,
						xRow,
						indices,
						indexStep,
						entries,
						to,
						yRow,
						rows,
						count,
					);
				else
					for (let i = 0; i < rows; i++) {
						const row = index
							? (core.i32[(indices + i * indexStep) >>> 2] as number)
							: i;
						wasm.lookupLines(
							describe(lx, ly, inner),
							from + row * xRow,
							lx.strides[lx.rank - 1] as number,
							entries,
							to + i * yRow,
							(ly.strides[ly.rank - 1] as number) * 4,
							ly.shape[ly.rank - 1] as number,
						);
					}
			}
		},
	};
}
