import { DTypeError } from "../errors.js";
import { type Layout, sameShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import type { Operand2 } from "./binary.js";
import { composed } from "./composed.js";
import {
	cName,
	commonShape,
	converted,
	expanded,
	factorIn,
	intoResult,
	isMaskType,
	operand,
	resultLayout,
	resultType,
	torchName,
} from "./operands.js";
import { type Arg, defineOp, type Exec } from "./registry.js";

function lerped(a: Tensor, b: Tensor, weight: Operand2): Tensor {
	const way = b.sub(a);
	if (typeof weight === "number")
		return weight < 0.5 ? a.add(way.mul(weight)) : b.sub(way.mul(1 - weight));
	const fromA = a.add(way.mul(weight));
	const fromB = b.sub(way.mul(weight.neg().add(1)));
	return fromA.where(weight.abs().lt(0.5), fromB);
}

/** `y`, or a copy that lies as `layout` says. */
function laid(x: Exec, layout: Layout, y: Tensor): Tensor {
	if (sameShape(y.layout.strides, layout.strides)) return y;
	return x.emptyAs(layout, y.dtype).copy_(y);
}

/** a + weight (b - a), from the nearer end. Source: PyTorch's `lerp`. */
export const lerp = defineOp<readonly [Tensor, Tensor, Operand2]>({
	name: "lerp",
	node: (_p, [, , weight]) =>
		`LerpBackward${typeof weight === "number" ? 0 : 1}`,
	forward: (x, [a, b, weight], _p, out) => {
		if (a.dtype !== "float32" || b.dtype !== a.dtype)
			throw new DTypeError(
				b.dtype === a.dtype
					? `"lerp_kernel_${typeof weight === "number" ? "scalar" : "tensor"}" not implemented for '${torchName(a.dtype)}'. Convert with .to('float32')`
					: `expected dtype ${cName(a.dtype)} for \`end\` but got dtype ${cName(b.dtype)}`,
			);
		const shape = commonShape(a, b, weight);
		const layout = resultLayout(shape, a, b, weight);
		return composed(x, out, () => laid(x, layout, lerped(a, b, weight)));
	},
	saved: ([a, b, weight], _y, _p, n) => [
		n.needs(2) ? a : null,
		n.needs(2) ? b : null,
		weight,
	],
	backward: (g, n) => {
		const weight = n.value(2);
		const rest = typeof weight === "number" ? 1 - weight : weight.neg().add(1);
		return [
			n.needs(0) ? g.mul(rest) : null,
			n.needs(1) ? g.mul(weight) : null,
			n.needs(2) ? g.mul(n.tensor(1).sub(n.tensor(0))) : null,
		];
	},
});

interface Scaled {
	readonly value: number;
}

/** a + value · b · c. */
export const addcmul = defineOp<readonly [Tensor, Tensor, Tensor], Scaled>({
	name: "addcmul",
	node: "AddcmulBackward0",
	forward: (x, [a, b, c], { value }, out) => {
		commonShape(a, b, c);
		const type = resultType(a, b, c);
		if (type === "bool")
			throw new DTypeError("\"addcmul_cpu_out\" not implemented for 'Bool'");
		const factor = factorIn(type, value);
		return composed(x, out, () =>
			a.to(type).add(b.to(type).mul(c.to(type)).mul(factor)),
		);
	},
	saved: ([, b, c], _y, _p, n) => [
		n.needs(2) ? b : null,
		n.needs(1) ? c : null,
	],
	backward: (g, n) => {
		const { value } = n.params;
		return [
			g,
			n.needs(1) ? g.mul(n.tensor(1).mul(value)) : null,
			n.needs(2) ? g.mul(n.tensor(0).mul(value)) : null,
		];
	},
});

/** a + value · b / c. */
export const addcdiv = defineOp<readonly [Tensor, Tensor, Tensor], Scaled>({
	name: "addcdiv",
	node: "AddcdivBackward0",
	forward: (x, [a, b, c], { value }, out) => {
		if (b.dtype !== "float32" && c.dtype !== "float32")
			throw new DTypeError(
				"Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes.",
			);
		commonShape(a, b, c);
		return composed(x, out, () => a.add(b.div(c).mul(value)));
	},
	saved: ([, b, c], _y, _p, n) => [n.needs(2) ? b : null, c],
	backward: (g, n) => {
		const { value } = n.params;
		const c = n.tensor(1);
		return [
			g,
			n.needs(1) ? g.mul(c.reciprocal().mul(value)) : null,
			n.needs(2) ? g.mul(n.tensor(0).div(c.mul(c)).mul(-value)) : null,
		];
	},
});

/** Between bounds that are tensors; either may be left out. */
export const clampTensors = defineOp<readonly [Tensor, Arg, Arg]>({
	name: "clamp",
	node: (_p, [, min, max]) =>
		`ClampBackward${typeof min === "object" && typeof max === "object" ? 0 : 1}`,
	forward: (x, [own, min, max], _p, out) => {
		const limits = [min, max].filter((limit) => limit !== null);
		if (
			own.dtype === "bool" &&
			limits.length === 2 &&
			limits.every(
				(limit) => typeof limit === "object" && limit.dtype === "bool",
			)
		)
			throw new DTypeError("\"clamp_cpu\" not implemented for 'Bool'");
		if (
			out &&
			out.dtype !== "float32" &&
			limits.some((limit) => typeof limit === "number" && isFractional(limit))
		)
			throw new DTypeError(
				`result type Float can't be cast to the desired output type ${cName(out.dtype)}`,
			);
		return composed(x, out, () => {
			// A bound is read in the type that all of them have in common.
			const a = limits.some(isFractional) ? own.to("float32") : own;
			const low = min === null ? a : a.maximum(min);
			return max === null ? low : low.minimum(max);
		});
	},
	saved: (inputs) => inputs,
	backward: (g, n) => {
		const a = n.tensor(0);
		const min = n.valueOrNull(1);
		const max = n.valueOrNull(2);
		const both = min !== null && max !== null;
		let inside: Tensor | null = null;
		if (min !== null) inside = a.ge(min);
		if (max !== null)
			inside = inside ? inside.logicalAnd(a.le(max)) : a.le(max);
		const below = () => {
			const lower = a.lt(min as Operand2);
			return both ? lower.logicalAnd(asTensor(g, max).gt(min)) : lower;
		};
		const above = () => {
			const higher = a.gt(max as Operand2);
			return both ? higher.logicalOr(asTensor(g, max).lt(min)) : higher;
		};
		return [
			n.needs(0) ? g.where(inside as Tensor, 0) : null,
			n.needs(1) ? g.where(below(), 0) : null,
			n.needs(2) ? g.where(above(), 0) : null,
		];
	},
});

function isFractional(value: Operand2): boolean {
	return typeof value === "number"
		? !Number.isInteger(value)
		: value.dtype === "float32";
}

function asTensor(like: Tensor, value: Operand2): Tensor {
	return typeof value === "number" ? like.newFull([], value) : value;
}

/** `value` where the mask holds, converted to the tensor's own dtype. */
export const maskedFill = defineOp<readonly [Tensor, Operand2, Tensor]>({
	name: "maskedFill",
	node: (_p, [, value]) =>
		`MaskedFillBackward${typeof value === "number" ? 0 : 1}`,
	forward: (x, [a, value, mask], _p, out) => {
		if (!isMaskType(mask))
			throw new DTypeError(
				`masked_fill_ only supports boolean masks, but got mask with dtype ${cName(mask.dtype)}. Compare first, as in mask.ne(0)`,
			);
		if (typeof value === "object" && value.shape.length > 0)
			throw new DTypeError(
				`masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).`,
			);
		if (
			typeof value === "number" &&
			a.dtype !== "float32" &&
			!Number.isInteger(value)
		)
			throw new DTypeError(
				`value cannot be converted to type ${a.dtype} without overflow`,
			);
		const shape = commonShape(mask, a);
		const other =
			typeof value === "number" || value.dtype === a.dtype
				? value
				: value.to(a.dtype);
		const y = intoResult(x, out, shape, a.dtype, a.dtype, (to) =>
			x.k.where(
				expanded(converted(x.k, mask, "bool"), shape),
				typeof other === "number" ? other : expanded(other, shape),
				expanded(a, shape),
				to,
			),
		);
		if (typeof other === "object" && other !== value) other.dispose();
		return y;
	},
	saved: ([, , mask]) => [mask],
	backward: (g, n) => [
		n.needs(0) ? g.maskedFill(n.tensor(0), 0) : null,
		n.needs(1) ? g.where(n.tensor(0), 0) : null,
		null,
	],
});

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
