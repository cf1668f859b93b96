import type { DType } from "../../dtype.js";
import type { Kernels, Operand, View } from "../backend.js";
import {
	conversion,
	FLOAT_BINARY,
	FLOAT_UNARY,
	INT_BINARY,
	INT_UNARY,
} from "./expressions.js";
import { scalarBits } from "./fused.js";
import { known, map } from "./fusion.js";
import { blockOf, isByte } from "./program.js";
import type { Queue } from "./queue.js";

/** The same bytes under a type whose copies keep every bit. */
export function asBits(v: View): View {
	return v.dtype === "float32"
		? { storage: v.storage, layout: v.layout, dtype: "int32" }
		: v;
}

/** A float that has its block to itself. */
function isWholeScalar(y: View): boolean {
	return (
		y.layout.numel === 1 &&
		y.layout.offset === 0 &&
		y.dtype === "float32" &&
		blockOf(y).bytes === 4
	);
}

function isMove(from: DType, to: DType): boolean {
	return from === to || (from === "bool" && to === "uint8");
}

/** Powers that have a shorter way, as on the CPU. */
function shortPower(exponent: Operand): string | null {
	if (exponent === 2) return FLOAT_UNARY.square;
	if (exponent === 0.5) return FLOAT_UNARY.sqrt;
	if (exponent === -0.5) return FLOAT_UNARY.rsqrt;
	if (exponent === -1) return FLOAT_UNARY.reciprocal;
	return null;
}

function missing(op: string, dtype: DType): never {
	throw new Error(`webgpu has no ${op} of ${dtype}`);
}

const MOVE = { key: "move", expression: "a", moves: true } as const;

export function elementwiseKernels(
	q: Queue,
): Pick<Kernels, "fill" | "copy" | "unary" | "binary" | "where"> {
	return {
		fill(y, value) {
			const to = asBits(y);
			const raw = scalarBits(value, y.dtype);
			const store = () => map(q, MOVE, to, [raw | 0], [to.dtype]);
			// a gradient's seed, say: what reads it may take the number itself
			if (isWholeScalar(y)) q.setConstant(blockOf(y), value, store);
			else store();
		},
		copy(x, y) {
			const same = isMove(x.dtype, y.dtype);
			const from = same ? asBits(x) : x;
			const to = same ? asBits(y) : y;
			const expression = conversion(x.dtype, y.dtype);
			const key = `to:${x.dtype}:${y.dtype}`;
			map(q, same ? MOVE : { key, expression }, to, [from], [from.dtype]);
		},
		unary(op, x, y, p0 = 0, p1 = 0) {
			if (op === "relu" && q.deferred?.relu?.(x, y)) return;
			const isFloat = x.dtype === "float32";
			const expression =
				(isFloat ? FLOAT_UNARY : INT_UNARY)[op] ?? missing(op, x.dtype);
			const params = expression.includes("p0()") ? [p0, p1] : undefined;
			map(
				q,
				{ key: `${op}:${isFloat}`, expression, ...(params && { params }) },
				y,
				[x],
				[x.dtype],
			);
		},
		binary(op, first, second, y) {
			const view =
				typeof first !== "number"
					? first
					: typeof second !== "number"
						? second
						: y;
			const { dtype } = view;
			const isFloat = dtype === "float32";
			const a = known(q, first);
			const b = known(q, second);
			if (op === "mul" && typeof a !== "number" && typeof b === "number")
				if (q.deferred?.scale?.(a, b, y)) return;
			if (op === "thresholdBackward" && typeof b !== "number")
				if (typeof a !== "number" && q.deferred?.gate?.(a, b, y)) return;
			const short = op === "pow" && isFloat ? shortPower(b) : null;
			if (short !== null) {
				const key = `pow:${String(b)}`;
				map(q, { key, expression: short }, y, [a], [dtype]);
				return;
			}
			const expression =
				(isFloat ? FLOAT_BINARY : INT_BINARY)[op] ?? missing(op, dtype);
			map(
				q,
				{ key: `${op}:${isFloat}`, expression },
				y,
				[a, b],
				[dtype, dtype],
			);
		},
		where(c, a, b, y) {
			// the operands' bits are only moved, so NaN stays as it is
			const bitsOf = (x: Operand): Operand =>
				typeof x !== "number"
					? asBits(x)
					: isByte(y.dtype)
						? x
						: scalarBits(x, y.dtype) | 0;
			const to = asBits(y);
			map(
				q,
				{ key: "where", expression: "select(c, b, a != 0)", moves: true },
				to,
				[c, bitsOf(a), bitsOf(b)],
				["bool", to.dtype, to.dtype],
			);
		},
	};
}
