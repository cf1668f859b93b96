import { setImmediate } from "node:timers/promises";
import { Interrupted } from "./failures.js";

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Longest time in milliseconds that a signal waits, a batch aside. */
const PATIENCE = 30;

/**
 * Turns Ctrl-C into an exception at a place where nothing is half done. A
 * second one ends the process at once.
 */
export class Interruption {
	readonly #controller = new AbortController();
	readonly #handlers = Object.entries(CODES).map(([name, code]) => {
		const handler = () => {
			if (this.signal.aborted) process.exit(code);
			this.#controller.abort(new Interrupted(code));
		};
		process.on(name, handler);
		return [name, handler] as const;
	});
	#rested = performance.now();

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/**
	 * Lets signals and timers in, now and then: a loop that awaits only what is
	 * there already never leaves the microtask queue.
	 *
	 * @throws Interrupted
	 */
	async rest(): Promise<void> {
		if (performance.now() - this.#rested > PATIENCE) {
			await setImmediate();
			this.#rested = performance.now();
		}
		this.signal.throwIfAborted();
	}

	/** Signals have their usual effect again. */
	end(): void {
		for (const [name, handler] of this.#handlers) process.off(name, handler);
	}
}
