import type { Binary, Reduce, Unary } from "../../assembly/opcodes.js";
import type { DType } from "../dtype.js";
import type { Layout } from "../layout.js";

export type UnaryName = keyof typeof Unary;
export type BinaryName = keyof typeof Binary;
export type ReduceName = keyof typeof Reduce;

/** The devices: the SIMD core, and a GPU. */
export type DeviceName = "cpu" | "webgpu";

/** A backend's own name for a piece of its memory: an address, a buffer. */
export type Handle = unknown;

/** What a kernel sees of a tensor. A Tensor satisfies it as it is. */
export interface View {
	readonly storage: { readonly handle: Handle };
	readonly layout: Layout;
	readonly dtype: DType;
}

/** Says what is wrong with an index that is found out of range after the call. */
export interface Blame {
	/** Tells its words from all others'. */
	readonly key: string;
	/**
	 * @param value the first index that is out of range
	 * @param position its place in row-major order
	 * @param least the least index of all
	 */
	error(value: number, position: number, least: number): Error;
}

/** A number stands for a tensor of any shape that is full of it. */
export type Operand = View | number;

/** Sizes of a two-dimensional window that moves over an image. */
export interface Window {
	readonly kernel: readonly [number, number];
	readonly stride: readonly [number, number];
	readonly padding: readonly [number, number];
	readonly dilation: readonly [number, number];
}
