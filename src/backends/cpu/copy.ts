import { Type } from "../../../assembly/kinds.js";
import { ITEM_SIZE } from "../../dtype.js";
import { Layout } from "../../layout.js";
import type { Kernels, View } from "../backend.js";
import type { Core } from "./core.js";
import { addressOf, Loops, slotOf } from "./strides.js";

export interface CopyExports {
	copyLoops(from: number, to: number, d: number, x: number, y: number): void;
	copyRows(
		from: number,
		fromRow: number,
		to: number,
		toRow: number,
		rows: number,
		bytes: number,
	): void;
}

/** Copies and fills, for any layout and type. */
export function copyKernels(core: Core): Pick<Kernels, "fill" | "copy"> {
	const { x: wasm } = core;
	const loops = new Loops(core);
	return {
		fill(y, value) {
			if (y.layout.numel === 0) return;
			const type = Type[y.dtype];
			const slot = slotOf(core, 0, value, y.dtype);
			wasm.copyLoops(type, type, loops.along(y, null, y), slot, addressOf(y));
		},
		copy(x, y) {
			if (y.layout.numel === 0) return;
			wasm.copyLoops(
				Type[x.dtype],
				Type[y.dtype],
				loops.along(y, x, y),
				addressOf(x),
				addressOf(y),
			);
		},
	};
}

/**
 * Calls `run` with a contiguous view of the same elements as v, in v's place or
 * in a block that lives for the call. `loads` and `stores` say which way the
 * elements go.
 * @throws OutOfMemoryError
 */
export function withContiguous(
	core: Core,
	kernels: Pick<Kernels, "copy">,
	v: View,
	way: "loads" | "stores",
	run: (v: View) => void,
): void {
	if (v.layout.isContiguous) {
		run(v);
		return;
	}
	const bytes = v.layout.numel * ITEM_SIZE[v.dtype];
	const handle = core.alloc(bytes);
	try {
		const block: View = {
			storage: { handle },
			layout: Layout.contiguous(v.layout.shape),
			dtype: v.dtype,
		};
		if (way === "loads") kernels.copy(v, block);
		run(block);
		if (way === "stores") kernels.copy(block, v);
	} finally {
		core.free(handle, bytes);
	}
}
