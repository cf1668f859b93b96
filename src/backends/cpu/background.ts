import type { Layout } from "../../layout.js";
import type { BackgroundKernels } from "../backend.js";
import { type Core, Workspace } from "./core.js";
import { addressOf } from "./strides.js";
import {
	type GradArgs,
	type LinearArgs,
	type ListArgs,
	STAMP,
} from "./team-protocol.js";

export interface BackgroundExports {
	probeBackground(x: number, m: number, k: number, limit: number): number;
	listBackground(
		x: number,
		m: number,
		k: number,
		first: number,
		last: number,
		rows: number,
		before: number,
		lists: number,
		limit: number,
		work: number,
	): number;
	appendLists(
		lists: number,
		m: number,
		k: number,
		before: number,
		part: number,
		rows: number,
		limit: number,
	): number;
	columnsBytes(k: number, limit: number): number;
	segmentLength(k: number): number;
	segmentsOf(k: number): number;
	backgroundColumns(
		x: number,
		lists: number,
		m: number,
		k: number,
		limit: number,
		to: number,
	): number;
	backgroundWorkspace(m: number, k: number, n: number, limit: number): number;
	backgroundLinear(
		lists: number,
		m: number,
		k: number,
		w: number,
		wRow: number,
		bias: number,
		biasStep: number,
		y: number,
		yRow: number,
		n: number,
		relu: number,
		work: number,
	): number;
	backgroundEntries(lists: number, m: number, k: number): number;
	backgroundWeightGrad(
		x: number,
		lists: number,
		m: number,
		k: number,
		first: number,
		last: number,
		g: number,
		gRow: number,
		gColumn: number,
		dw: number,
		dwRow: number,
		n: number,
		limit: number,
		work: number,
		columns: number,
	): number;
}

/** Share of other entries up to which lists are faster than the plain product. */
const MOST_OTHERS = 0.45;
/** Below these the lists and w's transposition cost more than they gain. */
const FEWEST_ROWS = 8;
const FEWEST_COLUMNS = 32;
const FEWEST_OUTPUTS = 24;
/** Columns are listed as 16-bit numbers on the way. */
const MOST_COLUMNS = 65_000;
/** Lists are addressed with 32 bits. */
const MOST_ENTRIES = 2 ** 27;

const entryLimit = (l: Layout) => Math.floor(l.numel * MOST_OTHERS);

export function backgroundKernels(core: Core): BackgroundKernels {
	const { x: wasm } = core;
	const workspace = new Workspace(core, (m, k, n, limit) =>
		wasm.backgroundWorkspace(m, k, n, limit),
	);
	return {
		probe(x, outputs) {
			const l = x.layout;
			const m = l.shape[0] as number;
			const k = l.shape[1] as number;
			if (
				outputs < FEWEST_OUTPUTS ||
				m < FEWEST_ROWS ||
				k < FEWEST_COLUMNS ||
				k > MOST_COLUMNS ||
				l.numel > MOST_ENTRIES ||
				!l.isContiguous
			)
				return 0;
			return wasm.probeBackground(addressOf(x), m, k, entryLimit(l)) >>> 0;
		},

		gather(x, lists) {
			const l = x.layout;
			const m = l.shape[0] as number;
			const k = l.shape[1] as number;
			const limit = entryLimit(l);
			const work = workspace.take(m, k, 0, limit);
			const from = addressOf(x);
			const at = addressOf(lists);
			// nobody has prepared anything from these lists
			core.i32[(at + STAMP) >>> 2] = 0;
			const args: ListArgs = [from, m, k, 0, m, m, 0, at, limit, work];
			if (core.team?.isForList(m * k)) return core.team.list(args);
			return wasm.listBackground(...args) !== 0;
		},

		prepareGrad(x, lists, outputs) {
			const [m, k] = x.layout.shape as readonly [number, number];
			const at = addressOf(lists);
			const entries = core.team ? wasm.backgroundEntries(at, m, k) : 0;
			if (core.team?.isFor(2 * entries * outputs))
				core.team.prepare(addressOf(x), at, m, k, entries);
		},

		linear(lists, w, bias, y, relu) {
			const [n, k] = w.layout.shape as readonly [number, number];
			if (w.layout.strides[1] !== 1) return false;
			const m = y.layout.shape[0] as number;
			const at = addressOf(lists);
			const args: LinearArgs = [
				at,
				m,
				k,
				addressOf(w),
				(w.layout.strides[0] as number) * 4,
				bias ? addressOf(bias) : 0,
				bias ? (bias.layout.strides[0] as number) * 4 : 0,
				addressOf(y),
				n * 4,
				n,
				relu ? 1 : 0,
				workspace.take(m, k, n, 0),
			];
			if (core.team) {
				const entries = wasm.backgroundEntries(at, m, k);
				if (core.team.isFor(2 * entries * n))
					return core.team.linear(args, entries);
			}
			return wasm.backgroundLinear(...args) !== 0;
		},

		weightGrad(x, lists, g, dw) {
			const [m, k] = x.layout.shape as readonly [number, number];
			const n = g.layout.shape[1] as number;
			const limit = entryLimit(x.layout);
			const at = addressOf(lists);
			const args: GradArgs = [
				addressOf(x),
				at,
				m,
				k,
				0,
				k,
				addressOf(g),
				(g.layout.strides[0] as number) * 4,
				(g.layout.strides[1] as number) * 4,
				addressOf(dw),
				k * 4,
				n,
				limit,
				workspace.take(m, k, n, limit),
				0,
			];
			if (core.team) {
				const entries = wasm.backgroundEntries(at, m, k);
				if (core.team.isFor(2 * entries * n))
					return core.team.weightGrad(args, entries);
			}
			return wasm.backgroundWeightGrad(...args) !== 0;
		},
	};
}
