import { type DType, ITEM_SIZE } from "../../dtype.js";
import type { Kernels, Operand, View } from "../backend.js";
import {
	conversion,
	FLOAT_BINARY,
	FLOAT_UNARY,
	INT_BINARY,
	INT_UNARY,
} from "./expressions.js";
import {
	bits,
	blockOf,
	f,
	i,
	isByte,
	type Slot,
	u,
	wgslType,
} from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

export const THREADS = 256;
const NAMES = ["A", "B", "C"] as const;

interface Rule {
	/** Tells the expression from all others. */
	readonly key: string;
	/** Of a, b and c, and p0() and p1() if there are parameters. */
	readonly expression: string;
	readonly params?: readonly number[];
}

/** A number, as elements of `dtype` are computed. */
export function scalarBits(value: number, dtype: DType): number {
	if (dtype === "float32") return bits(value);
	if (dtype === "int32") return value >>> 0;
	return dtype === "bool" ? Number(value !== 0) : value & 255;
}

/** Whether its elements can be taken four at a time, the last four too. */
function isFourfold(v: View): boolean {
	const { layout } = v;
	return layout.isContiguous && layout.offset % 4 === 0;
}

/** Whether what follows the elements up to a multiple of four is nobody's. */
function ownsTail(y: View): boolean {
	const { numel, offset } = y.layout;
	return (
		numel % 4 === 0 || (offset + numel) * ITEM_SIZE[y.dtype] >= blockOf(y).bytes
	);
}

/** One element everywhere: a number that lies on the device. */
function isSingle(v: View): boolean {
	const { shape, strides } = v.layout;
	return shape.every((size, d) => size === 1 || strides[d] === 0);
}

/**
 * y = rule(inputs) for every element. A number among the inputs has the type
 * that `types` says.
 */
export function map(
	q: Queue,
	rule: Rule,
	y: View,
	inputs: readonly Operand[],
	types: readonly DType[],
): void {
	const n = y.layout.numel;
	if (n === 0) return;
	const views = inputs.filter((x): x is View => typeof x !== "number");
	const fourfold =
		isFourfold(y) &&
		ownsTail(y) &&
		views.every((v) => isFourfold(v) || isSingle(v));
	const words = (rule.params ?? []).map(bits);
	words.push(n);
	const loads: string[] = [];
	const slots: Slot[] = [];
	const offsets: string[] = [];
	const starts: string[] = [];
	const moving: View[] = [];
	let shapes = "";
	inputs.forEach((x, k) => {
		const name = NAMES[k] as string;
		const type = types[k] as DType;
		const word = words.length;
		if (typeof x === "number") {
			words.push(scalarBits(x, type));
			const text = type === "float32" ? f(word) : i(word);
			loads.push(fourfold ? `vec4<${wgslType(type)}>(${text})` : text);
			shapes += "n";
			return;
		}
		words.push(x.layout.offset);
		const single = fourfold && !isFourfold(x);
		slots.push({
			name,
			view: x,
			form: fourfold && !single ? "vectors" : "elements",
		});
		if (single) {
			loads.push(`vec4<${wgslType(type)}>(${name}(${u(word)}))`);
			shapes += "s";
		} else if (fourfold) {
			loads.push(`${name}_vec(${u(word)} + at * 4u)`);
			shapes += "v";
		} else {
			loads.push(`${name}(o${name})`);
			offsets.push(`o${name}`);
			starts.push(u(word));
			moving.push(x);
			shapes += "e";
		}
	});
	const outWord = words.push(y.layout.offset) - 1;
	slots.push({
		name: "Y",
		view: y,
		writes: true,
		form: fourfold ? "vectors" : "elements",
	});
	moving.push(y);
	offsets.push("oY");
	starts.push(u(outWord));

	const loops = fourfold ? null : Loops.along(moving);
	const dimsAt = words.length;
	if (loops) words.push(...loops.words());
	const key = `map:${rule.key}:${shapes}${fourfold ? "4" : (loops?.key ?? "")}`;
	const count = fourfold ? Math.ceil(n / 4) : n;
	const nWord = rule.params?.length ?? 0;
	q.run(key, slots, words, Math.ceil(count / THREADS), () => {
		const result = wgslType(y.dtype);
		const args = inputs
			.map((_, k) => `${"abc"[k]}: ${wgslType(types[k] as DType)}`)
			.join(", ");
		const params = (rule.params ?? [])
			.map((_, k) => `fn p${k}() -> f32 { return ${f(k)}; }\n`)
			.join("");
		const functions = `${params}fn rule(${args}) -> ${result} { return ${rule.expression}; }`;
		const lets = loads.map((text, k) => `	let v${k} = ${text};\n`).join("");
		const call = (part: string) =>
			`rule(${loads.map((_, k) => `v${k}${part}`).join(", ")})`;
		const body = fourfold
			? `	let at = group * ${THREADS}u + lane;
	if (at * 4u >= ${u(nWord)}) { return; }
${lets}	Y_putvec(${u(outWord)} + at * 4u, vec4<${result}>(${call(".x")}, ${call(".y")}, ${call(".z")}, ${call(".w")}));`
			: `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(nWord)}) { return; }
${offsets.map((name, k) => `	var ${name} = ${starts[k]};\n`).join("")}	${loops?.text("at", dimsAt, offsets)}
${lets}	Y_put(oY, ${call("")});`;
		return { functions, body };
	});
}

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

/** The number that an operand is known to be everywhere, or the operand. */
function known(q: Queue, x: Operand, dtype: DType): Operand {
	if (typeof x === "number" || dtype !== "float32" || !isSingle(x)) return x;
	return q.constantIn(blockOf(x)) ?? x;
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

export function elementwiseKernels(
	q: Queue,
): Pick<Kernels, "fill" | "copy" | "unary" | "binary" | "where"> {
	return {
		fill(y, value) {
			const to = asBits(y);
			const raw = scalarBits(value, y.dtype);
			const store = () =>
				map(q, { key: "move", expression: "a" }, to, [raw | 0], [to.dtype]);
			// a gradient's seed, say: what reads it may take the number itself
			if (isWholeScalar(y)) q.setConstant(blockOf(y), value, store);
			else store();
		},
		copy(x, y) {
			const same = isMove(x.dtype, y.dtype);
			const from = same ? asBits(x) : x;
			const to = same ? asBits(y) : y;
			const expression = same ? "a" : conversion(x.dtype, y.dtype);
			const key = same ? "move" : `to:${x.dtype}:${y.dtype}`;
			map(q, { key, expression }, to, [from], [from.dtype]);
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
			const a = known(q, first, dtype);
			const b = known(q, second, dtype);
			if (op === "mul" && typeof a !== "number" && typeof b === "number")
				if (q.deferred?.scale?.(a, b, y)) return;
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
				{ key: "where", expression: "select(c, b, a != 0)" },
				to,
				[c, bitsOf(a), bitsOf(b)],
				["bool", to.dtype, to.dtype],
			);
		},
	};
}
