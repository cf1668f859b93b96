import { beforeEach, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { createPredictor } from "../../src/predictor/index.js";
import { openGpu } from "../helpers/webgpu.js";

const F = torch.nn.functional;

beforeEach(() => {
	torch.webgpu.configure({ gpu: openGpu(), device: undefined });
});

function makeModel(): torch.nn.Sequential {
	torch.manualSeed(7);
	return new torch.nn.Sequential(
		new torch.nn.Linear(20, 16),
		new torch.nn.ReLU(),
		new torch.nn.Linear(16, 4),
	);
}

function makeLoader(): torch.DataLoader<readonly torch.Tensor[]> {
	torch.manualSeed(8);
	const x = torch.randn(64, 20);
	const y = torch.randint(0, 4, [64]);
	return new torch.DataLoader(new torch.TensorDataset(x, y), { batchSize: 8 });
}

/** Trains; before step `end` the device goes. */
async function train(
	model: torch.nn.Sequential,
	end = Number.POSITIVE_INFINITY,
): Promise<number[]> {
	await model.to("webgpu");
	const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.01 });
	const losses: number[] = [];
	for await (const [x, y] of makeLoader() as AsyncIterable<
		[torch.Tensor, torch.Tensor]
	>) {
		const output = model.forward(await x.to("webgpu"));
		if (losses.length === end)
			(readyBackend("webgpu") as WebgpuBackend).gpu.destroy();
		const loss = F.crossEntropy(output, await y.to("webgpu"));
		optimizer.zeroGrad();
		loss.backward();
		optimizer.step();
		losses.push(await loss.item());
	}
	return losses;
}

test("lost in the middle of a step: an error, and from the CPU's copy it starts anew", async () => {
	const want = await train(makeModel());
	const model = makeModel();
	const saved = torch.encode(model.stateDict());
	const cpu = makeModel();
	await expect(train(model, 3)).rejects.toThrow(torch.DeviceError);
	// what was there is gone, and says so wherever it is asked for
	await expect(model.to("cpu")).rejects.toThrow(/was lost/);
	await expect(model.to("webgpu")).rejects.toThrow(/was lost/);
	// one of many reads each: no rejection of the others goes unheard, which ends Node
	await expect(torch.save(model.stateDict(), "never.pth")).rejects.toThrow(
		/was lost/,
	);
	await expect(torch.createPredictor(model)).rejects.toThrow(
		"found at least two devices, webgpu and webgpu! One of these was lost",
	);
	// the CPU's is not
	for (const p of cpu.parameters())
		expect(p.dataSync().every(Number.isFinite)).toBe(true);
	const next = makeModel();
	next.loadStateDict((await torch.load(saved)) as never);
	const got = await train(next);
	expect(got).toHaveLength(8);
	got.forEach((loss, i) => {
		expect(loss).toBeCloseTo(want[i] as number, 5);
	});
});

test("lost with two steps' reads under way: both are errors, and no rejection goes unheard", async () => {
	const unheard: unknown[] = [];
	const listen = (reason: unknown) => unheard.push(reason);
	process.on("unhandledRejection", listen);
	const x = await torch.ones([100]).to("webgpu");
	const reads = [x.sum().item(), x.mul(2).sum().item()];
	(readyBackend("webgpu") as WebgpuBackend).gpu.destroy();
	for (const read of reads) await expect(read).rejects.toThrow(/was lost/);
	await new Promise((resolve) => setTimeout(resolve, 20));
	process.off("unhandledRejection", listen);
	expect(unheard).toEqual([]);
});

test("a predictor whose device was lost says so, and goes on by the next one", async () => {
	const model = makeModel();
	const input = new Float32Array(20 * 50).fill(0.5);
	const make = () =>
		torch.createPredictor(model, {
			device: "webgpu",
			input: { dtype: "float32" },
		});
	const first = await make();
	const want = Array.from((await first.predict(input)).labels);
	(readyBackend("webgpu") as WebgpuBackend).gpu.destroy();
	await expect(first.predict(input)).rejects.toThrow(torch.DeviceError);
	// the same one: its weights go to the next device
	expect(Array.from((await first.predict(input)).labels)).toEqual(want);
	first.dispose();
	const second = await make();
	expect(Array.from((await second.predict(input)).labels)).toEqual(want);
	second.dispose();
});

test("making tensors there, when nothing has noticed yet that the device is gone", async () => {
	const x = await torch.ones([4]).to("webgpu");
	const backend = readyBackend("webgpu") as WebgpuBackend;
	backend.gpu.destroy();
	// in the same turn: recorded or refused, and the read tells
	const outcome = (async () =>
		torch.zeros([4], { device: "webgpu" }).add(x).data())();
	await expect(outcome).rejects.toThrow(torch.DeviceError);
	await backend.gpu.lost;
	expect(() => torch.zeros([4], { device: "webgpu" })).toThrow(
		torch.DeviceError,
	);
	const y = await torch.ones([4]).to("webgpu");
	expect(await y.sum().item()).toBe(4);
});

test("dispose, scopes and clean-up go on after the loss", async () => {
	const x = await torch.ones([4]).to("webgpu");
	const backend = readyBackend("webgpu") as WebgpuBackend;
	backend.gpu.destroy();
	await backend.gpu.lost;
	expect(() => torch.scope(() => x.mul(2))).toThrow(torch.DeviceError);
	x.dispose();
	expect(x.isDisposed).toBe(true);
	const y = await torch.ones([2]).to("webgpu");
	expect(torch.memory("webgpu").tensors).toBe(1);
	y.dispose();
	expect(torch.memory("webgpu")).toMatchObject({ bytes: 0, tensors: 0 });
});

test("lost while a predictor reads its module: one error, and no promise that nobody handles", async () => {
	const { nn } = torch;
	const model = new nn.Sequential(
		new nn.Linear(8, 6),
		new nn.BatchNorm1d(6),
		new nn.ReLU(),
		new nn.Linear(6, 3),
	);
	await model.to("webgpu");
	const unhandled: unknown[] = [];
	const note = (reason: unknown) => unhandled.push(reason);
	process.on("unhandledRejection", note);
	try {
		const made = createPredictor(model);
		(readyBackend("webgpu") as WebgpuBackend).gpu.destroy();
		await expect(made).rejects.toThrow(/was lost/);
		// the runtime tells at the end of a turn
		await new Promise((resolve) => setTimeout(resolve, 200));
	} finally {
		process.off("unhandledRejection", note);
	}
	expect(unhandled).toEqual([]);
});
