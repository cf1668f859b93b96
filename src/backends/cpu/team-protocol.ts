/** What a team and its workers say to each other. */
import type { CoreExports } from "./core.js";

/** First and only message to a worker. */
export interface TeamSetup {
	/** The module, or its bytes where modules cannot be sent. */
	readonly module: WebAssembly.Module | Uint8Array<ArrayBuffer>;
	readonly memory: WebAssembly.Memory;
	/** Address of its control words. */
	readonly control: number;
	/** Address of its area (assembly/area.ts). */
	readonly area: number;
}

/**
 * Words of a control block. A word is written by one side only, and each side's
 * have a cache line of their own.
 */
export const CONTROL_WORDS = 64;
/** The caller's: number of the last order, of the last one that is not wanted any more. */
export const ORDERED = 0;
export const CANCELLED = 1;
/** Not 0: there will be no more. */
export const CLOSED = 2;
export const KERNEL = 3;
/** The worker's: number of the last order that is finished, and how it ended. */
export const FINISHED = 16;
export const RESULT = 17;
export const ASLEEP = 18;
export const READY = 19;
/** Arguments of the kernel. */
export const ARGUMENTS = 32;

/** Where in the head of lists it says what was prepared from them. */
export const STAMP = 4;

/** How an order ended, besides with the kernel's own false (0) and true (1). */
export const FAILED = 2;

type GemmArgs = Parameters<CoreExports["gemm"]>;
/** Arguments of the kernels, as the core takes them. */
export type LinearArgs = Parameters<CoreExports["backgroundLinear"]>;
export type GradArgs = Parameters<CoreExports["backgroundWeightGrad"]>;
/** Of gemm and behind them: how many products there are, and the steps of a, b and y. */
export type GemmCall = [
	...GemmArgs,
	count: number,
	aStep: number,
	bStep: number,
	yStep: number,
];

export type ListArgs = Parameters<CoreExports["listBackground"]>;
export type ColumnsArgs = Parameters<CoreExports["backgroundColumns"]>;

type Four = [number, number, number, number];

export const Kernel = {
	gemm: 0,
	linear: 1,
	weightGrad: 2,
	list: 3,
	columns: 4,
} as const;

/** @returns false if the kernel refuses the operands */
export function runKernel(
	x: CoreExports,
	kernel: number,
	words: ArrayLike<number>,
): boolean {
	const args = Array.from(words);
	if (kernel === Kernel.linear)
		return x.backgroundLinear(...(args.slice(0, 12) as LinearArgs)) !== 0;
	if (kernel === Kernel.weightGrad)
		return x.backgroundWeightGrad(...(args.slice(0, 15) as GradArgs)) !== 0;
	if (kernel === Kernel.list)
		return x.listBackground(...(args.slice(0, 10) as ListArgs)) !== 0;
	if (kernel === Kernel.columns)
		return x.backgroundColumns(...(args.slice(0, 6) as ColumnsArgs)) !== 0;
	const [count, aStep, bStep, yStep] = args.slice(16, 20) as Four;
	const one = args.slice(0, 16) as GemmArgs;
	for (let i = 0; i < count; i++) {
		x.gemm(...one);
		one[0] += aStep;
		one[3] += bStep;
		one[6] += yStep;
	}
	return true;
}
