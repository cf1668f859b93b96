import { allocate } from "../autograd/apply.js";
import { isGradEnabled } from "../autograd/mode.js";
import type { BinaryName, UnaryName, View } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import {
	computeType,
	converted,
	freeTemporaries,
	intoResult,
	resultLayout,
	torchName,
} from "./operands.js";
import { defineOp, type Op } from "./registry.js";

/** Up to two numbers of an activation, see `Kernels.unary`. */
export interface UnaryParams {
	readonly p0: number;
	readonly p1: number;
}

export type UnaryOp = Op<readonly [Tensor], UnaryParams>;

/** Gradient of the input, from that of the output and what was saved. */
type Rule = (g: Tensor, saved: Tensor, p: UnaryParams) => Tensor;

type Keeps = "input" | "output" | "nothing";

interface UnaryTraits {
	/** Integers stay what they are. */
	readonly integers?: boolean;
	/** Why bool is refused. */
	readonly refuse?: string;
	/** What the rule comes to, of the gradient and what was kept, by a kernel at once. */
	readonly kernel?: BinaryName;
}

const NOTHING: readonly Tensor[] = [];

function byKernel(kernel: BinaryName, g: Tensor, kept: View): Tensor {
	const { backend } = g.storage;
	const dx = allocate(backend, g.shape, "float32");
	backend.binary(kernel, g, kept, dx);
	return dx;
}

const NO_BOOL_NEG =
	"Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.";

const noBool = (kernel: string): UnaryTraits => ({
	integers: true,
	refuse: `"${kernel}" not implemented for 'Bool'`,
});

function unary(
	name: UnaryName,
	node: string,
	keeps: Keeps,
	rule: Rule,
	{ integers = false, refuse, kernel }: UnaryTraits = {},
): UnaryOp {
	return defineOp<readonly [Tensor], UnaryParams>({
		name,
		node: `${node}Backward0`,
		savesOutput: keeps === "output",
		forward: (x, inputs, p, out) => {
			const a = inputs[0];
			if (out === null && a.dtype === "float32") {
				const y = x.emptyAs(resultLayout(a.shape, a), "float32");
				x.k.unary(name, a, y, p.p0, p.p1);
				return y;
			}
			if (refuse && a.dtype === "bool") throw new DTypeError(refuse);
			const dtype: DType = integers ? a.dtype : "float32";
			const compute = computeType(dtype);
			return intoResult(
				x,
				out,
				a.shape,
				dtype,
				compute,
				(y) => x.k.unary(name, converted(x.k, a, compute), y, p.p0, p.p1),
				a,
			);
		},
		saved: (inputs, y) =>
			keeps === "nothing" ? NOTHING : [keeps === "input" ? inputs[0] : y],
		keep: (node, inputs, y) => {
			if (keeps !== "nothing") node.keep(keeps === "input" ? inputs[0] : y, y);
		},
		backward: (g, n) => [
			kernel && !isGradEnabled()
				? byKernel(kernel, g, n.view(0) as View)
				: rule(g, keeps === "nothing" ? g : n.tensor(0), n.params),
		],
	});
}

const flat: Rule = (g) => g.zerosLike();
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

// biome-ignore format: a table reads best with a row a line
export const unaries = {
	neg: unary("neg", "Neg", "nothing", (g) => g.neg(), { integers: true, refuse: NO_BOOL_NEG }),
	abs: unary("abs", "Abs", "input", (g, x) => g.mul(x.sign()), noBool("abs_cpu")),
	sign: unary("sign", "Sign", "nothing", flat, { integers: true }),
	square: unary("square", "Pow", "input", (g, x) => g.mul(x.mul(2)), { integers: true }),
	sqrt: unary("sqrt", "Sqrt", "output", (g, y) => g.div(y.mul(2))),
	rsqrt: unary("rsqrt", "Rsqrt", "output", (g, y) => g.mul(y.mul(y).mul(y)).mul(-0.5)),
	reciprocal: unary("reciprocal", "Reciprocal", "output", (g, y) => g.mul(y.mul(y)).neg()),
	exp: unary("exp", "Exp", "output", (g, y) => g.mul(y)),
	expm1: unary("expm1", "Expm1", "output", (g, y) => g.mul(y.add(1))),
	log: unary("log", "Log", "input", (g, x) => g.div(x)),
	log1p: unary("log1p", "Log1P", "input", (g, x) => g.div(x.add(1))),
	log2: unary("log2", "Log2", "input", (g, x) => g.div(x.mul(Math.LN2))),
	sin: unary("sin", "Sin", "input", (g, x) => g.mul(x.cos())),
	cos: unary("cos", "Cos", "input", (g, x) => g.mul(x.sin().neg())),
	tanh: unary("tanh", "Tanh", "output", (g, y) => g.tanhBackward(y), { kernel: "tanhBackward" }),
	sigmoid: unary("sigmoid", "Sigmoid", "output", (g, y) => g.sigmoidBackward(y), { kernel: "sigmoidBackward" }),
	erf: unary("erf", "Erf", "input", (g, x) => g.mul(x.mul(x).neg().exp()).mul(2 / Math.sqrt(Math.PI))),
	floor: unary("floor", "Floor", "nothing", flat),
	ceil: unary("ceil", "Ceil", "nothing", flat),
	round: unary("round", "Round", "nothing", flat),
	trunc: unary("trunc", "Trunc", "nothing", flat),
	// 0 at the kink, as PyTorch
	relu: unary("relu", "Relu", "output", (g, y) => g.thresholdBackward(y), { kernel: "thresholdBackward" }),
	silu: unary("silu", "Silu", "input", (g, x) => {
		const s = x.sigmoid();
		return g.mul(s.mul(x.mul(s.neg().add(1)).add(1)));
	}),
	gelu: unary("gelu", "Gelu", "input", (g, x) => {
		const cdf = x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
		const pdf = x.mul(x).mul(-0.5).exp().mul(0.5 * SQRT_2_OVER_PI);
		return g.mul(cdf.add(x.mul(pdf)));
	}),
	softplus: unary("softplus", "Softplus", "input", (g, x, { p0, p1 }) => {
		const z = x.mul(p0);
		return g.where(z.gt(p1), g.mul(z.sigmoid()));
	}),
	elu: unary("elu", "Elu", "input", (g, x, { p0 }) =>
		// the second derivative at 0 is 0, as PyTorch's
		g.mul(x.where(x.lt(0), 0).exp()).mul(p0).where(x.le(0), g)),
	leakyRelu: unary("leakyRelu", "LeakyRelu", "input", (g, x, { p0 }) =>
		g.where(x.gt(0), g.mul(p0))),
	hardtanh: unary("hardtanh", "Hardtanh", "input", (g, x, { p0, p1 }) =>
		g.maskedFill(x.le(p0).logicalOr(x.ge(p1)), 0)),
	hardswish: unary("hardswish", "Hardswish", "input", (g, x) =>
		// the slope does not change at the ends
		g.mul(x.where(x.abs().lt(3), x.detach()).div(3).add(0.5)).where(x.lt(3), g).maskedFill(x.lt(-3), 0)),
} as const;

export type UnaryOpName = keyof typeof unaries;

/** Clamp to [p0, p1]: hardtanh's kernel, but the gradient passes at the bounds. */
export const clamp = defineOp<readonly [Tensor], UnaryParams>({
	name: "clamp",
	node: "ClampBackward1",
	forward: (x, [a], p, out) =>
		intoResult(
			x,
			out,
			a.shape,
			"float32",
			"float32",
			(y) => x.k.unary("hardtanh", converted(x.k, a, "float32"), y, p.p0, p.p1),
			a,
		),
	saved: ([a]) => [a],
	backward: (g, n) => {
		const a = n.tensor(0);
		const { p0, p1 } = n.params;
		return [g.where(a.ge(p0).logicalAnd(a.le(p1)), 0)];
	},
});

/** Elementwise questions, answered with bool. */
function question(
	name: "isnan" | "isinf" | "isfinite" | "logicalNot",
): Op<readonly [Tensor], undefined> {
	return defineOp({
		name,
		node: name,
		forward: (x, [a], _p, out) => {
			const type =
				name === "logicalNot" && a.dtype === "bool"
					? "bool"
					: computeType(a.dtype);
			return intoResult(
				x,
				out,
				a.shape,
				"bool",
				"bool",
				(y) => x.k.unary(name, converted(x.k, a, type), y),
				a,
			);
		},
	});
}

export const questions = {
	isnan: question("isnan"),
	isinf: question("isinf"),
	isfinite: question("isfinite"),
	logicalNot: question("logicalNot"),
} as const;

/** ~x of integers, the negation of bools. */
export const bitwiseNot = defineOp<readonly [Tensor]>({
	name: "bitwiseNot",
	node: "BitwiseNot",
	forward: (x, [a], _p, out) => {
		if (a.dtype === "float32")
			throw new DTypeError(
				`"bitwise_not_cpu" not implemented for '${torchName(a.dtype)}'. Convert with .to('int32')`,
			);
		if (a.dtype === "bool")
			return intoResult(
				x,
				out,
				a.shape,
				"bool",
				"bool",
				(y) => x.k.unary("logicalNot", a, y),
				a,
			);
		return intoResult(
			x,
			out,
			a.shape,
			a.dtype,
			"int32",
			(y) => x.k.unary("bitwiseNot", converted(x.k, a, "int32"), y),
			a,
		);
	},
});

/** The copy that `clone` and `contiguous` make: in order of the dimensions, or as the input lies. */
export const clone = defineOp<readonly [Tensor], { readonly inOrder: boolean }>(
	{
		name: "clone",
		node: "CloneBackward0",
		forward: (x, [a], { inOrder }) => {
			const y = inOrder
				? x.empty(a.shape, a.dtype)
				: x.emptyAs(resultLayout(a.shape, a), a.dtype);
			x.k.copy(a, y);
			return y;
		},
		backward: (g) => [g],
	},
);

export const toCopy = defineOp<readonly [Tensor], { readonly dtype: DType }>({
	name: "to",
	node: "ToCopyBackward0",
	forward: (x, [a], { dtype }) => {
		const y = x.emptyAs(resultLayout(a.shape, a), dtype);
		x.k.copy(a, y);
		return y;
	},
	backward: (g) => [g],
});

/** In-place only: the first input is overwritten with the second. */
export const copyInto = defineOp<readonly [Tensor, Tensor]>({
	name: "copy",
	node: "CopyBackwards",
	forward: (x, [target, source], _p, out) => {
		const y = out ?? target;
		const from = source.layout.expand(y.shape);
		const view = { storage: source.storage, layout: from, dtype: source.dtype };
		// A source that overlaps the target in another order is read first.
		if (source.storage === y.storage && from !== y.layout) {
			const t = x.empty(y.shape, source.dtype);
			x.k.copy(view, t);
			x.k.copy(t, y);
			t.dispose();
		} else x.k.copy(view, y);
		freeTemporaries();
		return y;
	},
	backward: (g, node) => [
		node.needs(0) ? g.zerosLike() : null,
		node.needs(1) ? g : null,
	],
});

export const fill = defineOp<
	readonly [Tensor],
	{ readonly value: number; readonly zero?: boolean }
>({
	name: "fill",
	writesOne: true,
	node: ({ zero }) => (zero ? "ZeroBackward0" : "FillBackward2"),
	forward: (x, [target], { value }, out) => {
		const y = out ?? target;
		x.k.fill(y, value);
		return y;
	},
	backward: (g) => [g.zerosLike()],
});
