import { beforeEach, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { disguised, openGpu, openGpuDevice } from "../helpers/webgpu.js";

/** As SwiftShader's: it offers subgroups, and no 16-bit floats. */
async function offers(): Promise<ReadonlySet<string>> {
	const adapter = await openGpu().requestAdapter();
	return adapter?.features as ReadonlySet<string>;
}

beforeEach(() => {
	torch.webgpu.configure({
		gpu: openGpu(),
		device: undefined,
		subgroups: false,
		f16: false,
	});
});

const start = async () => (await torch.ones([2]).to("webgpu")).dispose();

test("the adapter of these tests offers one of the two", async () => {
	const features = await offers();
	expect(features.has("subgroups")).toBe(true);
	expect(features.has("shader-f16")).toBe(false);
});

describe("configure({ subgroups, f16 })", () => {
	test("nothing is used that nobody asked for, nor asked of the adapter", async () => {
		expect(torch.webgpu.features()).toBeNull();
		let asked: GPUDeviceDescriptor | undefined;
		const adapter = await openGpu().requestAdapter();
		const requestAdapter = async () => ({
			limits: adapter?.limits,
			features: adapter?.features,
			requestDevice: (descriptor: GPUDeviceDescriptor) => {
				asked = descriptor;
				return adapter?.requestDevice(descriptor);
			},
		});
		torch.webgpu.configure({ gpu: { requestAdapter } as unknown as GPU });
		await start();
		expect(torch.webgpu.features()).toEqual({ subgroups: false, f16: false });
		expect(asked?.requiredFeatures).toEqual([]);
	});

	test("true uses what is offered, and features() tells which", async () => {
		torch.webgpu.configure({ subgroups: true, f16: true });
		expect(await torch.webgpu.isAvailable()).toBe(true);
		await start();
		expect(torch.webgpu.features()).toEqual({ subgroups: true, f16: false });
	});

	test("'required' and not offered: an error that says so, and the CPU goes on", async () => {
		torch.webgpu.configure({ f16: "required", subgroups: true });
		expect(await torch.webgpu.isAvailable()).toBe(false);
		const t = torch.ones([2]);
		await expect(t.to("webgpu")).rejects.toThrow(torch.DeviceError);
		await expect(t.to("webgpu")).rejects.toThrow(
			/f16: 'required'.*does not offer 'shader-f16'. Say f16: true/,
		);
		expect(torch.webgpu.features()).toBeNull();
		expect(t.sum().itemSync()).toBe(2);
		torch.webgpu.configure({ f16: true, subgroups: "required" });
		expect(await torch.webgpu.isAvailable()).toBe(true);
		expect(await (await t.to("webgpu")).sum().item()).toBe(2);
		expect(torch.webgpu.features()).toEqual({ subgroups: true, f16: false });
	});

	test.each(["yes", 1, {}])(
		"%o is no wish, and nothing changes",
		async (f16) => {
			expect(() =>
				torch.webgpu.configure({ subgroups: true, f16: f16 as boolean }),
			).toThrow(/f16 must be true, false or 'required', but is /);
			await start();
			expect(torch.webgpu.features()).toEqual({ subgroups: false, f16: false });
		},
	);

	test("asked for when a device is there: from the next move on", async () => {
		const before = await torch.ones([2]).to("webgpu");
		torch.webgpu.configure({ subgroups: true });
		expect(torch.webgpu.features()).toBeNull();
		const after = await torch.ones([2]).to("webgpu");
		expect(torch.webgpu.features()?.subgroups).toBe(true);
		expect(await before.add(1).sum().item()).toBe(4);
		expect(await after.add(1).sum().item()).toBe(4);
		expect(() => before.add(after)).toThrow(torch.DeviceError);
	});

	test("asked for while one is being opened: that one does not stay", async () => {
		const moving = torch.ones([2]).to("webgpu");
		torch.webgpu.configure({ subgroups: true });
		await start();
		await moving;
		expect(torch.webgpu.features()?.subgroups).toBe(true);
	});

	test("a device of one's own that was made without", async () => {
		const device = await openGpuDevice();
		torch.webgpu.configure({ device, subgroups: true });
		await start();
		expect(torch.webgpu.features()).toEqual({ subgroups: false, f16: false });
		torch.webgpu.configure({ subgroups: "required" });
		expect(await torch.webgpu.isAvailable()).toBe(false);
		await expect(start()).rejects.toThrow(torch.DeviceError);
		await expect(start()).rejects.toThrow(
			/made without 'subgroups'.*requiredFeatures: \['subgroups'\]/,
		);
	});

	test("a device of one's own that has more than was asked for", async () => {
		const codes: string[] = [];
		torch.webgpu.configure({
			device: disguised(await openGpuDevice(), {
				features: ["subgroups", "shader-f16"],
				codes,
			}),
		});
		await start();
		expect(torch.webgpu.features()).toEqual({ subgroups: false, f16: false });
		const x = await torch.rand(64, 1024).to("webgpu");
		await x.matmul(x.t()).add(x.softmax(1).sum()).data();
		await x.narrow(0, 0, 1).matmul(x.t()).data();
		expect(codes.length).toBeGreaterThan(2);
		expect(codes.filter((code) => code.includes("enable"))).toEqual([]);
	});
});

test("a limit that is too low is named", async () => {
	const device = await openGpuDevice();
	const limits = new Proxy(device.limits, {
		get: (target, name) =>
			name === "maxComputeInvocationsPerWorkgroup"
				? 128
				: Reflect.get(target, name, target),
	});
	torch.webgpu.configure({
		device: new Proxy(device, {
			get: (target, name) =>
				name === "limits" ? limits : Reflect.get(target, name, target),
		}),
	});
	await expect(start()).rejects.toThrow(torch.DeviceError);
	await expect(start()).rejects.toThrow(
		/maxComputeInvocationsPerWorkgroup of 128, and the kernels need 256/,
	);
});
