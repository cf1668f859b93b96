/** Layers, losses, initialisation, optimizers and averages on a GPU, which cannot be read in between. */
import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";
import {
	evaluate,
	expectClose,
	fixture,
	type Packed,
	unpack,
} from "../nn/support.js";

const { nn, optim } = torch;

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	await torch.tensor([0]).to("webgpu");
});

const there = (p: Packed) => unpack(p).to("webgpu");

async function expectThere(
	t: torch.Tensor | null | undefined,
	want: Packed,
	relative: number,
	what: string,
): Promise<void> {
	expect(t?.device, what).toBe("webgpu");
	expectClose(await t?.detach().to("cpu"), want, relative, what);
}

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
}
const { layers, losses, weight } = fixture<{
	weight: Packed;
	layers: LayerRow[];
	losses: LossRow[];
}>("nn.json");

type Layer = torch.nn.Module & { forward(...x: torch.Tensor[]): torch.Tensor };

test.each(layers)("$js as in PyTorch", async (row) => {
	torch.manualSeed(5);
	const layer = await (evaluate(row.js, { nn }) as Layer).to("webgpu");
	for (const [i, mode] of [true, true, false].entries()) {
		layer.train(mode);
		layer.zeroGrad();
		const x = await there(row.input);
		if (x.dtype === "float32") x.requiresGrad_(true);
		const y = layer.call(x);
		await expectThere(y, row.outputs[i] as Packed, 2e-5, `step ${i}`);
		if (y.requiresGrad) {
			const factors = torch.arange(y.numel()).to("float32").cos();
			y.mul(await factors.view(y.shape).to("webgpu"))
				.sum()
				.backward();
		}
		const grad = row.grads[i];
		if (grad) await expectThere(x.grad, grad, 1e-4, `gradient of step ${i}`);
	}
	for (const [name, p] of layer.namedParameters())
		await expectThere(p.grad, row.parameterGrads[name] as Packed, 1e-4, name);
	const state = layer.stateDict();
	for (const [name, want] of Object.entries(row.state))
		await expectThere(state[name], want, 2e-5, name);
});

test.each(losses)("$js as in PyTorch", async (row) => {
	const loss = evaluate(row.js, { nn, WEIGHT: unpack(weight) }) as Layer;
	await loss.to("webgpu");
	const x = (await there(row.input)).requiresGrad_(true);
	const y = loss.call(x, await there(row.target));
	await expectThere(y, row.output, 2e-5, "loss");
	y.sum().backward();
	await expectThere(x.grad, row.grad, 1e-4, "gradient");
});

test.each<[string, (t: torch.Tensor) => unknown]>([
	["uniform_", (t) => nn.init.uniform_(t, -1, 2)],
	["normal_", (t) => nn.init.normal_(t, 1, 2)],
	["truncNormal_", (t) => nn.init.truncNormal_(t, 0.5, 1, -1, 1)],
	["constant_", (t) => nn.init.constant_(t, 3)],
	["eye_", (t) => nn.init.eye_(t)],
	["xavierUniform_", (t) => nn.init.xavierUniform_(t, 2)],
	["kaimingNormal_", (t) => nn.init.kaimingNormal_(t)],
	["orthogonal_", (t) => nn.init.orthogonal_(t, 2)],
])("nn.init.%s draws what it draws on the cpu", async (_, fill) => {
	const here = torch.zeros(4, 6);
	torch.manualSeed(3);
	fill(here);
	// a part of a greater tensor, and transposed: what a kernel might miss
	const whole = await torch.zeros(6, 8).to("webgpu");
	torch.manualSeed(3);
	fill(whole.narrow(1, 2, 4).t());
	expect(
		Array.from(await whole.narrow(1, 2, 4).t().contiguous().data()),
	).toEqual(Array.from(here.dataSync()));
	expect(Array.from(await whole.narrow(1, 0, 2).contiguous().data())).toEqual(
		new Array(12).fill(0),
	);
});

test.each([
	"Linear(3, 2)",
	"Conv2d(1, 2, 3)",
	"Embedding(4, 3, 1)",
	"BatchNorm1d(3)",
])("new nn.%s made there has the cpu's weights", async (js) => {
	const made = (device: string) => {
		torch.manualSeed(7);
		const options = js.startsWith("Emb")
			? `{ paddingIdx: 1, device: '${device}' }`
			: `{ device: '${device}' }`;
		return evaluate(`new nn.${js.replace(/(, 1)?\)$/, `, ${options})`)}`, {
			nn,
		}) as torch.nn.Module;
	};
	const [here, gpu] = [made("cpu"), made("webgpu")];
	for (const [name, t] of Object.entries(gpu.stateDict()))
		expect(Array.from(await t.data()), name).toEqual(
			Array.from((here.stateDict()[name] as torch.Tensor).dataSync()),
		);
});

describe("clipGradNorm_", () => {
	const list = async (value: number) => {
		const p = await new nn.Parameter(torch.zeros(2)).to("webgpu");
		p.grad = await torch.tensor([3, value]).to("webgpu");
		return [p];
	};

	test("clips, and says what the norm was", async () => {
		const params = await list(4);
		const norm = nn.utils.clipGradNorm_(params, 1);
		expect(await norm.item()).toBeCloseTo(5, 5);
		const clipped = await nn.utils.clipGradNorm_(params, 0.5, {
			errorIfNonfinite: true,
		});
		expect(await clipped.item()).toBeCloseTo(1, 5);
		const grad = Array.from((await params[0]?.grad?.data()) ?? []);
		expect(grad[0]).toBeCloseTo(0.3, 5);
		expect(grad[1]).toBeCloseTo(0.4, 5);
	});

	test("refuses a norm that is not finite when awaited, and clips nothing", async () => {
		const params = await list(Number.POSITIVE_INFINITY);
		await expect(
			nn.utils.clipGradNorm_(params, 1, { errorIfNonfinite: true }),
		).rejects.toThrow(/The total norm of order 2 for gradients/);
		expect(Array.from((await params[0]?.grad?.data()) ?? [])).toEqual([
			3,
			Number.POSITIVE_INFINITY,
		]);
	});
});

interface OptimizerRow {
	readonly name: "SGD" | "Adam" | "AdamW" | "RMSprop" | "Adagrad";
	readonly options: Record<string, unknown>;
	readonly after: Packed[][];
}
interface Averages {
	readonly trace: Record<string, Packed>[];
	readonly output: Packed;
	readonly afterUpdateBn: Record<string, Packed>;
}
const given = fixture<{
	initial: Packed[];
	grads: (Packed | null)[][];
	optimizers: OptimizerRow[];
	averages: Record<"mean" | "meanWithBuffers" | "ema", Averages>;
}>("optim.json");

test.each(given.optimizers)("$name $options as in PyTorch", async (row) => {
	const params: torch.nn.Parameter[] = [];
	for (const p of given.initial)
		params.push((await new nn.Parameter(unpack(p)).to("webgpu")) as never);
	const options = Object.fromEntries(
		Object.entries(row.options).map(([name, value]) => [
			name.replace(/_(.)/g, (_, c: string) => c.toUpperCase()),
			value,
		]),
	);
	const optimizer = new optim[row.name](params, options as { lr: number });
	const scheduler = new optim.lrScheduler.StepLR(optimizer, 100);
	for (const [step, want] of row.after.entries()) {
		for (const [i, p] of params.entries()) {
			const grad = given.grads[step]?.[i];
			p.grad = grad ? await there(grad) : null;
		}
		optimizer.step();
		scheduler.step();
		for (const [i, p] of params.entries())
			await expectThere(p, want[i] as Packed, 3e-6, `${i} after ${step}`);
	}
	// and the state goes into a file and back
	const saved = optimizer.stateDict();
	optimizer.loadStateDict(saved);
	expect(optimizer.state.size).toBe(params.length);
});

const { AveragedModel, getEmaAvgFn, updateBn } = optim.swaUtils;

test.each([
	["mean", {}],
	["meanWithBuffers", { useBuffers: true }],
	["ema", { avgFn: getEmaAvgFn(0.75) }],
	["ema", { avgFn: (a, p) => a.mul(0.75).add(p.mul(0.25)) }],
] as [keyof typeof given.averages, torch.optim.swaUtils.AveragedOptions][])(
	"%s of weights there, as in PyTorch",
	async (kind, options) => {
		torch.manualSeed(1);
		const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
		await model.to("webgpu");
		const averaged = new AveragedModel(model, options);
		const row = given.averages[kind];
		const x = await torch
			.tensor(Array.from({ length: 10 }, (_, i) => ((i * 3) % 11) / 4 - 0.75))
			.view(5, 2)
			.to("webgpu");
		const expectState = async (want: Record<string, Packed>) => {
			for (const [name, t] of Object.entries(averaged.stateDict()))
				await expectThere(t, want[name] as Packed, 1e-5, name);
		};
		for (let i = 0; i < 4; i++) {
			torch.noGrad(() => {
				for (const p of model.parameters())
					p.add_(0.25 * (i + 1)).mul_(1 - 0.1 * i);
			});
			model.forward(x.add(i));
			averaged.updateParameters(model);
			await expectState(row.trace[i] as Record<string, Packed>);
		}
		averaged.eval();
		const y = averaged.forward(x) as torch.Tensor;
		await expectThere(y, row.output, 1e-5, "output");
		await updateBn([x, [x.mul(2).add(1)], x.sub(3)], averaged);
		await expectState(row.afterUpdateBn);
	},
);
