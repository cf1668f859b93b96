import type { DType } from "../../dtype.js";
import { Layout, sameShape } from "../../layout.js";
import type { Operand, View } from "../backend.js";
import {
	isSameLayout,
	isSingleIn,
	type Place,
	type Rule,
	runSteps,
	type Source,
	type Step,
	scalarBits,
} from "./fused.js";
import type { Block } from "./memory.js";
import { blockOf, isByte } from "./program.js";
import type { Deferred, Queue } from "./queue.js";

/** Steps of one chain: a long text compiles slowly, and differs more often from the last one. */
const LONGEST = 32;

/** One element everywhere: a number that lies on the device. */
export function isSingle(v: View): boolean {
	return isSingleIn(v.layout);
}

/**
 * Elementwise operations over one shape that run as one kernel. Each
 * invocation has its elements' results in registers, so a later step finds an
 * earlier one's without reading memory, and what was freed meanwhile is never
 * written. The rule that keeps it right: of a block that a step writes, all steps
 * see the same elements in the same order.
 */
export class Chain implements Deferred {
	blocks: Block[] = [];
	private readonly steps: Step[] = [];
	/** Of each block that is written, the last step that does. */
	private readonly writers = new Map<Block, number>();
	private readonly loads = new Map<Block, Place[]>();
	private readonly layout: Layout;
	/** Whether a row-major number alone tells a place in all operands. */
	private isFlat = true;

	constructor(
		private readonly q: Queue,
		y: View,
	) {
		this.layout = y.layout;
	}

	/** Takes an operation over, or says that it has to begin a new chain. */
	add(
		rule: Rule,
		y: View,
		inputs: readonly Operand[],
		types: readonly DType[],
	): boolean {
		if (this.steps.length >= LONGEST) return false;
		const isFirst = this.steps.length === 0;
		const to = this.placeOf(y);
		if (to === null) return false;
		const sources: Source[] = [];
		for (const [k, x] of inputs.entries()) {
			if (typeof x === "number") {
				sources.push({ number: scalarBits(x, types[k] as DType) });
				continue;
			}
			const place = this.placeOf(x);
			if (place === null) return false;
			const source = this.sourceOf(place);
			if (source === null) return false;
			// one operation may read and write separate elements of a block
			const meets =
				place.block === to.block && !isSameLayout(place.layout, to.layout);
			if (meets && !isFirst) return false;
			sources.push(source);
		}
		if (!this.mayWrite(to)) return false;
		for (const source of sources)
			if ("place" in source) this.note(source.place);
		const before = this.writers.get(to.block);
		if (before !== undefined) (this.steps[before] as Step).isKept = false;
		this.writers.set(to.block, this.steps.length);
		if (!this.blocks.includes(to.block)) this.blocks.push(to.block);
		this.isFlat &&= isFlat(to.layout);
		this.steps.push({ rule, sources, types, to, dtype: y.dtype, isKept: true });
		return true;
	}

	forget(block: Block): void {
		const writer = this.writers.get(block);
		if (writer === undefined) return;
		(this.steps[writer] as Step).isKept = false;
		this.writers.delete(block);
		if (!this.loads.has(block))
			this.blocks = this.blocks.filter((other) => other !== block);
	}

	/** A view in this chain's shape; null if its elements have another order. */
	private placeOf(view: View): Place | null {
		const { layout, dtype } = view;
		const block = blockOf(view);
		const { shape, numel } = this.layout;
		if (sameShape(layout.shape, shape)) return { block, layout, dtype };
		if (layout.numel !== numel || !this.isFlat) return null;
		const { offset } = layout;
		if (layout.isContiguous) {
			const { strides } = Layout.contiguous(shape);
			return { block, dtype, layout: new Layout(shape, strides, offset) };
		}
		if (!isSingleIn(layout)) return null;
		const strides = shape.map(() => 0);
		return { block, dtype, layout: new Layout(shape, strides, offset) };
	}

	private sourceOf(place: Place): Source | null {
		const step = this.writers.get(place.block);
		if (step === undefined)
			return this.isSameKind(this.loads.get(place.block)?.[0], place)
				? { place }
				: null;
		const { to } = this.steps[step] as Step;
		return isSameLayout(to.layout, place.layout) && this.isSameKind(to, place)
			? { step }
			: null;
	}

	private mayWrite(to: Place): boolean {
		const writer = this.writers.get(to.block);
		const seen = [
			...(this.loads.get(to.block) ?? []),
			...(writer === undefined ? [] : [(this.steps[writer] as Step).to]),
		];
		return seen.every(
			(place) =>
				isSameLayout(place.layout, to.layout) && this.isSameKind(place, to),
		);
	}

	/** A buffer of the user's may be seen as bytes and as words. */
	private isSameKind(a: Place | undefined, b: Place): boolean {
		return a === undefined || isByte(a.dtype) === isByte(b.dtype);
	}

	private note(place: Place): void {
		const known = this.loads.get(place.block);
		if (known === undefined) this.loads.set(place.block, [place]);
		else if (!known.some((p) => isSameLayout(p.layout, place.layout)))
			known.push(place);
		if (!this.blocks.includes(place.block)) this.blocks.push(place.block);
		this.isFlat &&= isFlat(place.layout);
	}

	/** Records the kernel: several if its buffers are more than one may have. */
	emit(): void {
		const { steps } = this;
		// the last step that needs a result from a register or from memory
		const last = steps.map((step, k) => (step.isKept ? k : -1));
		for (let k = steps.length - 1; k >= 0; k--)
			if ((last[k] as number) >= 0)
				for (const s of (steps[k] as Step).sources)
					if ("step" in s) last[s.step] = Math.max(last[s.step] as number, k);
		const needed = steps.flatMap((_, k) =>
			(last[k] as number) >= 0 ? [k] : [],
		);
		const spilled: Block[] = [];
		for (let from = 0; from < needed.length; ) {
			let to = from + 1;
			while (
				to < needed.length &&
				this.buffersOf(needed.slice(from, to + 1), last) <= this.q.mostBuffers
			)
				to++;
			const part = needed.slice(from, to);
			for (const k of part) {
				const step = steps[k] as Step;
				if (!step.isKept && this.isStored(k, part, last))
					spilled.push(step.to.block);
			}
			const stores = part.filter((k) => this.isStored(k, part, last));
			runSteps(this.q, this.layout, steps, part, stores);
			from = to;
		}
		// what was freed long ago had to be written for the next part
		for (const block of spilled)
			if (!this.blocks.includes(block)) this.q.pool.recycle(block);
	}

	/** Whether a result must go to memory when the steps of `part` are one kernel. */
	private isStored(
		k: number,
		part: readonly number[],
		last: number[],
	): boolean {
		return (
			(this.steps[k] as Step).isKept ||
			(last[k] as number) > (part.at(-1) as number)
		);
	}

	private buffersOf(part: readonly number[], last: number[]): number {
		const blocks = new Set<Block>();
		for (const k of part) {
			const { to, sources } = this.steps[k] as Step;
			if (this.isStored(k, part, last)) blocks.add(to.block);
			for (const s of sources) {
				if ("place" in s) blocks.add(s.place.block);
				else if ("step" in s && s.step < (part[0] as number))
					blocks.add((this.steps[s.step] as Step).to.block);
			}
		}
		return blocks.size;
	}
}

function isFlat(layout: Layout): boolean {
	return layout.isContiguous || isSingleIn(layout);
}

/** The number that an operand is known to be everywhere, or the operand. */
export function known(q: Queue, x: Operand): Operand {
	if (typeof x === "number" || x.dtype !== "float32" || !isSingle(x)) return x;
	return q.constantIn(blockOf(x)) ?? x;
}

/**
 * y = rule(inputs) for every element. A number among the inputs has the type
 * that `types` says.
 */
export function map(
	q: Queue,
	rule: Rule,
	y: View,
	inputs: readonly Operand[],
	types: readonly DType[],
): void {
	if (y.layout.numel === 0) return;
	const operands = inputs.map((x) => known(q, x));
	for (const x of operands)
		if (typeof x !== "number") q.materialize(blockOf(x));
	q.dropConstant(blockOf(y));
	const chain = q.deferred;
	if (chain instanceof Chain && chain.add(rule, y, operands, types)) return;
	const next = new Chain(q, y);
	next.add(rule, y, operands, types);
	q.defer(next);
}
