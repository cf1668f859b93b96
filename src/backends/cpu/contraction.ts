import type { Kernels } from "../backend.js";
import { type Core, Workspace } from "./core.js";
import { addressOf } from "./strides.js";

export interface GemmExports {
	gemmWorkspace(m: number, n: number, k: number, copied: number): number;
	gemm(
		a: number,
		aRow: number,
		aColumn: number,
		b: number,
		bRow: number,
		bColumn: number,
		y: number,
		yRow: number,
		yColumn: number,
		bias: number,
		biasStep: number,
		m: number,
		n: number,
		k: number,
		relu: number,
		work: number,
	): void;
}

export function contractionKernels(core: Core): Pick<Kernels, "matmul"> {
	const { x } = core;
	const workspace = new Workspace(core, (m, n, k, copied) =>
		x.gemmWorkspace(m, n, k, copied),
	);
	return {
		matmul(a, b, y, bias, relu) {
			const sa = a.layout.strides;
			const sb = b.layout.strides;
			const sy = y.layout.strides;
			const rank = y.layout.rank;
			const m = y.layout.shape[rank - 2] as number;
			const n = y.layout.shape[rank - 1] as number;
			const k = a.layout.shape[rank - 1] as number;
			const batches = rank > 2 ? (y.layout.shape[0] as number) : 1;
			if (m === 0 || n === 0 || batches === 0) return;
			const aStep = rank > 2 ? (sa[0] as number) * 4 : 0;
			const bStep = rank > 2 ? (sb[0] as number) * 4 : 0;
			const yStep = rank > 2 ? (sy[0] as number) * 4 : 0;
			const team =
				core.team?.isFor(2 * batches * m * n * k) === true ? core.team : null;
			// Up to three rows, or a single column, may be made contiguous, not packed;
			// a team's last part may be so small.
			const line =
				((m <= 3 || team !== null) && sa[rank - 1] !== 1) ||
				((n === 1 || team !== null) && sb[rank - 2] !== 1);
			const copied = Math.max(
				line ? k : 0,
				bias && bias.layout.strides[0] !== 1 ? n : 0,
			);
			const work = workspace.take(m, n, k, copied);
			const to = addressOf(y);
			const yRow = (sy[rank - 2] as number) * 4;
			const yColumn = (sy[rank - 1] as number) * 4;
			const aFrom = addressOf(a);
			const aRow = (sa[rank - 2] as number) * 4;
			const aColumn = (sa[rank - 1] as number) * 4;
			const bFrom = addressOf(b);
			const bRow = (sb[rank - 2] as number) * 4;
			const bColumn = (sb[rank - 1] as number) * 4;
			const start = bias ? addressOf(bias) : 0;
			const step = bias ? (bias.layout.strides[0] as number) * 4 : 0;
			const bound = relu ? 1 : 0;
			if (team) {
				team.gemm(
					[
						...([aFrom, aRow, aColumn, bFrom, bRow, bColumn] as const),
						...([to, yRow, yColumn, start, step, m, n, k] as const),
						...([bound, work, batches, aStep, bStep, yStep] as const),
					],
					copied,
				);
				return;
			}
			for (let i = 0; i < batches; i++)
				x.gemm(
					aFrom + i * aStep,
					aRow,
					aColumn,
					bFrom + i * bStep,
					bRow,
					bColumn,
					to + i * yStep,
					yRow,
					yColumn,
					start,
					step,
					m,
					n,
					k,
					bound,
					work,
				);
		},
	};
}
