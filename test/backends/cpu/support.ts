import { setFlagsFromString } from "node:v8";
import simd from "wasm:core";
import relaxed from "wasm:core-relaxed";
import type { View } from "../../../src/backends/backend.js";
import { Core } from "../../../src/backends/cpu/core.js";
import { createCpuBackend } from "../../../src/backends/cpu/index.js";
import { type DType, ITEM_SIZE } from "../../../src/dtype.js";
import { Layout, numelOf, type Shape } from "../../../src/layout.js";

const bytes = {
	simd: Buffer.from(simd, "base64"),
	relaxed: Buffer.from(relaxed, "base64"),
};

// Node 20 knows relaxed SIMD, but by this name only.
if (!WebAssembly.validate(bytes.relaxed))
	setFlagsFromString("--experimental-wasm-relaxed-simd");

export function openCore(deterministic = true): Core {
	return Core.fromBytes(bytes, deterministic);
}

/** The builds that this engine can run, by name. */
export const builds: readonly ["simd" | "relaxed", () => Core][] =
	WebAssembly.validate(bytes.relaxed)
		? [
				["simd", () => openCore(true)],
				["relaxed", () => openCore(false)],
			]
		: [["simd", () => openCore(true)]];

/** A backend and hand-made views on its memory. */
export class Device {
	readonly core: Core;
	readonly kernels: ReturnType<typeof createCpuBackend>;

	constructor(core: Core) {
		this.core = core;
		this.kernels = createCpuBackend(core);
	}

	/** A view of `layout` over a new block; what no element covers is NaN (or 77). */
	view(layout: Layout | Shape, dtype: DType = "float32"): View {
		const l = layout instanceof Layout ? layout : Layout.contiguous(layout);
		const size = ITEM_SIZE[dtype];
		const count = l.extent + 3;
		const handle = this.core.alloc(count * size);
		if (dtype === "float32")
			this.core.f32.fill(Number.NaN, handle / 4, handle / 4 + count);
		else this.core.u8.fill(77, handle, handle + count * size);
		return { storage: { handle }, layout: l, dtype };
	}

	/** A view that holds `values` in row-major order. */
	put(
		values: ArrayLike<number>,
		layout: Layout | Shape,
		dtype: DType = "float32",
	): View {
		const v = this.view(layout, dtype);
		const at = positions(v.layout);
		const memory = this.memory(v);
		for (let i = 0; i < at.length; i++)
			memory[at[i] as number] = values[i] as number;
		return v;
	}

	/** A view's elements in row-major order. */
	get(v: View): number[] {
		const memory = this.memory(v);
		return positions(v.layout).map((p) => memory[p] as number);
	}

	/** Whether all is NaN still that lies in a view's block and is no element of it. */
	isKeptAround(v: View): boolean {
		const memory = this.memory(v);
		const own = new Set(positions(v.layout));
		for (let i = 0; i < v.layout.extent + 3; i++)
			if (!own.has(i) && !Number.isNaN(memory[i])) return false;
		return true;
	}

	free(...views: (View | null)[]): void {
		for (const v of views)
			if (v)
				this.core.free(
					v.storage.handle as number,
					(v.layout.extent + 3) * ITEM_SIZE[v.dtype],
				);
	}

	private memory(v: View): Float32Array | Int32Array | Uint8Array {
		const handle = v.storage.handle as number;
		if (v.dtype === "float32") return this.core.f32.subarray(handle / 4);
		if (v.dtype === "int32") return this.core.i32.subarray(handle / 4);
		return this.core.u8.subarray(handle);
	}
}

/** Where the elements lie, in row-major order. */
export function positions(l: Layout): number[] {
	const out: number[] = [];
	const n = numelOf(l.shape);
	for (let i = 0; i < n; i++) {
		let rest = i;
		let p = l.offset;
		for (let d = l.rank - 1; d >= 0; d--) {
			const size = l.shape[d] as number;
			p += (rest % size) * (l.strides[d] as number);
			rest = Math.floor(rest / size);
		}
		out.push(p);
	}
	return out;
}

/** A layout of this shape with permuted dimensions, gaps and an offset. */
export function scattered(shape: Shape, choice: number): Layout {
	const order = shape.map((_, i) => i);
	if (choice & 1) order.reverse();
	if (choice & 2 && order.length > 1) order.push(order.shift() as number);
	const gap = choice & 4 ? 2 : 1;
	const strides = new Array<number>(shape.length);
	let step = choice & 8 ? 2 : 1;
	for (const d of order.reverse()) {
		strides[d] = step;
		step *= (shape[d] as number) * gap;
	}
	return new Layout(shape, strides, choice & 16 ? 3 : 0);
}

/** Float32 values of [-1, 1), from a fixed seed. */
export function noise(n: number, seed = 1): Float32Array {
	const out = new Float32Array(n);
	let s = seed >>> 0;
	for (let i = 0; i < n; i++) {
		s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
		out[i] = s / 2147483648 - 1;
	}
	return out;
}
