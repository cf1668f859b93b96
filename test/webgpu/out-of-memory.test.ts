import { beforeEach, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const MB = 1 << 20;

let gpu: WebgpuBackend;
/** Whether the adapter has no room for buffers of 1 MB and more. */
let isFull = false;

/** A device that can be full: buffers are then asked for that are as large as its memory. */
async function limitedDevice(): Promise<GPUDevice> {
	const adapter = await openGpu().requestAdapter();
	const { maxBufferSize } = (adapter as GPUAdapter).limits;
	const device = (await adapter?.requestDevice({
		requiredLimits: { maxBufferSize },
	})) as GPUDevice;
	return new Proxy(device, {
		get(target, name) {
			const value = Reflect.get(target, name, target);
			if (name === "createBuffer")
				return (descriptor: GPUBufferDescriptor) =>
					target.createBuffer(
						isFull && descriptor.size >= MB
							? { ...descriptor, size: maxBufferSize }
							: descriptor,
					);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

beforeEach(async () => {
	isFull = false;
	torch.webgpu.configure({ device: await limitedDevice() });
	(await torch.ones([1]).to("webgpu")).dispose();
	gpu = readyBackend("webgpu") as WebgpuBackend;
});

/** Memory runs out; tells how to have it back. */
function takeAll(): () => void {
	isFull = true;
	return () => {
		isFull = false;
	};
}

test("the adapter's memory runs out: the next read says so, and then it works again", async () => {
	const here = torch.arange(6, { dtype: "float32" });
	const kept = await here.to("webgpu");
	expect(await kept.sum().item()).toBe(15);
	const before = torch.memory("webgpu");
	const giveBack = takeAll();
	const failing = () =>
		torch.scope(() =>
			torch
				.ones([MB / 2], { device: "webgpu" })
				.cumsum(0)
				.sum()
				.keep(),
		);
	const sum = failing();
	await expect(sum.item()).rejects.toThrow(torch.OutOfMemoryError);
	sum.dispose();
	const again = failing();
	await expect(again.item()).rejects.toThrow(
		/webgpu out of memory: .*Free tensors .*or use a smaller batch/s,
	);
	again.dispose();
	// what is there goes on
	expect(Array.from(await kept.data())).toEqual([0, 1, 2, 3, 4, 5]);
	expect(await kept.mul(2).sum().item()).toBe(30);
	expect(here.sum().itemSync()).toBe(15);
	// no memory is counted that is not there
	const { bytes, reservedBytes } = torch.memory("webgpu");
	expect(bytes).toBeLessThanOrEqual(before.bytes + 1024);
	expect(reservedBytes).toBeLessThan(before.reservedBytes + MB);
	// nor is any counted twice as gone
	expect(reservedBytes).toBeGreaterThanOrEqual(bytes);
	giveBack();
	// neither a buffer that was never made
	const works = failing();
	expect(await works.item()).toBeGreaterThan(0);
	expect(await (await here.to("webgpu")).sum().item()).toBe(15);
});

test("a tensor whose memory was never there says so as long as it lives", async () => {
	const giveBack = takeAll();
	const lost = torch.rand([MB / 2], { device: "webgpu" });
	await expect(lost.sum().item()).rejects.toThrow(torch.OutOfMemoryError);
	await expect(lost.sum().item()).rejects.toThrow(torch.OutOfMemoryError);
	giveBack();
	await expect(lost.sum().item()).rejects.toThrow(torch.OutOfMemoryError);
	lost.dispose();
	const next = torch.full([MB / 2], 2, { device: "webgpu" });
	expect(await next.mean().item()).toBe(2);
});

test("all reads under way say so, and none of a later beginning", async () => {
	const kept = await torch.arange(6, { dtype: "float32" }).to("webgpu");
	const giveBack = takeAll();
	const [a, b] = [1, 2].map((v) =>
		torch.scope(() =>
			torch
				.full([MB / 2], v, { device: "webgpu" })
				.cumsum(0)
				.sum()
				.keep(),
		),
	) as [torch.Tensor, torch.Tensor];
	const reads = await Promise.allSettled([a.item(), b.item()]);
	for (const read of reads)
		expect(read).toMatchObject({
			status: "rejected",
			reason: expect.any(torch.OutOfMemoryError),
		});
	giveBack();
	const later = await Promise.all([kept.sum().item(), kept.mean().item()]);
	expect(later).toEqual([15, 2.5]);
});

test("a write to a tensor whose memory was never there finds it some", async () => {
	const giveBack = takeAll();
	const missing = torch.ones([MB / 2], { device: "webgpu" });
	await expect(missing.sum().item()).rejects.toThrow(torch.OutOfMemoryError);
	giveBack();
	const { handle } = missing.storage;
	gpu.write(handle, 0, new Uint8Array(new Float32Array(MB / 2).fill(3).buffer));
	// what was there is lost: it is told once
	await expect(missing.mean().item()).rejects.toThrow(/could not be made/);
	expect(await missing.mean().item()).toBe(3);
});

test("what lies free is given back when memory runs out", async () => {
	torch.scope(() => {
		torch.ones([MB], { device: "webgpu" }).cumsum(0).flip(0);
	});
	gpu.flush();
	const free = torch.memory("webgpu").reservedBytes;
	expect(free).toBeGreaterThanOrEqual(8 * MB);
	const giveBack = takeAll();
	const one = torch.ones([MB / 2], { device: "webgpu" }).cumsum(0);
	await expect(one.select(0, 7).item()).rejects.toThrow(torch.OutOfMemoryError);
	one.dispose();
	expect(torch.memory("webgpu").reservedBytes).toBeLessThan(free / 2);
	giveBack();
	const two = torch.ones([MB / 2], { device: "webgpu" }).cumsum(0);
	expect(await two.select(0, 7).item()).toBe(8);
});
