import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

let device: GPUDevice;

beforeAll(async () => {
	const adapter = await openGpu().requestAdapter();
	device = (await adapter?.requestDevice()) as GPUDevice;
	torch.webgpu.configure({ device });
	await torch.tensor([0]).to("webgpu");
});

/** STORAGE | COPY_SRC | COPY_DST: Dawn defines the names only when it is opened. */
const ALL = 128 | 4 | 8;

function own(values: number[], size = 64, usage = ALL): GPUBuffer {
	const buffer = device.createBuffer({ size, usage });
	device.queue.writeBuffer(buffer, 0, Float32Array.from(values));
	return buffer;
}

/** What lies in a buffer, read by commands of the user's own. */
async function read(buffer: GPUBuffer, count: number): Promise<number[]> {
	const stage = device.createBuffer({ size: count * 4, usage: 1 | 8 });
	const encoder = device.createCommandEncoder();
	encoder.copyBufferToBuffer(buffer, 0, stage, 0, count * 4);
	device.queue.submit([encoder.finish()]);
	await stage.mapAsync(1);
	return Array.from(new Float32Array(stage.getMappedRange()));
}

test("a tensor over a buffer sees it, writes it and leaves what follows alone", async () => {
	const buffer = own([1, 2, 3, 4, 5, 6, 7, 8]);
	const bytes = torch.memory("webgpu").bytes;
	const t = torch.fromGPUBuffer(buffer, [2, 3]);
	expect(torch.memory("webgpu").bytes).toBe(bytes);
	expect(await t.tolist()).toEqual([
		[1, 2, 3],
		[4, 5, 6],
	]);
	t.mul_(10);
	expect(t.gpuBuffer()).toBe(buffer);
	expect(await read(buffer, 8)).toEqual([10, 20, 30, 40, 50, 60, 7, 8]);
	device.queue.writeBuffer(buffer, 4, Float32Array.of(-1));
	expect(await t.sum().item()).toBe(10 - 1 + 30 + 40 + 50 + 60);
	t.dispose();
	// still the user's
	expect(await read(buffer, 1)).toEqual([10]);
});

test("one of size 1 that is filled just before it is freed", async () => {
	const buffer = own([1, 2], 16);
	const t = torch.fromGPUBuffer(buffer, [1]);
	t.fill_(5);
	t.dispose();
	(readyBackend("webgpu") as WebgpuBackend).flush();
	expect(await read(buffer, 2)).toEqual([5, 2]);
});

test("gpuBuffer gives what was computed, and takes what is written", async () => {
	const x = await torch.arange(12).float().view(3, 4).to("webgpu");
	const y = x.mul(2).add(1);
	const buffer = y.gpuBuffer();
	expect(await read(buffer, 12)).toEqual(
		Array.from({ length: 12 }, (_, i) => 2 * i + 1),
	);
	device.queue.writeBuffer(buffer, 0, Float32Array.of(100));
	expect(await y.max().item()).toBe(100);
	const filled = x.newFull([1], 7);
	expect(await read(filled.gpuBuffer(), 1)).toEqual([7]);
});

test("gradients reach a leaf over a buffer", async () => {
	const w = torch.fromGPUBuffer(own([1, 2, 3]), [3], { requiresGrad: true });
	w.mul(w).sum().backward();
	expect(await w.grad?.tolist()).toEqual([2, 4, 6]);
});

test("two tensors over one buffer in one operation", async () => {
	const buffer = own([1, 2, 3, 4]);
	const a = torch.fromGPUBuffer(buffer, [4]);
	const b = torch.fromGPUBuffer(buffer, [4]);
	a.add_(b);
	expect(await b.tolist()).toEqual([2, 4, 6, 8]);
	a.dispose();
	expect(await b.tolist()).toEqual([2, 4, 6, 8]);
});

test("bytes", async () => {
	const buffer = own([], 16);
	device.queue.writeBuffer(buffer, 0, Uint8Array.of(1, 2, 250, 4, 5, 6, 7, 8));
	const t = torch.fromGPUBuffer(buffer, [5], { dtype: "uint8" });
	t.add_(1);
	expect(await t.tolist()).toEqual([2, 3, 251, 5, 6]);
	t.gpuBuffer();
	const words = await read(buffer, 2);
	expect([...new Uint8Array(Float32Array.from(words).buffer)]).toEqual([
		2, 3, 251, 5, 6, 6, 7, 8,
	]);
});

test("refusals", async () => {
	const here = torch.ones([2]);
	expect(() => here.gpuBuffer()).toThrow(/on 'cpu'.*await t\.to\('webgpu'\)/);
	const there = await torch.ones([2, 3]).to("webgpu");
	expect(() => there.t().gpuBuffer()).toThrow(torch.ShapeError);
	expect(() => there.select(0, 1).gpuBuffer()).toThrow(/t\.clone\(/);
	expect(() => torch.fromGPUBuffer(there.gpuBuffer(), [2])).toThrow(
		/a tensor's already/,
	);
	expect(() => torch.fromGPUBuffer(own([], 64), [17])).toThrow(
		/68 bytes and the buffer has 64.*at least 80/,
	);
	expect(() => torch.fromGPUBuffer(own([], 24), [2])).toThrow(/multiple of 16/);
	const unreadable = own([], 64, 128 | 8);
	expect(() => torch.fromGPUBuffer(unreadable, [2])).toThrow(/COPY_SRC/);
	expect(() => torch.fromGPUBuffer(own([]), [2.5])).toThrow(torch.ShapeError);
});
