import type { DType } from "../../dtype.js";
import type { View } from "../backend.js";
import { mathFor } from "./math.js";
import type { Block } from "./memory.js";

/**
 * How a kernel sees an operand's memory: element by element; four elements at
 * a time; or as words with atomic access, which is also how single bytes are written.
 */
export type Form = "elements" | "vectors" | "atomic";

/** An operand of a kernel, under the name that the kernel's text has for it. */
export interface Slot {
	readonly name: string;
	readonly view: View;
	readonly writes?: boolean;
	readonly form?: Form;
}

export function blockOf(view: View): Block {
	return view.storage.handle as Block;
}

/**
 * The view for a launch that is written later: by then the object that it came
 * in may serve for another one.
 */
export function held({ storage, layout, dtype }: View): View {
	return { storage: { handle: storage.handle }, layout, dtype };
}

/** Whether two views are of the same elements in the same order. */
export function isSameView(a: View, b: View): boolean {
	const { layout: l } = a;
	const { layout: m } = b;
	return (
		a.storage.handle === b.storage.handle &&
		l.offset === m.offset &&
		l.rank === m.rank &&
		l.shape.every(
			(n, d) => n === m.shape[d] && (n === 1 || l.strides[d] === m.strides[d]),
		)
	);
}

export function isByte(dtype: DType): boolean {
	return dtype === "uint8" || dtype === "bool";
}

/** The type in which the kernels compute with elements of `dtype`. */
export function wgslType(dtype: DType): "f32" | "i32" {
	return dtype === "float32" ? "f32" : "i32";
}

function formOf(slot: Slot): Form {
	const form = slot.form ?? "elements";
	return form === "elements" && slot.writes && isByte(slot.view.dtype)
		? "atomic"
		: form;
}

/**
 * Operands with the buffers they lie in. WebGPU forbids to bind a buffer twice
 * if one use writes, so operands that share a buffer share its binding.
 */
export class Bindings {
	readonly blocks: Block[] = [];
	/** Of each slot, the place of its buffer in `blocks`. */
	readonly places: number[] = [];
	/** What the text and the layout of the bindings depend on. */
	readonly key: string;

	constructor(readonly slots: readonly Slot[]) {
		let key = "";
		for (const slot of slots) {
			const block = blockOf(slot.view);
			let at = this.blocks.indexOf(block);
			if (at < 0) at = this.blocks.push(block) - 1;
			this.places.push(at);
			key += `${at}${slot.view.dtype[0]}${formOf(slot)[0]}${slot.writes ? "w" : ""}`;
		}
		this.key = key;
	}

	isWritten(place: number): boolean {
		return this.slots.some(
			(s, i) =>
				this.places[i] === place && (s.writes || formOf(s) === "atomic"),
		);
	}

	/** Declarations and the functions by which the text reaches the operands. */
	text(): string {
		return (
			this.blocks.map((_, place) => this.declaration(place)).join("") +
			this.slots.map((s, i) => this.accessors(s, i)).join("")
		);
	}

	private elementOf(place: number): string {
		let element = "";
		this.slots.forEach((s, i) => {
			if (this.places[i] !== place || element === "atomic<u32>") return;
			const form = formOf(s);
			if (form === "atomic") element = "atomic<u32>";
			else if (isByte(s.view.dtype)) element = "u32";
			else {
				const type = wgslType(s.view.dtype);
				// an element of a vector can be had too
				if (form === "vectors") element = `vec4<${type}>`;
				else element ||= type;
			}
		});
		return element;
	}

	private declaration(place: number): string {
		const access = this.isWritten(place) ? "read_write" : "read";
		return `@group(0) @binding(${place + 1}) var<storage, ${access}> b${place}: array<${this.elementOf(place)}>;\n`;
	}

	private accessors(slot: Slot, i: number): string {
		const place = this.places[i] as number;
		const element = this.elementOf(place);
		const { name } = slot;
		const b = `b${place}`;
		const type = wgslType(slot.view.dtype);
		if (isByte(slot.view.dtype))
			return byteAccessors(name, b, element, slot.writes ?? false);
		if (element === "atomic<u32>") {
			let text = `fn ${name}(i: u32) -> ${type} { return bitcast<${type}>(atomicLoad(&${b}[i])); }\n`;
			if (slot.writes)
				text += `fn ${name}_put(i: u32, v: ${type}) { atomicStore(&${b}[i], bitcast<u32>(v)); }\n`;
			if (slot.writes && type === "i32")
				text += `fn ${name}_claim(i: u32, v: i32) -> bool {
	loop {
		let r = atomicCompareExchangeWeak(&${b}[i], 0u, bitcast<u32>(v));
		if (r.exchanged) { return true; }
		if (r.old_value != 0u) { break; }
	}
	return false;
}\n`;
			text +=
				type === "i32"
					? `fn ${name}_add(i: u32, v: i32) { atomicAdd(&${b}[i], bitcast<u32>(v)); }\n`
					: `fn ${name}_add(i: u32, v: f32) {
	var old = atomicLoad(&${b}[i]);
	loop {
		let r = atomicCompareExchangeWeak(&${b}[i], old, bitcast<u32>(bitcast<f32>(old) + v));
		if (r.exchanged) { break; }
		old = r.old_value;
	}
}\n`;
			return text;
		}
		if (element.startsWith("vec4"))
			return (
				`fn ${name}(i: u32) -> ${type} { return ${b}[i >> 2u][i & 3u]; }\n` +
				`fn ${name}_vec(i: u32) -> vec4<${type}> { return ${b}[i >> 2u]; }\n` +
				(slot.writes
					? `fn ${name}_putvec(i: u32, v: vec4<${type}>) { ${b}[i >> 2u] = v; }\n`
					: "")
			);
		return (
			`fn ${name}(i: u32) -> ${type} { return ${b}[i]; }\n` +
			(slot.writes
				? `fn ${name}_put(i: u32, v: ${type}) { ${b}[i] = v; }\n`
				: "")
		);
	}
}

/** Bytes lie four to a word; i counts bytes, and those of `vec` start a word. */
function byteAccessors(
	name: string,
	b: string,
	element: string,
	writes: boolean,
): string {
	const isAtomic = element === "atomic<u32>";
	const word = isAtomic ? `atomicLoad(&${b}[i >> 2u])` : `${b}[i >> 2u]`;
	let text = `fn ${name}(i: u32) -> i32 { return i32((${word} >> ((i & 3u) * 8u)) & 255u); }
fn ${name}_vec(i: u32) -> vec4<i32> { return vec4<i32>((vec4<u32>(${word}) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u)); }\n`;
	if (!writes) return text;
	if (isAtomic)
		// Two steps that touch this byte's bits only: neighbours may be written meanwhile.
		text += `fn ${name}_put(i: u32, v: i32) {
	let shift = (i & 3u) * 8u;
	atomicAnd(&${b}[i >> 2u], ~(255u << shift));
	atomicOr(&${b}[i >> 2u], (bitcast<u32>(v) & 255u) << shift);
}
fn ${name}_or(i: u32, v: i32) { atomicOr(&${b}[i >> 2u], bitcast<u32>(v) << ((i & 3u) * 8u)); }
fn ${name}_add(i: u32, v: i32) {
	let shift = (i & 3u) * 8u;
	var old = atomicLoad(&${b}[i >> 2u]);
	loop {
		let sum = ((old >> shift) + bitcast<u32>(v)) & 255u;
		let r = atomicCompareExchangeWeak(&${b}[i >> 2u], old, (old & ~(255u << shift)) | (sum << shift));
		if (r.exchanged) { break; }
		old = r.old_value;
	}
}\n`;
	else
		text += `fn ${name}_putvec(i: u32, v: vec4<i32>) {
	let w = (vec4<u32>(v) & vec4<u32>(255u)) << vec4<u32>(0u, 8u, 16u, 24u);
	${b}[i >> 2u] = w.x | w.y | w.z | w.w;
}\n`;
	return text;
}

/** Text of word k of a kernel's parameters, as one of three types. */
export const u = (k: number) => `P[${k >> 2}].${"xyzw"[k & 3]}`;
export const i = (k: number) => `bitcast<i32>(${u(k)})`;
export const f = (k: number) => `bitcast<f32>(${u(k)})`;

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a float, as a parameter. */
export function bits(value: number): number {
	scratch.setFloat32(0, value);
	return scratch.getUint32(0);
}

/**
 * The whole text of a kernel. `body` runs in each invocation, with `group` (the
 * workgroup's number) and `lane` (the invocation's in it); `functions` stand before it.
 */
export function assemble(
	bindings: Bindings,
	words: number,
	{ functions = "", body, threads = 256, enables = [] }: Kernel,
): string {
	const size = Math.max(1, Math.ceil(words / 4));
	const own = `${functions}
@compute @workgroup_size(${threads}) fn main(
	@builtin(workgroup_id) wid: vec3<u32>,
	@builtin(num_workgroups) num: vec3<u32>,
	@builtin(local_invocation_index) lane: u32,
) {
	let group = wid.y * num.x + wid.x;
${body}
}
`;
	const first = enables.map((name) => `enable ${name};\n`).join("");
	return `${first}@group(0) @binding(0) var<uniform> P: array<vec4<u32>, ${size}>;
${bindings.text()}${mathFor(own)}${own}`;
}

export interface Kernel {
	readonly functions?: string;
	readonly body: string;
	readonly threads?: number;
	/** What WGSL has only where the device has a feature. */
	readonly enables?: readonly ("subgroups" | "f16")[];
}
