import { TorchletError } from "../../errors.js";
import { nextTurn } from "../../platform/workers.js";
import {
	type Call,
	CopyMember,
	type Member,
	SharedMember,
} from "./pool-member.js";
import type { Setup } from "./pool-protocol.js";

/** Milliseconds that the caller's thread is kept from everything else. */
export const SLICE = 8;

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
	/** @internal */
	readonly members: readonly Member[];
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
}

function textOf(reason: unknown): string {
	return reason instanceof Error ? reason.message : String(reason);
}
