import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import {
	evaluate,
	expectClose,
	fixture,
	type Packed,
	unpack,
} from "./support.js";

const { nn } = torch;

interface LayerRow {
	readonly js: string;
	readonly printed: string;
	readonly input: Packed;
	readonly outputs: Packed[];
	readonly grads: (Packed | null)[];
	readonly parameterGrads: Record<string, Packed>;
	readonly state: Record<string, Packed>;
}
interface LossRow {
	readonly js: string;
	readonly input: Packed;
	readonly target: Packed;
	readonly output: Packed;
	readonly grad: Packed;
	readonly state: string[];
}
interface PoolRow {
	readonly args: (number | number[])[];
	readonly options: { dilation: number; ceilMode: boolean };
	readonly rows: {
		readonly input: Packed;
		readonly output: Packed;
		readonly indices: Packed;
	}[];
}
interface ClipRow {
	readonly maxNorm: number;
	readonly normType: number | "Infinity";
	readonly total: number;
	readonly grads: [Packed, Packed];
}
const { layers, losses, clips, weight, pools } = fixture<{
	weight: Packed;
	layers: LayerRow[];
	losses: LossRow[];
	clips: ClipRow[];
	pools: PoolRow[];
}>("nn.json");

type Layer = torch.nn.Module & { forward(x: torch.Tensor): torch.Tensor };

test.each(layers)("$js as in PyTorch, in training and eval", (row) => {
	torch.manualSeed(5);
	const layer = evaluate(row.js, { nn }) as Layer;
	expect(String(layer)).toBe(row.printed);
	[true, true, false].forEach((mode, i) => {
		layer.train(mode);
		layer.zeroGrad();
		const x = unpack(row.input);
		if (x.dtype === "float32") x.requiresGrad_(true);
		const y = layer.call(x);
		const step = `step ${i}`;
		expectClose(y, row.outputs[i] as Packed, 2e-5, step);
		if (y.requiresGrad)
			y.mul(torch.arange(y.numel()).to("float32").cos().view(y.shape))
				.sum()
				.backward();
		const grad = row.grads[i];
		if (grad) expectClose(x.grad, grad, 1e-4, `gradient of ${step}`);
	});
	for (const [name, p] of layer.namedParameters())
		expectClose(p.grad, row.parameterGrads[name] as Packed, 1e-4, name);
	const state = layer.stateDict();
	expect(Object.keys(state)).toEqual(Object.keys(row.state));
	for (const [name, want] of Object.entries(row.state))
		expectClose(state[name], want, 2e-5, name);
});

type Loss = torch.nn.Module & {
	forward(x: torch.Tensor, target: torch.Tensor): torch.Tensor;
};

test.each(losses)("$js as in PyTorch", (row) => {
	const loss = evaluate(row.js, { nn, WEIGHT: unpack(weight) }) as Loss;
	const x = unpack(row.input).requiresGrad_(true);
	const y = loss.call(x, unpack(row.target));
	expectClose(y, row.output);
	y.sum().backward();
	expectClose(x.grad, row.grad, 1e-4);
	expect(Object.keys(loss.stateDict())).toEqual(row.state);
});

test.each(pools)("maxima of $args, and where they are", (pool) => {
	const [size, stride = null, padding = 0] = pool.args as [2, 2?, 1?];
	const options = { ...pool.options, stride, padding, returnIndices: true };
	for (const row of pool.rows) {
		const x = unpack(row.input).requiresGrad_(true);
		for (const [y, indices] of [
			torch.nn.functional.maxPool2d(x, size, {
				...options,
				returnIndices: true,
			}),
			new nn.MaxPool2d<true>(size, options as { returnIndices: true }).call(x),
			torch.nn.functional.maxPool2d(
				x,
				size,
				stride,
				padding,
				options.dilation,
				options.ceilMode,
				true,
			),
		]) {
			expectClose(y, row.output);
			expectClose(indices, row.indices, 0);
			x.grad = null;
			y.sum().backward();
			expect(x.grad).not.toBeNull();
			// what is returned is the caller's, and survives the backward pass
			expectClose(indices, row.indices, 0);
		}
	}
});

describe("clipping", () => {
	const parameters = () => {
		const list = [
			new nn.Parameter(torch.zeros(3)),
			new nn.Parameter(torch.zeros(2, 2)),
			new nn.Parameter(torch.zeros(1)),
		] as const;
		list[0].grad = torch.tensor([1, -2, 0.5]);
		list[1].grad = torch.tensor([
			[0, 3],
			[-1.5, 0.25],
		]);
		return list;
	};

	test.each(clips)("clipGradNorm_ to $maxNorm of order $normType", (row) => {
		const list = parameters();
		const total = nn.clipGradNorm_(list, row.maxNorm, {
			normType: Number(row.normType),
		});
		expect(total.itemSync()).toBeCloseTo(row.total, 5);
		expectClose(list[0].grad, row.grads[0]);
		expectClose(list[1].grad, row.grads[1]);
		expect(list[2].grad).toBeNull();
	});

	test("clipGradNorm_ refuses a norm that is not finite, if asked to", () => {
		const list = parameters();
		list[0].grad = torch.full([3], Number.POSITIVE_INFINITY);
		expect(() =>
			nn.utils.clipGradNorm_(list, 1, { errorIfNonfinite: true }),
		).toThrow(/The total norm of order 2 for gradients/);
		expect(list[1].grad?.max().itemSync()).toBe(3);
	});

	test("clipGradValue_ cuts every element", () => {
		const list = parameters();
		nn.clipGradValue_(list, 1);
		expect(list[1].grad?.tolistSync()).toEqual([
			[0, 1],
			[-1, 0.25],
		]);
	});
});

describe("bad layers, in PyTorch's words", () => {
	test.each<[() => unknown, string]>([
		[
			() => new nn.Conv2d(3, 4, 3, { groups: 2 }),
			"in_channels must be divisible by groups",
		],
		[
			() => new nn.Conv2d(4, 3, 3, { groups: 2 }),
			"out_channels must be divisible by groups",
		],
		[
			() => new nn.Conv2d(1, 1, 3, { stride: 2, padding: "same" }),
			"padding='same' is not supported for strided convolutions",
		],
		[
			() => new nn.Dropout(1.5),
			"dropout probability has to be between 0 and 1, but got 1.5",
		],
		[
			() => new nn.Embedding(3, 2, { paddingIdx: 3 }),
			"Padding_idx must be within num_embeddings",
		],
		[
			() => new nn.BatchNorm1d(2).forward(torch.ones(2)),
			"expected 2D or 3D input (got 1D input)",
		],
		[
			() => new nn.BatchNorm2d(2).forward(torch.ones(2, 2)),
			"expected 4D input (got 2D input)",
		],
		[() => new nn.Linear(2.5, 1), "in_features must be a whole number"],
		[
			() => new nn.Linear(784, 128).forward(torch.ones(64, 28)),
			"mat1 and mat2 shapes cannot be multiplied (64x28 and 784x128)",
		],
	])("%s", (act, message) => {
		expect(act).toThrow(message);
	});
});

test("an embedding from given rows is frozen unless said otherwise", () => {
	const rows = torch.tensor([
		[1, 2],
		[3, 4],
		[5, 6],
	]);
	const frozen = nn.Embedding.fromPretrained(rows);
	expect(
		frozen.forward(torch.tensor([2, 0], { dtype: "int32" })).tolistSync(),
	).toEqual([
		[5, 6],
		[1, 2],
	]);
	expect(frozen.weight.requiresGrad).toBe(false);
	expect(String(frozen)).toBe("Embedding(3, 2)");
	expect(
		nn.Embedding.fromPretrained(rows, { freeze: false }).weight.requiresGrad,
	).toBe(true);
});

describe("arguments by position and by name are the same", () => {
	const { conv2d, dropout, maxPool2d, avgPool2d } = nn.functional;
	// What PyTorch 1.13 prints for `nn.<call>`.
	const printed: [torch.nn.Module, string][] = [
		[new nn.Softmax({ dim: 1 }), "Softmax(dim=1)"],
		[new nn.LogSoftmax({ dim: -1 }), "LogSoftmax(dim=-1)"],
		[new nn.LeakyReLU({ negativeSlope: 0.2 }), "LeakyReLU(negative_slope=0.2)"],
		[new nn.ELU({ alpha: 0.5 }), "ELU(alpha=0.5)"],
		[new nn.GELU("tanh"), "GELU(approximate='tanh')"],
		[new nn.ReLU(true), "ReLU(inplace=True)"],
		[new nn.Softplus({ beta: 2 }), "Softplus(beta=2, threshold=20)"],
		[new nn.Hardtanh({ minVal: -0.5 }), "Hardtanh(min_val=-0.5, max_val=1.0)"],
		[new nn.Dropout({ p: 0.2 }), "Dropout(p=0.2, inplace=False)"],
		[new nn.Flatten({ startDim: 0 }), "Flatten(start_dim=0, end_dim=-1)"],
		[
			new nn.MaxPool2d({ kernelSize: 2, padding: 1 }),
			"MaxPool2d(kernel_size=2, stride=2, padding=1, dilation=1, ceil_mode=False)",
		],
		[
			new nn.AvgPool2d({ kernelSize: [2, 3] }),
			"AvgPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0)",
		],
		[
			new nn.Conv2d(16, 32, [3, 5], [2, 1], [4, 2], [3, 1]),
			"Conv2d(16, 32, kernel_size=(3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1))",
		],
		[
			new nn.Conv2d(16, 32, 3, 2, 1, 1, 16, false),
			"Conv2d(16, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=16, bias=False)",
		],
		[
			new nn.Linear(3, 2, false),
			"Linear(in_features=3, out_features=2, bias=False)",
		],
		[new nn.Embedding(3, 2, 0), "Embedding(3, 2, padding_idx=0)"],
		[
			new nn.BatchNorm1d(3, 1e-3, 0.2),
			"BatchNorm1d(3, eps=0.001, momentum=0.2, affine=True, track_running_stats=True)",
		],
		[
			new nn.LayerNorm(3, 1e-3),
			"LayerNorm((3,), eps=0.001, elementwise_affine=True)",
		],
	];
	test.each(printed)("%s", (module, text) => {
		expect(String(module)).toBe(text);
	});

	test("functions", () => {
		const x = torch.arange(25).float().view(1, 1, 5, 5);
		expect(dropout(x, 0.5, false)).toBe(x);
		expect(maxPool2d(x, 2, 1, 0, 2).tolistSync()).toEqual([
			[
				[
					[12, 13, 14],
					[17, 18, 19],
					[22, 23, 24],
				],
			],
		]);
		expect(avgPool2d(x, 3, 2, 1, false, false).tolistSync()).toEqual([
			[
				[
					[3, 4.5, 6],
					[10.5, 12, 13.5],
					[18, 19.5, 21],
				],
			],
		]);
		const w = torch.ones(1, 1, 2, 2);
		expect(conv2d(x, w, null, 2, 1).shape).toEqual([1, 1, 3, 3]);
	});

	test("a loss's weight", () => {
		const x = torch.tensor([
			[1.5, -2, 0.25],
			[3, 0, -0.5],
		]);
		const t = torch.tensor([1, 0], { dtype: "int32" });
		const weight = torch.tensor([1, 2, 3]);
		// PyTorch 1.13
		for (const loss of [
			new nn.CrossEntropyLoss(weight),
			new nn.CrossEntropyLoss({ weight }),
		])
			expect(loss.forward(x, t).itemSync()).toBeCloseTo(2.5424025, 5);
	});
});

test("pools tell whole numbers from floats", () => {
	const { avgPool2d, adaptiveAvgPool2d, maxPool2d } = nn.functional;
	const x = torch.arange(50).sub(25).view(1, 2, 5, 5);
	// PyTorch 1.13: means are cut towards zero
	const y = avgPool2d(x, 2);
	expect(y.dtype).toBe("int32");
	expect([...y.dataSync()]).toEqual([-22, -20, -12, -10, 3, 5, 13, 15]);
	for (const pool of [adaptiveAvgPool2d, maxPool2d])
		expect(() => pool(x, 2)).toThrow(torch.DTypeError);
});

test("batch norm names the running mean first, as PyTorch", () => {
	expect(() => new nn.BatchNorm1d(3).forward(torch.ones(2, 4))).toThrow(
		"running_mean should contain 4 elements not 3",
	);
});
