import type { Kernels } from "../backend.js";
import { THREADS } from "./fused.js";
import { type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

export function lookupKernels(q: Queue): Pick<Kernels, "lookup"> {
	return {
		lookup(x, index, table, y) {
			const { shape, numel, strides } = y.layout;
			if (numel === 0) return;
			const perChannel = table.layout.rank === 2;
			const loops = new Loops(4);
			for (let d = 0; d < shape.length; d++)
				loops.add(
					shape[d] as number,
					strides[d] as number,
					d === 0 && index ? 0 : (x.layout.strides[d] as number),
					d === 0 && index ? (index.layout.strides[0] as number) : 0,
					d === 1 && perChannel ? (table.layout.strides[0] as number) : 0,
				);
			const words = [
				numel,
				y.layout.offset,
				x.layout.offset,
				index?.layout.offset ?? 0,
				table.layout.offset,
				x.layout.strides[0] ?? 0,
				table.layout.strides[table.layout.rank - 1] as number,
			];
			const at = words.length;
			words.push(...loops.words());
			const slots: Slot[] = [
				{ name: "X", view: x },
				{ name: "E", view: table },
				{ name: "Y", view: y, writes: true },
			];
			if (index) slots.push({ name: "I", view: index });
			const key = `lookup:${loops.key}:${index !== null}`;
			q.run(key, slots, words, Math.ceil(numel / THREADS), () => ({
				body: `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(0)}) { return; }
	var oY = ${u(1)};
	var oX = ${u(2)};
	var oI = ${u(3)};
	var oE = ${u(4)};
	${loops.text("at", at, ["oY", "oX", "oI", "oE"])}
	${index ? `oX += u32(I(oI)) * ${u(5)};` : ""}
	Y_put(oY, E(oE + u32(X(oX)) * ${u(6)}));`,
			}));
		},
	};
}
