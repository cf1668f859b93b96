import { DeviceError } from "../../errors.js";
import type { Kernels, Operand, View } from "../backend.js";
import { asBits } from "./elementwise.js";
import { scalarBits, THREADS } from "./fused.js";
import { i, type Slot, u } from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

const NAN_BITS = 0x7fc00000;

/** How entries go between `direct` and what the index points at. */
type Way = "read" | "write" | "add";

function sizeAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 1 : (v.layout.shape[dim] as number);
}

function strideAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 0 : (v.layout.strides[dim] as number);
}

/**
 * Reading and writing by indices. One that is out of range cannot be told
 * before the kernel ran: it reads NaN (0 for integers) and writes nothing.
 */
export function indexingKernels(
	q: Queue,
): Pick<
	Kernels,
	"indexSelect" | "indexPut" | "gather" | "scatter" | "nonzero"
> {
	/**
	 * For each entry of `shape`: `direct` to or from `target`, whose place along
	 * `dim` the index says. A list has one dimension, that of `dim`.
	 */
	function run(
		way: Way,
		direct: Operand,
		target: View,
		index: View,
		shape: readonly number[],
		dim: number,
		isList: boolean,
	): void {
		const loops = new Loops(3);
		let count = 1;
		for (let d = 0; d < shape.length; d++) {
			const size = shape[d] as number;
			count *= size;
			const step = !isList
				? (index.layout.strides[d] as number)
				: d === dim
					? strideAt(index, 0)
					: 0;
			loops.add(
				size,
				typeof direct === "number" ? 0 : (direct.layout.strides[d] as number),
				d === dim ? 0 : (target.layout.strides[d] as number),
				step,
			);
		}
		if (count === 0) return;
		const moves = way !== "add";
		const { dtype } = target;
		const into = moves ? asBits(target) : target;
		const isNumber = typeof direct === "number";
		const words = [
			count,
			isNumber ? scalarBits(direct, dtype) : direct.layout.offset,
			target.layout.offset,
			index.layout.offset,
			sizeAt(target, dim),
			strideAt(target, dim),
			dtype === "float32" ? NAN_BITS : 0,
		];
		const at = words.length;
		words.push(...loops.words());
		const slots: Slot[] = [
			{
				name: "T",
				view: into,
				writes: way !== "read",
				...(way === "add" && { form: "atomic" as const }),
			},
			{ name: "I", view: index },
		];
		if (!isNumber)
			slots.push({
				name: "D",
				view: moves ? asBits(direct) : direct,
				writes: way === "read",
			});
		const type = !moves && dtype === "float32" ? "f32" : "i32";
		const value = isNumber ? `bitcast<${type}>(${u(1)})` : "D(oD)";
		const write =
			way === "write"
				? `T_put(oT, ${value});`
				: `T_${dtype === "bool" ? "or" : "add"}(oT, ${value});`;
		const key = `index:${way}:${isNumber}:${loops.key}:${dtype}`;
		q.run(key, slots, words, Math.ceil(count / THREADS), () => ({
			body: `	let at = group * ${THREADS}u + lane;
	if (at >= ${u(0)}) { return; }
	var oD = ${u(1)};
	var oT = ${u(2)};
	var oI = ${u(3)};
	${loops.text("at", at, ["oD", "oT", "oI"])}
	var k = I(oI);
	if (k < 0) { k += ${i(4)}; }
	let isIn = k >= 0 && k < ${i(4)};
	oT += u32(k) * ${u(5)};
	${
		way === "read"
			? `if (isIn) { D_put(oD, T(oT)); } else { D_put(oD, ${i(6)}); }`
			: `if (isIn) { ${write} }`
	}`,
		}));
	}

	return {
		indexSelect(x, dim, index, y) {
			run("read", y, x, index, y.layout.shape, dim, true);
			return -1;
		},
		indexPut(y, dim, index, x, add) {
			run(add ? "add" : "write", x, y, index, x.layout.shape, dim, true);
			return -1;
		},
		gather(x, dim, index, y) {
			run("read", y, x, index, y.layout.shape, dim, false);
			return -1;
		},
		scatter(y, dim, index, x, add) {
			run(add ? "add" : "write", x, y, index, index.layout.shape, dim, false);
			return -1;
		},
		nonzero() {
			throw new DeviceError(
				"the number of entries that are not 0 cannot be known at once on 'webgpu', and the result's size depends on it. Use (await t.to('cpu')).nonzero()",
			);
		},
	};
}
