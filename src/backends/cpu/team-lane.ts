import { startThread, type Thread } from "../../platform/workers.js";
import type { Core } from "./core.js";
import {
	ARGUMENTS,
	ASLEEP,
	CANCELLED,
	CLOSED,
	CONTROL_WORDS,
	FAILED,
	FINISHED,
	KERNEL,
	ORDERED,
	READY,
	RESULT,
	type TeamSetup,
} from "./team-protocol.js";

let script: URL | null = null;

/** @internal for tests, where the worker's module is not beside this one */
export function setTeamScript(url: URL | null): void {
	script = url;
}

/** Looks at whether it is finished between looks at the clock, whose answers are garbage. */
const LOOKS = 200;

/** Most calls for which a worker that was late is left out. */
const MOST_SKIPPED = 64;

/** A worker as its caller sees it, and the memory that only it writes. */
export class Lane {
	/** Its workspace and its outputs, which the caller copies to their place. */
	work = 0;
	out = 0;
	/** What it prepared for a later call, which others read then. */
	kept = 0;
	/** Why it does not work any more. */
	reason: string | null = null;
	/** Whether it ever worked. */
	hasLived = false;
	private workBytes = 0;
	private outBytes = 0;
	private keptBytes = 0;
	private readonly control: number;
	private readonly area: number;
	private readonly areaBytes: number;
	private readonly words: Int32Array;
	private readonly thread: Thread | null = null;
	/** Calls that go by without it, and how many it will be the next time. */
	private skipped = 0;
	private penalty = 1;
	private freed = false;

	/** @throws OutOfMemoryError */
	constructor(
		private readonly core: Core,
		module: TeamSetup["module"],
		binary: Uint8Array<ArrayBuffer>,
		onEnd: (lane: Lane) => void,
	) {
		this.areaBytes = core.x.areaBytes();
		this.control = core.allocOwn(CONTROL_WORDS * 4);
		this.area = core.allocOwn(this.areaBytes);
		core.u8.fill(0, this.area, this.area + this.areaBytes);
		const { memory } = core.x;
		this.words = new Int32Array(memory.buffer, this.control, CONTROL_WORDS);
		this.words.fill(0);
		const ended = (reason: unknown) => {
			if (this.freed) return;
			// before all else: Deno tells of the end while it terminates
			this.freed = true;
			this.reason ??= reason instanceof Error ? reason.message : String(reason);
			this.hasLived = Atomics.load(this.words, READY) === 1;
			this.thread?.terminate();
			this.free();
			onEnd(this);
		};
		try {
			this.thread = startThread(
				script ?? new URL("./team-worker.js", import.meta.url),
				{ onMessage: () => ended("it was closed"), onEnd: ended },
			);
			const { control, area } = this;
			const setup = { memory, control, area };
			try {
				this.thread.post({ module, ...setup } satisfies TeamSetup);
			} catch {
				// a runtime that sends no modules
				this.thread.post({ module: binary, ...setup } satisfies TeamSetup);
			}
		} catch (reason) {
			ended(reason);
		}
	}

	get isReady(): boolean {
		return this.reason === null && Atomics.load(this.words, READY) === 1;
	}

	/** Whether it has nothing to do; asked once for each call. */
	get isFree(): boolean {
		if (!this.isReady || !this.isFinished) return false;
		if (this.skipped > 0) {
			this.skipped--;
			// one that sleeps would be late again
			if (this.skipped < 2) this.wake();
			return false;
		}
		return true;
	}

	/** It looks for orders for a while, if it slept. */
	private wake(): void {
		if (Atomics.load(this.words, ASLEEP) === 1)
			Atomics.notify(this.words, ORDERED);
	}

	get isFinished(): boolean {
		return Atomics.load(this.words, FINISHED) === this.words[ORDERED];
	}

	/** Waits until then at most, and never sleeps. */
	finishesBy(deadline: number): boolean {
		do for (let i = 0; i < LOOKS; i++) if (this.isFinished) return true;
		while (performance.now() < deadline);
		return false;
	}

	/** 0 and 1: what the kernel gave; 2: it could not run. Once it is finished. */
	get result(): number {
		return this.reason === null ? (this.words[RESULT] as number) : FAILED;
	}

	/** Makes room while it is free. @throws OutOfMemoryError */
	reserve(work: number, out: number, kept = 0): void {
		if (work > this.workBytes) {
			this.work = this.moved(this.work, this.workBytes, work);
			this.workBytes = work;
		}
		if (out > this.outBytes) {
			this.out = this.moved(this.out, this.outBytes, out);
			this.outBytes = out;
		}
		if (kept > this.keptBytes) {
			this.kept = this.moved(this.kept, this.keptBytes, kept);
			this.keptBytes = kept;
		}
	}

	private moved(old: number, oldBytes: number, bytes: number): number {
		const block = this.core.allocOwn(bytes);
		if (old) this.core.freeOwn(old, oldBytes);
		return block;
	}

	order(kernel: number, args: readonly number[]): void {
		const { words } = this;
		words[KERNEL] = kernel;
		words.set(args, ARGUMENTS);
		Atomics.store(words, ORDERED, ((words[ORDERED] as number) + 1) | 0);
		this.wake();
	}

	/** It was in time: on a machine that is free again trust must come back within some steps. */
	praise(): void {
		this.penalty = Math.ceil(this.penalty / 2);
	}

	/** It was late: others do what was ordered, and the next calls go without it. */
	cancel(): void {
		const { words } = this;
		Atomics.store(words, CANCELLED, words[ORDERED] as number);
		this.skipped = this.penalty;
		this.penalty = Math.min(2 * this.penalty, MOST_SKIPPED);
	}

	/** It ends after what it is at; then its memory is given back. False if it has ended already. */
	close(): boolean {
		if (this.freed) return false;
		const { words } = this;
		Atomics.store(words, CLOSED, 1);
		Atomics.store(words, ORDERED, ((words[ORDERED] as number) + 1) | 0);
		Atomics.notify(words, ORDERED);
		return true;
	}

	/** @internal for tests: ends as if it had crashed */
	crash(): void {
		this.thread?.terminate();
	}

	private free(): void {
		const { core } = this;
		core.freeOwn(this.control, CONTROL_WORDS * 4);
		core.freeOwn(this.area, this.areaBytes);
		if (this.work) core.freeOwn(this.work, this.workBytes);
		if (this.out) core.freeOwn(this.out, this.outBytes);
		if (this.kept) core.freeOwn(this.kept, this.keptBytes);
	}
}
