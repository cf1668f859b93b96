import { Layout } from "../../layout.js";
import type { Kernels, View } from "../backend.js";
import { blockOf, u, wgslType } from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

/** Elements that one workgroup sorts in its own memory. */
const LOCAL = 1024;

function sizeAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 1 : (v.layout.shape[dim] as number);
}

function strideAt(v: View, dim: number): number {
	return v.layout.rank === 0 ? 0 : (v.layout.strides[dim] as number);
}

/** Orders as an unsigned integer as the element does: NaN last, ±0 alike. */
function keyText(type: "f32" | "i32", flip: string): string {
	if (type === "i32")
		return `fn keyOf(v: i32) -> u32 { return (bitcast<u32>(v) ^ 0x80000000u) ^ ${flip}; }`;
	return `fn keyOf(v: f32) -> u32 {
	let b = bitcast<u32>(v);
	if (isNan(v)) { return 0xffffffffu ^ ${flip}; }
	if (!isSet(v)) { return 0x80000000u ^ ${flip}; }
	return select(b | 0x80000000u, ~b, (b >> 31u) != 0u) ^ ${flip};
}`;
}

/** What goes through one dimension in order. */
export function scanKernels(q: Queue): Pick<Kernels, "cumsum" | "sort"> {
	const cumsum: Kernels["cumsum"] = (x, y, dim) => {
		if (y.layout.numel === 0) return;
		const length = sizeAt(x, dim);
		const count = x.layout.numel / length;
		const kept = Loops.over(x.layout.shape, [x, y], (d) => d === dim);
		const words = [
			length,
			x.layout.offset,
			y.layout.offset,
			strideAt(x, dim),
			strideAt(y, dim),
			count,
		];
		const at = words.length;
		words.push(...kept.words());
		const type = wgslType(x.dtype);
		const slots = [
			{ name: "X", view: x },
			{ name: "Y", view: y, writes: true },
		];
		// 256 entries at a time; `carry` is the sum of all before them
		q.run(`cumsum:${kept.key}`, slots, words, count, () => ({
			functions: `var<workgroup> part: array<${type}, 512>;`,
			body: `	let line = min(group, ${u(5)} - 1u);
	var oX = ${u(1)};
	var oY = ${u(2)};
	${kept.text("line", at, ["oX", "oY"])}
	var carry = ${type}(0);
	for (var start = 0u; start < ${u(0)}; start += 256u) {
		let k = start + lane;
		var v = ${type}(0);
		if (k < ${u(0)}) { v = X(oX + k * ${u(3)}); }
		var half = 0u;
		part[lane] = v;
		for (var step = 1u; step < 256u; step <<= 1u) {
			workgroupBarrier();
			if (lane >= step) { v = part[half + lane - step] + v; }
			half = 256u - half;
			part[half + lane] = v;
		}
		workgroupBarrier();
		if (k < ${u(0)} && group < ${u(5)}) { Y_put(oY + k * ${u(4)}, carry + v); }
		carry += part[half + 255u];
		workgroupBarrier();
	}`,
		}));
	};

	const sort: Kernels["sort"] = (x, values, indices, dim, descending) => {
		const n = sizeAt(x, dim);
		if (x.layout.numel === 0) return;
		const count = x.layout.numel / n;
		let size = 2;
		while (size < n) size *= 2;
		const kept = Loops.over(
			x.layout.shape,
			[x, values, indices],
			(d) => d === dim,
		);
		const words = [
			n,
			count,
			size,
			x.layout.offset,
			values.layout.offset,
			indices.layout.offset,
			strideAt(x, dim),
			strideAt(values, dim),
			strideAt(indices, dim),
			descending ? 0xffffffff : 0,
		];
		const at = words.length;
		words.push(...kept.words());
		if (size <= LOCAL)
			sortLocal(x, values, indices, words, at, kept, count, size);
		else sortGlobal(x, values, indices, words, at, kept, count, size);
	};

	/** A bitonic network over pairs (key, place): as all differ, it is stable. */
	function sortLocal(
		x: View,
		values: View,
		indices: View,
		words: readonly number[],
		at: number,
		kept: Loops,
		count: number,
		size: number,
	): void {
		const type = wgslType(x.dtype);
		const each = Math.ceil(size / 256);
		const slots = [
			{ name: "X", view: x },
			{ name: "V", view: values, writes: true },
			{ name: "I", view: indices, writes: true },
		];
		q.run(`sort:${size}:${kept.key}`, slots, words, count, () => ({
			functions: `var<workgroup> keys: array<u32, ${size}>;
var<workgroup> places: array<u32, ${size}>;
${keyText(type, u(9))}`,
			body: `	let line = min(group, ${u(1)} - 1u);
	var oX = ${u(3)};
	var oV = ${u(4)};
	var oI = ${u(5)};
	${kept.text("line", at, ["oX", "oV", "oI"])}
	for (var k = lane; k < ${size}u; k += 256u) {
		// what fills up is behind everything, as its places are the highest
		keys[k] = 0xffffffffu;
		if (k < ${u(0)}) { keys[k] = keyOf(X(oX + k * ${u(6)})); }
		places[k] = k;
	}
	for (var run = 2u; run <= ${size}u; run <<= 1u) {
		for (var step = run >> 1u; step > 0u; step >>= 1u) {
			workgroupBarrier();
			for (var k = lane; k < ${size / 2}u; k += 256u) {
				let a = (k / step) * step * 2u + k % step;
				let b = a + step;
				let isAfter = keys[a] > keys[b] || (keys[a] == keys[b] && places[a] > places[b]);
				if (isAfter == ((a & run) == 0u)) {
					let key = keys[a]; keys[a] = keys[b]; keys[b] = key;
					let place = places[a]; places[a] = places[b]; places[b] = place;
				}
			}
		}
	}
	workgroupBarrier();
	// values may overwrite x: all are read before the first is written
	var own: array<${type}, ${each}>;
	for (var j = 0u; j < ${each}u; j++) {
		let k = lane + j * 256u;
		if (k < ${u(0)}) { own[j] = X(oX + places[k] * ${u(6)}); }
	}
	storageBarrier();
	for (var j = 0u; j < ${each}u; j++) {
		let k = lane + j * 256u;
		if (k < ${u(0)} && group < ${u(1)}) {
			V_put(oV + k * ${u(7)}, own[j]);
			I_put(oI + k * ${u(8)}, i32(places[k]));
		}
	}`,
		}));
	}

	/** The same in global memory, one dispatch for each step of the network. */
	function sortGlobal(
		x: View,
		values: View,
		indices: View,
		words: readonly number[],
		at: number,
		kept: Loops,
		count: number,
		size: number,
	): void {
		const type = wgslType(x.dtype);
		const total = count * size;
		const [keys, places, copies] = [0, 1, 2].map((k) => ({
			storage: { handle: q.pool.alloc(total * 4) },
			layout: Layout.contiguous([total]),
			dtype: k === 2 ? x.dtype : ("int32" as const),
		})) as [View, View, View];
		const groups = Math.ceil(total / 256);
		const place = `	let k = group * 256u + lane;
	if (k >= ${u(1)} * ${u(2)}) { return; }
	let line = k / ${u(2)};
	let own = k % ${u(2)};
	var oX = ${u(3)};
	var oV = ${u(4)};
	var oI = ${u(5)};
	${kept.text("line", at, ["oX", "oV", "oI"])}`;
		q.run(
			`sortFill:${kept.key}`,
			[
				{ name: "X", view: x },
				{ name: "K", view: keys, writes: true },
				{ name: "S", view: places, writes: true },
				{ name: "C", view: copies, writes: true },
			],
			words,
			groups,
			() => ({
				functions: keyText(type, u(9)),
				body: `${place}
	var key = 0xffffffffu;
	if (own < ${u(0)}) {
		let v = X(oX + own * ${u(6)});
		key = keyOf(v);
		C_put(k, v);
	}
	K_put(k, bitcast<i32>(key));
	S_put(k, i32(own));`,
			}),
		);
		for (let run = 2; run <= size; run *= 2)
			for (let step = run / 2; step >= 1; step /= 2)
				q.run(
					"sortStep",
					[
						{ name: "K", view: keys, writes: true },
						{ name: "S", view: places, writes: true },
					],
					[total / 2, run, step, size],
					Math.ceil(total / 512),
					() => ({
						body: `	let k = group * 256u + lane;
	if (k >= ${u(0)}) { return; }
	let a = (k / ${u(2)}) * ${u(2)} * 2u + k % ${u(2)};
	let b = a + ${u(2)};
	let ka = bitcast<u32>(K(a));
	let kb = bitcast<u32>(K(b));
	let sa = S(a);
	let sb = S(b);
	let isUp = ((a % ${u(3)}) & ${u(1)}) == 0u;
	if ((ka > kb || (ka == kb && sa > sb)) == isUp) {
		K_put(a, bitcast<i32>(kb)); K_put(b, bitcast<i32>(ka));
		S_put(a, sb); S_put(b, sa);
	}`,
					}),
				);
		q.run(
			`sortStore:${kept.key}`,
			[
				{ name: "S", view: places },
				{ name: "C", view: copies },
				{ name: "V", view: values, writes: true },
				{ name: "I", view: indices, writes: true },
			],
			words,
			groups,
			() => ({
				body: `${place}
	if (own >= ${u(0)}) { return; }
	let origin = u32(S(k));
	V_put(oV + own * ${u(7)}, C(line * ${u(2)} + origin));
	I_put(oI + own * ${u(8)}, i32(origin));`,
			}),
		);
		for (const v of [keys, places, copies]) q.release(blockOf(v));
	}

	return { cumsum, sort };
}
