import type { Backend, View } from "../../../src/backends/backend.js";
import { createCpuBackend } from "../../../src/backends/cpu/index.js";
import { type DType, ITEM_SIZE, typedView } from "../../../src/dtype.js";
import { Layout, type Shape } from "../../../src/layout.js";
import { openCore, positions } from "../cpu/support.js";

/** Makes and reads views on any backend. What no element covers stays as it was. */
export class Bench {
	private readonly made: { view: View; bytes: number }[] = [];

	constructor(readonly k: Backend) {}

	static cpu(): Bench {
		return new Bench(createCpuBackend(openCore(true)));
	}

	/** A view of `layout` over a new block that holds `values` in row-major order. */
	put(
		values: ArrayLike<number> | number,
		layout: Layout | Shape,
		dtype: DType = "float32",
	): View {
		const l = layout instanceof Layout ? layout : Layout.contiguous(layout);
		const bytes = (l.extent + 3) * ITEM_SIZE[dtype];
		const host = new ArrayBuffer(bytes);
		const typed = typedView(dtype, host, 0, l.extent + 3);
		typed.fill(77);
		positions(l).forEach((p, i) => {
			typed[p] = typeof values === "number" ? values : (values[i] as number);
		});
		const handle = this.k.alloc(bytes);
		this.k.write(handle, 0, new Uint8Array(host));
		const view = { storage: { handle }, layout: l, dtype };
		this.made.push({ view, bytes });
		return view;
	}

	/** All that the view's block holds: its elements, then what surrounds them. */
	async get(view: View): Promise<number[]> {
		const own = this.made.find((m) => m.view === view);
		if (!own) throw new Error("a view of another bench");
		const bytes = await this.k.read(view.storage.handle, 0, own.bytes);
		const all = typedView(
			view.dtype,
			bytes.slice().buffer,
			0,
			own.bytes / ITEM_SIZE[view.dtype],
		);
		const at = positions(view.layout);
		const inside = new Set(at);
		return [
			...at.map((p) => all[p] as number),
			...Array.from(all).filter((_, p) => !inside.has(p)),
		];
	}

	free(): void {
		for (const { view, bytes } of this.made)
			this.k.free(view.storage.handle, bytes);
		this.made.length = 0;
	}
}

/** What differs most from what it should be, as a message; null if all is near. */
export function mismatch(
	got: readonly number[],
	want: readonly number[],
	tolerance: number,
): string | null {
	if (got.length !== want.length)
		return `${got.length} values instead of ${want.length}`;
	for (let i = 0; i < want.length; i++) {
		const a = got[i] as number;
		const b = want[i] as number;
		if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b)))
			continue;
		const far = Math.abs(a - b) > tolerance * Math.max(1, Math.abs(b));
		if (far || Number.isNaN(a) !== Number.isNaN(b))
			return `at ${i}: ${a} instead of ${b}`;
	}
	return null;
}
