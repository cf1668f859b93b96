import { DeviceError, TorchletError } from "../errors.js";
import { liveStorages } from "../storage.js";
import type {
	Backend,
	BackendMemory,
	DeviceName,
	RandomSource,
} from "./backend.js";
import { Core, type CoreBytes } from "./cpu/core.js";
import { createCpuBackend } from "./cpu/index.js";
import { CpuRandom } from "./cpu/random.js";
import { hasWebgpu, openWebgpu, runningWebgpu } from "./gpu.js";

/** What `configure` takes; before first use. */
export interface Configuration {
	/** Keep to the plain module, whose results are the same bits in every runtime. */
	readonly deterministic?: boolean;
	/** The compiled core, where an environment forbids compiling. Before first use. */
	readonly wasmModule?: WebAssembly.Module;
}

/** What is in use, and why; given by `capabilities()`. */
export interface Capabilities {
	/** The module in use: `relaxed` may fuse multiply and add, `simd` never does. */
	readonly core: "relaxed" | "simd";
	/** Why this one. */
	readonly reason: string;
	/** Threads at work in large products: see `setNumThreads`. Predictors have a pool of their own. */
	readonly threads: number;
	/** Why they are fewer than were asked for; null if they are not. */
	readonly threadsReason: string | null;
	/** Whether threads share one memory. */
	readonly sharedMemory: boolean;
	/** Whether there is WebGPU; `await torch.webgpu.isAvailable()` also looks for an adapter. */
	readonly webgpu: boolean;
}

/** What `memory()` tells of one device, in bytes. */
export interface MemoryStats extends BackendMemory {
	/** Blocks of memory that tensors hold; views share one. */
	readonly tensors: number;
}

/** Gives the bytes of both modules, when they are needed. */
export type CoreSource = () => CoreBytes;

let source: CoreSource | null = null;
let configuration: Configuration = {};
let core: Core | null = null;
let cpu: Backend | null = null;
let starting: ((core: Core) => void) | null = null;

/** @internal the entry point with the inlined modules says where they are */
export function provideCore(bytes: CoreSource): void {
	source = bytes;
}

/**
 * Settings that must be known before the core starts.
 * @throws TorchletError if it has started and the setting would need another one, or if
 * `wasmModule` is another module
 */
export function configure(options: Configuration): void {
	const module: unknown = options?.wasmModule;
	if (
		module !== undefined &&
		!(
			module instanceof WebAssembly.Module &&
			WebAssembly.Module.exports(module).some((e) => e.name === "memoryTop")
		)
	)
		throw new TorchletError(
			"configure: wasmModule must be the WebAssembly.Module of torchlet/core.wasm or torchlet/core-relaxed.wasm",
		);
	const restart =
		core !== null &&
		((options.deterministic && core.kind === "relaxed") ||
			(options.wasmModule !== undefined &&
				options.wasmModule !== configuration.wasmModule));
	if (restart)
		throw new TorchletError(
			"configure() came too late: the core is already in use, and its tensors with it. Call torch.configure before the first tensor is made",
		);
	configuration = { ...configuration, ...options };
}

/** @internal runs `use` when there is a core: at once, or before its first tensor */
export function whenCoreStarts(use: (core: Core) => void): void {
	if (core) use(core);
	else starting = use;
}

function theCore(): Core {
	if (core) return core;
	if (configuration.wasmModule) {
		core = Core.fromModule(configuration.wasmModule);
	} else if (source) {
		core = Core.fromBytes(source(), configuration.deterministic ?? false);
	} else {
		throw new TorchletError(
			"there is no core here: import 'torchlet', which has it inside; or, with torchlet/slim, hand one in with torch.configure({ wasmModule }), compiled from torchlet/core.wasm, before the first tensor is made",
		);
	}
	starting?.(core);
	return core;
}

function cpuBackend(): Backend {
	cpu ??= createCpuBackend(theCore());
	return cpu;
}

/**
 * The backend of a device that is ready.
 * @throws DeviceError if it has to be awaited first, or does not exist
 */
export function readyBackend(device: DeviceName = "cpu"): Backend {
	if (device === "cpu") return cpuBackend();
	const gpu = device === "webgpu" ? runningWebgpu() : null;
	if (gpu) return gpu;
	throw device === "webgpu"
		? new DeviceError(
				"'webgpu' has not been started, or was lost: starting it takes an await. Move the first tensor there with await t.to('webgpu')",
			)
		: unknownDevice(device);
}

/** Whether `device` means this backend now: not one that was lost, or configured away. */
export function isCurrent(backend: Backend, device: DeviceName): boolean {
	if (backend.device !== device) return false;
	return device === "cpu" || backend === runningWebgpu();
}

/** The backend of a device, started if need be. @throws DeviceError */
export async function openBackend(device: DeviceName): Promise<Backend> {
	return device === "webgpu" ? openWebgpu() : readyBackend(device);
}

function unknownDevice(device: string): DeviceError {
	return new DeviceError(
		`Expected one of cpu, webgpu device type at start of device string: ${device}`,
	);
}

/** PyTorch's generator, always on the CPU core. */
export function newRandomSource(): RandomSource {
	return new CpuRandom(theCore(), 67280421310721);
}

/** What is in use here, and why. */
export function capabilities(): Capabilities {
	const { kind, team, alone } = theCore();
	return {
		core: kind,
		reason:
			kind === "relaxed"
				? "the engine knows relaxed SIMD"
				: configuration.wasmModule
					? "a module was handed in"
					: configuration.deterministic
						? "deterministic results were asked for"
						: "the engine does not know relaxed SIMD",
		threads: team?.threads ?? 1,
		threadsReason: team?.reason ?? alone,
		sharedMemory: typeof SharedArrayBuffer !== "undefined",
		webgpu: hasWebgpu(),
	};
}

/** Bytes and tensors that live on a device. */
export function memory(device: DeviceName = "cpu"): MemoryStats {
	if (device === "webgpu" && runningWebgpu() === null)
		return { bytes: 0, peakBytes: 0, reservedBytes: 0, tensors: 0 };
	const backend = readyBackend(device);
	return { ...backend.memory(), tensors: liveStorages(backend) };
}
