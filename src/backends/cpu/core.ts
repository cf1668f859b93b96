import { OutOfMemoryError } from "../../errors.js";
import type { AugmentExports } from "./augment.js";
import type { BackgroundExports } from "./background.js";
import type { GemmExports } from "./contraction.js";
import type { CopyExports } from "./copy.js";
import type { ElementwiseExports } from "./elementwise.js";
import type { ImageExports } from "./image.js";
import type { IndexingExports } from "./indexing.js";
import type { LookupExports } from "./lookup.js";
import type { MemoryExports } from "./memory.js";
import type { OptimExports } from "./optim.js";
import type { RandomExports } from "./random.js";
import type { ReduceExports } from "./reduce.js";
import type { ScanExports } from "./scan.js";
import type { SoftmaxExports } from "./softmax.js";
import type { Team } from "./team.js";

/** Both builds of the core, as WebAssembly binaries. */
export interface CoreBytes {
	simd: Uint8Array;
	relaxed: Uint8Array;
}

/** Every function of the core; each group is declared beside its caller. */
export type CoreExports = AugmentExports &
	BackgroundExports &
	CopyExports &
	ElementwiseExports &
	GemmExports &
	ImageExports &
	IndexingExports &
	LookupExports &
	MemoryExports &
	OptimExports &
	RandomExports &
	ReduceExports &
	ScanExports &
	SoftmaxExports;

/**
 * The smallest module with a relaxed instruction (i8x16.relaxed_swizzle): telling from it
 * spares engines without relaxed SIMD the whole module.
 */
const RELAXED_PROBE = Uint8Array.of(
	...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15],
	...[1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

/** The most that one block can have: the allocator's largest size class. */
const MAX_BLOCK = 0xf0000000;

/** Size class of a block: four to each power of two (assembly/memory.ts). */
function classOf(bytes: number): number {
	const last = bytes <= 64 ? 63 : (bytes - 1) | 63;
	const log = 31 - Math.clz32(last);
	return (log << 2) | ((last >>> (log - 2)) & 3);
}

/** Bytes of the blocks of each class. */
const BYTES = Float64Array.from(
	{ length: 128 },
	(_, c) => 2 ** ((c >> 2) - 2) * (5 + (c & 3)),
);

export function exportsOf(
	module: WebAssembly.Module,
	imports: WebAssembly.Imports,
): CoreExports {
	const { exports } = new WebAssembly.Instance(module, imports);
	return exports as unknown as CoreExports;
}

/**
 * One instance of the WebAssembly core: its memory and its functions. Growth
 * of the memory detaches views of it, so views are made here only and are read
 * anew from the core by everybody else.
 */
export class Core {
	readonly kind: "simd" | "relaxed";
	/** Of the instance at hand: `moveTo` replaces what is in here. */
	readonly x: CoreExports;
	/** The module's bytes, where they were given. */
	readonly binary: Uint8Array | null;
	/** Threads that take a part in large products, if any were asked for. */
	team: Team | null = null;
	/** Why there are none although they were asked for. */
	alone: string | null = null;
	/** Address of a static area of 4 KB for parameters handed over in memory. */
	readonly scratch: number;
	f32: Float32Array;
	i32: Int32Array;
	u8: Uint8Array;
	/** Bytes in blocks that are in use, and the most there ever were. */
	liveBytes = 0;
	peakBytes = 0;
	/** Bytes in blocks that hold no tensor. */
	ownBytes = 0;
	/** Free blocks at hand, by size class. */
	private readonly spare: number[][] = Array.from({ length: 128 }, () => []);
	/** How many of each class: lists do not shrink, for a loop will fill them again. */
	private readonly spares = new Int32Array(128);
	private work = 0;
	private workBytes = 0;

	private constructor(module: WebAssembly.Module, binary: Uint8Array | null) {
		const x = { ...exportsOf(module, {}) };
		this.x = x;
		this.binary = binary;
		this.kind = x.usesRelaxedSimd() ? "relaxed" : "simd";
		this.scratch = x.descriptorArea() >>> 0;
		const memory = x.memory.buffer;
		this.f32 = new Float32Array(memory);
		this.i32 = new Int32Array(memory);
		this.u8 = new Uint8Array(memory);
	}

	/** Compiles at once: the relaxed build where the engine knows it, unless results must have the same bits everywhere. */
	static fromBytes(bytes: CoreBytes, deterministic: boolean): Core {
		const binary = (b: Uint8Array) => b as Uint8Array<ArrayBuffer>;
		const relaxed = !deterministic && WebAssembly.validate(RELAXED_PROBE);
		const chosen = binary(relaxed ? bytes.relaxed : bytes.simd);
		return new Core(new WebAssembly.Module(chosen), chosen);
	}

	static fromModule(module: WebAssembly.Module): Core {
		return new Core(module, null);
	}

	/** Goes on with another instance, over a memory that begins with a copy of this one's. */
	moveTo(x: CoreExports): void {
		Object.assign(this.x, x);
		this.refresh();
	}

	/**
	 * Address of a new block, a multiple of 64, with arbitrary contents.
	 * @throws OutOfMemoryError if the memory cannot grow any more
	 */
	alloc(bytes: number): number {
		if (bytes > MAX_BLOCK) throw this.outOfMemory(bytes);
		const sizeClass = classOf(bytes);
		const spares = this.spares[sizeClass] as number;
		let block: number;
		if (spares > 0) {
			block = (this.spare[sizeClass] as number[])[spares - 1] as number;
			this.spares[sizeClass] = spares - 1;
		} else block = this.cut(bytes);
		this.liveBytes += BYTES[sizeClass] as number;
		if (this.liveBytes > this.peakBytes) this.peakBytes = this.liveBytes;
		return block;
	}

	/** Gives a block back; `bytes` as it was asked for. */
	free(block: number, bytes: number): void {
		const sizeClass = classOf(bytes);
		const spares = this.spares[sizeClass] as number;
		(this.spare[sizeClass] as number[])[spares] = block;
		this.spares[sizeClass] = spares + 1;
		this.liveBytes -= BYTES[sizeClass] as number;
	}

	/** A block from the core's own lists. */
	private cut(bytes: number): number {
		let block = this.x.alloc(bytes) >>> 0;
		if (block === 0) {
			// The core can make a block of what lies ready in other sizes.
			this.spare.forEach((blocks, sizeClass) => {
				const count = this.spares[sizeClass] as number;
				for (let i = 0; i < count; i++)
					this.x.free(blocks[i] as number, BYTES[sizeClass] as number);
				this.spares[sizeClass] = 0;
			});
			block = this.x.alloc(bytes) >>> 0;
		}
		if (this.u8.buffer !== this.x.memory.buffer) this.refresh();
		if (block === 0) throw this.outOfMemory(bytes);
		return block;
	}

	private outOfMemory(bytes: number): OutOfMemoryError {
		return new OutOfMemoryError(
			`out of memory: tried to allocate ${bytes} bytes, with ${this.liveBytes} bytes in use on cpu. Free tensors (scope, dispose) or use smaller batches.`,
		);
	}

	/** As `alloc`, for the backend's own needs: not counted among tensors' bytes. */
	allocOwn(bytes: number): number {
		const block = this.alloc(bytes);
		this.ownBytes += BYTES[classOf(bytes)] as number;
		return block;
	}

	freeOwn(block: number, bytes: number): void {
		this.free(block, bytes);
		this.ownBytes -= BYTES[classOf(bytes)] as number;
	}

	/**
	 * Memory for the inside of one kernel call: the next call may get the same.
	 * @throws OutOfMemoryError
	 */
	workspace(bytes: number): number {
		if (bytes > this.workBytes) {
			const block = this.allocOwn(bytes);
			if (this.work) this.freeOwn(this.work, this.workBytes);
			this.work = block;
			this.workBytes = bytes;
		}
		return this.work;
	}

	private refresh(): void {
		const memory = this.x.memory.buffer;
		this.f32 = new Float32Array(memory);
		this.i32 = new Int32Array(memory);
		this.u8 = new Uint8Array(memory);
	}
}

/**
 * The workspace of kernels whose need grows with each of four sizes. It is that of
 * the largest sizes so far, so that a steady loop does not ask the core.
 */
export class Workspace {
	private a = 0;
	private b = 0;
	private c = 0;
	private d = 0;
	private bytes = 0;

	constructor(
		private readonly core: Core,
		private readonly bytesOf: (
			a: number,
			b: number,
			c: number,
			d: number,
		) => number,
	) {}

	/** @throws OutOfMemoryError */
	take(a: number, b: number, c: number, d: number): number {
		if (a > this.a || b > this.b || c > this.c || d > this.d) {
			const [a1, b1] = [Math.max(a, this.a), Math.max(b, this.b)];
			const [c1, d1] = [Math.max(c, this.c), Math.max(d, this.d)];
			const bytes = this.bytesOf(a1, b1, c1, d1) >>> 0;
			this.core.workspace(bytes);
			[this.a, this.b, this.c, this.d, this.bytes] = [a1, b1, c1, d1, bytes];
		}
		return this.core.workspace(this.bytes);
	}
}
