import { Layout } from "../../layout.js";
import type { Kernels, ReduceName, View } from "../backend.js";
import {
	groupsFor,
	headText,
	type Share,
	shareKey,
	shareOut,
	shareText,
	treeText,
} from "./lines.js";
import {
	bits,
	blockOf,
	f,
	held,
	isByte,
	isSameView,
	u,
	wgslType,
} from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

/** Elements from which one result is worked at by several workgroups. */
const LONG = 1 << 15;

/**
 * A sum and what rounding took from it: sums are as exact as the CPU's, which
 * has doubles. (Source: Knuth's TwoSum.)
 */
const TWO_SUM = `var<workgroup> rest: array<f32, 256>;
fn twoSum(a: f32, b: f32) -> vec2<f32> {
	let s = a + b;
	let t = s - a;
	return vec2<f32>(s, (a - (s - t)) + (b - t));
}`;

function startOf(op: ReduceName, type: "f32" | "i32"): string {
	if (op === "sum") return `${type}(0)`;
	if (op === "prod") return `${type}(1)`;
	if (type === "f32") return op === "max" ? "-inf()" : "inf()";
	return op === "max" ? "(-2147483647 - 1)" : "2147483647";
}

function joinOf(op: ReduceName, type: "f32" | "i32"): string {
	if (op === "sum") return "a + b";
	if (op === "prod") return "a * b";
	return `${op}${type === "f32" ? "_" : ""}(a, b)`;
}

/** Over no elements. */
function emptyValue(op: ReduceName, y: View): number {
	if (op === "sum") return 0;
	if (op === "prod") return 1;
	const inf = Number.POSITIVE_INFINITY;
	if (y.dtype === "float32") return op === "max" ? -inf : inf;
	if (y.dtype === "int32") return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
	return op === "max" ? 0 : y.dtype === "bool" ? 1 : 255;
}

/** Whether neighbours in the last dimension that counts belong to one line. */
export function isLastReduced(
	shape: readonly number[],
	isReduced: (dim: number) => boolean,
): boolean {
	for (let d = shape.length - 1; d >= 0; d--)
		if (shape[d] !== 1) return isReduced(d);
	return true;
}

export function reduceKernels(
	q: Queue,
	kernels: Pick<Kernels, "fill">,
): Pick<Kernels, "reduce" | "argReduce"> {
	const reduce: Kernels["reduce"] = (op, x, y, scale = 1) => {
		if (y.layout.numel === 0) return;
		if (x.layout.numel === 0) {
			kernels.fill(y, emptyValue(op, y));
			return;
		}
		const isColumns =
			op === "sum" &&
			scale === 1 &&
			x.dtype === "float32" &&
			x.layout.rank === 2 &&
			y.layout.shape[0] === 1 &&
			x.layout.shape[0] !== 1 &&
			y.layout.shape[1] === x.layout.shape[1];
		if (!isColumns) now(op, x, y, scale);
		// a bias' gradient: the weight's, before or after it, adds up the same
		else if (!q.deferred?.columnSums?.(x, y)) deferColumns(held(x), held(y));
	};

	function deferColumns(x: View, y: View): void {
		let isOurs = true;
		q.defer({
			blocks: [blockOf(x), blockOf(y)],
			emit: () => {
				if (isOurs) now("sum", x, y, 1);
			},
			handOver(xt, inUse) {
				const turned = {
					storage: x.storage,
					layout: x.layout.transpose(0, 1),
					dtype: x.dtype,
				};
				if (!isOurs || !isSameView(turned, xt)) return null;
				if (inUse.includes(blockOf(y))) return null;
				isOurs = false;
				return y;
			},
		});
	}

	function now(op: ReduceName, x: View, y: View, scale: number): void {
		const { shape } = x.layout;
		const isReduced = (d: number) => y.layout.shape[d] === 1 && shape[d] !== 1;
		const count = y.layout.numel;
		const length = x.layout.numel / count;
		const parts = Math.min(256, Math.floor(length / (LONG / 4)));
		if (length >= LONG && count * 4 <= 256 && parts > 1) {
			inParts(op, x, y, scale, count, length, parts, isReduced);
			return;
		}
		const kept = Loops.over(shape, [x, y], isReduced);
		const line = Loops.over(shape, [x], (d) => !isReduced(d));
		const share = shareOut(count, length, isLastReduced(shape, isReduced));
		run(op, x, y, kept, line, share, count, length, length, 1, scale);
	}

	/** Partial results into a block of their own, then those into y. */
	function inParts(
		op: ReduceName,
		x: View,
		y: View,
		scale: number,
		count: number,
		length: number,
		parts: number,
		isReduced: (d: number) => boolean,
	): void {
		const bytes = count * parts * 4;
		const handle = q.pool.alloc(bytes);
		const dtype = isByte(x.dtype) ? "int32" : x.dtype;
		const storage = { handle };
		const shape = [count, parts];
		const partial: View = {
			storage,
			dtype,
			layout: Layout.contiguous(shape),
		};
		const { shape: from } = x.layout;
		const kept = Loops.over(from, [x, y], isReduced);
		const line = Loops.over(from, [x], (d) => !isReduced(d));
		const share = shareOut(count * parts, length, true);
		const chunk = Math.ceil(length / parts);
		run(op, x, partial, kept, line, share, count, length, chunk, parts, 1);
		// the second pass counts lines as the first one did
		const ends = new Loops(2);
		for (let d = 0; d < from.length; d++)
			if (!isReduced(d))
				ends.add(from[d] as number, 0, y.layout.strides[d] as number);
		finish(op, partial, y, ends, count, parts, scale);
		q.release(handle);
	}

	/** y = what the rows of `partial` [count, parts] come to. */
	function finish(
		op: ReduceName,
		partial: View,
		y: View,
		ends: Loops,
		count: number,
		parts: number,
		scale: number,
	): void {
		const kept = new Loops(2);
		kept.sizes.push(...ends.sizes);
		let step = parts;
		for (let d = ends.sizes.length - 1; d >= 0; d--) {
			kept.strides.unshift([step, (ends.strides[d] as number[])[1] as number]);
			step *= ends.sizes[d] as number;
		}
		const line = new Loops(1);
		line.add(parts, 1);
		const share = shareOut(count, parts, true);
		run(op, partial, y, kept, line, share, count, parts, parts, 1, scale);
	}

	function run(
		op: ReduceName,
		x: View,
		y: View,
		kept: Loops,
		line: Loops,
		share: Share,
		count: number,
		length: number,
		chunk: number,
		parts: number,
		scale: number,
	): void {
		const type = wgslType(x.dtype);
		const words = [
			count * parts,
			length,
			x.layout.offset,
			y.layout.offset,
			bits(scale),
			chunk,
			parts,
		];
		const keptAt = words.length;
		words.push(...kept.words());
		const lineAt = words.length;
		words.push(...line.words());
		const scaled = scale !== 1;
		const key = `reduce:${op}:${shareKey(share)}:${kept.key}:${line.key}:${scaled}:${parts > 1}`;
		const slots = [
			{ name: "X", view: x },
			{ name: "Y", view: y, writes: true },
		];
		const isExact = op === "sum" && type === "f32";
		q.run(key, slots, words, groupsFor(share, count * parts), () => ({
			functions: `var<workgroup> part: array<${type}, 256>;
${isExact ? TWO_SUM : ""}
fn join(a: ${type}, b: ${type}) -> ${type} { return ${joinOf(op, type)}; }`,
			body: `${shareText(share, 0)}${headText(share)}	var oX = ${u(2)};
	var oY = ${u(3)};
	${
		parts > 1
			? `let begin = (line % ${u(6)}) * ${u(5)};
	let to = min(begin + ${u(5)}, ${u(1)});
	var unused = 0u;
	${kept.text(`line / ${u(6)}`, keptAt, ["oX", "unused"])}	oY += number;`
			: `let begin = 0u;
	let to = ${u(1)};
	${kept.text("line", keptAt, ["oX", "oY"])}`
	}
	var total = ${startOf(op, type)};
	${isExact ? "var lost = 0.0;" : ""}
	for (var at = begin + first; at < to; at += ${share.along}u) {
		var o = oX;
		${line.text("at", lineAt, ["o"])}
		${isExact ? "let sum = twoSum(total, X(o)); total = sum.x; lost += sum.y;" : "total = join(total, X(o));"}
	}
	part[lane] = total;
${
	isExact
		? `	rest[lane] = lost;
${treeText(share, (a, b) => `let sum = twoSum(part[${a}], part[${b}]); part[${a}] = sum.x; rest[${a}] += rest[${b}] + sum.y;`)}	let value = select(part[head] + rest[head], part[head], isInf(part[head]) || isNan(part[head]));`
		: `${treeText(share, (a, b) => `part[${a}] = join(part[${a}], part[${b}]);`)}	let value = part[head];`
}
	if (isLine && first == 0u) { Y_put(oY, value${scaled ? ` * ${type}(${f(4)})` : ""}); }`,
		}));
	}

	const argReduce: Kernels["argReduce"] = (op, x, values, indices) => {
		const count = indices.layout.numel;
		if (count === 0) return;
		const { shape } = x.layout;
		let dim = -1;
		for (let d = 0; d < shape.length; d++)
			if (indices.layout.shape[d] === 1 && shape[d] !== 1) dim = d;
		const length = dim < 0 ? 1 : (shape[dim] as number);
		const stride = dim < 0 ? 0 : (x.layout.strides[dim] as number);
		const out = values ?? indices;
		const kept = Loops.over(shape, [x, indices, out], (d) => d === dim);
		const share = shareOut(
			count,
			length,
			isLastReduced(shape, (d) => d === dim),
		);
		const type = wgslType(x.dtype);
		const words = [
			count,
			length,
			x.layout.offset,
			indices.layout.offset,
			out.layout.offset,
			stride,
		];
		const keptAt = words.length;
		words.push(...kept.words());
		const key = `arg:${op}:${shareKey(share)}:${kept.key}:${values !== null}`;
		const slots = [
			{ name: "X", view: x },
			{ name: "I", view: indices, writes: true },
			...(values ? [{ name: "V", view: values, writes: true }] : []),
		];
		const better = op === "max" ? "a > b" : "a < b";
		q.run(key, slots, words, groupsFor(share, count), () => ({
			functions: `var<workgroup> best: array<${type}, 256>;
var<workgroup> place: array<u32, 256>;
fn isBefore(a: ${type}, i: u32, b: ${type}, j: u32) -> bool {
	${type === "f32" ? "if (isNan(a) || isNan(b)) { return isNan(a) && (!isNan(b) || i < j); }" : ""}
	return ${better} || (a == b && i < j);
}`,
			body: `${shareText(share, 0)}${headText(share)}	var oX = ${u(2)};
	var oI = ${u(3)};
	var oV = ${u(4)};
	${kept.text("line", keptAt, ["oX", "oI", "oV"])}
	var at = min(first, ${u(1)} - 1u);
	var top = X(oX + at * ${u(5)});
	for (var k = first + ${share.along}u; k < ${u(1)}; k += ${share.along}u) {
		let v = X(oX + k * ${u(5)});
		if (isBefore(v, k, top, at)) { top = v; at = k; }
	}
	best[lane] = top;
	place[lane] = at;
${treeText(share, (a, b) => `if (isBefore(best[${b}], place[${b}], best[${a}], place[${a}])) { best[${a}] = best[${b}]; place[${a}] = place[${b}]; }`)}	if (isLine && first == 0u) {
		I_put(oI, i32(place[head]));
		${values ? "V_put(oV, best[head]);" : ""}
	}`,
		}));
	};

	return { reduce, argReduce };
}
