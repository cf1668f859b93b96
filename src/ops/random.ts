import type { RandomSource, View } from "../backends/backend.js";
import { readyBackend } from "../backends/devices.js";
import { type DType, ITEM_SIZE } from "../dtype.js";
import type { Layout } from "../layout.js";
import { inverseOrder, memoryOrder } from "../memory-order.js";
import { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { freeTemporaries, temporary } from "./operands.js";
import { defineOp, type Exec } from "./registry.js";

/** Draws the elements of a contiguous view on the cpu device. */
type Draw = (source: RandomSource, y: View, layout: Layout) => void;

/** What fills a tensor. */
export interface RandomParams {
	/** PyTorch's node where a result is filled in place. */
	readonly node: string;
	/** What is drawn, before it is converted: float32 or int32. */
	readonly dtype: DType;
	readonly source: RandomSource;
	readonly draw: Draw;
}

/**
 * Numbers for every element of `y`, drawn in the order in which the elements
 * lie in memory, as PyTorch's serial kernels draw: in y itself where a kernel can write
 * there, else in a block of y's device for this call. On every device a seed gives the cpu's numbers.
 */
function drawnFor(
	x: Exec,
	y: View,
	{ dtype, source, draw }: Omit<RandomParams, "node">,
): View {
	const { layout } = y;
	const order = memoryOrder(layout.shape, [layout]);
	const sorted = layout.permute(order);
	if (x.k.device === "cpu" && y.dtype === dtype && sorted.isContiguous) {
		const place = { storage: y.storage, layout: sorted, dtype };
		draw(source, place, layout);
		return y;
	}
	const block = temporary(x.k, sorted.shape, dtype);
	if (x.k.device === "cpu") draw(source, block, layout);
	else {
		const cpu = readyBackend("cpu");
		const bytes = layout.numel * ITEM_SIZE[dtype];
		const storage = Storage.of(cpu, bytes);
		draw(source, { ...block, storage }, layout);
		const drawn = cpu.readSync?.(storage.handle, 0, bytes);
		if (drawn) x.k.write(block.storage.handle, 0, drawn);
		storage.release();
	}
	const back = block.layout.permute(inverseOrder(order));
	return { storage: block.storage, layout: back, dtype };
}

const nothing = (g: Tensor) => [g.zerosLike()];

/** In-place only: the input is overwritten with random numbers. */
export const randomFill = defineOp<readonly [Tensor], RandomParams>({
	name: "random",
	node: ({ node }) => node,
	forward: (x, [target], params, out) => {
		const y = out ?? target;
		if (y.layout.numel === 0) return y;
		const drawn = drawnFor(x, y, params);
		if (drawn !== y) x.k.copy(drawn, y);
		freeTemporaries();
		return y;
	},
	backward: nothing,
});

/** In-place only: 1 with the probability that stands in the second input's place, else 0. */
export const bernoulliFill = defineOp<
	readonly [Tensor, Tensor],
	{ readonly node: string; readonly source: RandomSource }
>({
	name: "bernoulli",
	node: ({ node }) => node,
	forward: (x, [target, p], { source }, out) => {
		const y = out ?? target;
		const { layout } = y;
		if (layout.numel === 0) return y;
		// never y itself, which is float32 too and may be p
		const noise = drawnFor(
			x,
			{ storage: y.storage, layout, dtype: "bool" },
			{ dtype: "float32", source, draw: (s, v) => s.uniform(v, 0, 1) },
		);
		const share = {
			storage: p.storage,
			layout: p.layout.expand(layout.shape),
			dtype: p.dtype,
		};
		const below = temporary(x.k, layout.shape, "bool");
		x.k.binary("lt", noise, share, below);
		x.k.copy(below, y);
		freeTemporaries();
		return y;
	},
	backward: (g, n) => [g.zerosLike(), n.needs(1) ? g.zerosLike() : null],
});
