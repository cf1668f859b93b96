import { DTypeError, ShapeError } from "../errors.js";
import { numelOf, type Shape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { composed } from "./composed.js";
import { isMaskType } from "./operands.js";
import { blamed, isReadable, watch } from "./range.js";
import { type Arg, defineOp, type Exec } from "./registry.js";

/**
 * Indexing by integer tensors, as PyTorch's `index` and `index_put_`: each
 * tensor stands for one dimension, they are broadcast together, and their common shape takes
 * the place of the indexed dimensions if these are neighbours, else the front.
 */
export interface IndexParams {
	/** The indexed dimensions, rising, one for each index tensor. */
	readonly dims: readonly number[];
}

interface Plan {
	/** The order of dimensions in which the indexed ones are neighbours. */
	readonly order: readonly number[];
	readonly inOrder: boolean;
	/** Sizes before, of, and after the indexed dimensions. */
	readonly before: Shape;
	readonly indexed: Shape;
	readonly after: Shape;
}

function planFor(shape: Shape, dims: readonly number[]): Plan {
	const first = dims[0] as number;
	const last = dims[dims.length - 1] as number;
	const inOrder = last - first === dims.length - 1;
	const others = shape.map((_, d) => d).filter((d) => !dims.includes(d));
	const lead = inOrder ? first : 0;
	const order = [...others.slice(0, lead), ...dims, ...others.slice(lead)];
	const sizes = (list: readonly number[]) =>
		list.map((d) => shape[d] as number);
	return {
		order,
		inOrder,
		before: sizes(others.slice(0, lead)),
		indexed: sizes(dims),
		after: sizes(others.slice(lead)),
	};
}

/** PyTorch counts the dimensions that are indexed by tensors only. */
function assertInRange(index: Tensor, dim: number, size: number): void {
	const words = (v: number) =>
		size === 0
			? "index is out of bounds for dimension with size 0"
			: `index ${v} is out of bounds for dimension ${dim} with size ${size}`;
	if (!isReadable(index)) {
		watch(index, -size, size, blamed(words));
		return;
	}
	const values = index.dataSync();
	for (let i = 0; i < values.length; i++) {
		const v = values[i] as number;
		if (v < -size || v >= size) throw new ShapeError(words(v));
	}
}

/** One position in the flattened indexed dimensions for each place; the shape of all. */
function linear(
	indices: readonly Tensor[],
	sizes: Shape,
): { at: Tensor; shape: Shape } {
	let at: Tensor | null = null;
	indices.forEach((index, i) => {
		const size = sizes[i] as number;
		assertInRange(index, i, size);
		const own = index.where(index.ge(0), index.add(size));
		at = at === null ? own : broadcastChecked(at.mul(size), own, indices);
	});
	const full = at as unknown as Tensor;
	return { at: full.reshape([-1]), shape: full.shape };
}

function broadcastChecked(
	a: Tensor,
	b: Tensor,
	indices: readonly Tensor[],
): Tensor {
	try {
		return a.add(b);
	} catch (error) {
		if (!(error instanceof ShapeError)) throw error;
		throw new ShapeError(
			`shape mismatch: indexing tensors could not be broadcast together with shapes ${indices.map((t) => showShape(t.shape)).join(", ")}`,
		);
	}
}

/** The elements at the places that the indices name. */
export const index = defineOp<readonly Tensor[], IndexParams>({
	name: "index",
	node: "IndexBackward0",
	forward: (x, [a, ...indices], { dims }) =>
		composed(x, null, () => {
			const source = a as Tensor;
			const plan = planFor(source.shape, dims);
			const { at, shape } = linear(indices, plan.indexed);
			const flat = source
				.permute(plan.order)
				.reshape([
					numelOf(plan.before),
					numelOf(plan.indexed),
					numelOf(plan.after),
				]);
			const picked = flat.indexSelect(1, at);
			return picked.view([...plan.before, ...shape, ...plan.after]);
		}),
	saved: ([, ...indices]) => indices,
	backward: (g, node) => {
		const indices = node.params.dims.map((_, i) => node.tensor(i));
		return [
			g.newZeros(node.shape(0)).putAt(node.params.dims, indices, g, true),
			...indices.map(() => null),
		];
	},
});

export interface IndexPutParams extends IndexParams {
	readonly accumulate: boolean;
}

/** `inputs` = the tensor, the values, the indices. */
export const indexPut = defineOp<
	readonly [Tensor, Arg, ...Tensor[]],
	IndexPutParams
>({
	name: "indexPut",
	node: "IndexPutBackward0",
	forward: (x, [a, values, ...indices], { dims, accumulate }, out) =>
		composed(x, out, () => written(x, a, values, indices, dims, accumulate)),
	saved: ([, , ...indices]) => indices,
	backward: (g, node) => {
		const { dims, accumulate } = node.params;
		const indices = dims.map((_, i) => node.tensor(i));
		return [
			!node.needs(0) ? null : accumulate ? g : g.putAt(dims, indices, 0, false),
			node.needs(1) ? g.indexAt(dims, indices) : null,
			...indices.map(() => null),
		];
	},
});

function written(
	x: Exec,
	a: Tensor,
	values: Arg,
	indices: readonly Tensor[],
	dims: readonly number[],
	accumulate: boolean,
): Tensor {
	const plan = planFor(a.shape, dims);
	const { at, shape } = linear(indices, plan.indexed);
	const counts = [
		numelOf(plan.before),
		numelOf(plan.indexed),
		numelOf(plan.after),
	];
	const work = a.permute(plan.order).copied().view(counts);
	const region = [...plan.before, ...shape, ...plan.after];
	const source =
		typeof values === "object" && values !== null
			? fitted(values, region, a)
			: a.newFull(region, values ?? 0);
	const slices = source.reshape([
		counts[0] as number,
		at.numel(),
		counts[2] as number,
	]);
	x.k.indexPut(work, 1, at, slices, accumulate);
	const sizes = plan.order.map((d) => a.shape[d] as number);
	const inverse = plan.order.map((_, i) => plan.order.indexOf(i));
	return work.view(sizes).permute(inverse).contiguous();
}

/** The values that go into `region`. @throws ShapeError if they do not broadcast */
function fitted(values: Tensor, region: Shape, a: Tensor): Tensor {
	let t = values.to(a.dtype);
	// Leading dimensions of size 1 do not count, as in PyTorch.
	while (t.shape.length > region.length && t.shape[0] === 1) t = t.squeeze(0);
	try {
		return t.expand(region);
	} catch {
		throw new ShapeError(
			`shape mismatch: value tensor of shape ${showShape(values.shape)} cannot be broadcast to indexing result of shape ${showShape(region)}`,
		);
	}
}

/** Elements where a mask holds, in row-major order, as a vector. */
export const maskedSelect = defineOp<readonly [Tensor, Tensor]>({
	name: "maskedSelect",
	node: "MaskedSelectBackward0",
	forward: (x, [a, mask]) => {
		if (!isMaskType(mask))
			throw new DTypeError(
				"masked_select: expected BoolTensor or ByteTensor for mask",
			);
		return composed(x, null, () => {
			const [source, full] = together(a, mask);
			return source.reshape([-1]).indexSelect(0, positions(full));
		});
	},
	saved: ([, mask]) => [mask],
	backward: (g, node) => {
		const mask = node.tensor(0);
		const shape = node.shape(0);
		const like = g.newZeros(shape);
		const [wide, full] = together(like, mask);
		return [
			g
				.newZeros([full.numel()])
				.indexAdd(0, positions(full), g)
				.reshape(wide.shape),
			null,
		];
	},
});

function together(a: Tensor, mask: Tensor): [Tensor, Tensor] {
	const shape = mask.broadcastShape(a);
	return [a.expand(shape), mask.expand(shape)];
}

function positions(mask: Tensor): Tensor {
	return mask.reshape([-1]).nonzero().view([-1]);
}
