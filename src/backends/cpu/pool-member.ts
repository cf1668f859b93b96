import { startThread, type Thread } from "../../platform/workers.js";
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
export abstract class Member {
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
		const timer = setTimeout(() => onEnd("it did not start in time"), START);
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
export class SharedMember extends Member {
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
export class CopyMember extends Member {
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
