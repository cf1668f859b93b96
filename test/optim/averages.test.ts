import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { expectClose, fixture, type Packed } from "../nn/support.js";

const { nn, optim } = torch;
const { AveragedModel, getEmaAvgFn, updateBn } = optim.swaUtils;

interface Row {
	readonly trace: Record<string, Packed>[];
	readonly output: Packed;
	readonly afterUpdateBn: Record<string, Packed>;
}
const { averages } = fixture<{
	averages: Record<"mean" | "meanWithBuffers" | "ema", Row>;
}>("optim.json");

const OPTIONS = {
	mean: {},
	meanWithBuffers: { useBuffers: true },
	ema: { avgFn: getEmaAvgFn(0.75) },
};

const x = torch
	.tensor(Array.from({ length: 10 }, (_, i) => ((i * 3) % 11) / 4 - 0.75))
	.view(5, 2);

function expectState(
	state: torch.nn.StateDict,
	want: Record<string, Packed>,
): void {
	expect(Object.keys(state).sort()).toEqual(Object.keys(want).sort());
	for (const [name, packed] of Object.entries(want))
		expectClose(state[name], packed, 1e-5, name);
}

test.each(Object.keys(OPTIONS) as (keyof typeof OPTIONS)[])(
	"%s of a model with batch statistics, as in PyTorch",
	async (kind) => {
		torch.manualSeed(1);
		const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
		const averaged = new AveragedModel(model, OPTIONS[kind]);
		const row = averages[kind];
		for (let i = 0; i < 4; i++) {
			torch.noGrad(() => {
				for (const p of model.parameters())
					p.add_(0.25 * (i + 1)).mul_(1 - 0.1 * i);
			});
			model.forward(x.add(i));
			torch.scope(() => averaged.updateParameters(model));
			expectState(averaged.stateDict(), row.trace[i] as Record<string, Packed>);
		}
		averaged.eval();
		const own = model.stateDict();
		const before = Object.values(own).map((t) => [...t.dataSync()]);
		expectClose(averaged.forward(x) as torch.Tensor, row.output, 1e-5);
		expect(Object.values(own).map((t) => [...t.dataSync()])).toEqual(before);
		expect(model.training).toBe(true);
		await updateBn([x, [x.mul(2).add(1)], x.sub(3)], averaged);
		expectState(averaged.stateDict(), row.afterUpdateBn);
		expect(Object.values(own).map((t) => [...t.dataSync()])).toEqual(before);
	},
);

test("the model's own graph survives an evaluation of the averages", () => {
	const model = new nn.Linear(1, 1, { bias: false });
	const averaged = new AveragedModel(model);
	nn.init.constant_(model.weight, 2);
	averaged.updateParameters();
	nn.init.constant_(model.weight, 5);
	const input = torch.ones(1, 1, { requiresGrad: true });
	const loss = model.forward(input).sum();
	expect((averaged.forward(input) as torch.Tensor).itemSync()).toBe(2);
	loss.backward();
	expect(input.grad?.itemSync()).toBe(5);
	expect(model.weight.itemSync()).toBe(5);
});

test("an invalid decay", () => {
	expect(() => getEmaAvgFn(1.5)).toThrow("Invalid decay value 1.5 provided.");
});
