import { DeviceError } from "../errors.js";
import type { WebgpuBackend } from "./webgpu/index.js";

/** What `webgpu.configure` takes; before first use. */
export interface WebgpuConfiguration {
	/** The device to compute on, instead of one of our own. It stays yours: we never destroy it. */
	readonly device?: GPUDevice;
	/** Where to look for adapters, instead of `navigator.gpu`. */
	readonly gpu?: GPU;
	/** Which adapter to prefer where there are several. */
	readonly powerPreference?: GPUPowerPreference;
}

let configuration: WebgpuConfiguration = {};
let current: WebgpuBackend | null = null;
let opening: Promise<WebgpuBackend> | null = null;

/**
 * Settings for `'webgpu'`, from the next `to('webgpu')` on; tensors that are
 * on an earlier device stay there.
 */
export function configureWebgpu(options: WebgpuConfiguration): void {
	configuration = { ...configuration, ...options };
	current = null;
}

/** Whether `'webgpu'` can be used here. Never throws. */
export async function isWebgpuAvailable(): Promise<boolean> {
	if (configuration.device) return true;
	try {
		return (await findAdapter()) !== null;
	} catch {
		return false;
	}
}

/** Whether this environment has the interface; whether there is an adapter must be awaited. */
export function hasWebgpu(): boolean {
	return (
		configuration.device !== undefined ||
		configuration.gpu !== undefined ||
		(typeof navigator !== "undefined" && "gpu" in navigator)
	);
}

/** The backend, if it is running. */
export function runningWebgpu(): WebgpuBackend | null {
	return current?.lost ? null : current;
}

/**
 * The backend, started if need be: its kernels are loaded by the first call,
 * and a lost device is replaced. @throws DeviceError
 */
export function openWebgpu(): Promise<WebgpuBackend> {
	const running = runningWebgpu();
	if (running) return Promise.resolve(running);
	opening ??= start().finally(() => {
		opening = null;
	});
	return opening;
}

async function start(): Promise<WebgpuBackend> {
	const { createWebgpuBackend } = await import("./webgpu/index.js");
	const backend = createWebgpuBackend(
		configuration.device ?? (await ownDevice()),
	);
	// a device that was lost before has told so by now
	await Promise.race([backend.gpu.lost, Promise.resolve()]);
	if (backend.lost)
		throw configuration.device
			? new DeviceError(
					"the device that torch.webgpu.configure was given is lost. Give it another one, or configure({ device: undefined }) to have one of our own",
				)
			: backend.lost;
	current = backend;
	return backend;
}

async function ownDevice(): Promise<GPUDevice> {
	const adapter = await findAdapter();
	if (adapter === null)
		throw new DeviceError(
			"webgpu was asked for, but no adapter was found: this machine has no GPU that can be used here, or its driver is blocked. Use 'cpu'; await torch.webgpu.isAvailable() tells beforehand",
		);
	const { limits } = adapter;
	try {
		// what we may use is asked for: a device has the least limits otherwise
		return await adapter.requestDevice({
			requiredLimits: {
				maxBufferSize: limits.maxBufferSize,
				maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
				maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
			},
		});
	} catch (cause) {
		throw new DeviceError(
			`webgpu was asked for, but its adapter gave no device: ${cause instanceof Error ? cause.message : String(cause)}. Use 'cpu', or try again`,
			{ cause },
		);
	}
}

async function findAdapter(): Promise<GPUAdapter | null> {
	const { powerPreference } = configuration;
	const gpu = configuration.gpu ?? (await findGpu());
	return gpu.requestAdapter(powerPreference && { powerPreference });
}

/** Kept, since Dawn's devices do not survive their instance. */
let dawn: GPU | undefined;

async function findGpu(): Promise<GPU> {
	if (typeof navigator !== "undefined" && navigator.gpu) return navigator.gpu;
	if (dawn) return dawn;
	// Dawn for Node, if it is installed. The name is hidden from bundlers.
	const name = "webgpu";
	try {
		if (typeof process === "undefined") throw new Error("not in Node");
		const { create } = (await import(/* @vite-ignore */ name)) as {
			create(options: string[]): GPU;
		};
		dawn = create([]);
		return dawn;
	} catch (cause) {
		throw new DeviceError(
			"webgpu was asked for, but there is no WebGPU here. A page needs a browser that has it and a secure context (https or localhost); Node needs the package 'webgpu' (npm install webgpu). Use 'cpu'; await torch.webgpu.isAvailable() tells beforehand",
			{ cause },
		);
	}
}
