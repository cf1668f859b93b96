import { Reduce } from "../../../assembly/opcodes.js";
import type { DType } from "../../dtype.js";
import { Layout, type Shape } from "../../layout.js";
import type { Kernels, ReduceName, View } from "../backend.js";
import { copyKernels, withContiguous } from "./copy.js";
import type { Core } from "./core.js";
import { addressOf, Loops, strideOf } from "./strides.js";

type Export = (
	isInt: boolean,
	op: number,
	d: number,
	x: number,
	y: number,
	count: number,
	stride: number,
	n: number,
	scale: number,
) => void;

export interface ReduceExports {
	reduceRows: Export;
	reduceColumns: Export;
}

/** What a reduction over no elements gives. */
const NEUTRAL: Readonly<Record<ReduceName, number>> = {
	sum: 0,
	prod: 1,
	max: Number.NEGATIVE_INFINITY,
	min: Number.POSITIVE_INFINITY,
};

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

function neutral(op: ReduceName, dtype: DType): number {
	if (dtype === "float32") return NEUTRAL[op];
	if (op === "sum" || op === "prod") return NEUTRAL[op];
	if (dtype === "int32") return op === "max" ? LEAST : GREATEST;
	return op === "max" ? 0 : dtype === "bool" ? 1 : 255;
}

/** Dimensions of size 1 belong to any group. */
function isOfKind(x: View, y: View, dim: number, reduced: boolean): boolean {
	const size = x.layout.shape[dim];
	return size === 1 || (y.layout.shape[dim] === 1) === reduced;
}

/** Start of the group of reduced or kept dimensions that ends before `end`. */
function groupStart(x: View, y: View, end: number, reduced: boolean): number {
	let start = end;
	while (start > 0 && isOfKind(x, y, start - 1, reduced)) start--;
	return start;
}

/**
 * Whether dimensions from `start` to before `end` lie like one dimension, with
 * stride `step` if that is not 0.
 */
function isMerged(v: View, start: number, end: number, step: number): boolean {
	const { shape, strides } = v.layout;
	for (let i = end - 1; i >= start; i--) {
		if (shape[i] === 1) continue;
		if (step !== 0 && strides[i] !== step) return false;
		step = (shape[i] as number) * (strides[i] as number);
		if (step === 0) return false;
	}
	return true;
}

function sizeOf(v: View, start: number, end: number): number {
	let n = 1;
	for (let i = start; i < end; i++) n *= v.layout.shape[i] as number;
	return n;
}

/** Bytes between neighbours of merged dimensions. */
function strideOfGroup(v: View, start: number, end: number): number {
	for (let i = end - 1; i >= start; i--)
		if (v.layout.shape[i] !== 1) return strideOf(v, i);
	return 0;
}

/**
 * Sums and extremes over any dimensions. The dimensions form groups of
 * neighbours that are all reduced or all kept; which way is taken follows from
 * the groups, thus from the shape alone. Elements that do not lie as that way
 * wants them are brought there by a copy first.
 */
export function reduceKernels(core: Core): Pick<Kernels, "reduce"> {
	const { x: wasm } = core;
	const loops = new Loops(core);
	const kernels = copyKernels(core);

	const reduce: Kernels["reduce"] = (op, x, y, scale = 1) => {
		if (y.layout.numel === 0) return;
		if (x.layout.numel === 0) return kernels.fill(y, neutral(op, y.dtype));
		if (x.dtype === "uint8" || x.dtype === "bool") return reduceBytes(op, x, y);

		// The innermost group is a row, from dimension `inner` on. Outside of it
		// lie loops over results and one group that is reduced (`count` rows,
		// `stride` bytes apart), from `first` to before `end`.
		const rank = x.layout.rank;
		let rowIsReduced = true;
		let inner = groupStart(x, y, rank, true);
		if (sizeOf(x, inner, rank) === 1) {
			rowIsReduced = false;
			inner = groupStart(x, y, rank, false);
		}
		const end = rowIsReduced ? groupStart(x, y, inner, false) : inner;
		const first = groupStart(x, y, end, true);
		for (let i = 0; i < first; i++)
			if (!isOfKind(x, y, i, false)) return reducePermuted(op, x, y, scale);
		const isReady =
			isMerged(x, inner, rank, 1) &&
			isMerged(x, first, end, 0) &&
			(rowIsReduced || isMerged(y, inner, rank, 1));
		if (!isReady) return reduceCopied(op, x, y, scale);

		loops.begin();
		for (let i = 0; i < inner; i++)
			if (i < first || i >= end)
				loops.add(
					x.layout.shape[i] as number,
					strideOf(x, i),
					strideOf(y, i),
					0,
					0,
				);
		const run = rowIsReduced ? wasm.reduceRows : wasm.reduceColumns;
		run(
			x.dtype === "int32",
			Reduce[op],
			loops.end(),
			addressOf(x),
			addressOf(y),
			sizeOf(x, first, end),
			strideOfGroup(x, first, end),
			sizeOf(x, inner, rank),
			scale,
		);
	};

	function reduceCopied(op: ReduceName, x: View, y: View, scale: number): void {
		withContiguous(core, kernels, x, "loads", (from) =>
			withContiguous(core, kernels, y, "stores", (to) =>
				reduce(op, from, to, scale),
			),
		);
	}

	/** Several groups are reduced: bring them together. */
	function reducePermuted(
		op: ReduceName,
		x: View,
		y: View,
		scale: number,
	): void {
		const order: number[] = [];
		for (const reduced of [false, true])
			for (let i = 0; i < x.layout.rank; i++)
				if ((y.layout.shape[i] === 1) === reduced) order.push(i);
		reduce(op, permuted(x, order), permuted(y, order), scale);
	}

	/** Extremes of bytes, through integers. */
	function reduceBytes(op: ReduceName, x: View, y: View): void {
		const bytesX = x.layout.numel * 4;
		const bytesY = y.layout.numel * 4;
		const block = core.alloc(bytesX + bytesY);
		try {
			const from = intsAt(block, x.layout.shape);
			const to = intsAt(block + bytesX, y.layout.shape);
			kernels.copy(x, from);
			reduce(op, from, to);
			kernels.copy(to, y);
		} finally {
			core.free(block, bytesX + bytesY);
		}
	}

	return { reduce };
}

function permuted(v: View, order: readonly number[]): View {
	return {
		storage: v.storage,
		dtype: v.dtype,
		layout: v.layout.permute(order),
	};
}

function intsAt(handle: number, shape: Shape): View {
	return {
		storage: { handle },
		layout: Layout.contiguous(shape),
		dtype: "int32",
	};
}
