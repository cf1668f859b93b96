import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll } from "vitest";

/** SwiftShader, the software adapter that comes with Debian's Chromium. */
export const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Never collected: Dawn's devices do not survive their instance. */
let instance: GPU | undefined;
const kept: GPU[] = [];

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

/** What a device is to look like. */
export interface Disguise {
	/** WebGPU's features that it seems to have. */
	readonly features?: readonly string[];
	/** Changes the text of kernels before they are compiled. */
	readonly rewrite?: (code: string) => string;
	/** Where kernels' texts are noted, as they were made. */
	readonly codes?: string[];
	/** Still a software adapter. */
	readonly isSoftware?: boolean;
}

/** The software adapter as if it were a chip: it then has the chips' kernels. */
export function disguised(
	device: GPUDevice,
	{ features, rewrite, codes, isSoftware }: Disguise = {},
): GPUDevice {
	const adapterInfo = { isFallbackAdapter: false };
	return new Proxy(device, {
		get(target, name) {
			if (name === "adapterInfo" && !isSoftware) return adapterInfo;
			if (name === "features" && features) return new Set(features);
			if (name === "createShaderModule")
				return ({ code }: GPUShaderModuleDescriptor) => {
					codes?.push(code);
					return target.createShaderModule({ code: rewrite?.(code) ?? code });
				};
			const value = Reflect.get(target, name, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

/**
 * Asks Dawn's compiler, with a device that computes nothing but has all
 * features, what is wrong with kernels' texts.
 */
export async function complaints(codes: readonly string[]): Promise<string[]> {
	openGpu();
	const require = createRequire(import.meta.url);
	const { create } = require("webgpu") as typeof import("webgpu");
	const gpu = create(["backend=null"]);
	kept.push(gpu);
	const device = await (await gpu.requestAdapter())?.requestDevice({
		requiredFeatures: ["shader-f16", "subgroups"],
	});
	if (!device) throw new Error("Dawn has no null adapter");
	const out: string[] = [];
	for (const code of codes) {
		device.pushErrorScope("validation");
		device.createComputePipeline({
			layout: "auto",
			compute: { module: device.createShaderModule({ code }) },
		});
		const error = await device.popErrorScope();
		if (error) out.push(error.message);
	}
	device.destroy();
	return out;
}
