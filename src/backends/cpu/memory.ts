import type { Backend } from "../backend.js";
import type { Core } from "./core.js";

export interface MemoryExports {
	readonly memory: WebAssembly.Memory;
	usesRelaxedSimd(): number;
	memoryTop(): number;
	areaBytes(): number;
	useArea(block: number): void;
	descriptorArea(): number;
	alloc(bytes: number): number;
	free(block: number, bytes: number): void;
}

/** Blocks of the core's memory as a backend's: handles are addresses. */
export function memoryOf(
	core: Core,
): Pick<
	Backend,
	"alloc" | "free" | "write" | "read" | "readSync" | "readItem" | "memory"
> {
	function readSync(handle: unknown, at: number, bytes: number): Uint8Array {
		const start = (handle as number) + at;
		return core.u8.slice(start, start + bytes);
	}
	return {
		alloc: (bytes) => core.alloc(bytes),
		free: (handle, bytes) => core.free(handle as number, bytes),
		write: (handle, at, bytes) => core.u8.set(bytes, (handle as number) + at),
		read: async (handle, at, bytes) => readSync(handle, at, bytes),
		readSync,
		readItem(handle, at, dtype) {
			const address = (handle as number) + at;
			if (dtype === "float32") return core.f32[address >>> 2] as number;
			if (dtype === "int32") return core.i32[address >>> 2] as number;
			return core.u8[address] as number;
		},
		memory: () => ({
			bytes: core.liveBytes - core.ownBytes,
			peakBytes: core.peakBytes,
			reservedBytes: core.x.memoryTop() >>> 0,
		}),
	};
}
