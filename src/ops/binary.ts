import type { GradNode } from "../autograd/node.js";
import type { BinaryName } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import { AutogradError, DTypeError, ShapeError } from "../errors.js";
import type { Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import {
	assertHolds,
	commonShape,
	computeType,
	intoResult,
	operand,
	resultType,
} from "./operands.js";
import { type Arg, defineOp, type Exec, type Op } from "./registry.js";

export type Operand2 = Tensor | number;
export type Inputs = readonly [Operand2, Operand2];
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

/**
 * `intoResult` of a kernel on two operands, which meet in `dtype` and are handed
 * to it as `compute`; the kernel writes `made`.
 */
export function pairwise(
	x: Exec,
	kernel: BinaryName,
	a: Operand2,
	b: Operand2,
	out: Tensor | null,
	shape: Shape,
	dtype: DType,
	compute: DType,
	result: DType = dtype,
	made: DType = compute,
): Tensor {
	return intoResult(
		x,
		out,
		shape,
		result,
		made,
		(y) =>
			x.k.binary(
				kernel,
				operand(x.k, a, compute, shape, dtype),
				operand(x.k, b, compute, shape, dtype),
				y,
			),
		a,
		b,
	);
}

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
			const dtype = traits.real ? "float32" : resultType(a, b);
			if (traits.early) traits.check?.(a, b, dtype);
			const shape = commonShape(a, b);
			if (out) assertHolds(out, shape, dtype);
			if (!traits.early) traits.check?.(a, b, dtype);
			const bools = dtype === "bool" ? traits.bools : undefined;
			const compute = bools ? "bool" : computeType(dtype);
			return pairwise(x, bools ?? name, a, b, out, shape, dtype, compute);
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
		if ([a, b].some((x) => typeof x === "object" && x.numel() === 0)) return;
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
	assertPower(b, dtype);
}

/** @throws ShapeError */
export function assertPower(exponent: Operand2, dtype: DType): void {
	if (dtype !== "float32" && typeof exponent === "number" && exponent < 0)
		throw new ShapeError(
			"Integers to negative integer powers are not allowed.",
		);
}

export const scalarFirst =
	(name: string) =>
	(_p: undefined, [, b]: Inputs) =>
		`${name}Backward${typeof b === "number" ? 0 : 1}`;

const quotient: Gradient = (g, n) => {
	const b = n.value(1);
	return [
		n.needs(0) ? g.div(b) : null,
		n.needs(1) ? g.mul(asTensor(g, n.value(0)).div(b).div(b)).neg() : null,
	];
};

export const noGradient: Gradient = (g, n) => [
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
	div: binary("div", "Div", "divisor", quotient, { real: true }),
	/** `div` with `rounding_mode=None` said, which has a node of its own. */
	divUnrounded: binary("div", () => "DivBackward2", "divisor", quotient, { real: true }),
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
