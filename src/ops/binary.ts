import type { GradNode } from "../autograd/node.js";
import type { BinaryName } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import { AutogradError, DTypeError, ShapeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import {
	assertHolds,
	commonShape,
	computeType,
	intoResult,
	operand,
	resultType,
	torchName,
} from "./operands.js";
import { type Arg, defineOp, type Op } from "./registry.js";

export type Operand2 = Tensor | number;
type Inputs = readonly [Operand2, Operand2];
export type BinaryOp = Op<Inputs, undefined>;

/** Gradients of both operands; `n.value(i)` gives them, where they were saved. */
type Gradient = (
	g: Tensor,
	n: GradNode<undefined>,
) => readonly [Tensor | null, Tensor | null];

/** What is saved: nothing, each operand for the other's gradient, or b for both and a for its own. */
type Saves = "nothing" | "others" | "divisor" | "both";

/** How a kernel serves dtypes other than its own, or what is refused. */
interface Traits {
	/** Integers meet in float32. */
	readonly real?: boolean;
	/** What bool operands compute instead. */
	readonly bools?: BinaryName;
	/** @throws DTypeError */
	readonly check?: (a: Operand2, b: Operand2, dtype: DType) => void;
	/** PyTorch asks this before it looks at shapes. */
	readonly early?: boolean;
	/** The name that the user knows, if not the kernel's. */
	readonly name?: string;
}

const SAVERS: Readonly<
	Record<Saves, (inputs: Inputs, n: GradNode<undefined>) => readonly Arg[]>
> = {
	nothing: () => [],
	others: ([a, b], n) => [n.needs(1) ? a : null, n.needs(0) ? b : null],
	divisor: ([a, b], n) => [n.needs(1) ? a : null, b],
	both: (inputs) => inputs,
};

function binary(
	name: BinaryName,
	node: string | ((p: undefined, inputs: Inputs) => string),
	saves: Saves,
	gradient: Gradient,
	traits: Traits = {},
): BinaryOp {
	const saver = SAVERS[saves];
	return defineOp<Inputs>({
		name: traits.name ?? name,
		node: typeof node === "string" ? `${node}Backward0` : node,
		forward: (x, [a, b], _p, out) => {
			let dtype = resultType(a, b);
			if (traits.early) traits.check?.(a, b, dtype);
			const shape = commonShape(a, b);
			if (out) assertHolds(out, shape, dtype);
			if (!traits.early) traits.check?.(a, b, dtype);
			if (traits.real && dtype !== "float32") dtype = "float32";
			const bools = dtype === "bool" ? traits.bools : undefined;
			const compute = bools ? "bool" : computeType(dtype);
			return intoResult(
				x,
				out,
				shape,
				dtype,
				compute,
				(y) =>
					x.k.binary(
						bools ?? name,
						operand(x.k, a, compute, shape, dtype),
						operand(x.k, b, compute, shape, dtype),
						y,
					),
				a,
				b,
			);
		},
		saved: (inputs, _y, _p, n) => saver(inputs, n),
		backward: gradient,
	});
}

function asTensor(like: Tensor, value: Operand2): Tensor {
	return typeof value === "number" ? like.newFull([], value) : value;
}

/** Ties share the gradient equally, as PyTorch. */
function extreme(name: "maximum" | "minimum", node: string): BinaryOp {
	return binary(
		name,
		node,
		"both",
		(g, n) => {
			const x = asTensor(g, n.value(0));
			const y = n.value(1);
			const shared = g.mul(0.5).where(x.eq(y), g);
			const loses = name === "maximum" ? x.lt(y) : x.gt(y);
			const wins = name === "maximum" ? x.gt(y) : x.lt(y);
			return [
				n.needs(0) ? shared.maskedFill(loses, 0) : null,
				n.needs(1) ? shared.maskedFill(wins, 0) : null,
			];
		},
		{ bools: name === "maximum" ? "logicalOr" : "logicalAnd" },
	);
}

function isBool(a: Operand2): boolean {
	return typeof a === "object" && a.dtype === "bool";
}

export function refuseBoolSub(a: Operand2, b: Operand2): void {
	if (isBool(a) && isBool(b))
		throw new DTypeError(
			"Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
		);
	if (isBool(a) || isBool(b))
		throw new DTypeError(
			"Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
		);
}

function refuseBool(kernel: string) {
	return (_a: Operand2, _b: Operand2, dtype: DType) => {
		if (dtype === "bool")
			throw new DTypeError(`"${kernel}" not implemented for 'Bool'`);
	};
}

/** Whole numbers cannot be divided by zero; where a device tells at once, it is an error. */
function checkDivisor(kernel: string) {
	const noBool = refuseBool(kernel);
	return (a: Operand2, b: Operand2, dtype: DType) => {
		if (dtype === "float32") return;
		noBool(a, b, dtype);
		const zero =
			typeof b === "number"
				? b === 0
				: b.storage.backend.readSync !== undefined &&
					b.numel() > 0 &&
					(b.dataSync() as Int32Array).includes(0);
		if (zero)
			throw new DTypeError("ZeroDivisionError: integer division by zero");
	};
}

function checkPow(_a: Operand2, b: Operand2, dtype: DType): void {
	if (dtype === "bool")
		throw new DTypeError("\"pow\" not implemented for 'Bool'");
	if (dtype !== "float32" && typeof b === "number" && b < 0)
		throw new ShapeError(
			"Integers to negative integer powers are not allowed.",
		);
}

const scalarFirst =
	(name: string) =>
	(_p: undefined, [, b]: Inputs) =>
		`${name}Backward${typeof b === "number" ? 0 : 1}`;

const noGradient: Gradient = (g, n) => [
	n.needs(0) ? g.zerosLike() : null,
	n.needs(1) ? g.zerosLike() : null,
];

// biome-ignore format: a table reads best with a row a line
export const binaries = {
	add: binary("add", "Add", "nothing", (g) => [g, g], { bools: "logicalOr" }),
	sub: binary("sub", "Sub", "nothing", (g, n) => [g, n.needs(1) ? g.neg() : null], { check: refuseBoolSub, early: true }),
	mul: binary("mul", "Mul", "others", (g, n) => [
		n.needs(0) ? g.mul(n.value(1)) : null,
		n.needs(1) ? g.mul(n.value(0)) : null,
	], { bools: "logicalAnd" }),
	div: binary("div", "Div", "divisor", (g, n) => {
		const b = n.value(1);
		return [
			n.needs(0) ? g.div(b) : null,
			n.needs(1) ? g.mul(asTensor(g, n.value(0)).div(b).div(b)).neg() : null,
		];
	}, { real: true }),
	/** `div` by a number, as PyTorch's own code spells it. */
	divNumber: binary("div", () => "DivBackward1", "divisor", (g, n) => [g.div(n.value(1)), null], { real: true }),
	floorDivide: binary("floorDivide", () => "DivBackward2", "nothing", noGradient, { check: checkDivisor("div_floor_cpu") }),
	/** `floor_divide`, which unlike a rounded `div` has no gradient in PyTorch. */
	floorDivision: binary("floorDivide", () => "NotImplemented", "nothing", () => {
		throw new AutogradError("derivative for aten::floor_divide is not implemented");
	}, { check: checkDivisor("div_floor_cpu") }),
	truncDivide: binary("truncDivide", () => "DivBackward2", "nothing", noGradient, { check: checkDivisor("div_trunc_cpu") }),
	remainder: binary("remainder", scalarFirst("Remainder"), "both", (g, n) => [
		n.needs(0) ? g : null,
		n.needs(1) ? g.mul(asTensor(g, n.value(0)).div(n.value(1), { roundingMode: "floor" })).neg() : null,
	], { check: checkDivisor("remainder_cpu") }),
	fmod: binary("fmod", scalarFirst("Fmod"), "both", (g, n) => [
		n.needs(0) ? g : null,
		n.needs(1) ? g.mul(asTensor(g, n.value(0)).div(n.value(1), { roundingMode: "trunc" })).neg() : null,
	], { check: checkDivisor("fmod_cpu") }),
	pow: binary("pow", (p, inputs) => (typeof inputs[0] === "number" ? "PowBackward2" : scalarFirst("Pow")(p, inputs)), "both", (g, n) => {
		const base = n.value(0);
		const exponent = n.value(1);
		return [
			n.needs(0) ? powBase(g, base as Tensor, exponent) : null,
			n.needs(1) ? powExponent(g, base, exponent as Tensor) : null,
		];
	}, { check: checkPow }),
	maximum: extreme("maximum", "Maximum"),
	minimum: extreme("minimum", "Minimum"),
	thresholdBackward: binary("thresholdBackward", "ThresholdBackward", "both", (g, n) => [
		n.needs(0) ? g.thresholdBackward(n.tensor(1)) : null,
		n.needs(1) ? g.zerosLike() : null,
	]),
	sigmoidBackward: binary("sigmoidBackward", "SigmoidBackward", "both", (g, n) => {
		const y = n.tensor(1);
		return [
			n.needs(0) ? g.sigmoidBackward(y) : null,
			n.needs(1) ? g.mul(n.value(0)).mul(y.mul(-2).add(1)) : null,
		];
	}),
	tanhBackward: binary("tanhBackward", "TanhBackward", "both", (g, n) => {
		const y = n.tensor(1);
		return [
			n.needs(0) ? g.tanhBackward(y) : null,
			n.needs(1) ? g.mul(n.value(0)).mul(y.mul(-2)) : null,
		];
	}),
} as const;

function powBase(g: Tensor, base: Tensor, exponent: Operand2): Tensor {
	if (typeof exponent === "number")
		return exponent === 0
			? g.zerosLike()
			: g.mul(base.pow(exponent - 1).mul(exponent));
	// bytes and truths have no place for 0 - 1
	const e = exponent.dtype === "float32" ? exponent : exponent.to("int32");
	const inner = g.mul(e.mul(base.pow(e.sub(1))));
	return inner.where(e.ne(0), 0);
}

function powExponent(g: Tensor, base: Operand2, exponent: Tensor): Tensor {
	const a = asTensor(g, base);
	const inner = g.mul(a.pow(exponent).mul(a.log()));
	// 0 ** b is 0 for every b > 0, whatever the logarithm says
	return inner.where(a.eq(0).logicalAnd(exponent.ge(0)).logicalNot(), 0);
}

function comparison(name: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: scalarFirst(`${name.charAt(0).toUpperCase()}${name.slice(1)}`),
		forward: (x, [a, b], _p, out) => {
			const dtype = resultType(a, b);
			const type = computeType(dtype);
			const shape = commonShape(a, b);
			return intoResult(
				x,
				out,
				shape,
				"bool",
				"bool",
				(y) =>
					x.k.binary(
						name,
						operand(x.k, a, type, shape, dtype),
						operand(x.k, b, type, shape, dtype),
						y,
					),
				a,
				b,
			);
		},
		// Only the in-place form gives floats, and they do not depend on anything.
		backward: noGradient,
	});
}

function logical(name: "logicalAnd" | "logicalOr" | "logicalXor"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: name,
		forward: (x, [a, b], _p, out) => {
			const shape = commonShape(a, b);
			return intoResult(
				x,
				out,
				shape,
				"bool",
				"bool",
				(y) =>
					x.k.binary(
						name,
						operand(x.k, truth(a), "bool", shape),
						operand(x.k, truth(b), "bool", shape),
						y,
					),
				a,
				b,
			);
		},
	});
}

/** NaN is true. */
function truth(a: Operand2): Operand2 {
	return typeof a === "number" ? Number(a !== 0) : a;
}

function bitwise(
	name:
		| "bitwiseAnd"
		| "bitwiseOr"
		| "bitwiseXor"
		| "bitwiseLeftShift"
		| "bitwiseRightShift",
	kernel: string,
): BinaryOp {
	const shift = name === "bitwiseLeftShift" || name === "bitwiseRightShift";
	return defineOp<Inputs>({
		name,
		node: name,
		forward: (x, [a, b], _p, out) => {
			const dtype = resultType(a, b);
			const shape = commonShape(a, b);
			if (out) assertHolds(out, shape, dtype);
			if (dtype === "float32" || (shift && dtype === "bool"))
				throw new DTypeError(
					`"${kernel}" not implemented for '${torchName(dtype)}'. Convert the operands with .to('int32')`,
				);
			const compute = dtype === "bool" ? "bool" : "int32";
			return intoResult(
				x,
				out,
				shape,
				dtype,
				compute,
				(y) =>
					x.k.binary(
						name,
						operand(x.k, a, compute, shape, dtype),
						operand(x.k, b, compute, shape, dtype),
						y,
					),
				a,
				b,
			);
		},
	});
}

// biome-ignore format: a table reads best with a row a line
export const relations = {
	eq: comparison("eq"),
	ne: comparison("ne"),
	lt: comparison("lt"),
	le: comparison("le"),
	gt: comparison("gt"),
	ge: comparison("ge"),
	logicalAnd: logical("logicalAnd"),
	logicalOr: logical("logicalOr"),
	logicalXor: logical("logicalXor"),
	bitwiseAnd: bitwise("bitwiseAnd", "bitwise_and_cpu"),
	bitwiseOr: bitwise("bitwiseOr", "bitwise_or_cpu"),
	bitwiseXor: bitwise("bitwiseXor", "bitwise_xor_cpu"),
	bitwiseLeftShift: bitwise("bitwiseLeftShift", "lshift_cpu"),
	bitwiseRightShift: bitwise("bitwiseRightShift", "rshift_cpu"),
} as const;

/** The first input where the condition holds, else the second. */
export const where = defineOp<readonly [Operand2, Operand2, Tensor], undefined>(
	{
		name: "where",
		node: "WhereBackward0",
		forward: (x, [a, b, c], _p, out) => {
			if (c.dtype !== "bool" && c.dtype !== "uint8")
				throw new DTypeError(
					`where expected condition to be a boolean tensor, but got a tensor with dtype ${torchName(c.dtype)}. Compare first, as in x.ne(0)`,
				);
			const dtype = resultType(a, b);
			const shape = commonShape(c, a, b);
			return intoResult(
				x,
				out,
				shape,
				dtype,
				dtype,
				(y) => {
					const cond = operand(x.k, c, "bool", shape);
					if (typeof cond === "number") return;
					x.k.where(
						cond,
						operand(x.k, a, dtype, shape),
						operand(x.k, b, dtype, shape),
						y,
					);
				},
				c,
				a,
				b,
			);
		},
		saved: ([, , c]) => [c],
		backward: (g, n) => [
			n.needs(0) ? g.where(n.tensor(0), 0) : null,
			n.needs(1) ? g.where(n.tensor(0).logicalNot(), 0) : null,
			null,
		],
	},
);
