import type { Kernels } from "../backend.js";
import { type Core, Workspace } from "./core.js";
import { addressOf } from "./strides.js";
import { type GemmCall, runGemm } from "./team-protocol.js";

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
			const args: GemmCall = [
				addressOf(a),
				(sa[rank - 2] as number) * 4,
				(sa[rank - 1] as number) * 4,
				addressOf(b),
				(sb[rank - 2] as number) * 4,
				(sb[rank - 1] as number) * 4,
				addressOf(y),
				(sy[rank - 2] as number) * 4,
				(sy[rank - 1] as number) * 4,
				bias ? addressOf(bias) : 0,
				bias ? (bias.layout.strides[0] as number) * 4 : 0,
				m,
				n,
				k,
				relu ? 1 : 0,
				workspace.take(m, n, k, copied),
				batches,
				rank > 2 ? (sa[0] as number) * 4 : 0,
				rank > 2 ? (sb[0] as number) * 4 : 0,
				rank > 2 ? (sy[0] as number) * 4 : 0,
			];
			if (team) team.gemm(args, copied);
			else runGemm(x, args);
		},
	};
}
