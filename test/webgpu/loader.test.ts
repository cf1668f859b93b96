import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { datasets, transforms } from "../../src/vision/index.js";
import { openGpu } from "../helpers/webgpu.js";
import { MNIST_FOLDER, smallSet } from "../vision/helpers.js";

const transform = new transforms.Compose([
	new transforms.ToTensor(),
	new transforms.Normalize([0.1307], [0.3081]),
]);
let uploaded = 0;
let gpu: WebgpuBackend;

beforeAll(async () => {
	const adapter = await openGpu().requestAdapter();
	const device = (await adapter?.requestDevice()) as GPUDevice;
	const { queue } = device;
	const write = queue.writeBuffer.bind(queue) as (...a: unknown[]) => void;
	queue.writeBuffer = (...args: unknown[]) => {
		const [, , data, , size] = args as [0, 0, Uint8Array, 0, number?];
		// not the parameters of kernels, which are words
		if (data instanceof Uint8Array) uploaded += size ?? data.byteLength;
		write(...args);
	};
	torch.webgpu.configure({ device });
	(await torch.tensor([0]).to("webgpu")).dispose();
	gpu = readyBackend("webgpu") as WebgpuBackend;
});

test("batches from the GPU: order, pixels and labels as from the CPU, bit for bit", async () => {
	const set = await datasets.MNIST.open({
		root: MNIST_FOLDER,
		train: false,
		transform,
	});
	uploaded = 0;
	const there = await set.to("webgpu");
	expect(there).toBeInstanceOf(datasets.MNIST);
	expect([there.device, set.device, there.length]).toEqual([
		"webgpu",
		"cpu",
		10000,
	]);
	expect(uploaded).toBe(10000 * 784);
	expect(await there.to("webgpu")).toBe(there);

	const epoch = async (data: typeof set, most: number) => {
		torch.manualSeed(3);
		const loader = new torch.DataLoader(data, { batchSize: 96, shuffle: true });
		const seen: [Float32Array, number[]][] = [];
		for await (const [x, t] of loader) {
			expect([x.device, t.device]).toEqual([data.device, data.device]);
			expect([x.dtype, t.dtype]).toEqual(["float32", "int32"]);
			seen.push([await x.data(), await t.tolist()]);
			if (seen.length === most) break;
		}
		return seen;
	};
	const want = await epoch(set, 8);
	uploaded = 0;
	const got = await epoch(there, 8);
	// positions and labels; the table of values once
	expect(uploaded).toBe(8 * 96 * (4 + 4) + 256 * 4);
	expect(got).toEqual(want);
	there.dispose();
	set.dispose();
});

test("a loop over it: one launch a batch more, and no memory that grows", async () => {
	const small = smallSet();
	const set = await datasets.FashionMNIST.open({
		images: small.get("train-images-idx3-ubyte") as Uint8Array,
		labels: small.get("train-labels-idx1-ubyte") as Uint8Array,
		transform,
	});
	const there = await set.to("webgpu");
	expect(there).toBeInstanceOf(datasets.FashionMNIST);
	expect(await there.targets.tolist()).toEqual([9, 8, 7]);
	expect(String(there)).toBe(String(set));
	const loader = new torch.DataLoader(new torch.Subset(there, [2, 0, 1, 2]), {
		batchSize: 2,
	});
	const memory: torch.MemoryStats[] = [];
	let { dispatches, submits } = gpu.stats;
	for (let epoch = 0; epoch < 3; epoch++)
		for await (const [x, t] of loader) {
			expect(x.shape).toEqual([2, 1, 2, 2]);
			const labels = t.sum();
			expect(await x.max().item()).toBeGreaterThan(-0.43);
			// the batch, the sum, the maximum
			expect(gpu.stats.dispatches - dispatches).toBe(3);
			expect(gpu.stats.submits - submits).toBe(1);
			({ dispatches, submits } = gpu.stats);
			expect(labels.dtype).toBe("int32");
			memory.push(torch.memory("webgpu"));
		}
	expect(memory[5]).toEqual(memory[1]);
});

test("what a table cannot do is refused", async () => {
	const small = smallSet();
	const files = {
		images: small.get("train-images-idx3-ubyte") as Uint8Array,
		labels: small.get("train-labels-idx1-ubyte") as Uint8Array,
	};
	const plain = await datasets.MNIST.open(files);
	await expect(plain.to("webgpu")).rejects.toThrow(torch.DatasetError);
	await expect(plain.to("webgpu")).rejects.toThrow(/MNIST\.to\('webgpu'\)/);
	expect(await plain.to("cpu")).toBe(plain);
});

test("a TensorDataset on the GPU", async () => {
	const x = torch.arange(12).view(6, 2);
	const y = torch.arange(6);
	const there = await torch.scope(async () =>
		new torch.TensorDataset(x, y).to("webgpu"),
	);
	expect(there.tensors.map((t) => t.device)).toEqual(["webgpu", "webgpu"]);
	const read = async (set: torch.TensorDataset) => {
		torch.manualSeed(1);
		const seen: unknown[] = [];
		const loader = new torch.DataLoader(set, { batchSize: 4, shuffle: true });
		for await (const [a, b] of loader)
			seen.push(await a.tolist(), await b.tolist());
		return seen;
	};
	expect(await read(there)).toEqual(await read(new torch.TensorDataset(x, y)));
});

test("after its device was lost, the set goes to the next one", async () => {
	const device = await (await openGpu().requestAdapter())?.requestDevice();
	torch.webgpu.configure({ device });
	const small = smallSet();
	const here = await datasets.MNIST.open({
		images: small.get("train-images-idx3-ubyte") as Uint8Array,
		labels: small.get("train-labels-idx1-ubyte") as Uint8Array,
		transform,
	});
	const set = await here.to("webgpu");
	const first = async (data: typeof set) => {
		for await (const [x] of new torch.DataLoader(data, { batchSize: 8 }))
			return Array.from(await x.data());
		return [];
	};
	const want = await first(set);
	device?.destroy();
	await expect(first(set)).rejects.toThrow(torch.DeviceError);
	torch.webgpu.configure({ device: undefined, gpu: openGpu() });
	const next = await set.to("webgpu");
	expect(await first(next)).toEqual(want);
	expect(await next.to("webgpu")).toBe(next);
});
