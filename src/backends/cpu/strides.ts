import { ITEM_SIZE } from "../../dtype.js";
import type { Shape } from "../../layout.js";
import type { Operand, View } from "../backend.js";
import type { Core } from "./core.js";

/** Words of a dimension in the core's description (assembly/walk.ts). */
const RECORD = 5;
/** Where in the scratch area the numbers among the operands lie, in bytes. */
const SLOTS = 4000;

export function addressOf(v: View): number {
	return (v.storage.handle as number) + v.layout.offset * ITEM_SIZE[v.dtype];
}

/** Four copies of a number (sixteen for a byte type) in one of four slots. */
export function slotOf(
	core: Core,
	slot: number,
	value: number,
	dtype: View["dtype"],
): number {
	const address = core.scratch + SLOTS + slot * 16;
	if (dtype === "float32")
		core.f32.fill(value, address >> 2, (address >> 2) + 4);
	else if (dtype === "int32")
		core.i32.fill(value, address >> 2, (address >> 2) + 4);
	else
		core.u8.fill(
			dtype === "bool" ? Number(value !== 0) : value,
			address,
			address + 16,
		);
	return address;
}

/** Address of an operand: its own, or of a slot filled with the number. */
export function operandAddress(
	core: Core,
	x: Operand,
	dtype: View["dtype"],
	slot: number,
): number {
	return typeof x === "number" ? slotOf(core, slot, x, dtype) : addressOf(x);
}

/**
 * Describes loops over a shape for the core, in as few dimensions as the
 * operands' strides allow: neighbours that lie like one dimension in every
 * operand become one, and size 1 vanishes. Nothing is allocated: this runs in
 * front of every kernel.
 */
export class Loops {
	private readonly core: Core;
	/** Address of the description. */
	readonly address: number;
	rank = 0;
	private readonly order: number[] = [];

	constructor(core: Core, at = 0) {
		this.core = core;
		this.address = core.scratch + at;
	}

	/** Starts over, without dimensions. */
	begin(): this {
		this.rank = 0;
		return this;
	}

	/** Adds a dimension inside those there are; strides in bytes. */
	add(size: number, s0: number, s1: number, s2: number, s3: number): void {
		if (size === 1) return;
		const words = this.core.i32;
		let at = (this.address >> 2) + 1 + this.rank * RECORD;
		if (
			this.rank > 0 &&
			words[at - 4] === ((size * s0) | 0) &&
			words[at - 3] === ((size * s1) | 0) &&
			words[at - 2] === ((size * s2) | 0) &&
			words[at - 1] === ((size * s3) | 0)
		) {
			at -= RECORD;
			words[at] = (words[at] as number) * size;
		} else {
			this.rank++;
			words[at] = size;
		}
		words[at + 1] = s0;
		words[at + 2] = s1;
		words[at + 3] = s2;
		words[at + 4] = s3;
	}

	/**
	 * Adds dimensions `from` to `to` of operands whose shape is that of the
	 * first; null has stride 0 everywhere.
	 */
	addDims(
		from: number,
		to: number,
		shape: Shape,
		v0: View | null,
		v1: View | null,
		v2: View | null,
		v3: View | null,
	): this {
		for (let i = from; i < to; i++)
			this.add(
				shape[i] as number,
				strideOf(v0, i),
				strideOf(v1, i),
				strideOf(v2, i),
				strideOf(v3, i),
			);
		return this;
	}

	/** Writes the rank; one dimension of size 1 if there is none. */
	end(): number {
		const words = this.core.i32;
		const at = this.address >> 2;
		if (this.rank === 0) {
			words.fill(0, at, at + 1 + RECORD);
			words[at + 1] = 1;
			this.rank = 1;
		}
		words[at] = this.rank;
		return this.address;
	}

	/**
	 * As `over`, in the order in which y, one of the operands, lies in memory:
	 * what all of them have transposed becomes one dimension again.
	 */
	along(
		y: View,
		v0: View | null,
		v1: View | null,
		v2: View | null = null,
		v3: View | null = null,
	): number {
		const { shape, strides, isContiguous } = y.layout;
		if (isContiguous) return this.over(shape, v0, v1, v2, v3);
		const order = this.order;
		order.length = 0;
		for (let i = 0; i < shape.length; i++) {
			let at = i;
			const stride = strides[i] as number;
			for (; at > 0; at--) {
				const before = order[at - 1] as number;
				if ((strides[before] as number) >= stride) break;
				order[at] = before;
			}
			order[at] = i;
		}
		this.begin();
		for (let i = 0; i < order.length; i++) {
			const d = order[i] as number;
			this.addDims(d, d + 1, shape, v0, v1, v2, v3);
		}
		return this.end();
	}

	/** Describes one shape that all operands have. */
	over(
		shape: Shape,
		v0: View | null,
		v1: View | null = null,
		v2: View | null = null,
		v3: View | null = null,
	): number {
		return this.begin().addDims(0, shape.length, shape, v0, v1, v2, v3).end();
	}
}

/** Bytes from one index of a dimension to the next. */
export function strideOf(v: View | null, dim: number): number {
	if (v === null) return 0;
	return (v.layout.strides[dim] as number) * ITEM_SIZE[v.dtype];
}
