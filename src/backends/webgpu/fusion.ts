import { type DType, ITEM_SIZE } from "../../dtype.js";
import { Layout, sameShape } from "../../layout.js";
import type { Operand, View } from "../backend.js";
import type { Block } from "./memory.js";
import {
	bits,
	blockOf,
	f,
	i,
	isByte,
	type Kernel,
	type Slot,
	u,
	wgslType,
} from "./program.js";
import type { Deferred, Queue } from "./queue.js";
import { Loops } from "./strides.js";

export const THREADS = 256;
/** Steps of one chain: a long text compiles slowly, and differs more often from the last one. */
const LONGEST = 32;

/** What one elementwise operation computes. */
export interface Rule {
	/** Tells the expression from all others. */
	readonly key: string;
	/** Of a, b and c, and p0() and p1() if there are parameters. */
	readonly expression: string;
	readonly params?: readonly number[];
	/** Its result has the bits of an operand or of zero: nothing that rounds. */
	readonly moves?: boolean;
}

/** A number, as elements of `dtype` are computed. */
export function scalarBits(value: number, dtype: DType): number {
	if (dtype === "float32") return bits(value);
	if (dtype === "int32") return value >>> 0;
	return dtype === "bool" ? Number(value !== 0) : value & 255;
}

/** Whether its elements can be taken four at a time, the last four too. */
function isFourfold(layout: Layout): boolean {
	return layout.isContiguous && layout.offset % 4 === 0;
}

/** Whether what follows the elements up to a multiple of four is nobody's. */
function ownsTail({ block, layout, dtype }: Place): boolean {
	const { numel, offset } = layout;
	return numel % 4 === 0 || (offset + numel) * ITEM_SIZE[dtype] >= block.bytes;
}

function isSingleIn({ shape, strides }: Layout): boolean {
	return shape.every((size, d) => size === 1 || strides[d] === 0);
}

/** One element everywhere: a number that lies on the device. */
export function isSingle(v: View): boolean {
	return isSingleIn(v.layout);
}

/** Elements of a block in the chain's order. */
interface Place {
	readonly block: Block;
	readonly layout: Layout;
	readonly dtype: DType;
}

/** Where a step's operand comes from: an earlier step, memory, or nowhere. */
type Source =
	| { readonly step: number }
	| { readonly place: Place }
	| { readonly number: number };

/** The same in a kernel, which loads each place once. */
type Loaded = Exclude<Source, { place: Place }> | { readonly load: number };

interface Step {
	readonly rule: Rule;
	readonly sources: readonly Source[];
	/** Of each operand, the type in which it is computed. */
	readonly types: readonly DType[];
	readonly to: Place;
	readonly dtype: DType;
	/** Whether somebody may read the result from memory. */
	isKept: boolean;
}

function isSameLayout(a: Layout, b: Layout): boolean {
	return (
		a === b ||
		(a.offset === b.offset &&
			a.shape.every(
				(n, d) =>
					n === b.shape[d] && (n === 1 || a.strides[d] === b.strides[d]),
			))
	);
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
			this.run(part, last);
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

	private run(part: readonly number[], last: number[]): void {
		const first = part[0] as number;
		const loads: Place[] = [];
		const types = new Map<Block, DType>();
		/** Under which number a place is loaded. */
		const load = (place: Place): number => {
			if (!types.has(place.block)) types.set(place.block, place.dtype);
			const at = loads.findIndex(
				(p) => p.block === place.block && isSameLayout(p.layout, place.layout),
			);
			return at >= 0 ? at : loads.push(place) - 1;
		};
		const sources = part.map((k) =>
			(this.steps[k] as Step).sources.map((s): Loaded => {
				if ("place" in s) return { load: load(s.place) };
				if ("step" in s && s.step < first)
					return { load: load((this.steps[s.step] as Step).to) };
				return s;
			}),
		);
		const stores = part.filter((k) => this.isStored(k, part, last));
		const targets = stores.map((k) => (this.steps[k] as Step).to);
		for (const to of targets)
			if (!types.has(to.block)) types.set(to.block, to.dtype);
		const fourfold =
			targets.every((to) => isFourfold(to.layout) && ownsTail(to)) &&
			loads.every((p) => isFourfold(p.layout) || isSingleIn(p.layout));

		// 0 as no compiler can know it
		const words: number[] = [this.layout.numel, 0];
		const slots: Slot[] = [];
		const moving: Place[] = [];
		const offsets: string[] = [];
		const starts: string[] = [];
		let key = fourfold ? "4" : "";
		const slot = (name: string, place: Place, writes: boolean): string => {
			const single = fourfold && !isFourfold(place.layout);
			const word = words.push(place.layout.offset) - 1;
			const dtype = types.get(place.block) as DType;
			const { layout } = place;
			slots.push({
				name,
				view: { storage: { handle: place.block }, layout, dtype },
				...(writes && { writes }),
				form: fourfold && !single ? "vectors" : "elements",
			});
			key += single ? "s" : "v";
			if (fourfold) return single ? u(word) : `${u(word)} + at * 4u`;
			moving.push(place);
			offsets.push(`o${name}`);
			starts.push(u(word));
			return `o${name}`;
		};
		const vector = (type: string) => (fourfold ? `vec4<${type}>` : type);
		const typeOf = (place: Place) => wgslType(types.get(place.block) as DType);
		const loadTexts = loads.map((place, k) => {
			const at = slot(`L${k}_`, place, false);
			if (!fourfold) return `L${k}_(${at})`;
			return isFourfold(place.layout)
				? `L${k}__vec(${at})`
				: `${vector(typeOf(place))}(L${k}_(${at}))`;
		});
		const storeTexts = stores.map((_, k) =>
			slot(`S${k}_`, targets[k] as Place, true),
		);
		const firstStep = words.length;
		for (const [n, k] of part.entries()) {
			const { rule, types: wanted, dtype } = this.steps[k] as Step;
			for (const p of rule.params ?? []) words.push(bits(p));
			key += `;${rule.key}>${dtype[0]}`;
			for (const [j, s] of (sources[n] as Loaded[]).entries()) {
				key += (wanted[j] as DType)[0];
				if ("number" in s) {
					words.push(s.number);
					key += "n";
				} else if ("step" in s) key += `r${part.indexOf(s.step)}`;
				else key += `l${s.load}`;
			}
		}
		for (const k of stores) key += `!${part.indexOf(k)}`;
		const loops = fourfold ? null : Loops.along(moving);
		const dimsAt = words.length;
		if (loops) {
			words.push(...loops.words());
			key += `:${loops.key}`;
		}
		const n = this.layout.numel;
		const count = fourfold ? Math.ceil(n / 4) : n;
		this.q.run(`map:${key}`, slots, words, Math.ceil(count / THREADS), () => {
			let functions = "";
			let body = `	let at = group * ${THREADS}u + lane;
	if (at${fourfold ? " * 4u" : ""} >= ${u(0)}) { return; }
${offsets.map((name, k) => `	var ${name} = ${starts[k]};\n`).join("")}${loops ? `	${loops.text("at", dimsAt, offsets)}` : ""}
${loadTexts.map((text, k) => `	let l${k} = ${text};\n`).join("")}`;
			let word = firstStep;
			for (const [m, k] of part.entries()) {
				const { rule, types: wanted, dtype } = this.steps[k] as Step;
				let { expression } = rule;
				for (const p of (rule.params ?? []).keys())
					expression = expression.replaceAll(`p${p}()`, f(word++));
				// as a byte in memory would be
				if (isByte(dtype)) expression = `(${expression}) & 255`;
				const result = wgslType(dtype);
				const names = (sources[m] as Loaded[]).map((_, j) => "abc"[j]);
				functions += `fn rule${m}(${names
					.map((name, j) => `${name}: ${wgslType(wanted[j] as DType)}`)
					.join(", ")}) -> ${result} { return ${expression}; }\n`;
				const operands = (sources[m] as Loaded[]).map((s, j) => {
					const type = wgslType(wanted[j] as DType);
					if ("number" in s) {
						const at = word++;
						const text = type === "f32" ? f(at) : i(at);
						return fourfold ? `vec4<${type}>(${text})` : text;
					}
					const [name, has] =
						"step" in s
							? [
									`v${part.indexOf(s.step)}`,
									wgslType((this.steps[s.step] as Step).dtype),
								]
							: loadOf(s.load);
					return has === type ? name : `bitcast<${vector(type)}>(${name})`;
				});
				body += operands
					.map((text, j) => `	let x${m}_${j} = ${text};\n`)
					.join("");
				const call = (part: string) =>
					`rule${m}(${operands.map((_, j) => `x${m}_${j}${part}`).join(", ")})`;
				let value = fourfold
					? `vec4<${result}>(${[".x", ".y", ".z", ".w"].map(call).join(", ")})`
					: call("");
				// Rounded as if it went through memory: no compiler may join a product
				// with a later sum. What a tensor holds must not hang on who was freed.
				if (result === "f32" && !rule.moves && isUsedIn(k))
					value = `bitcast<${vector("f32")}>(bitcast<${vector("u32")}>(${value}) ^ ${vector("u32")}(${u(1)}))`;
				body += `	let v${m} = ${value};\n`;
			}
			for (const [s, k] of stores.entries()) {
				const { to, dtype } = this.steps[k] as Step;
				const name = `v${part.indexOf(k)}`;
				const type = typeOf(to);
				const value =
					wgslType(dtype) === type ? name : `bitcast<${vector(type)}>(${name})`;
				body += `	S${s}__put${fourfold ? "vec" : ""}(${storeTexts[s]}, ${value});\n`;
			}
			return { functions, body } satisfies Kernel;
		});

		function loadOf(k: number): [string, string] {
			return [`l${k}`, typeOf(loads[k] as Place)];
		}
		function isUsedIn(step: number): boolean {
			return sources.some((list) =>
				list.some((s) => "step" in s && s.step === step),
			);
		}
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
