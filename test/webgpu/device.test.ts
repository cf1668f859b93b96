import { beforeEach, describe, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

beforeEach(() => {
	torch.webgpu.configure({ gpu: openGpu(), device: undefined });
});

async function start(): Promise<WebgpuBackend> {
	await torch.tensor([0]).to("webgpu");
	return readyBackend("webgpu") as WebgpuBackend;
}

describe("moving", () => {
	test.each([
		["float32", [1.5, -2, Number.NaN, Number.POSITIVE_INFINITY, 0.1]],
		["int32", [1, -2, 2147483647, -2147483648, 7]],
		["uint8", [0, 1, 255, 128, 7]],
		["bool", [1, 0, 1, 1, 0]],
	] as const)("%s goes there and back bit for bit", async (dtype, values) => {
		const here = torch.tensor([...values], { dtype });
		const there = await here.to("webgpu");
		expect(there.device).toBe("webgpu");
		expect(there.dtype).toBe(dtype);
		expect(Array.from(await there.data())).toEqual(
			Array.from(await here.data()),
		);
		expect(await there.to("webgpu")).toBe(there);
		const back = await there.to("cpu");
		expect(back.device).toBe("cpu");
		expect(Array.from(back.dataSync())).toEqual(Array.from(here.dataSync()));
	});

	test("a view, and a part of one", async () => {
		const there = await torch.arange(12).view(3, 4).to("webgpu");
		expect(Array.from(await there.t().data())).toEqual([
			0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11,
		]);
		expect(await there.select(0, 1).select(0, 2).item()).toBe(6);
	});

	test("a parameter stays a leaf that requires grad", async () => {
		const w = await torch.ones([2], { requiresGrad: true }).to("webgpu");
		w.mul(3).sum().backward();
		expect(Array.from((await w.grad?.data()) ?? [])).toEqual([3, 3]);
	});

	test("two devices in one operation: PyTorch's message", async () => {
		const there = await torch.ones([2]).to("webgpu");
		expect(() => torch.ones([2]).add(there)).toThrow(
			"Expected all tensors to be on the same device, but found at least two devices, cpu and webgpu!",
		);
	});

	test("dataSync says what to do", async () => {
		const there = await torch.ones([2]).to("webgpu");
		expect(() => there.dataSync()).toThrow(/await data\(\)/);
	});

	test.each([
		["a small one", 1024, false],
		["a small one, recorded already", 1024, true],
		["a large one", 1 << 19, false],
		["a large one, recorded already", 1 << 19, true],
	])(
		"what is written after a block was freed does not disturb its last reader: %s",
		async (_name, n, isRecorded) => {
			const k = await start();
			const layout = torch.ones([n]).layout;
			const view = (handle: unknown) =>
				({ storage: { handle }, layout, dtype: "float32" }) as const;
			const [a, b, d] = [k.alloc(n * 4), k.alloc(n * 4), k.alloc(n * 4)];
			const filled = (value: number) =>
				new Uint8Array(new Float32Array(n).fill(value).buffer);
			k.write(a, 0, filled(1));
			k.copy(view(a), view(b));
			// another kernel than an elementwise one: the copy waits no longer
			if (isRecorded) k.cumsum(view(b), view(d), 0);
			k.free(a, n * 4);
			const { reservedBytes } = k.memory();
			const c = k.alloc(n * 4);
			k.write(c, 0, filled(2));
			// the same buffer, which takes a submission, where another is not cheap
			if (isRecorded && n > 1024)
				expect(k.memory().reservedBytes).toBe(reservedBytes);
			const read = await k.read(b, 0, n * 4);
			expect(new Float32Array(read.buffer)[n - 1]).toBe(1);
			const written = await k.read(c, 0, n * 4);
			expect(new Float32Array(written.buffer)[n - 1]).toBe(2);
		},
	);
});

describe("faults", () => {
	test("no adapter", async () => {
		const gpu = { requestAdapter: async () => null } as unknown as GPU;
		torch.webgpu.configure({ gpu });
		expect(await torch.webgpu.isAvailable()).toBe(false);
		const t = torch.ones([2]);
		await expect(t.to("webgpu")).rejects.toThrow(torch.DeviceError);
		await expect(t.to("webgpu")).rejects.toThrow(/no adapter.*Use 'cpu'/);
		expect(t.sum().itemSync()).toBe(2);
	});

	test("an adapter that gives no device", async () => {
		const adapter = {
			limits: {},
			requestDevice: async () => {
				throw new Error("limits are too low");
			},
		};
		const gpu = { requestAdapter: async () => adapter } as unknown as GPU;
		torch.webgpu.configure({ gpu });
		await expect(torch.ones([2]).to("webgpu")).rejects.toThrow(
			/gave no device: limits are too low/,
		);
	});

	test("before the first await there is no device to make a tensor on", () => {
		expect(() => torch.zeros([2], { device: "webgpu" })).toThrow(
			/await t\.to\('webgpu'\)/,
		);
		expect(torch.memory("webgpu").bytes).toBe(0);
	});

	test("a device lost in the middle of a step", async () => {
		const k = await start();
		const here = torch.ones([3]);
		const there = await here.to("webgpu");
		const sum = there.mul(2).sum();
		const pending = sum.item();
		k.gpu.destroy();
		await expect(pending).rejects.toThrow(torch.DeviceError);
		await k.gpu.lost;
		await expect(there.data()).rejects.toThrow(/was lost.*to\('webgpu'\)/);
		expect(() => there.add(1)).toThrow(torch.DeviceError);
		expect(here.sum().itemSync()).toBe(3);
		const again = await here.to("webgpu");
		expect(await again.mul(2).sum().item()).toBe(6);
		expect(() => there.add(again)).toThrow(torch.DeviceError);
	});

	test("more than a buffer holds", async () => {
		const k = await start();
		const before = k.memory();
		const most = k.gpu.limits.maxStorageBufferBindingSize;
		expect(() => k.alloc(most * 2)).toThrow(torch.OutOfMemoryError);
		expect(k.memory()).toEqual(before);
	});

	test("an error that the device reports reaches the next read, once", async () => {
		const k = await start();
		const t = await torch.ones([2]).to("webgpu");
		k.gpu.createBuffer({ size: 16, usage: 0xffff });
		await new Promise((resolve) => setTimeout(resolve, 50));
		await expect(t.data()).rejects.toThrow(/webgpu reported an error/);
		expect(Array.from(await t.data())).toEqual([1, 1]);
	});
});

test("a device of one's own is used and left alone", async () => {
	const adapter = await openGpu().requestAdapter();
	const device = (await adapter?.requestDevice()) as GPUDevice;
	torch.webgpu.configure({ device });
	expect(await torch.webgpu.isAvailable()).toBe(true);
	expect((await start()).gpu).toBe(device);
	device.destroy();
	await device.lost;
	await expect(torch.ones([1]).to("webgpu")).rejects.toThrow(torch.DeviceError);
});
