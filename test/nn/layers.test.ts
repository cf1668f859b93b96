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
interface ClipRow {
	readonly maxNorm: number;
	readonly normType: number | "Infinity";
	readonly total: number;
	readonly grads: [Packed, Packed];
}
const { layers, losses, clips, weight } = fixture<{
	weight: Packed;
	layers: LayerRow[];
	losses: LossRow[];
	clips: ClipRow[];
}>("nn.json");

type Layer = torch.nn.Module & { forward(x: torch.Tensor): torch.Tensor };

test.each(layers)("$js as in PyTorch, in training and eval", (row) => {
	torch.manualSeed(5);
	const layer = evaluate(row.js, { nn }) as Layer;
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
