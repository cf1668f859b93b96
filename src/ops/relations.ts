import { DTypeError } from "../errors.js";
import {
	type BinaryOp,
	type Inputs,
	noGradient,
	type Operand2,
	pairwise,
	scalarFirst,
} from "./binary.js";
import {
	assertHolds,
	commonShape,
	computeType,
	resultType,
	torchName,
} from "./operands.js";
import { defineOp } from "./registry.js";

function comparison(name: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): BinaryOp {
	return defineOp<Inputs>({
		name,
		node: scalarFirst(`${name.charAt(0).toUpperCase()}${name.slice(1)}`),
		forward: (x, [a, b], _p, out) => {
			const dtype = resultType(a, b);
			const type = computeType(dtype);
			const shape = commonShape(a, b);
			return pairwise(x, name, a, b, out, shape, dtype, type, "bool", "bool");
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
			return pairwise(x, name, truth(a), truth(b), out, shape, "bool", "bool");
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
			return pairwise(x, name, a, b, out, shape, dtype, compute);
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
