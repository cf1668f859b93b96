import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const { nn, optim } = torch;
const device = "webgpu";

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	(await torch.tensor([0]).to(device)).dispose();
});

test("900 steps take no more memory and no more kernels than three", async () => {
	torch.manualSeed(0);
	const model = await new nn.Sequential(
		new nn.Linear(8, 16),
		new nn.ReLU(),
		new nn.Linear(16, 4),
	).to(device);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.1,
		momentum: 0.9,
	});
	const x = await torch.randn(16, 8).to(device);
	const t = await torch.randint(0, 4, [16]).to(device);
	const { stats } = readyBackend(device) as WebgpuBackend;
	const seen: (torch.MemoryStats & { pipelines: number })[] = [];
	const losses: number[] = [];
	let refused = 0;
	for (let step = 0; step < 900; step++) {
		// a read takes a software adapter longer than a step: one in ten turns
		const read = torch.scope(() => {
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			// what throws leaves nothing behind either
			try {
				model.forward(x.t());
			} catch {
				refused++;
			}
			return step % 10 === 0 ? loss.item() : null;
		});
		if (read !== null) losses.push(await read);
		seen.push({ ...torch.memory(device), pipelines: stats.pipelines });
	}
	expect(seen.length).toBe(900);
	expect(refused).toBe(900);
	expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
	for (const [step, now] of seen.entries())
		if (step > 3) expect(now, `step ${step}`).toEqual(seen[3]);
});

test("the same without a read between: nothing waits forever", async () => {
	const { stats } = readyBackend(device) as WebgpuBackend;
	const w = await torch.ones([64]).to(device);
	const step = () => torch.scope(() => void w.mul_(0.5).add_(w.mean()));
	step();
	await w.data();
	const before = torch.memory(device);
	const submits = stats.submits;
	for (let i = 0; i < 900; i++) step();
	expect(torch.memory(device)).toEqual(before);
	expect(stats.submits - submits).toBeGreaterThanOrEqual(3);
	await w.data();
});
