/** Calls of a window, and those before them that do not count: workers wake up, or fall asleep. */
const WINDOW = 24;
const SETTLING = 6;
/** Windows from one trial to the next that changes nothing: twice as many each time. */
const FIRST_GAP = 2;
const MOST_GAP = { alone: 32, shared: 64 };
/** How much slower the preferred way may become before the other is tried at once. */
const SLACK = 1.05;
/** What sharing has to gain before it begins again: near the break-even point turns cost more. */
const LEAST_GAIN = 1.1;
/** Times of a kind of call from which its usual one is taken. */
const FIRST_TIMES = 4;

interface Usual {
	time: number;
	count: number;
}

/**
 * Whether a team works or rests, by timing both for a window of calls now and then. A
 * processor may be busy with other programs, and a virtual one with other machines; then
 * whoever waits for it is slower than alone, and so is whoever shares one with a worker
 * that waits for orders.
 */
export class Choice {
	/** Whether the next call is to be shared. */
	isShared = true;
	/** Of each kind of call, what its work usually takes: what windows are measured by. */
	private readonly usual = new Map<number, Usual>();
	/** Time that a window took in relation to the usual; of the preferred way and the other; 0: not known. */
	private preferred = 0;
	private other = 0;
	private isTrial = false;
	private gap = FIRST_GAP;
	private windows = 0;
	/** Of the window that is open. */
	private calls = 0;
	private taken = 0;
	private expected = 0;
	/** When the call before ended. */
	private ended = 0;

	/**
	 * A call of this kind, with so much work, in the way that was chosen. What the
	 * caller did before it counts too, as far as it was no longer than a call:
	 * operands that another processor wrote or read are slow to use.
	 */
	record(kind: number, work: number, start: number, end: number): void {
		const expected = work * this.usualTime(kind, (end - start) / work);
		const time = end - start + Math.min(start - this.ended, expected);
		this.ended = end;
		// a clock too coarse to tell
		if (expected === 0) return;
		if (++this.calls <= SETTLING) return;
		this.taken += time;
		this.expected += expected;
		if (this.calls < SETTLING + WINDOW) return;
		this.close(this.taken / this.expected);
		this.taken = this.expected = 0;
	}

	/** The least of the first times, for those include a compiler's and a wake-up. */
	private usualTime(kind: number, time: number): number {
		const usual = this.usual.get(kind) ?? { time, count: 0 };
		if (usual.count++ < FIRST_TIMES) {
			usual.time = Math.min(usual.time, time);
			this.usual.set(kind, usual);
		}
		return usual.time;
	}

	private close(measured: number): void {
		// a window that follows one of the same way needs not settle
		this.calls = SETTLING;
		if (this.isTrial) {
			this.isTrial = false;
			const counted = measured * (this.isShared ? LEAST_GAIN : 1);
			const isBetter = counted < this.preferred;
			this.other = isBetter ? this.preferred : counted;
			if (isBetter) this.preferred = measured;
			// back to the old way, or on with the new one
			else this.turn();
			const most = this.isShared ? MOST_GAP.shared : MOST_GAP.alone;
			this.gap = isBetter ? FIRST_GAP : Math.min(2 * this.gap, most);
			this.windows = 0;
			return;
		}
		this.preferred = this.preferred
			? (this.preferred + measured) / 2
			: measured;
		const isSlow = this.other > 0 && this.preferred > this.other * SLACK;
		if (++this.windows < this.gap && !isSlow) return;
		this.isTrial = true;
		this.turn();
	}

	private turn(): void {
		this.isShared = !this.isShared;
		this.calls = 0;
	}
}
