import { beforeAll, describe, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { disguised, openGpuDevice } from "../helpers/webgpu.js";

const { nn, optim } = torch;

let device: GPUDevice;

beforeAll(async () => {
	// with the least limits: eight buffers to a kernel
	device = await openGpuDevice();
});

type Make = (params: torch.Tensor[]) => { step(): unknown };

const makers: [string, Make][] = [
	["SGD", (p) => new optim.SGD(p, { lr: 0.1 })],
	["SGD with momentum", (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 })],
	[
		"SGD with all",
		(p) =>
			new optim.SGD(p, {
				lr: 0.1,
				momentum: 0.9,
				nesterov: true,
				weightDecay: 0.1,
				maximize: true,
			}),
	],
	["Adam", (p) => new optim.Adam(p, { lr: 0.1 })],
	[
		"Adam with all",
		(p) => new optim.Adam(p, { lr: 0.1, amsgrad: true, weightDecay: 0.1 }),
	],
	["AdamW", (p) => new optim.AdamW(p, { lr: 0.1, weightDecay: 0.1 })],
	[
		"RMSprop",
		(p) => new optim.RMSprop(p, { lr: 0.1, momentum: 0.9, centered: true }),
	],
	["Adagrad", (p) => new optim.Adagrad(p, { lr: 0.1, weightDecay: 0.1 })],
];

describe.each([
	["on a software adapter", (d: GPUDevice) => d],
	["on a chip", disguised],
] as const)("optimizers %s", (_name, wrap) => {
	beforeAll(async () => {
		torch.webgpu.configure({ device: wrap(device) });
		await torch.tensor([0]).to("webgpu");
	});

	/** After some steps: parameters of their own, of odd sizes, and parts of one block. */
	async function trained(make: Make, where: "cpu" | "webgpu") {
		torch.manualSeed(5);
		const leaf = async (t: torch.Tensor) =>
			(await t.to(where)).detach().requiresGrad_();
		const shared = await torch.randn([40]).to(where);
		const params = [
			await leaf(torch.randn([33, 65])),
			await leaf(torch.randn([10])),
			await leaf(torch.randn([1])),
			await leaf(torch.randn([4, 4])),
			shared.narrow(0, 3, 9).detach().requiresGrad_(),
			shared.narrow(0, 12, 8).detach().requiresGrad_(),
		];
		const optimizer = make(params);
		for (let i = 0; i < 3; i++) {
			for (const p of params) {
				const g = await torch.randn(p.shape).to(where);
				p.grad = g;
			}
			optimizer.step();
		}
		const all: number[][] = [];
		for (const t of [...params, shared])
			all.push(Array.from(await t.data(), Number));
		return all;
	}

	test.each(makers)("%s steps as on the CPU", async (_n, make) => {
		const want = await trained(make, "cpu");
		const got = await trained(make, "webgpu");
		want.forEach((values, k) => {
			values.forEach((v, i) => {
				expect(
					Math.abs((got[k]?.[i] as number) - v),
					`entry ${i} of ${k}`,
				).toBeLessThan(2e-5 * (1 + Math.abs(v)));
			});
		});
	});

	test("the chapter's step takes eight launches where kernels have eight buffers", async () => {
		expect(device.limits.maxStorageBuffersPerShaderStage).toBe(8);
		const model = new nn.Sequential(
			new nn.Linear(784, 128),
			new nn.ReLU(),
			new nn.Linear(128, 10),
		);
		await model.to("webgpu");
		const criterion = new nn.CrossEntropyLoss();
		const optimizer = new optim.SGD(model.parameters(), {
			lr: 0.01,
			momentum: 0.9,
		});
		const { stats } = readyBackend("webgpu") as WebgpuBackend;
		const launches: number[] = [];
		for (let i = 0; i < 3; i++) {
			const x = await torch.rand([64, 784]).to("webgpu");
			const t = await torch.zeros([64], { dtype: "int32" }).to("webgpu");
			const before = stats.dispatches;
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			await loss.item();
			launches.push(stats.dispatches - before);
		}
		expect(launches.slice(1)).toEqual([8, 8]);
	});
});
