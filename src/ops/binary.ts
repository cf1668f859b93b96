import type { BinaryName } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import {
	commonShape,
	computeType,
	intoResult,
	operand,
	resultType,
	torchName,
} from "./operands.js";
import { defineOp, type Op } from "./registry.js";

export type Operand2 = Tensor | number;
type Inputs = readonly [Operand2, Operand2];
export type BinaryOp = Op<Inputs, undefined>;

type Gradient = (
	g: Tensor,
	a: Operand2,
	b: Operand2,
	needs: readonly [boolean, boolean],
) => readonly [Tensor | null, Tensor | null];

/** How a kernel serves dtypes other than its own, or what is refused. */
type Traits = {
	/** Integers meet in float32. */
	readonly real?: boolean;
	/** What bool operands compute instead. */
	readonly bools?: BinaryName;
	readonly refuse?: (dtype: DType) => string | null;
};

function binary(
	name: BinaryName,
	node: string,
	saves: boolean,
	gradient: Gradient,
	traits: Traits = {},
): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: `${node}Backward0`,
		forward: (x, [a, b], _p, out) => {
			let dtype = resultType(a, b);
			const refused = traits.refuse?.(dtype);
			if (refused) throw new DTypeError(refused);
			if (traits.real && dtype !== "float32") dtype = "float32";
			const shape = commonShape(a, b);
			const bools = dtype === "bool" ? traits.bools : undefined;
			const compute = bools ? "bool" : computeType(dtype);
			return intoResult(x, out, shape, dtype, compute, (y) =>
				x.k.binary(
					bools ?? name,
					operand(x.k, a, compute, shape),
					operand(x.k, b, compute, shape),
					y,
				),
			);
		},
		saved: (inputs) => (saves ? inputs : []),
		backward: (g, n) =>
			gradient(g, saves ? n.value(0) : 0, saves ? n.value(1) : 0, [
				n.needs(0),
				n.needs(1),
			]),
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
		true,
		(g, a, b, needs) => {
			const x = asTensor(g, a);
			const y = asTensor(g, b);
			const wins = name === "maximum" ? x.gt(y) : x.lt(y);
			const half = g.mul(0.5).where(x.eq(y), 0);
			return [
				needs[0] ? g.where(wins, half) : null,
				needs[1] ? g.where(wins.logicalOr(x.eq(y)).logicalNot(), half) : null,
			];
		},
		{ bools: name === "maximum" ? "logicalOr" : "logicalAnd" },
	);
}

const noBoolSub = (dtype: DType) =>
	dtype === "bool"
		? "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
		: null;

// biome-ignore format: a table reads best with a row a line
export const binaries = {
	add: binary("add", "Add", false, (g) => [g, g], { bools: "logicalOr" }),
	sub: binary("sub", "Sub", false, (g, _a, _b, needs) => [g, needs[1] ? g.neg() : null], { refuse: noBoolSub }),
	mul: binary("mul", "Mul", true, (g, a, b, needs) => [
		needs[0] ? g.mul(b) : null,
		needs[1] ? g.mul(a) : null,
	], { bools: "logicalAnd" }),
	div: binary("div", "Div", true, (g, a, b, needs) => [
		needs[0] ? g.div(b) : null,
		needs[1] ? g.mul(asTensor(g, a).div(b).div(b)).neg() : null,
	], { real: true }),
	floorDivide: binary("floorDivide", "Div", false, (g) => [g.zerosLike(), g.zerosLike()]),
	truncDivide: binary("truncDivide", "Div", false, (g) => [g.zerosLike(), g.zerosLike()]),
	remainder: binary("remainder", "Remainder", true, (g, a, b, needs) => [
		needs[0] ? g : null,
		needs[1] ? g.mul(asTensor(g, a).div(b, { roundingMode: "floor" })).neg() : null,
	]),
	pow: binary("pow", "Pow", true, (g, a, b, needs) => {
		const base = asTensor(g, a);
		return [
			needs[0] ? powBase(g, base, b) : null,
			needs[1] ? powExponent(g, base, asTensor(g, b)) : null,
		];
	}),
	maximum: extreme("maximum", "Maximum"),
	minimum: extreme("minimum", "Minimum"),
	thresholdBackward: binary("thresholdBackward", "ThresholdBackward", true, (g, _x, y, needs) => [
		needs[0] ? g.thresholdBackward(y as Tensor) : null,
		needs[1] ? g.zerosLike() : null,
	]),
	sigmoidBackward: binary("sigmoidBackward", "SigmoidBackward", true, (g, x, y, needs) => [
		needs[0] ? g.sigmoidBackward(y as Tensor) : null,
		needs[1] ? g.mul(x).mul((y as Tensor).mul(-2).add(1)) : null,
	]),
	tanhBackward: binary("tanhBackward", "TanhBackward", true, (g, x, y, needs) => [
		needs[0] ? g.tanhBackward(y as Tensor) : null,
		needs[1] ? g.mul(x).mul((y as Tensor).mul(-2)) : null,
	]),
} as const;

function powBase(g: Tensor, base: Tensor, exponent: Operand2): Tensor {
	if (typeof exponent === "number")
		return exponent === 0
			? g.zerosLike()
			: g.mul(base.pow(exponent - 1).mul(exponent));
	const inner = g.mul(exponent.mul(base.pow(exponent.sub(1))));
	return inner.where(exponent.ne(0), 0);
}

function powExponent(g: Tensor, base: Tensor, exponent: Tensor): Tensor {
	const inner = g.mul(base.pow(exponent).mul(base.log()));
	// 0 ** b is 0 for every b > 0, whatever the logarithm says
	return inner.where(base.eq(0).logicalAnd(exponent.ge(0)).logicalNot(), 0);
}

function comparison(name: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: name,
		forward: (x, [a, b], _p, out) => {
			const type = computeType(resultType(a, b));
			const shape = commonShape(a, b);
			return intoResult(x, out, shape, "bool", "bool", (y) =>
				x.k.binary(
					name,
					operand(x.k, a, type, shape),
					operand(x.k, b, type, shape),
					y,
				),
			);
		},
	});
}

function logical(name: "logicalAnd" | "logicalOr" | "logicalXor"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: name,
		forward: (x, [a, b], _p, out) => {
			const shape = commonShape(a, b);
			return intoResult(x, out, shape, "bool", "bool", (y) =>
				x.k.binary(
					name,
					operand(x.k, truth(a), "bool", shape),
					operand(x.k, truth(b), "bool", shape),
					y,
				),
			);
		},
	});
}

/** NaN is true. */
function truth(a: Operand2): Operand2 {
	return typeof a === "number" ? Number(a !== 0) : a;
}

function bitwise(name: "bitwiseAnd" | "bitwiseOr" | "bitwiseXor"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: name,
		forward: (x, [a, b], _p, out) => {
			const dtype = resultType(a, b);
			if (dtype === "float32")
				throw new DTypeError(
					`"${name}" not implemented for '${torchName(dtype)}'. Convert the operands with .to('int32')`,
				);
			const compute = dtype === "bool" ? "bool" : "int32";
			const shape = commonShape(a, b);
			return intoResult(x, out, shape, dtype, compute, (y) =>
				x.k.binary(
					name,
					operand(x.k, a, compute, shape),
					operand(x.k, b, compute, shape),
					y,
				),
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
	bitwiseAnd: bitwise("bitwiseAnd"),
	bitwiseOr: bitwise("bitwiseOr"),
	bitwiseXor: bitwise("bitwiseXor"),
} as const;

/** The first input where the condition holds, else the second. */
export const where = defineOp<readonly [Operand2, Operand2, Tensor], undefined>(
	{
		name: "where",
		node: "WhereBackward0",
		forward: (x, [a, b, c], _p, out) => {
			if (c.dtype !== "bool")
				throw new DTypeError(
					`where expected condition to be a boolean tensor, but got a tensor with dtype ${torchName(c.dtype)}. Compare first, as in x.ne(0)`,
				);
			const dtype = resultType(a, b);
			const shape = commonShape(a, b, c);
			return intoResult(x, out, shape, dtype, dtype, (y) => {
				const cond = operand(x.k, c, "bool", shape);
				if (typeof cond === "number") return;
				x.k.where(
					cond,
					operand(x.k, a, dtype, shape),
					operand(x.k, b, dtype, shape),
					y,
				);
			});
		},
		saved: ([, , c]) => [c],
		backward: (g, n) => [
			n.needs(0) ? g.where(n.tensor(0), 0) : null,
			n.needs(1) ? g.where(n.tensor(0).logicalNot(), 0) : null,
			null,
		],
	},
);
