import { TorchletError } from "../../errors.js";
import { nextTurn, startThread, type Thread } from "../../platform/workers.js";
import {
	type Answer,
	ASLEEP,
	FINISHED,
	ORDERS,
	type Setup,
	SUBMITTED,
	type Task,
} from "./pool-protocol.js";

/** One call's rows, and where its results go. */
export interface Call {
	readonly rows: number;
	/** The rows' bytes. */
	readonly bytes: Uint8Array;
	readonly labels: Int32Array;
	readonly probabilities: Float32Array | null;
	/** Computes some rows on the calling thread. */
	own(from: number, rows: number): void;
	/** Asked now and then; throws if the call is to end. */
	check(): void;
}

/** Milliseconds that the caller's thread is kept from everything else. */
export const SLICE = 8;
/** Milliseconds for a worker to start. */
const START = 20_000;

let script: URL | null = null;

/** @internal for tests, where the worker's module is not beside this one */
export function setWorkerScript(url: URL | null): void {
	script = url;
}

function workerScript(): URL {
	return script ?? new URL("./worker.js", import.meta.url);
}

type State = "starting" | "ready" | "failed" | "closed";

/** Rows that a worker has been given. */
interface Job {
	readonly from: number;
	readonly rows: number;
	/** Whose results it delivers; null once nobody wants them. */
	call: Call | null;
}

/** A worker, and what it has to do. */
abstract class Member {
	state: State = "starting";
	/** What is under way, in order. */
	readonly pending: Job[] = [];
	/** Why it does not work. */
	reason: unknown = null;
	thread: Thread | null = null;
	private started: (() => void) | null = null;

	constructor(
		protected readonly setup: Setup,
		private readonly onDeath: (reason: unknown) => void,
	) {}

	/** Most rows that it takes at a time. */
	abstract readonly portion: number;
	/** Whether its results come only while the caller's thread is free. */
	abstract readonly byMessage: boolean;
	/** Delivers what is finished. */
	abstract poll(): void;
	protected abstract hand(call: Call, from: number, rows: number): void;
	protected abstract received(message: unknown): void;
	protected abstract reset(): void;

	start(): Promise<void> {
		this.state = "starting";
		this.reset();
		const done = new Promise<void>((resolve) => {
			this.started = resolve;
		});
		let thread: Thread | null = null;
		const isCurrent = () => thread === this.thread && this.state !== "closed";
		const timer = setTimeout(
			() => onEnd(`it did not start within ${START / 1000} seconds`),
			START,
		);
		// of Node, Deno and Bun: a timer is no reason to stay alive
		(timer as { unref?(): void }).unref?.();
		const onEnd = (reason: unknown) => {
			clearTimeout(timer);
			if (isCurrent()) this.ended(reason);
		};
		const onMessage = (message: unknown) => {
			if (!isCurrent()) return;
			if (this.state === "starting") {
				clearTimeout(timer);
				this.state = "ready";
				this.started?.();
			} else this.received(message);
		};
		try {
			thread = startThread(workerScript(), { onMessage, onEnd });
			this.thread = thread;
			thread.post(this.setup);
		} catch (reason) {
			onEnd(reason);
		}
		return done;
	}

	private ended(reason: unknown): void {
		this.reason = reason;
		const { thread } = this;
		// before all else: Deno tells of the end while it terminates
		this.thread = null;
		thread?.terminate();
		// one that never lived would not live the next time either
		const wasReady = this.state === "ready";
		const isMissed = this.pending.some((job) => job.call);
		this.pending.length = 0;
		this.state = "failed";
		this.started?.();
		if (isMissed) this.onDeath(reason);
		if (wasReady) void this.start();
	}

	get hasRoom(): boolean {
		return this.state === "ready" && this.pending.length < 2;
	}

	submit(call: Call, from: number, rows: number): void {
		this.hand(call, from, rows);
		this.pending.push({ from, rows, call });
	}

	/** @internal for tests: its end is found out as that of any other */
	crash(): void {
		this.thread?.terminate();
	}

	close(): void {
		this.state = "closed";
		this.pending.length = 0;
		this.thread?.terminate();
		this.thread = null;
		this.started?.();
	}
}

function deliver(
	{ call, from }: Job,
	labels: Int32Array,
	probabilities: Float32Array | null,
	classes: number,
): void {
	call?.labels.set(labels, from);
	if (probabilities) call?.probabilities?.set(probabilities, from * classes);
}

/** Orders, rows and results go through shared memory. */
class SharedMember extends Member {
	readonly byMessage = false;
	private readonly control: Int32Array;
	private readonly bytes: Uint8Array;

	constructor(
		setup: Setup,
		private readonly memory: WebAssembly.Memory,
		onDeath: (reason: unknown) => void,
	) {
		super(setup, onDeath);
		this.control = new Int32Array(memory.buffer, setup.lane.control, 8);
		this.bytes = new Uint8Array(memory.buffer);
	}

	get portion(): number {
		return this.setup.chunk;
	}

	protected reset(): void {
		const { control } = this;
		// so far on that one which is not quite dead sees that it was replaced
		const from = (control[SUBMITTED] as number) + 4;
		control.fill(0).fill(from, SUBMITTED, FINISHED + 1);
	}

	protected hand(call: Call, from: number, rows: number): void {
		const { control } = this;
		const submitted = control[SUBMITTED] as number;
		const s = submitted & 1;
		const { rowBytes } = this.setup;
		this.bytes.set(
			call.bytes.subarray(from * rowBytes, (from + rows) * rowBytes),
			this.setup.lane.slots[s as 0 | 1].x,
		);
		control[ORDERS + 2 * s] = rows;
		control[ORDERS + 2 * s + 1] = call.probabilities ? 1 : 0;
		Atomics.store(control, SUBMITTED, submitted + 1);
		Atomics.notify(control, SUBMITTED);
		if (Atomics.compareExchange(control, ASLEEP, 1, 0) === 1)
			this.thread?.post(null);
	}

	poll(): void {
		const { control, pending, setup } = this;
		if (pending.length === 0) return;
		const finished = Atomics.load(control, FINISHED);
		let at = (control[SUBMITTED] as number) - pending.length;
		// 32 bits go round within days
		for (; ((finished - at) | 0) > 0; at++) {
			const job = pending.shift() as Job;
			if (!job.call) continue;
			const slot = setup.lane.slots[(at & 1) as 0 | 1];
			const { buffer } = this.memory;
			deliver(
				job,
				new Int32Array(buffer, slot.labels, job.rows),
				job.call.probabilities &&
					new Float32Array(
						buffer,
						slot.probabilities,
						job.rows * setup.classes,
					),
				setup.classes,
			);
			job.call = null;
		}
	}

	protected received(): void {}
}

/** Rows and results are copied and travel as messages. */
class CopyMember extends Member {
	readonly byMessage = true;

	get portion(): number {
		return 8 * this.setup.chunk;
	}

	protected reset(): void {}
	poll(): void {}

	protected hand(call: Call, from: number, rows: number): void {
		const { rowBytes } = this.setup;
		const bytes = new Uint8Array(rows * rowBytes);
		bytes.set(call.bytes.subarray(from * rowBytes, (from + rows) * rowBytes));
		const task: Task = {
			rows,
			bytes,
			probabilities: call.probabilities !== null,
		};
		this.thread?.post(task, [bytes.buffer]);
	}

	protected received(message: unknown): void {
		const job = this.pending.shift();
		if (!job?.call) return;
		const { labels, probabilities } = message as Answer;
		deliver(job, labels, probabilities, this.setup.classes);
		job.call = null;
	}
}

/**
 * Workers that share a call's rows with the calling thread. Rows are cut at
 * multiples of the blocks in which the module works, so the results do not
 * depend on who computes what.
 *
 * The caller never waits for a worker: when no rows are left it computes itself
 * what is still under way, and whoever is first wins. So a call takes hardly longer
 * than on one thread even if the processor has no time for the workers.
 */
export class Pool {
	private readonly members: Member[];
	private failure: unknown = null;
	private hasFailed = false;
	/** Calls come one after the other. */
	private last: Promise<void> = Promise.resolve();
	private readonly started: Promise<unknown>;

	constructor(
		setups: readonly Setup[],
		memory: WebAssembly.Memory | null,
		private readonly block: number,
	) {
		const onDeath = (reason: unknown) => {
			this.failure = reason;
			this.hasFailed = true;
		};
		this.members = setups.map((setup) =>
			memory
				? new SharedMember(setup, memory, onDeath)
				: new CopyMember(setup, onDeath),
		);
		this.started = Promise.all(this.members.map((m) => m.start()));
	}

	/** When each worker is ready or has failed. */
	async ready(): Promise<void> {
		for (const m of this.members) m.thread?.hold(true);
		await this.started;
		for (const m of this.members) m.thread?.hold(false);
	}

	/** Workers that take part. */
	get size(): number {
		return this.members.filter((m) => m.state === "ready").length;
	}

	/** Why there are fewer than were asked for; null if there are not. */
	get reason(): string | null {
		const failed = this.members.find((m) => m.state === "failed");
		return failed ? textOf(failed.reason) : null;
	}

	/** @throws TorchletError if a worker died; what `check` throws */
	run(call: Call): Promise<void> {
		const done = this.last.then(() => this.share(call));
		this.last = done.catch(() => {});
		return done;
	}

	private async share(call: Call): Promise<void> {
		const { members, block } = this;
		const byMessage = members.some((m) => m.byMessage);
		this.hasFailed = false;
		let next = 0;
		let sliceEnd = performance.now() + SLICE;
		try {
			for (;;) {
				call.check();
				next = this.handOut(call, next);
				this.checkDeath();
				if (next < call.rows) {
					const own = byMessage ? 8 * block : block;
					const rows = Math.min(own, call.rows - next);
					call.own(next, rows);
					next += rows;
				} else if (!this.takeOver(call)) return;
				if (byMessage || performance.now() > sliceEnd) {
					await nextTurn();
					sliceEnd = performance.now() + SLICE;
				}
			}
		} finally {
			// whatever ends the call: nothing more is written into its results
			for (const m of members)
				for (const job of m.pending) if (job.call === call) job.call = null;
		}
	}

	/** Keeps the workers busy, with smaller parts towards the end. */
	private handOut(call: Call, from: number): number {
		const { members, block } = this;
		let next = from;
		for (const m of members) {
			m.poll();
			while (next < call.rows && m.hasRoom) {
				const left = call.rows - next;
				const share = Math.floor(left / (2 * members.length + 2) / block);
				const rows = Math.min(m.portion, Math.max(share, 1) * block, left);
				m.submit(call, next, rows);
				next += rows;
			}
		}
		return next;
	}

	/** Computes what a worker has not begun, or not finished; false if there is nothing. */
	private takeOver(call: Call): boolean {
		for (const m of this.members) {
			const job = m.pending.findLast((j) => j.call === call);
			if (!job) continue;
			const end = job.from + job.rows;
			for (let at = job.from; at < end && job.call; at += this.block) {
				call.own(at, Math.min(this.block, end - at));
				m.poll();
			}
			job.call = null;
			return true;
		}
		return false;
	}

	private checkDeath(): void {
		if (this.hasFailed)
			throw new TorchletError(
				`a worker ended while it computed a part of this call (${textOf(this.failure)}). It is replaced: call again`,
				{ cause: this.failure },
			);
	}

	close(): void {
		for (const m of this.members) m.close();
	}

	/** @internal for tests: ends a worker as a crash would */
	kill(index: number): void {
		this.members[index]?.crash();
	}
}

function textOf(reason: unknown): string {
	return reason instanceof Error ? reason.message : String(reason);
}
