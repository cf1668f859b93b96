import { inverseOrder, memoryOrder } from "./memory-order.js";
import { type Shape, sameShape } from "./shape.js";

// what most who ask for layouts want too
export * from "./shape.js";

function contiguousStrides(shape: Shape): number[] {
	const strides = new Array<number>(shape.length);
	let step = 1;
	for (let i = shape.length - 1; i >= 0; i--) {
		strides[i] = step;
		step *= Math.max(shape[i] as number, 1);
	}
	return strides;
}

/** Contiguous layouts by their sizes, a level for each dimension. */
interface Known {
	layout: Layout | null;
	larger: Map<number, Known> | null;
}

const MOST_KNOWN = 4096;
let known: Known = { layout: null, larger: null };
let knownCount = 0;

function denseLayout(shape: Shape): Layout {
	return new Layout(shape.slice(), contiguousStrides(shape), 0);
}

/** The place of the shapes that have `size` next; null if there are too many. */
function within(place: Known, size: number): Known | null {
	const have = place.larger?.get(size);
	if (have !== undefined) return have;
	if (++knownCount > MOST_KNOWN) return null;
	const next: Known = { layout: null, larger: null };
	place.larger ??= new Map();
	place.larger.set(size, next);
	return next;
}

/** A program of ever new shapes must not keep them all. */
function forgetAll(shape: Shape): Layout {
	known = { layout: null, larger: null };
	knownCount = 0;
	return denseLayout(shape);
}

/**
 * How a tensor's elements lie in its storage: sizes, strides and offset, all
 * counted in elements. Immutable; every view is a new layout.
 */
export class Layout {
	readonly shape: Shape;
	readonly strides: Shape;
	readonly offset: number;
	readonly numel: number;
	/** Whether elements follow each other in row-major order without a gap. */
	readonly isContiguous: boolean;
	/** A matrix's other orientation, once it was asked for. */
	#flipped: Layout | null = null;

	constructor(shape: Shape, strides: Shape, offset = 0) {
		this.shape = shape;
		this.strides = strides;
		this.offset = offset;
		let step = 1;
		let dense = true;
		for (let i = shape.length - 1; i >= 0; i--) {
			const size = shape[i] as number;
			if (size !== 1 && strides[i] !== step) dense = false;
			step *= size;
		}
		this.numel = step;
		this.isContiguous = dense || step === 0;
	}

	/** The layout of a new tensor; one object for each shape that recurs. */
	static contiguous(shape: Shape): Layout {
		let place: Known | null = known;
		for (let i = 0; i < shape.length && place !== null; i++)
			place = within(place, shape[i] as number);
		if (place === null) return forgetAll(shape);
		place.layout ??= denseLayout(shape);
		return place.layout;
	}

	/**
	 * The layout of a new tensor whose dimensions lie in the order of the
	 * operands it is computed from. PyTorch: `torch.preserve_format`.
	 */
	static following(shape: Shape, operands: readonly Layout[]): Layout {
		const [first] = operands;
		if (
			first?.isDense &&
			operands.every(
				(l) => sameShape(l.shape, shape) && sameShape(l.strides, first.strides),
			)
		)
			return first.offset === 0 ? first : new Layout(shape, first.strides);
		const order = memoryOrder(shape, operands);
		const sorted = Layout.contiguous(order.map((d) => shape[d] as number));
		return sorted.permute(inverseOrder(order));
	}

	/** As `contiguous([n])`, without the array. */
	static row(n: number): Layout {
		return within(known, n)?.layout ?? Layout.contiguous([n]);
	}

	/** As `contiguous([rows, columns])`, without the array. */
	static matrix(rows: number, columns: number): Layout {
		const row = within(known, rows);
		const layout = row && within(row, columns)?.layout;
		return layout ?? Layout.contiguous([rows, columns]);
	}

	get rank(): number {
		return this.shape.length;
	}

	/** One past the highest element that this layout can reach. */
	get extent(): number {
		if (this.numel === 0) return this.offset;
		let last = this.offset;
		for (let i = 0; i < this.rank; i++)
			last += ((this.shape[i] as number) - 1) * (this.strides[i] as number);
		return last + 1;
	}

	/** Whether the elements fill a block of memory, in whatever order of dimensions. */
	get isDense(): boolean {
		return this.extent - this.offset === this.numel && !this.isShared;
	}

	/** Whether several elements lie in one place, as far as strides of 0 tell. */
	get isShared(): boolean {
		if (this.isContiguous) return false;
		for (let i = 0; i < this.shape.length; i++)
			if ((this.shape[i] as number) > 1 && this.strides[i] === 0) return true;
		return false;
	}

	/**
	 * How an operand with this layout meets a write to `target` in the same
	 * memory: no common element for sure, element for element the same (both "none" of a problem),
	 * some in another order ("partial", which PyTorch refuses), or not told easily ("unknown").
	 */
	overlap(target: Layout): "none" | "partial" | "unknown" {
		const apart = this.extent <= target.offset || target.extent <= this.offset;
		if (apart) return "none";
		const same =
			this.offset === target.offset &&
			sameShape(this.shape, target.shape) &&
			sameShape(this.strides, target.strides);
		if (same) return "none";
		return this.isDense && target.isDense ? "partial" : "unknown";
	}

	/** Where the element at `index` lies in the storage. */
	at(...index: number[]): number {
		let p = this.offset;
		for (let i = 0; i < index.length; i++)
			p += (index[i] as number) * (this.strides[i] as number);
		return p;
	}

	transpose(a: number, b: number): Layout {
		if (this.shape.length === 2 && a !== b) {
			if (this.#flipped === null) {
				this.#flipped = this.swapped(0, 1);
				this.#flipped.#flipped = this;
			}
			return this.#flipped;
		}
		return this.swapped(a, b);
	}

	private swapped(a: number, b: number): Layout {
		const shape = this.shape.slice();
		const strides = this.strides.slice();
		[shape[a], shape[b]] = [shape[b] as number, shape[a] as number];
		[strides[a], strides[b]] = [strides[b] as number, strides[a] as number];
		return new Layout(shape, strides, this.offset);
	}

	permute(dims: readonly number[]): Layout {
		return new Layout(
			dims.map((d) => this.shape[d] as number),
			dims.map((d) => this.strides[d] as number),
			this.offset,
		);
	}

	/** `length` entries of `dim` from `start`, each `step` after the one before. */
	narrow(dim: number, start: number, length: number, step = 1): Layout {
		const shape = this.shape.slice();
		const strides = this.strides.slice();
		const stride = strides[dim] as number;
		shape[dim] = length;
		strides[dim] = stride * step;
		return new Layout(shape, strides, this.offset + start * stride);
	}

	select(dim: number, index: number): Layout {
		return new Layout(
			this.shape.filter((_, i) => i !== dim),
			this.strides.filter((_, i) => i !== dim),
			this.offset + index * (this.strides[dim] as number),
		);
	}

	/** Elements i, i + offset of dimensions a and b, as a last dimension. */
	diagonal(offset: number, a: number, b: number): Layout {
		const [sa, sb] = [this.strides[a] as number, this.strides[b] as number];
		const rows = (this.shape[a] as number) + Math.min(offset, 0);
		const columns = (this.shape[b] as number) - Math.max(offset, 0);
		const n = Math.max(Math.min(rows, columns), 0);
		const skip = offset >= 0 ? offset * sb : -offset * sa;
		const others = (_: number, i: number) => i !== a && i !== b;
		return new Layout(
			[...this.shape.filter(others), n],
			[...this.strides.filter(others), sa + sb],
			n > 0 ? this.offset + skip : this.offset,
		);
	}

	unsqueeze(dim: number): Layout {
		const shape = this.shape.slice();
		const strides = this.strides.slice();
		const inner =
			dim < this.rank ? (shape[dim] as number) * (strides[dim] as number) : 1;
		shape.splice(dim, 0, 1);
		strides.splice(dim, 0, inner);
		return new Layout(shape, strides, this.offset);
	}

	/** Without those of `dims` whose size is 1. */
	squeeze(dims: readonly number[]): Layout {
		const keep = (_: number, i: number) =>
			this.shape[i] !== 1 || !dims.includes(i);
		return new Layout(
			this.shape.filter(keep),
			this.strides.filter(keep),
			this.offset,
		);
	}

	/** Broadcast to `shape`, which `broadcastShapes` must have approved. */
	expand(shape: Shape): Layout {
		if (sameShape(shape, this.shape)) return this;
		const lead = shape.length - this.rank;
		const strides = shape.map((size, i) => {
			if (i < lead) return 0;
			const own = this.shape[i - lead] as number;
			return own === 1 && size !== 1 ? 0 : (this.strides[i - lead] as number);
		});
		return new Layout(shape, strides, this.offset);
	}

	/** The same elements in order under another shape; null if that needs a copy. */
	viewAs(shape: Shape): Layout | null {
		if (sameShape(shape, this.shape)) return this;
		if (this.isContiguous)
			return this.offset === 0
				? Layout.contiguous(shape)
				: new Layout(shape, contiguousStrides(shape), this.offset);
		// PyTorch's rule: runs of dimensions that follow each other without a gap
		// can be cut anew, and no new dimension may straddle two runs.
		const strides = new Array<number>(shape.length);
		let to = shape.length - 1;
		let base = this.strides[this.rank - 1] as number;
		let have = 1;
		let made = 1;
		for (let i = this.rank - 1; i >= 0; i--) {
			have *= this.shape[i] as number;
			const runGoesOn =
				i > 0 &&
				(this.shape[i - 1] === 1 || this.strides[i - 1] === have * base);
			if (runGoesOn) continue;
			while (to >= 0 && (made < have || shape[to] === 1)) {
				strides[to] = made * base;
				made *= shape[to--] as number;
			}
			if (made !== have) return null;
			if (i > 0) {
				base = this.strides[i - 1] as number;
				have = made = 1;
			}
		}
		if (to >= 0) return null;
		return new Layout(shape, strides, this.offset);
	}
}
