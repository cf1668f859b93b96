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

export const Kernel = {
	gemm: 0,
	linear: 1,
	weightGrad: 2,
	list: 3,
	columns: 4,
} as const;

/** How many arguments each has. */
export const ARGUMENT_COUNTS = [20, 12, 15, 10, 6];

/**
 * @param args as many as the kernel has; see runGemm
 * @returns false if the kernel refuses the operands
 */
export function runKernel(
	x: CoreExports,
	kernel: number,
	args: number[],
): boolean {
	switch (kernel) {
		case Kernel.linear:
			return x.backgroundLinear(...(args as LinearArgs)) !== 0;
		case Kernel.weightGrad:
			return x.backgroundWeightGrad(...(args as GradArgs)) !== 0;
		case Kernel.list:
			return x.listBackground(...(args as ListArgs)) !== 0;
		case Kernel.columns:
			return x.backgroundColumns(...(args as ColumnsArgs)) !== 0;
	}
	return runGemm(x, args as GemmCall);
}

/** As many products as `args` say, which are those of the last one then. */
export function runGemm(x: CoreExports, args: GemmCall): true {
	for (let left = args[16]; left > 0; left--) {
		// what is behind gemm's own arguments it doesn't see
		x.gemm(...(args as unknown as GemmArgs));
		args[0] += args[17];
		args[3] += args[18];
		args[6] += args[19];
	}
	return true;
}
