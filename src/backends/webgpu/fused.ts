import { type DType, ITEM_SIZE } from "../../dtype.js";
import type { Layout } from "../../layout.js";
import type { Block } from "./memory.js";
import {
	bits,
	f,
	i,
	isByte,
	type Kernel,
	type Slot,
	u,
	wgslType,
} from "./program.js";
import type { Queue } from "./queue.js";
import { Loops } from "./strides.js";

export const THREADS = 256;

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

export function isSingleIn({ shape, strides }: Layout): boolean {
	return shape.every((size, d) => size === 1 || strides[d] === 0);
}

/** Elements of a block in the chain's order. */
export interface Place {
	readonly block: Block;
	readonly layout: Layout;
	readonly dtype: DType;
}

/** Where a step's operand comes from: an earlier step, memory, or nowhere. */
export type Source =
	| { readonly step: number }
	| { readonly place: Place }
	| { readonly number: number };

/** The same in a kernel, which loads each place once. */
type Loaded = Exclude<Source, { place: Place }> | { readonly load: number };

export interface Step {
	readonly rule: Rule;
	readonly sources: readonly Source[];
	/** Of each operand, the type in which it is computed. */
	readonly types: readonly DType[];
	readonly to: Place;
	readonly dtype: DType;
	/** Whether somebody may read the result from memory. */
	isKept: boolean;
}

export function isSameLayout(a: Layout, b: Layout): boolean {
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
 * Records one kernel that computes the steps `part` of a chain over one shape,
 * and stores the results of `stores` among them. Results of steps before the part lie in memory.
 */
export function runSteps(
	q: Queue,
	layout: Layout,
	steps: readonly Step[],
	part: readonly number[],
	stores: readonly number[],
): void {
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
		(steps[k] as Step).sources.map((s): Loaded => {
			if ("place" in s) return { load: load(s.place) };
			if ("step" in s && s.step < first)
				return { load: load((steps[s.step] as Step).to) };
			return s;
		}),
	);
	const targets = stores.map((k) => (steps[k] as Step).to);
	for (const to of targets)
		if (!types.has(to.block)) types.set(to.block, to.dtype);
	const fourfold =
		targets.every((to) => isFourfold(to.layout) && ownsTail(to)) &&
		loads.every((p) => isFourfold(p.layout) || isSingleIn(p.layout));

	// 0 as no compiler can know it
	const words: number[] = [layout.numel, 0];
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
		const { rule, types: wanted, dtype } = steps[k] as Step;
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
	const n = layout.numel;
	const count = fourfold ? Math.ceil(n / 4) : n;
	q.run(`map:${key}`, slots, words, Math.ceil(count / THREADS), () => {
		let functions = "";
		let body = `	let at = group * ${THREADS}u + lane;
	if (at${fourfold ? " * 4u" : ""} >= ${u(0)}) { return; }
${offsets.map((name, k) => `	var ${name} = ${starts[k]};\n`).join("")}${loops ? `	${loops.text("at", dimsAt, offsets)}` : ""}
${loadTexts.map((text, k) => `	let l${k} = ${text};\n`).join("")}`;
		let word = firstStep;
		for (const [m, k] of part.entries()) {
			const { rule, types: wanted, dtype } = steps[k] as Step;
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
								wgslType((steps[s.step] as Step).dtype),
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
			const { to, dtype } = steps[k] as Step;
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
