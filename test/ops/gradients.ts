import { apply } from "../../src/autograd/apply.js";
import * as torch from "../../src/index.js";
import * as F from "../../src/nn/functional.js";
import * as views from "../../src/ops/view.js";

type T = torch.Tensor;

/** One way to call an operation, whose first and second derivatives are checked. */
export interface Row {
	readonly name: string;
	readonly run: (...inputs: T[]) => T | readonly T[];
	readonly inputs: () => T[];
}

let seed = 0;
let device: torch.DeviceName = "cpu";

/** Where tensors of the rows are made from now on; the same numbers in the same order. */
export function makeOn(where: torch.DeviceName): void {
	device = where;
	seed = 0;
}

/** A tensor without a gradient, or a leaf. */
function fixed(values: number[] | number[][], requiresGrad = false): T {
	return torch.tensor(values, { device, requiresGrad });
}

/** Fixed numbers between 0.25 and 0.9 of either sign, no two alike: away from 0, ±1 and ties. */
function numbers(n: number): number[] {
	seed++;
	return Array.from({ length: n }, (_, i) => {
		const u = Math.abs(Math.sin(12.9898 * (i + 1) + 78.233 * seed));
		const sign = Math.sin(3.1 * i + 1.7 * seed) < 0 ? -1 : 1;
		return sign * (0.25 + 0.65 * u);
	});
}

/** A leaf with such numbers times `scale`. */
function x(shape: number[], scale = 1): T {
	const n = shape.reduce((p, s) => p * s, 1);
	return torch
		.tensor(
			numbers(n).map((v) => v * scale),
			{ device },
		)
		.view(shape)
		.detach()
		.requiresGrad_(true);
}

/** A leaf with positive numbers. */
function p(shape: number[], scale = 1): T {
	return torch.noGrad(() => x(shape, scale).abs()).requiresGrad_(true);
}

/** A leaf with numbers at least 0.3 apart, in no order. */
function apart(shape: number[]): T {
	const n = shape.reduce((a, b) => a * b, 1);
	return torch
		.tensor(
			Array.from({ length: n }, (_, i) => ((i * 7) % n) * 0.3 - 1),
			{ device },
		)
		.view(shape)
		.detach()
		.requiresGrad_(true);
}

/** As x, transposed in memory. */
function transposed(rows: number, columns: number): T {
	return torch
		.noGrad(() => x([columns, rows]).t().detach())
		.requiresGrad_(true);
}

const int = (values: number[] | number[][]) =>
	torch.tensor(values, { dtype: "int32", device });
const mask = (values: number[] | number[][]) => fixed(values).ne(0);

function row(run: Row["run"], ...make: (() => T)[]): Row {
	return {
		name: run.toString().replace(/\s+/g, " ").slice(0, 60),
		run,
		inputs: () => make.map((m) => m()),
	};
}

/** First derivatives as a function of their own, also where nothing is recorded. */
function slopes(
	f: (...inputs: T[]) => T,
	gradOutputs?: (inputs: T[]) => T,
): (...inputs: T[]) => T[] {
	return (...inputs) =>
		torch.enableGrad(() => {
			const own = inputs.map((t) =>
				t.requiresGrad ? t : t.detach().requiresGrad_(true),
			);
			return torch.autograd
				.grad(f(...own), own, {
					gradOutputs: gradOutputs?.(own) ?? null,
					createGraph: true,
					allowUnused: true,
				})
				.filter((t) => t !== null);
		});
}

/** Shapes of one operand, whole and strided. */
const one = (
	run: (a: T) => T | readonly T[],
	make: () => T = () => x([2, 3]),
) => [
	row(run, make),
	row(run, () =>
		torch
			.noGrad(() => make().clone())
			.view(-1)
			.detach()
			.requiresGrad_(true),
	),
];

const two = (run: (a: T, b: T) => T, second: () => T = () => x([2, 3])) => [
	row(run, () => x([2, 3]), second),
	row(run, () => transposed(2, 3), second),
	row(run, () => x([2, 1]), second),
];

const img = () => x([2, 2, 5, 5]);

/** Rows by `file.export`, or `file.table.name`; test/ops/gradients.test.ts walks the registry. */
export const rows: Record<string, readonly Row[]> = {
	"unary.unaries.neg": one((a) => a.neg()),
	"unary.unaries.abs": one((a) => a.abs()),
	"unary.unaries.sign": one((a) => a.sign()),
	"unary.unaries.square": one((a) => a.square()),
	"unary.unaries.sqrt": one(
		(a) => a.sqrt(),
		() => p([2, 3]),
	),
	"unary.unaries.rsqrt": one(
		(a) => a.rsqrt(),
		() => p([2, 3], 2),
	),
	"unary.unaries.reciprocal": one(
		(a) => a.reciprocal(),
		() => x([2, 3], 2),
	),
	"unary.unaries.exp": one((a) => a.exp()),
	"unary.unaries.expm1": one((a) => a.expm1()),
	"unary.unaries.log": one(
		(a) => a.log(),
		() => p([2, 3], 2),
	),
	"unary.unaries.log1p": one(
		(a) => a.log1p(),
		() => p([2, 3]),
	),
	"unary.unaries.log2": one(
		(a) => a.log2(),
		() => p([2, 3], 2),
	),
	"unary.unaries.sin": one((a) => a.sin()),
	"unary.unaries.cos": one((a) => a.cos()),
	"unary.unaries.tanh": one((a) => a.tanh()),
	"unary.unaries.sigmoid": one((a) => a.sigmoid()),
	"unary.unaries.erf": one((a) => a.erf()),
	"unary.unaries.floor": one((a) => a.mul(0.9).floor()),
	"unary.unaries.ceil": one((a) => a.mul(0.9).ceil()),
	"unary.unaries.round": one((a) => a.mul(0.4).round()),
	"unary.unaries.trunc": one((a) => a.mul(0.9).trunc()),
	"unary.unaries.relu": one((a) => F.relu(a)),
	"unary.unaries.silu": one((a) => F.silu(a)),
	"unary.unaries.gelu": one((a) => F.gelu(a)),
	"unary.unaries.softplus": one((a) =>
		F.softplus(a, { beta: 2, threshold: 0.2 }),
	),
	"unary.unaries.elu": one((a) => F.elu(a, 0.7)),
	"unary.unaries.leakyRelu": one((a) => F.leakyRelu(a, 0.2)),
	"unary.unaries.hardtanh": one((a) => F.hardtanh(a, -0.1, 5)),
	"unary.unaries.hardswish": one((a) => F.hardswish(a)),
	"unary.clamp": one((a) => a.clamp(-0.1, 5)),
	"unary.clone": one((a) => a.clone()),
	"unary.copyInto": [
		row(
			(a, b) => a.mul(2).copy_(b),
			() => x([2, 3]),
			() => x([3]),
		),
	],
	"unary.fill": [
		row(
			(a) => a.mul(a).fill_(2).mul(a),
			() => x([3]),
		),
	],
	"gelu.geluTanh": one((a) => F.gelu(a, { approximate: "tanh" })),

	"binary.binaries.add": two((a, b) => a.add(b, { alpha: 2 })),
	"binary.binaries.sub": two((a, b) => a.sub(b)),
	"binary.binaries.mul": [
		...two((a, b) => a.mul(b)),
		row(
			(a) => a.mul(a),
			() => x([3]),
		),
	],
	"binary.binaries.div": two(
		(a, b) => a.div(b),
		() => x([2, 3], 2),
	),
	"binary.binaries.divUnrounded": two(
		(a, b) => a.div(b, { roundingMode: null }),
		() => x([2, 3], 2),
	),
	"binary.binaries.floorDivide": [
		row(
			(a, b) => a.mul(0.3).div(b, { roundingMode: "floor" }),
			() => p([3]),
			() => p([3], 3),
		),
	],
	"binary.binaries.truncDivide": [
		row(
			(a, b) => a.mul(0.3).div(b, { roundingMode: "trunc" }),
			() => x([3]),
			() => p([3], 3),
		),
	],
	"binary.binaries.remainder": [
		row(
			(a, b) => a.remainder(b),
			() => p([3]),
			() => fixed([2, 3, 4], true),
		),
	],
	"binary.binaries.pow": [
		...two((a, b) => a.abs().add(0.5).pow(b)),
		...one((a) => a.pow(3)),
		row(
			(a) => torch.pow(1.7, a),
			() => x([3]),
		),
	],
	"binary.binaries.maximum": two((a, b) => a.maximum(b.mul(0.37).add(0.011))),
	"binary.binaries.minimum": two((a, b) => a.minimum(b.mul(0.37).add(0.011))),
	"binary.binaries.thresholdBackward": [
		row(
			slopes((a) => F.relu(a).square().sum()),
			() => x([2, 3]),
		),
	],
	"binary.binaries.sigmoidBackward": [
		row(
			slopes((a) => a.sigmoid().square().sum()),
			() => x([2, 3]),
		),
	],
	"binary.binaries.tanhBackward": [
		row(
			slopes((a) => a.tanh().square().sum()),
			() => x([2, 3]),
		),
	],
	...Object.fromEntries(
		(["eq", "ne", "lt", "le", "gt", "ge"] as const).map((name) => [
			`relations.relations.${name}`,
			[
				row(
					(a, b) =>
						(a.mul(2) as never as Record<string, (b: T) => T>)[`${name}_`]
							?.call(a.mul(2), b)
							.mul(a) as T,
					() => x([3]),
					() => x([3]),
				),
			],
		]),
	),
	"ternary.where": [
		row(
			(a, b) => torch.where(mask([1, 0, 1]), a, b),
			() => x([2, 3]),
			() => x([3]),
		),
		row(
			(a) => torch.where(mask([1, 0, 1]), a, 0.5),
			() => x([3]),
		),
	],
	"ternary.lerp": [
		row(
			(a, b) => a.lerp(b, 0.3),
			() => x([2, 3]),
			() => x([3]),
		),
		row(
			(a, b, w) => a.lerp(b, w as T),
			() => x([2, 3]),
			() => x([3]),
			() => x([2, 1]),
		),
	],
	"ternary.addcmul": [
		row(
			(a, b, c) => a.addcmul(b as T, c as T, { value: 0.5 }),
			() => x([2, 3]),
			() => x([3]),
			() => x([2, 1]),
		),
	],
	"ternary.addcdiv": [
		row(
			(a, b, c) => a.addcdiv(b as T, c as T, { value: 0.5 }),
			() => x([2, 3]),
			() => x([3]),
			() => x([2, 1], 2),
		),
	],
	"ternary.clampTensors": [
		row(
			(a, lo, hi) => a.clamp(lo as T, hi as T),
			() => x([2, 3]),
			() => fixed([-0.1, -0.15, 2], true),
			() => fixed([0.1, 3, 3], true),
		),
	],
	"ternary.maskedFill": [
		row(
			(a) => a.maskedFill(mask([1, 0, 1]), 2),
			() => x([2, 3]),
		),
		row(
			(a, v) => a.maskedFill(mask([1, 0, 1]), v as T),
			() => x([2, 3]),
			() => x([]),
		),
	],

	"reduce.sum": [
		...one((a) => a.sum()),
		row(
			(a) => a.sum(1, { keepdim: true }),
			() => x([2, 3]),
		),
		row(
			(a) => a.sum([0, 2]),
			() => x([2, 3, 2]),
		),
	],
	"reduce.mean": [
		...one((a) => a.mean()),
		row(
			(a) => a.mean([0, -1]),
			() => x([2, 3, 2]),
		),
	],
	"reduce.prod": [
		row(
			(a) => a.prod(),
			() => x([4]),
		),
		row(
			(a) => a.prod(1, { keepdim: true }),
			() => x([2, 3]),
		),
		row(
			(a) => a.mul(fixed([1, 0, 1])).prod(1),
			() => x([2, 3]),
		),
	],
	"reduce.maxAlong": [
		row(
			(a) => a.max(1).values,
			() => apart([2, 3]),
		),
		row(
			(a) => a.max(0, { keepdim: true }).values,
			() => apart([2, 3]),
		),
	],
	"reduce.minAlong": [
		row(
			(a) => a.min(1).values,
			() => apart([2, 3]),
		),
	],
	"reduce.amax": [
		row(
			(a) => a.amax([0, 1]),
			() => apart([2, 3]),
		),
		row(
			(a) => a.max(),
			() => apart([2, 3]),
		),
	],
	"reduce.amin": [
		row(
			(a) => a.amin(1, { keepdim: true }),
			() => apart([2, 3]),
		),
	],
	"moments.variances": [
		row(
			(a) => a.var(),
			() => x([2, 3]),
		),
		row(
			(a) => a.var(1, { unbiased: false, keepdim: true }),
			() => x([2, 3]),
		),
	],
	"moments.deviations": [
		row(
			(a) => a.std(),
			() => x([2, 3]),
		),
		row(
			(a) => a.std(0),
			() => x([3, 2]),
		),
	],
	"moments.norms": [
		row(
			(a) => a.norm(),
			() => x([2, 3]),
		),
		row(
			(a) => a.norm(1, 1),
			() => x([2, 3]),
		),
		row(
			(a) => a.norm(3, 0, { keepdim: true }),
			() => x([2, 3]),
		),
		row(
			(a) => a.norm(1.5),
			() => x([2, 3]),
		),
		row(
			(a) => a.norm(0.7),
			() => x([3]),
		),
		row(
			(a) => a.norm(Number.POSITIVE_INFINITY, 1),
			() => apart([2, 3]),
		),
	],
	"moments.logsumexp": [
		row(
			(a) => a.logsumexp(1),
			() => x([2, 3]),
		),
		row(
			(a) => a.logsumexp([0, 1], { keepdim: true }),
			() => x([2, 3]),
		),
	],
	"loss.softmax": [
		row(
			(a) => a.softmax(1),
			() => x([2, 3]),
		),
		row(
			(a) => a.softmax(0),
			() => x([2, 3]),
		),
		row(
			(a) => a.logSoftmax(1),
			() => transposed(2, 3),
		),
	],
	"loss.softmaxBackward": [
		row(
			slopes((a) => a.softmax(1).square().sum()),
			() => x([2, 3]),
		),
		row(
			slopes((a) => a.logSoftmax(1).square().sum()),
			() => x([2, 3]),
		),
	],
	"loss.crossEntropy": [
		row(
			(a) => F.crossEntropy(a, int([0, 2, 1])),
			() => x([3, 3]),
		),
		row(
			(a) =>
				F.crossEntropy(a, int([0, 2, 1]), { reduction: "sum", ignoreIndex: 2 }),
			() => x([3, 3]),
		),
	],

	"view.view": one((a) => a.view(-1, 1)),
	"view.reshapeCopy": [
		row(
			(a) => a.reshape(-1),
			() => transposed(2, 3),
		),
	],
	"view.transpose": one((a) => a.unsqueeze(0).transpose(0, 1)),
	"view.permute": [
		row(
			(a) => a.permute(2, 0, 1),
			() => x([2, 3, 2]),
		),
	],
	"view.expand": [
		row(
			(a) =>
				a
					.expand(4, 2, 3)
					.mul(torch.arange(4, { device }).float().view(4, 1, 1)),
			() => x([2, 1]),
		),
	],
	"view.narrow": [
		row(
			(a) => a.narrow(1, 1, 2),
			() => x([2, 3]),
		),
		row(
			(a) => a.index(torch.slice(), torch.slice(0, null, 2)),
			() => transposed(2, 3),
		),
	],
	"view.select": [
		row(
			(a) => a.select(1, -1),
			() => x([2, 3]),
		),
	],
	"view.unsqueeze": one((a) => a.unsqueeze(-1)),
	"view.squeeze": [
		row(
			(a) => a.squeeze(1),
			() => x([2, 1, 3]),
		),
		row(
			(a) => a.squeeze(),
			() => x([2, 1, 3]),
		),
	],
	"view.diagonal": [
		row(
			(a) => a.diagonal(1),
			() => x([3, 4]),
		),
		row(
			(a) => a.diagonal(-1, 1, 2),
			() => x([2, 3, 3]),
		),
	],
	"view.alias": [
		row(
			(a) => apply(views.alias, [a], undefined),
			() => x([2]),
		),
	],
	"strided.takePart": [
		row(
			(a) => {
				const base = a.mul(2);
				const part = base.narrow(0, 1, 2);
				base.mul_(3);
				return part.mul(part);
			},
			() => x([4]),
		),
		row(
			(a) => {
				const base = a.mul(2);
				const wide = base.view(1, 4).expand(3, 4);
				base.mul_(3);
				return wide.mul(torch.arange(12, { device }).float().view(3, 4));
			},
			() => x([4]),
		),
	],
	"strided.placePart": [
		row(
			slopes((a) => a.narrow(0, 1, 2).square().sum()),
			() => x([4]),
		),
	],
	"strided.replacePart": [
		row(
			slopes((a, b) => {
				const base = a.mul(a);
				base.narrow(0, 1, 2).mul_(b as T);
				return base.square().sum();
			}),
			() => x([4]),
			() => x([2]),
		),
	],

	"shape.repeat": [
		row(
			(a) => a.repeat(2, 1, 2),
			() => x([2, 3]),
		),
	],
	"shape.stack": [
		row(
			(a, b) => torch.stack([a, b as T], 1),
			() => x([2, 3]),
			() => transposed(2, 3),
		),
	],
	"shape.tril": [
		row(
			(a) => a.tril(-1),
			() => x([3, 3]),
		),
	],
	"shape.triu": [
		row(
			(a) => a.triu(1),
			() => x([2, 2, 3]),
		),
	],
	"shape.diag": [
		row(
			(a) => a.diag(1),
			() => x([3]),
		),
		row(
			(a) => a.diag(-1),
			() => x([3, 4]),
		),
	],
	"shape.constantPad": [
		row(
			(a) => F.pad(a, [1, -1, 0, 2], { value: 3 }),
			() => x([2, 3]),
		),
	],
	"shape.cat": [
		row(
			(a, b) => torch.cat([a, b as T, a], 1),
			() => x([2, 3]),
			() => x([2, 1]),
		),
	],

	"indexing.indexSelect": [
		row(
			(a) => a.indexSelect(1, int([2, 0, 2])),
			() => x([2, 3]),
		),
	],
	"indexing.indexAdd": [
		row(
			(a, b) => a.indexAdd(0, int([1, 1]), b as T, { alpha: 2 }),
			() => x([3, 2]),
			() => x([2, 2]),
		),
	],
	"indexing.indexCopy": [
		row(
			(a, b) => a.indexCopy(0, int([2, 0]), b as T),
			() => x([3, 2]),
			() => x([2, 2]),
		),
	],
	"indexing.gather": [
		row(
			(a) =>
				a.gather(
					1,
					int([
						[2, 2],
						[0, 1],
					]),
				),
			() => x([2, 3]),
		),
	],
	"indexing.scatter": [
		row(
			(a, b) =>
				a.scatter(
					1,
					int([
						[2, 0],
						[0, 1],
					]),
					b as T,
				),
			() => x([2, 3]),
			() => x([2, 3]),
		),
	],
	"indexing.scatterAdd": [
		row(
			(a, b) =>
				a.scatterAdd(
					1,
					int([
						[2, 2],
						[0, 1],
					]),
					b as T,
				),
			() => x([2, 3]),
			() => x([2, 2]),
		),
	],
	"ordering.cumsum": [
		row(
			(a) => a.cumsum(1),
			() => x([2, 3]),
		),
		row(
			(a) => a.cumsum(0),
			() => transposed(2, 3),
		),
	],
	"ordering.sort": [
		row(
			(a) => a.sort(1, { descending: true }).values,
			() => apart([2, 3]),
		),
	],
	"ordering.topk": [
		row(
			(a) => a.topk(2, 1).values,
			() => apart([2, 3]),
		),
	],
	"ordering.flip": [
		row(
			(a) => a.flip(0, 1),
			() => x([2, 3]),
		),
	],
	"advanced-index.index": [
		row(
			(a) => a.index(int([1, 0, 1])),
			() => x([2, 3]),
		),
		row(
			(a) => a.index(int([1, 0]), torch.slice(), int([0, -1])),
			() => x([2, 3, 2]),
		),
		row(
			(a) =>
				a.index(
					mask([
						[1, 0, 1],
						[0, 1, 1],
					]),
				),
			() => transposed(2, 3),
		),
	],
	"advanced-index.indexPut": [
		row(
			(a, b) => a.mul(2).indexPut_([int([1, 0])], b as T),
			() => x([3, 2]),
			() => x([2]),
		),
		row(
			(a, b) =>
				a.mul(2).indexPut_([torch.slice(), int([0, 0])], b as T, {
					accumulate: true,
				}),
			() => x([3, 2]),
			() => x([3, 2]),
		),
	],
	"advanced-index.maskedSelect": [
		row(
			(a) => a.maskedSelect(mask([1, 0, 1])),
			() => x([2, 3]),
		),
		row(
			(a) =>
				a.maskedSelect(
					mask([
						[1, 0, 1],
						[0, 1, 1],
					]),
				),
			() => transposed(2, 3),
		),
	],

	"matmul.mm": [
		row(
			(a, b) => a.mm(b as T),
			() => x([2, 3]),
			() => transposed(3, 2),
		),
	],
	"matmul.bmm": [
		row(
			(a, b) => a.bmm(b as T),
			() => x([2, 2, 3]),
			() => x([2, 3, 2]),
		),
		row(
			(a, b) => a.matmul(b as T),
			() => x([2, 1, 2, 3]),
			() => x([2, 3, 2]),
		),
	],
	"matmul.mv": [
		row(
			(a, b) => a.mv(b as T),
			() => x([2, 3]),
			() => x([3]),
		),
	],
	"matmul.dot": [
		row(
			(a, b) => a.dot(b as T),
			() => x([3]),
			() => x([3]),
		),
	],
	"linear.linear": [
		row(
			(a, w, b) => F.linear(a, w as T, b as T),
			() => x([2, 3]),
			() => x([4, 3]),
			() => x([4]),
		),
		row(
			(a, w) => F.linear(a, w as T),
			() => x([2, 2, 3]),
			() => x([4, 3]),
		),
	],
	"matmul.addmm": [
		row(
			(c, a, b) => c.addmm(a as T, b as T, { beta: 0.5, alpha: 2 }),
			() => x([2]),
			() => x([3, 2]),
			() => x([2, 2]),
		),
	],
	"matmul.baddbmm": [
		row(
			(c, a, b) => c.baddbmm(a as T, b as T, { alpha: 2 }),
			() => x([2, 1, 2]),
			() => x([2, 3, 2]),
			() => x([2, 2, 2]),
		),
	],

	"window.im2col": [
		row(
			(a) =>
				a.unfoldWindows({
					kernel: [2, 3],
					stride: [2, 1],
					padding: [1, 0],
					dilation: [1, 2],
				}),
			img,
		),
	],
	"window.col2im": [
		row(
			(a) =>
				a.foldWindows(
					{ kernel: [2, 2], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
					[1, 1, 3, 3],
				),
			() => x([1, 4, 4]),
		),
	],
	"window.conv2d": [
		row(
			(a, w, b) => F.conv2d(a, w as T, b as T, { stride: 2, padding: 1 }),
			() => x([2, 2, 4, 4]),
			() => x([2, 2, 3, 3]),
			() => x([2]),
		),
		row(
			(a, w) => F.conv2d(a, w as T, { groups: 2, dilation: [1, 2] }),
			() => x([1, 2, 3, 4]),
			() => x([2, 1, 2, 2]),
		),
	],
	"window.maxPool2d": [
		row(
			(a) => F.maxPool2d(a, 2, { padding: 1 }),
			() => apart([1, 2, 4, 4]),
		),
	],
	"window.avgPool2d": [
		row(
			(a) =>
				F.avgPool2d(a, 3, { stride: 2, padding: 1, countIncludePad: false }),
			img,
		),
	],
	"window.avgPool2dBackward": [
		row(
			slopes((a) => F.avgPool2d(a.mul(a), 2).square().sum()),
			() => x([1, 1, 4, 4]),
		),
	],
	"window.adaptiveAvgPool2d": [row((a) => F.adaptiveAvgPool2d(a, [2, 3]), img)],
	"normalize.normalize": [
		row(
			(a, w, b) =>
				F.batchNorm(a, null, null, {
					weight: w as T,
					bias: b as T,
					training: true,
					eps: 0.1,
				}),
			() => x([4, 2]),
			() => x([2]),
			() => x([2]),
		),
		row(
			(a, w) =>
				F.batchNorm(a, torch.zeros(2, { device }), torch.ones(2, { device }), {
					weight: w as T,
				}),
			() => x([2, 2, 3]),
			() => x([2]),
		),
		row(
			(a, w, b) =>
				F.layerNorm(a, [3], { weight: w as T, bias: b as T, eps: 0.1 }),
			() => x([2, 3]),
			() => x([3]),
			() => x([3]),
		),
	],
	"normalize.embedding": [
		row(
			(w) =>
				F.embedding(
					int([
						[1, 3],
						[1, 2],
					]),
					w,
					{ paddingIdx: 0 },
				),
			() => x([4, 2]),
		),
	],

	"losses.mseLoss": [
		row(
			(a, b) => F.mseLoss(a, b as T),
			() => x([2, 3]),
			() => x([2, 3]),
		),
		row(
			(a, b) => F.mseLoss(a, b as T, { reduction: "none" }),
			() => x([3]),
			() => x([3]),
		),
	],
	"losses.smoothL1Loss": [
		row(
			(a, b) => F.smoothL1Loss(a, b as T, { beta: 0.1, reduction: "sum" }),
			() => x([2, 3]),
			() => x([2, 3], 0.05),
		),
		row(
			(a, b) => F.huberLoss(a, b as T, { delta: 0.1 }),
			() => x([2, 3]),
			() => x([2, 3], 0.05),
		),
		row(
			(a, b) => F.smoothL1Loss(a, b as T, { beta: 9 }),
			() => x([3]),
			() => x([3]),
		),
	],
	"losses.binaryCrossEntropy": [
		row(
			(a, t) =>
				F.binaryCrossEntropy(a.sigmoid(), (t as T).sigmoid(), {
					weight: fixed([1, 2, 3]),
				}),
			() => x([2, 3]),
			() => x([2, 3]),
		),
	],
	"losses.binaryCrossEntropyWithLogits": [
		row(
			(a, t) => F.binaryCrossEntropyWithLogits(a, t as T),
			() => x([2, 3]),
			() => p([2, 3]),
		),
		row(
			(a, t) =>
				F.binaryCrossEntropyWithLogits(a, t as T, {
					posWeight: fixed([2, 1, 3]),
					reduction: "sum",
				}),
			() => x([2, 3]),
			() => p([2, 3]),
		),
	],
	"losses.nllLoss": [
		row(
			(a) =>
				F.nllLoss(a.logSoftmax(1), int([0, 2]), {
					weight: fixed([1, 2, 3]),
				}),
			() => x([2, 3]),
		),
		row(
			(a) =>
				F.crossEntropy(a, int([0, 2]), {
					labelSmoothing: 0.2,
					reduction: "none",
				}),
			() => x([2, 3]),
		),
	],
	"unary.toCopy": [],
	"binary.binaries.fmod": [
		row(
			(a, b) => a.fmod(b),
			() => fixed([5.5, -4.3, 1.1], true),
			() => fixed([2, 3, 4], true),
		),
	],
	"binary.binaries.divNumber": [
		row(
			(a) => F.crossEntropy(a, torch.fullLike(a.detach(), 0.3)),
			() =>
				fixed(
					[
						[0.3, -0.8],
						[0.5, 0.1],
					],
					true,
				),
		),
	],
	"random.randomFill": one((a) =>
		a.mul(a).normal_({ generator: new torch.Generator() }).mul(a),
	),
	"random.bernoulliFill": one((a) =>
		torch
			.bernoulli(a.mul(0).add(0.5), { generator: new torch.Generator() })
			.mul(a),
	),
};
