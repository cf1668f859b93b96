/** Workers of the web and of Node, Deno and Bun as one. */
import type * as NodeThreads from "node:worker_threads";

export interface Thread {
	post(message: unknown, transfer?: ArrayBuffer[]): void;
	/** While held it keeps the process alive; it does not otherwise. */
	hold(held: boolean): void;
	terminate(): void;
}

export interface ThreadEvents {
	onMessage(message: unknown): void;
	/** It died, or never lived. */
	onEnd(reason: unknown): void;
}

/** The other side, within a worker. */
export interface Port {
	post(message: unknown, transfer?: ArrayBuffer[]): void;
	listen(onMessage: (message: unknown) => void): void;
}

function builtin<T>(name: string): T | undefined {
	return globalThis.process?.getBuiltinModule?.(name) as T | undefined;
}

/** Processors, as far as the runtime tells. */
export function coreCount(): number {
	const os = builtin<{ availableParallelism?(): number }>("node:os");
	return (
		os?.availableParallelism?.() ??
		globalThis.navigator?.hardwareConcurrency ??
		1
	);
}

/** Starts a module as a worker. @throws whatever the runtime has against it */
export function startThread(url: URL, events: ThreadEvents): Thread {
	const node = builtin<typeof NodeThreads>("node:worker_threads");
	if (node) {
		const worker = new node.Worker(url);
		worker.on("message", events.onMessage);
		worker.on("error", events.onEnd);
		worker.on("exit", (code) => events.onEnd(`it ended with code ${code}`));
		// last, since listeners keep the process alive
		worker.unref();
		return {
			post: (message, transfer) => worker.postMessage(message, transfer),
			hold: (held) => (held ? worker.ref() : worker.unref()),
			terminate: () => void worker.terminate(),
		};
	}
	const worker = new Worker(url, { type: "module" });
	worker.onmessage = (event) => events.onMessage(event.data);
	worker.onerror = (event) => {
		event.preventDefault();
		events.onEnd(event.message || "it could not be loaded");
	};
	return {
		post: (message, transfer) => worker.postMessage(message, transfer ?? []),
		hold: () => {},
		terminate: () => worker.terminate(),
	};
}

/** Within a worker: the way to who started it. */
export function parentPort(): Port {
	const port = builtin<typeof NodeThreads>("node:worker_threads")?.parentPort;
	if (port)
		return {
			post: (message, transfer) => port.postMessage(message, transfer),
			listen: (onMessage) => port.on("message", onMessage),
		};
	const scope = globalThis as unknown as Worker;
	return {
		post: (message, transfer) => scope.postMessage(message, transfer ?? []),
		listen: (onMessage) => {
			scope.onmessage = (event) => onMessage(event.data);
		},
	};
}

/** Resolves after what else waits to run: timers, events, rendering. */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => {
		if (typeof setImmediate === "function") setImmediate(resolve);
		else {
			// setTimeout would wait for 4 ms
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = () => {
				port1.close();
				resolve();
			};
			port2.postMessage(0);
		}
	});
}
