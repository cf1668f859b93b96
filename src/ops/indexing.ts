import type { Backend } from "../backends/backend.js";
import { DTypeError, ShapeError } from "../errors.js";
import { type Shape, sameShape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import {
	converted,
	densified,
	freeTemporaries,
	temporary,
	torchName,
} from "./operands.js";
import { blamed, watch } from "./range.js";
import { type Arg, defineOp } from "./registry.js";

interface Along {
	readonly dim: number;
}

/** @throws DTypeError unless integers; `wanted` is PyTorch's word for them */
function assertIndex(name: string, index: Tensor, wanted: string): void {
	if (index.dtype === "float32" || index.dtype === "bool")
		throw new DTypeError(
			`${name}(): Expected dtype ${wanted} for index but got: ${index.dtype === "bool" ? "Bool" : "Float"}. Convert with .to('int32')`,
		);
}

/** The least entry, or 0 where a device cannot tell at once. */
function leastOf(k: Backend, index: Tensor): number {
	if (index.layout.numel === 0 || k.readSync === undefined) return 0;
	if (index.dtype === "uint8") return 0;
	const flat = densified(k, index);
	const line = {
		storage: flat.storage,
		layout: flat.layout.viewAs([index.layout.numel]) ?? flat.layout,
		dtype: index.dtype,
	};
	const least = temporary(k, [1], "int32");
	k.reduce("min", line, least);
	const bytes = k.readSync(least.storage.handle, 0, 4);
	freeTemporaries();
	return new Int32Array(bytes.buffer, bytes.byteOffset, 1)[0] as number;
}

/**
 * Frees what was made on the way, and says which index was out of range; kernels
 * would count a negative one from the end, as PyTorch does in x[…] only.
 */
function check(
	words: Words,
	index: Tensor,
	bad: number,
	results: readonly Tensor[],
): void {
	freeTemporaries();
	if (bad < 0) return;
	for (const r of results) r.dispose();
	throw new ShapeError(atPosition(words, index.dataSync()[bad] as number, bad));
}

const atPosition = (words: Words, value: number, position: number) =>
	`${words(value)} (position ${position} of the index is ${value})`;

const withLeast = (words: Words, least: number) =>
	`${words(least)} (the least index is ${least})`;

/** Refuses negative entries; a device that cannot be read at once is to tell of all that are not below `size`. */
function assertNotNegative(
	k: Backend,
	index: Tensor,
	size: number,
	words: Words,
): void {
	const least = leastOf(k, index);
	if (least < 0) throw new ShapeError(withLeast(words, least));
	watch(
		index,
		0,
		size,
		blamed((value, position, lowest) =>
			lowest < 0
				? withLeast(words, lowest)
				: atPosition(words, value, position),
		),
	);
}

type Words = (value: number) => string;

const OUT_OF_RANGE = () => "index out of range in self";

const outOfBounds = (dim: number, size: number) => (value: number) =>
	`index ${value} is out of bounds for dimension ${dim} with size ${size}`;

/** Whole slices of `dim`, picked by a list of positions. */
export const indexSelect = defineOp<readonly [Tensor, Tensor], Along>({
	name: "indexSelect",
	node: "IndexSelectBackward0",
	forward: (x, [a, index], { dim }) => {
		if (index.dtype === "float32" || index.dtype === "bool")
			throw new DTypeError(
				`index_select(): Expected dtype int32 or int64 for index, but found ${index.dtype}. Convert with .to('int32')`,
			);
		if (index.shape.length > 1)
			throw new ShapeError("index_select(): Index is supposed to be a vector");
		assertNotNegative(x.k, index, a.shape[dim] ?? 1, OUT_OF_RANGE);
		const shape = a.shape.slice();
		if (shape.length > 0) shape[dim] = index.numel();
		const y = x.empty(shape, a.dtype);
		const list = densified(x.k, converted(x.k, index, "int32"));
		const bad = x.k.indexSelect(a, dim, list, y);
		check(OUT_OF_RANGE, index, bad, [y]);
		return y;
	},
	saved: ([, index]) => [index],
	backward: (g, node) => [
		g.newZeros(node.shape(0)).indexAdd(node.params.dim, node.tensor(0), g),
		null,
	],
});

/** Adds (or puts) slices of `source` at positions of `dim`. */
function indexWrite(name: "indexAdd" | "indexCopy") {
	const add = name === "indexAdd";
	const torchs = add ? "index_add_" : "index_copy_";
	return defineOp<readonly [Tensor, Tensor, Tensor], Along>({
		name,
		node: add ? "IndexAddBackward0" : "IndexCopyBackward0",
		forward: (x, [a, index, source], { dim }, out) => {
			assertIndex(torchs, index, "int32/int64");
			if (index.shape.length > 1)
				throw new ShapeError(`${torchs}(): Index is supposed to be a vector`);
			const count = index.numel();
			if ((source.shape[dim] ?? 1) !== count)
				throw new ShapeError(
					`${torchs}(): Number of indices (${count}) should be equal to source.size(dim)${add ? ":" : ""} (${source.shape[dim] ?? 1})${add ? `, for dim: ${dim}` : ""}`,
				);
			const want = a.shape.slice();
			if (want.length > 0) want[dim] = count;
			if (!sameShape(want, source.shape))
				throw new ShapeError(
					`${torchs}(): source tensor must have the same shape as self apart from dimension ${dim}: expected ${showShape(want)}, but got ${showShape(source.shape)}`,
				);
			if (source.dtype !== a.dtype)
				throw new DTypeError(
					add
						? `index_add_(): self (${torchName(a.dtype)}) and source (${torchName(source.dtype)}) must have the same scalar type`
						: `index_copy_(): self and source expected to have the same dtype, but got (self) ${torchName(a.dtype)} and (source) ${torchName(source.dtype)}`,
				);
			const size = a.shape[dim] ?? 1;
			const words = add
				? OUT_OF_RANGE
				: (value: number) => `index_copy_(): ${outOfBounds(dim, size)(value)}`;
			assertNotNegative(x.k, index, size, words);
			const y = out ?? x.empty(a.shape, a.dtype);
			if (y !== a) x.k.copy(a, y);
			const list = densified(x.k, converted(x.k, index, "int32"));
			const bad = x.k.indexPut(y, dim, list, source, add);
			check(words, index, bad, y === a ? [] : [y]);
			return y;
		},
		saved: ([, index]) => [index],
		backward: (g, node) => {
			const { dim } = node.params;
			const index = node.tensor(0);
			return [
				!node.needs(0)
					? null
					: add
						? g
						: g.indexCopy(dim, index, g.newZeros(node.shape(2))),
				null,
				node.needs(2) ? g.indexSelect(dim, index) : null,
			];
		},
	});
}

export const indexAdd = indexWrite("indexAdd");
export const indexCopy = indexWrite("indexCopy");

/** The first dimension but `dim` along which `index` is larger, or -1. */
function larger(index: Shape, than: Shape, dim: number): number {
	return index.findIndex((n, i) => i !== dim && n > (than[i] as number));
}

/** y[i][j] = a[index[i][j]][j] for dim 0, and so on. */
export const gather = defineOp<readonly [Tensor, Tensor], Along>({
	name: "gather",
	node: "GatherBackward0",
	forward: (x, [a, index], { dim }) => {
		assertIndex("gather", index, "int64");
		if (Math.max(index.shape.length, 1) !== Math.max(a.shape.length, 1))
			throw new ShapeError(
				"Index tensor must have the same number of dimensions as input tensor",
			);
		const clash = a.shape.length > 0 ? larger(index.shape, a.shape, dim) : -1;
		if (clash >= 0)
			throw new ShapeError(
				`Size does not match at dimension ${clash} expected index ${showShape(index.shape)} to be smaller than self ${showShape(a.shape)} apart from dimension ${dim}`,
			);
		const size = a.shape[dim] ?? 1;
		const words = outOfBounds(dim, size);
		assertNotNegative(x.k, index, size, words);
		const y = x.empty(index.shape, a.dtype);
		const bad = x.k.gather(a, dim, converted(x.k, index, "int32"), y);
		check(words, index, bad, [y]);
		return y;
	},
	saved: ([, index]) => [index],
	backward: (g, node) => [
		g.newZeros(node.shape(0)).scatterAdd(node.params.dim, node.tensor(0), g),
		null,
	],
});

/** @throws ShapeError in PyTorch's words unless `index` fits into both */
function assertScatter(
	name: string,
	a: Tensor,
	index: Tensor,
	source: Arg,
	dim: number,
): void {
	assertIndex(name, index, "int64");
	if (index.numel() === 0) return;
	const rank = Math.max(a.shape.length, 1);
	if (Math.max(index.shape.length, 1) !== rank)
		throw new ShapeError(
			"Index tensor must have the same number of dimensions as self tensor",
		);
	const tensor = typeof source === "object" ? source : null;
	if (tensor && Math.max(tensor.shape.length, 1) !== rank)
		throw new ShapeError(
			"Index tensor must have the same number of dimensions as src tensor",
		);
	if (a.shape.length === 0 || index.shape.length === 0) return;
	if (
		larger(index.shape, a.shape, dim) < 0 &&
		(!tensor || larger(index.shape, tensor.shape, -1) < 0)
	)
		return;
	throw new ShapeError(
		`Expected index ${showShape(index.shape)} to be smaller than self ${showShape(a.shape)} apart from dimension ${dim}${tensor ? ` and to be smaller size than src ${showShape(tensor.shape)}` : ""}`,
	);
}

/** The inverse of gather: a[index[i][j]][j] = source[i][j] (or +=). */
function scatterWith(name: "scatter" | "scatterAdd") {
	const add = name === "scatterAdd";
	return defineOp<readonly [Tensor, Tensor, Arg], Along>({
		name,
		node: add
			? "ScatterAddBackward0"
			: (_p, [, , source]) =>
					`ScatterBackward${typeof source === "number" ? 1 : 0}`,
		forward: (x, [a, index, source], { dim }, out) => {
			assertScatter(add ? "scatter_add" : "scatter", a, index, source, dim);
			const size = a.shape[dim] ?? 1;
			const words = outOfBounds(dim, size);
			assertNotNegative(x.k, index, size, words);
			if (
				typeof source === "object" &&
				source !== null &&
				source.dtype !== a.dtype
			)
				throw new DTypeError(
					`scatter(): Expected self.dtype to be equal to src.dtype: got ${torchName(a.dtype)} and ${torchName(source.dtype)}. Convert with .to('${a.dtype}')`,
				);
			const y = out ?? x.empty(a.shape, a.dtype);
			if (y !== a) x.k.copy(a, y);
			if (index.numel() === 0) return y;
			const list = converted(x.k, index, "int32");
			let from: Parameters<typeof x.k.scatter>[3];
			if (typeof source === "object" && source !== null)
				from = overlap(source, index.shape);
			else from = source ?? 0;
			const bad = x.k.scatter(y, dim, list, from, add);
			check(words, index, bad, y === a ? [] : [y]);
			return y;
		},
		saved: ([, index]) => [index],
		backward: (g, node) => {
			const { dim } = node.params;
			const index = node.tensor(0);
			const source = () => {
				const own = g.gather(dim, index);
				return sameShape(own.shape, node.shape(2))
					? own
					: padTo(own, node.shape(2));
			};
			return [
				!node.needs(0) ? null : add ? g : g.scatter(dim, index, 0),
				null,
				node.needs(2) ? source() : null,
			];
		},
	});
}

/** The leading part of `source` that an index of `shape` addresses. */
function overlap(source: Tensor, shape: Shape) {
	let layout = source.layout;
	if (layout.shape.length === shape.length)
		shape.forEach((n, d) => {
			layout = layout.narrow(d, 0, n);
		});
	return { storage: source.storage, layout, dtype: source.dtype };
}

/** Zeros behind the entries, up to `shape`. */
function padTo(t: Tensor, shape: Shape): Tensor {
	return t.padded(
		shape.map(() => 0),
		shape.map((n, d) => n - (t.shape[d] as number)),
		0,
	);
}

export const scatter = scatterWith("scatter");
export const scatterAdd = scatterWith("scatterAdd");
