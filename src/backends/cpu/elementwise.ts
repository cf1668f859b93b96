import { Kind } from "../../../assembly/kinds.js";
import { Binary, Unary } from "../../../assembly/opcodes.js";
import type { DType } from "../../dtype.js";
import type { Kernels, Operand, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf, Loops, operandAddress } from "./strides.js";

export interface ElementwiseExports {
	unaryRow(
		kind: number,
		op: number,
		x: number,
		y: number,
		n: number,
		p0: number,
		p1: number,
	): void;
	unaryLoops(
		kind: number,
		op: number,
		d: number,
		x: number,
		y: number,
		p0: number,
		p1: number,
	): void;
	binaryRow(
		kind: number,
		op: number,
		a: number,
		stepA: number,
		b: number,
		stepB: number,
		y: number,
		n: number,
	): void;
	binaryLoops(
		kind: number,
		op: number,
		d: number,
		a: number,
		b: number,
		y: number,
	): void;
	whereLoops(
		size: number,
		d: number,
		c: number,
		a: number,
		b: number,
		y: number,
	): void;
}

function kindOf(from: DType, to: DType): Kind {
	if (from === "float32")
		return to === "float32" ? Kind.floats : Kind.floatsToBools;
	if (from === "int32") return to === "int32" ? Kind.ints : Kind.intsToBools;
	return Kind.bools;
}

/** Powers that have a shorter way, as in PyTorch. */
function shortPower(exponent: Operand): keyof typeof Unary | null {
	if (exponent === 2) return "square";
	if (exponent === 0.5) return "sqrt";
	if (exponent === -0.5) return "rsqrt";
	if (exponent === -1) return "reciprocal";
	return null;
}

/** Operations on corresponding elements. */
export function elementwiseKernels(
	core: Core,
): Pick<Kernels, "unary" | "binary" | "where"> {
	const { x: wasm } = core;
	const loops = new Loops(core);

	const unary: Kernels["unary"] = (op, x, y, p0 = 0, p1 = 0) => {
		const n = y.layout.numel;
		if (n === 0) return;
		const kind = kindOf(x.dtype, y.dtype);
		if (x.layout.isContiguous && y.layout.isContiguous)
			wasm.unaryRow(kind, Unary[op], addressOf(x), addressOf(y), n, p0, p1);
		else
			wasm.unaryLoops(
				kind,
				Unary[op],
				loops.along(y, x, y),
				addressOf(x),
				addressOf(y),
				p0,
				p1,
			);
	};

	const binary: Kernels["binary"] = (op, a, b, y) => {
		const n = y.layout.numel;
		if (n === 0) return;
		const viewA = typeof a === "number" ? null : a;
		const viewB = typeof b === "number" ? null : b;
		const dtype = (viewA ?? viewB ?? y).dtype;
		if (op === "pow" && viewA !== null && dtype === "float32") {
			const short = shortPower(b);
			if (short !== null) return unary(short, viewA, y);
		}
		const kind = kindOf(dtype, y.dtype);
		const addressA = operandAddress(core, a, dtype, 0);
		const addressB = operandAddress(core, b, dtype, 1);
		const isFlat =
			y.layout.isContiguous &&
			(viewA === null || viewA.layout.isContiguous) &&
			(viewB === null || viewB.layout.isContiguous);
		if (isFlat) {
			const size = kind === Kind.bools ? 1 : 4;
			wasm.binaryRow(
				kind,
				Binary[op],
				addressA,
				viewA === null ? 0 : size,
				addressB,
				viewB === null ? 0 : size,
				addressOf(y),
				n,
			);
		} else
			wasm.binaryLoops(
				kind,
				Binary[op],
				loops.along(y, viewA, viewB, y),
				addressA,
				addressB,
				addressOf(y),
			);
	};

	const where: Kernels["where"] = (c, a, b, y) => {
		if (y.layout.numel === 0) return;
		const viewA = typeof a === "number" ? null : a;
		const viewB = typeof b === "number" ? null : b;
		wasm.whereLoops(
			isWide(y) ? 4 : 1,
			loops.along(y, c, viewA, viewB, y),
			addressOf(c),
			operandAddress(core, a, y.dtype, 0),
			operandAddress(core, b, y.dtype, 1),
			addressOf(y),
		);
	};

	return { unary, binary, where };
}

function isWide(v: View): boolean {
	return v.dtype === "float32" || v.dtype === "int32";
}
