import { OutOfMemoryError } from "../../errors.js";
import { type Core, exportsOf } from "./core.js";
import { sharedMemory, withSharedMemory } from "./shared-module.js";
import { Choice } from "./team-choice.js";
import { Lane } from "./team-lane.js";
import {
	FLOPS_LISTED,
	gemmParts,
	linearParts,
	listParts,
	preparedGradParts,
	ROOM,
	type Shareable,
	weightGradParts,
} from "./team-products.js";
import {
	FAILED,
	type GemmCall,
	type GradArgs,
	Kernel,
	type LinearArgs,
	type ListArgs,
	runKernel,
	STAMP,
} from "./team-protocol.js";

/** Floating-point operations from which on it is worth while to wake another thread. */
const LEAST = 2e6;
const MOST_WORKERS = 63;
/** Share of the caller's own time that a worker may be late. */
const TOLERANCE = 0.25;
/** Pieces in which the caller does what a late worker was to do. */
const PIECES = 4;

/** How a worker's share, in relation to the caller's, follows who is finished first. */
const STEP = 1.01;
const MOST = 1.5;
/** Milliseconds to wait for a list of columns, for each entry. */
const LISTED = 1e-6;
/** Milliseconds to wait for a worker, for each floating-point operation it would share. */
const WORTH = 6e-9;

/**
 * Workers that share large products with the calling thread. Each output is computed
 * by one thread, by the same sum as ever, so results do not depend on who
 * computes what.
 *
 * Workers write to memory of their own and the caller copies from there. So
 * it needs no worker: what one has not finished soon after the caller's own
 * part is done the caller does too, whether the worker is dead or merely has no processor,
 * and whatever that worker still writes harms nobody. Nor does it ever sleep,
 * which a page's main thread may not.
 */
export class Team {
	/** Milliseconds that a worker may be late besides. @internal for tests */
	patience = 0.03;
	/** Parts that workers did. @internal for tests */
	delivered = 0;
	/** Lists of columns that workers made ahead. @internal for tests */
	prepared = 0;
	/** Workers that were closed and are still there. @internal for tests */
	closing = 0;
	/** Whether the workers work. @internal for tests */
	choice = new Choice();
	private lanes: Lane[] = [];
	/** Threads that were asked for. */
	private wanted = 1;
	/** Who lists columns for a gradient to come, and which lists they are of. */
	private preparing: Lane | null = null;
	private stamp = 0;
	/** Of each kernel: a worker's part in relation to the caller's. */
	private readonly shares = new Float64Array(8).fill(0.9);
	/** Where the parts of the call at hand begin, and where the last one ends. */
	private readonly starts = new Int32Array(MOST_WORKERS + 2);

	private constructor(
		private readonly core: Core,
		private readonly module: WebAssembly.Module,
		private readonly binary: Uint8Array<ArrayBuffer>,
	) {}

	/** Moves the core into shared memory. @returns why that cannot be done, if so */
	static open(core: Core): Team | string {
		if (typeof SharedArrayBuffer === "undefined")
			return "there is no SharedArrayBuffer here (a page must be cross-origin isolated)";
		if (core.binary === null)
			return "the core was handed in as a module, whose memory cannot be shared";
		try {
			const shared = sharedMemory(core.u8.length);
			const { memory } = shared;
			const binary = withSharedMemory(core.binary, shared);
			const module = new WebAssembly.Module(binary);
			new Uint8Array(memory.buffer).set(
				core.u8.subarray(0, core.x.memoryTop() >>> 0),
			);
			core.moveTo(exportsOf(module, { env: { memory } }));
			return new Team(core, module, binary);
		} catch (reason) {
			return `memory cannot be shared: ${reason instanceof Error ? reason.message : reason}`;
		}
	}

	/** Threads that work, the caller's among them. */
	get threads(): number {
		return 1 + this.lanes.filter((lane) => lane.isReady).length;
	}

	/** Why they are fewer than were asked for. */
	get reason(): string | null {
		if (this.wanted > 1 + MOST_WORKERS)
			return `at most ${1 + MOST_WORKERS} threads work, and ${this.wanted} were asked for`;
		const missing = this.lanes.find((lane) => !lane.isReady);
		return missing
			? (missing.reason ?? "not all workers have started yet")
			: null;
	}

	/** So many threads from now on. @throws OutOfMemoryError */
	resize(threads: number): void {
		this.wanted = threads;
		this.choice = new Choice();
		const workers = Math.min(threads - 1, MOST_WORKERS);
		for (const lane of this.lanes.splice(workers))
			if (lane.close()) this.closing++;
		while (this.lanes.length < workers) this.lanes.push(this.newLane());
	}

	private newLane(): Lane {
		return new Lane(this.core, this.module, this.binary, (lane) => {
			const at = this.lanes.indexOf(lane);
			if (at < 0) this.closing--;
			// one that never lived would not live the next time either
			if (at >= 0 && lane.hasLived) this.lanes[at] = this.newLane();
		});
	}

	/** Whether another thread could be of use for so much work. */
	isFor(flops: number): boolean {
		return flops >= LEAST && this.lanes.length > 0;
	}

	/** As the core's kernels. */
	gemm(args: GemmCall, copied: number): void {
		this.run(gemmParts(this.core, args, copied));
	}

	linear(args: LinearArgs, entries: number): boolean {
		return this.run(linearParts(this.core, args, entries));
	}

	weightGrad(args: GradArgs, entries: number): boolean {
		const columns = this.preparedColumns(args[1], entries);
		return this.run(
			columns
				? preparedGradParts(this.core, args, entries, columns)
				: weightGradParts(this.core, args, entries),
		);
	}

	/** Whether it is worth while to share the listing of so many values. */
	isForList(values: number): boolean {
		return this.isFor(values * FLOPS_LISTED);
	}

	list(args: ListArgs): boolean {
		return this.run(listParts(this.core, args));
	}

	/**
	 * Has a worker list the columns of x [m, k] for a gradient to come, while the
	 * caller does what cannot be shared.
	 */
	prepare(
		x: number,
		lists: number,
		m: number,
		k: number,
		entries: number,
	): void {
		const [lane] = this.choice.isShared ? this.freeLanes(1) : [];
		if (!lane) return;
		this.preparing = null;
		const limit = Math.ceil(ROOM * entries);
		const bytes = this.core.x.columnsBytes(k, limit) >>> 0;
		if (!reserved(lane, [0, 0, bytes])) return;
		this.stamp = (this.stamp + 1) | 0 || 1;
		this.core.i32[(lists + STAMP) >>> 2] = this.stamp;
		lane.order(Kernel.columns, [x, lists, m, k, entries, lane.kept]);
		this.preparing = lane;
	}

	/** Address of what a worker prepared for these lists; 0 if there is nothing. */
	private preparedColumns(lists: number, entries: number): number {
		const lane = this.preparing;
		if (!lane || this.core.i32[(lists + STAMP) >>> 2] !== this.stamp) return 0;
		this.preparing = null;
		if (!lane.isReady) return 0;
		if (!this.isInTime(lane, this.patience + entries * LISTED)) {
			lane.cancel();
			return 0;
		}
		if (lane.result !== 1) return 0;
		this.prepared++;
		return lane.kept;
	}

	private isInTime(lane: Lane, patience: number): boolean {
		if (!lane.isReady || lane.isFinished) return true;
		return lane.finishesBy(performance.now() + patience);
	}

	/** Runs a kernel on as many threads as are worth while; false if it refuses the operands. */
	private run(call: Shareable): boolean {
		// a part of what the caller would lose without the one who prepares
		if (this.preparing) this.isInTime(this.preparing, call.flops * WORTH);
		const most = Math.min(call.flops / (LEAST / 2), call.size / call.unit) - 1;
		if (most < 1 || !this.lanes.some((lane) => lane.isReady))
			return this.runAlone(call);
		const { choice } = this;
		const start = performance.now();
		const lanes = this.freeLanes(most);
		const isDone =
			choice.isShared && lanes.length > 0
				? this.runShared(call, lanes)
				: this.runAlone(call);
		// what goes by without a worker that was late is part of the way, too
		const kind = call.kernel * 64 + Math.clz32(call.flops);
		choice.record(kind, call.flops, start, performance.now());
		return isDone;
	}

	private runAlone({ kernel, args }: Shareable): boolean {
		return runKernel(this.core.x, kernel, args);
	}

	private runShared(call: Shareable, lanes: readonly Lane[]): boolean {
		const { starts } = this;
		const { kernel } = call;
		const share = this.shares[kernel] as number;
		this.cut(call, lanes.length, share);
		if (!this.hasRoom(call, lanes)) return this.runAlone(call);

		lanes.forEach((lane, i) => {
			const first = starts[i + 1] as number;
			lane.order(kernel, call.part(first, starts[i + 2] as number, lane));
		});
		const start = performance.now();
		const own = call.part(0, starts[1] as number, null);
		let isDone = runKernel(this.core.x, kernel, own);
		const end = performance.now();
		this.shares[kernel] = lanes.every((lane) => lane.isFinished)
			? Math.min(share * STEP, MOST)
			: Math.max(share / STEP, 1 / MOST);
		const deadline = end + this.patience + TOLERANCE * (end - start);
		lanes.forEach((lane, i) => {
			// what comes behind a part that was refused has no place
			if (call.isOrdered && !isDone) return;
			lane.finishesBy(deadline);
			isDone = this.collect(call, lane, i + 1) && isDone;
		});
		return isDone;
	}

	/** Into the caller's part and those of so many workers. */
	private cut(call: Shareable, workers: number, share: number): void {
		const { starts } = this;
		const { size, unit } = call;
		const whole = 1 + workers * share;
		for (let i = 0; i < workers; i++) {
			const part = (1 + i * share) / whole;
			const at = call.cut ? call.cut(part) : size * part;
			starts[i + 1] = Math.round(at / unit) * unit;
		}
		starts[workers + 1] = size;
	}

	private freeLanes(most: number): Lane[] {
		const free: Lane[] = [];
		for (const lane of this.lanes)
			if (free.length + 1 <= most && lane.isFree) free.push(lane);
		return free;
	}

	private hasRoom(call: Shareable, lanes: readonly Lane[]): boolean {
		const { starts } = this;
		// as much as a part may ever be, so that a steady loop asks once
		const most = call.cut
			? call.size
			: (call.size * MOST) / (1 + lanes.length * MOST);
		return lanes.every((lane, i) => {
			const size = (starts[i + 2] as number) - (starts[i + 1] as number);
			const count = Math.ceil(most / call.unit + 1) * call.unit;
			return reserved(lane, call.room(Math.max(count, size)));
		});
	}

	/** Part `i`, which a lane was to do: takes its outputs over, or does it here. */
	private collect(call: Shareable, lane: Lane, i: number): boolean {
		const { x } = this.core;
		const first = this.starts[i] as number;
		const last = this.starts[i + 1] as number;
		let isDone = true;
		const isLate = !lane.isFinished || lane.result === FAILED;
		const piece =
			Math.ceil((last - first) / PIECES / call.unit) * call.unit || 1;
		for (let at = first; at < last; at += piece) {
			const isUsable = call.isOrdered
				? at === first && lane.result === 1
				: lane.result !== FAILED;
			if (lane.isFinished && isUsable) {
				if (at === first) lane.praise();
				this.delivered++;
				return call.deliver(first, last, lane) && lane.result === 1;
			}
			const part = call.part(at, Math.min(at + piece, last), null);
			isDone = runKernel(x, call.kernel, part) && isDone;
			if (call.isOrdered && !isDone) break;
		}
		if (isLate) lane.cancel();
		return isDone;
	}

	/** @internal for tests: a worker ends as if it had crashed */
	crash(index: number): void {
		this.lanes[index]?.crash();
	}
}

/** Whether there is the room that a lane needs. */
function reserved(
	lane: Lane,
	room: readonly [work: number, out: number, kept?: number],
): boolean {
	try {
		lane.reserve(...room);
		return true;
	} catch (error) {
		if (error instanceof OutOfMemoryError) return false;
		throw error;
	}
}
