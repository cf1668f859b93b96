import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll } from "vitest";

/** SwiftShader, the software adapter that comes with Debian's Chromium. */
export const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Never collected: Dawn's devices do not survive their instance. */
let instance: GPU | undefined;

/**
 * Dawn in Node, on SwiftShader unless VK_ICD_FILENAMES names another driver.
 * @throws if this machine has neither; a test is never skipped for it
 */
export function openGpu(): GPU {
	if (instance) return instance;
	if (process.env.VK_ICD_FILENAMES === undefined && existsSync(SOFTWARE))
		process.env.VK_ICD_FILENAMES = SOFTWARE;
	const require = createRequire(import.meta.url);
	const { create, globals } = require("webgpu") as typeof import("webgpu");
	Object.assign(globalThis, globals);
	instance = create(["backend=vulkan"]);
	return instance;
}

/** @throws if no adapter is found, saying what to install */
export async function openGpuDevice(): Promise<GPUDevice> {
	const gpu = openGpu();
	const adapter = await gpu.requestAdapter();
	if (adapter === null)
		throw new Error(
			'these tests need a WebGPU adapter, and there is none: on Debian, "apt-get install --no-install-recommends chromium libvulkan1" brings a software one',
		);
	const device = await adapter.requestDevice();
	afterAll(() => device.destroy());
	return device;
}

/** The software adapter as if it were a chip: it then has the chips' kernels. */
export function disguised(device: GPUDevice): GPUDevice {
	const adapterInfo = { isFallbackAdapter: false };
	return new Proxy(device, {
		get(target, name) {
			if (name === "adapterInfo") return adapterInfo;
			const value = Reflect.get(target, name, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}
