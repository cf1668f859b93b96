import { TorchletError } from "../../errors.js";
import {
	nextTurn,
	startThread,
	type Thread,
	type ThreadEvents,
} from "../../platform/workers.js";
import {
	ASLEEP,
	AWAITED,
	type Answer,
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
/** Milliseconds of spinning for the last rows before waiting for a message. */
const SPIN = 0.5;
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

/** A worker, what it has to do, and who hears of it. */
abstract class Member {
	state: State = "starting";
	/** First row and number of rows of what is under way, in order. */
	readonly pending: { readonly from: number; readonly rows: number }[] = [];
	/** Why it does not work; or why it died last. */
	reason: unknown = null;
	protected thread: Thread | null = null;
	private changed: (() => void) | null = null;
	private started: (() => void) | null = null;

	constructor(
		protected readonly setup: Setup,
		private readonly onDeath: (reason: unknown) => void,
	) {}

	/** Rows that it takes at a time. */
	abstract readonly portion: number;
	/** Whether its results come only while the caller's thread is free. */
	abstract readonly byMessage: boolean;
	protected abstract hand(call: Call, from: number, rows: number): void;
	protected abstract received(call: Call | null, message: unknown): void;
	/** Takes over what is finished. */
	abstract poll(call: Call | null): void;
	protected abstract reset(): void;
	protected abstract await(wanted: boolean): void;

	/** The call whose rows are under way. */
	call: Call | null = null;

	start(): Promise<void> {
		this.state = "starting";
		this.reset();
		const done = new Promise<void>((resolve) => {
			this.started = resolve;
		});
		let thread: Thread | null = null;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const isCurrent = () => thread === this.thread;
		const events: ThreadEvents = {
			onMessage: (message) => {
				if (!isCurrent()) return;
				if (this.state === "starting") {
					clearTimeout(timer);
					this.state = "ready";
					thread?.hold(false);
					this.started?.();
				} else this.received(this.call, message);
				this.changed?.();
			},
			onEnd: (reason) => {
				clearTimeout(timer);
				if (isCurrent()) this.ended(reason);
			},
		};
		try {
			thread = startThread(workerScript(), events);
			this.thread = thread;
			thread.hold(true);
			timer = setTimeout(() => {
				events.onEnd(`it did not start within ${START / 1000} seconds`);
			}, START);
			thread.post(this.setup);
		} catch (reason) {
			events.onEnd(reason);
		}
		return done;
	}

	private ended(reason: unknown): void {
		if (this.state === "closed") return;
		this.reason = reason;
		this.thread?.terminate();
		this.thread = null;
		// one that never lived would not live the next time either
		const wasReady = this.state === "ready";
		const hadWork = this.pending.length > 0;
		this.pending.length = 0;
		this.state = "failed";
		this.started?.();
		if (hadWork) this.onDeath(reason);
		this.changed?.();
		if (wasReady) void this.start();
	}

	get hasRoom(): boolean {
		return this.state === "ready" && this.pending.length < 2;
	}

	submit(call: Call, from: number, rows: number): void {
		this.call = call;
		this.hand(call, from, rows);
		this.pending.push({ from, rows });
	}

	/** Resolves when something of what is under way was finished, or it died. */
	async change(): Promise<void> {
		const { thread } = this;
		const changed = new Promise<void>((resolve) => {
			this.changed = resolve;
		});
		thread?.hold(true);
		this.await(true);
		const before = this.pending.length;
		// it may have finished just before it was told
		this.poll(this.call);
		if (this.pending.length === before && before > 0) await changed;
		this.await(false);
		thread?.hold(false);
		this.changed = null;
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
		this.changed?.();
	}
}

function deliver(
	call: Call,
	from: number,
	labels: Int32Array,
	probabilities: Float32Array | null,
	classes: number,
): void {
	call.labels.set(labels, from);
	if (probabilities) call.probabilities?.set(probabilities, from * classes);
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
		this.control.fill(0);
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

	poll(call: Call | null): void {
		const { control, pending, setup } = this;
		if (pending.length === 0) return;
		const finished = Atomics.load(control, FINISHED);
		let at = (control[SUBMITTED] as number) - pending.length;
		for (; at < finished; at++) {
			const { from, rows } = pending.shift() as (typeof pending)[0];
			if (!call) continue;
			const slot = setup.lane.slots[(at & 1) as 0 | 1];
			const { buffer } = this.memory;
			deliver(
				call,
				from,
				new Int32Array(buffer, slot.labels, rows),
				call.probabilities &&
					new Float32Array(buffer, slot.probabilities, rows * setup.classes),
				setup.classes,
			);
		}
	}

	protected received(call: Call | null): void {
		this.poll(call);
	}

	protected await(wanted: boolean): void {
		Atomics.store(this.control, AWAITED, wanted ? 1 : 0);
	}
}

/** Rows and results are copied and travel as messages. */
class CopyMember extends Member {
	readonly byMessage = true;

	get portion(): number {
		return 8 * this.setup.chunk;
	}

	protected reset(): void {}
	protected await(): void {}
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

	protected received(call: Call | null, message: unknown): void {
		const job = this.pending.shift();
		if (!job || !call) return;
		const { labels, probabilities } = message as Answer;
		deliver(call, job.from, labels, probabilities, this.setup.classes);
	}
}

/**
 * Workers that share a call's rows with the calling thread. Rows are cut at
 * multiples of the blocks in which the module works, so the results do not
 * depend on who computes what.
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
		await this.started;
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
		const { members } = this;
		this.hasFailed = false;
		let next = 0;
		let sliceEnd = performance.now() + SLICE;
		try {
			call.check();
			for (;;) {
				for (const m of members)
					while (next < call.rows && m.hasRoom) {
						const rows = Math.min(m.portion, call.rows - next);
						m.submit(call, next, rows);
						next += rows;
					}
				if (next < call.rows) {
					const byMessage = members.some((m) => m.byMessage);
					const rows = Math.min(
						byMessage ? 8 * this.block : this.block,
						call.rows - next,
					);
					call.own(next, rows);
					next += rows;
					if (byMessage || performance.now() > sliceEnd) {
						await nextTurn();
						call.check();
						sliceEnd = performance.now() + SLICE;
					}
				} else {
					await this.finish();
					if (!members.some((m) => m.pending.length)) break;
					call.check();
				}
				for (const m of members) m.poll(call);
				this.checkDeath();
			}
			this.checkDeath();
		} finally {
			// nothing may write into this call's results once it has ended
			for (const m of members) {
				m.call = null;
				while (m.pending.length) await m.change();
			}
		}
	}

	/** Spins for what is under way, then waits for some of it. */
	private async finish(): Promise<void> {
		const end = performance.now() + SPIN;
		const busy = () => this.members.find((m) => m.pending.length);
		while (busy() && performance.now() < end)
			for (const m of this.members) m.poll(m.call);
		await busy()?.change();
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
