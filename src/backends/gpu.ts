import { DeviceError, TorchletError } from "../errors.js";
import type { Features, WebgpuBackend, Wish } from "./webgpu/index.js";

/** What `webgpu.configure` takes; before first use. */
export interface WebgpuConfiguration {
	/** The device to compute on, instead of one of our own. It stays yours: we never destroy it. */
	readonly device?: GPUDevice;
	/** Where to look for adapters, instead of `navigator.gpu`. */
	readonly gpu?: GPU;
	/** Which adapter to prefer where there are several. */
	readonly powerPreference?: GPUPowerPreference;
	/**
	 * Whether products with few rows and softmax join what their invocations found by
	 * WebGPU's `subgroups`: true where the adapter offers them, `"required"` to have an
	 * error elsewhere; false, as it is if left out, never. Results differ by float rounding.
	 */
	readonly subgroups?: Wish;
	/**
	 * Whether large matrix products round their factors to 16-bit floats
	 * (`shader-f16`), which halves the GPU's fast memory that they take; sums and results
	 * stay float32. As PyTorch's `torch.set_float32_matmul_precision('medium')`, it trades
	 * accuracy: each factor has 11 bits, so an entry of a · b is off by up to
	 * 2⁻¹⁰ Σ |a||b|; what is below 6e-5 loses more bits or becomes 0, and what is beyond
	 * 65504 is not held at all. Products of up to 4 rows or columns, and software adapters,
	 * keep to float32. true where it is offered, `"required"` to have an error elsewhere.
	 */
	readonly f16?: Wish;
}

let configuration: WebgpuConfiguration = {};
let current: WebgpuBackend | null = null;
let opening: Promise<WebgpuBackend> | null = null;
/** Counts the configurations: one that starts slowly must not outlast its own. */
let edition = 0;

/**
 * Settings for `'webgpu'`, from the next `to('webgpu')` on; tensors that are
 * on an earlier device stay there until they are moved so themselves.
 * @throws TorchletError if a wish is none, and then nothing changes
 */
export function configureWebgpu(options: WebgpuConfiguration): void {
	for (const feature of ["subgroups", "f16"] as const) {
		const wish: unknown = options[feature] ?? false;
		if (typeof wish !== "boolean" && wish !== "required")
			throw new TorchletError(
				`torch.webgpu.configure: ${feature} must be true, false or 'required', but is ${typeof wish === "string" ? `'${wish}'` : String(wish)}`,
			);
	}
	configuration = { ...configuration, ...options };
	current = null;
	opening = null;
	edition++;
}

/** Whether `'webgpu'` can be used here. Never throws. */
export async function isWebgpuAvailable(): Promise<boolean> {
	const { device, subgroups, f16 } = configuration;
	const isFree = subgroups !== "required" && f16 !== "required";
	if (device && isFree) return true;
	try {
		const source = device ?? (await findAdapter());
		if (source === null || isFree) return source !== null;
		const { featuresFor } = await import("./webgpu/index.js");
		featuresFor(configuration, source);
		return true;
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
	if (opening) return opening;
	const mine = start().finally(() => {
		if (opening === mine) opening = null;
	});
	opening = mine;
	return mine;
}

/** What of `configure({ subgroups, f16 })` is in use; null while 'webgpu' is not running. */
export function webgpuFeatures(): Features | null {
	return runningWebgpu()?.features ?? null;
}

async function start(): Promise<WebgpuBackend> {
	const started = edition;
	const asked = configuration;
	const kernels = await import("./webgpu/index.js");
	const [device, features] = asked.device
		? [asked.device, kernels.featuresFor(asked, asked.device, true)]
		: await ownDevice(asked, kernels);
	kernels.assertLimits(device.limits);
	const backend = kernels.createWebgpuBackend(device, features);
	// a device that was lost before has told so by now
	await Promise.race([backend.gpu.lost, Promise.resolve()]);
	if (backend.lost)
		throw asked.device
			? new DeviceError(
					"the device that torch.webgpu.configure was given is lost. Give it another one, or configure({ device: undefined }) to have one of our own",
				)
			: backend.lost;
	if (started === edition) current = backend;
	return backend;
}

async function ownDevice(
	asked: WebgpuConfiguration,
	{ featuresFor, namesOf }: typeof import("./webgpu/index.js"),
): Promise<[GPUDevice, Features]> {
	const adapter = await findAdapter();
	if (adapter === null)
		throw new DeviceError(
			"webgpu was asked for, but no adapter was found: this machine has no GPU that can be used here, or its driver is blocked. Use 'cpu'; await torch.webgpu.isAvailable() tells beforehand",
		);
	const { limits } = adapter;
	const features = featuresFor(asked, adapter);
	try {
		// what we may use is asked for: a device has the least limits otherwise
		const device = await adapter.requestDevice({
			requiredFeatures: namesOf(features),
			requiredLimits: {
				maxBufferSize: limits.maxBufferSize,
				maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
				maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
			},
		});
		return [device, features];
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
