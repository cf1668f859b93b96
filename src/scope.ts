/**
 * Who frees tensors. WebAssembly and GPU memory is not collected, so a tensor
 * belongs to the scope in which it was made and is freed at the scope's end. What is made
 * outside of any scope falls to a FinalizationRegistry.
 */

import { Spares } from "./spares.js";

/** What a scope can own. A Tensor satisfies it. */
export interface Owned {
	/** The owner; null if nobody frees it (kept, or under the net). */
	home: Scope | null;
	/** What the net releases, once it was put under it. */
	lease: Lease | null;
	release(): void;
	/** What stays to be released when the handle itself was collected. */
	makeLease(): Lease;
}

export interface Lease {
	release(): void;
}

/** Lists of ended scopes, for the next ones: a loop's turns need not grow theirs. */
const spareItems: (Owned | null)[][] = [];
const LONGEST_SPARE = 1024;
const NO_ITEMS: (Owned | null)[] = [];

export class Scope {
	readonly parent: Scope | null;
	private items: (Owned | null)[] = spareItems.pop() ?? [];
	private count = 0;
	private ended = false;

	constructor(parent: Scope | null) {
		this.parent = parent;
	}

	get size(): number {
		return this.count;
	}

	add(item: Owned): void {
		if (this.ended) {
			watch(item);
			return;
		}
		item.home = this;
		this.items[this.count++] = item;
	}

	/** Frees what was added after `mark` and is not wanted any more. */
	sweep(mark: number, wanted: (item: Owned) => boolean): void {
		const items = this.items;
		let kept = mark;
		for (let i = mark; i < this.count; i++) {
			const item = items[i] as Owned;
			if (item.home !== this) continue;
			if (wanted(item)) items[kept++] = item;
			else {
				item.home = null;
				item.release();
			}
		}
		items.fill(null, kept, this.count);
		this.count = kept;
	}

	/** Frees everything that is still owned. */
	end(): void {
		this.ended = true;
		const items = this.items;
		for (let i = 0; i < this.count; i++) {
			const item = items[i] as Owned;
			if (item.home !== this) continue;
			item.home = null;
			item.release();
		}
		this.items = NO_ITEMS;
		if (items.length > LONGEST_SPARE) return;
		items.fill(null, 0, this.count);
		spareItems.push(items);
		this.count = 0;
	}

	/** Hands `item` to the scope around this one, or to the net. */
	handOver(item: Owned): void {
		if (item.home !== this) return;
		item.home = null;
		if (this.parent) this.parent.add(item);
		else watch(item);
	}
}

let current: Scope | null = null;

export function currentScope(): Scope | null {
	return current;
}

/** Makes `scope` current and returns the one before, to be put back. */
export function enterScope(scope: Scope | null): Scope | null {
	const before = current;
	current = scope;
	return before;
}

let net: FinalizationRegistry<Lease> | null = null;

/** Items put under the net since the engine had a turn to empty it. */
let waiting = 0;
const TURN_AFTER = 128;

function watch(item: Owned): void {
	item.home = null;
	item.lease = item.makeLease();
	waiting++;
	net ??= new FinalizationRegistry<Lease>((lease) => lease.release());
	net.register(item, item.lease, item);
}

/** Gives a new item to the current scope, or puts it under the net. */
export function track(item: Owned): void {
	if (current) current.add(item);
	else watch(item);
}

/** Takes an item out of its scope for as long as something references it. */
export function keep(item: Owned): void {
	if (item.lease === null) watch(item);
	item.home = null;
}

/** Takes an item from both, for an owner that frees it itself. */
export function disown(item: Owned): void {
	item.home = null;
	if (item.lease !== null) {
		net?.unregister(item);
		item.lease = null;
	}
}

function handOverAll(value: unknown, scope: Scope): void {
	if (typeof value !== "object" || value === null) return;
	if ("home" in value && "makeLease" in value) scope.handOver(value as Owned);
	else if (Array.isArray(value) || value instanceof Map || value instanceof Set)
		for (const v of value) handOverAll(v, scope);
	else if ("values" in value && "indices" in value)
		handOverAll([value.values, value.indices], scope);
	else if (Object.getPrototypeOf(value) === Object.prototype)
		for (const v of Object.values(value)) handOverAll(v, scope);
}

/**
 * Runs `body` in a scope of its own: at its end every tensor made in it is
 * freed, but for parameters, gradients, optimizer state, what was kept with `keep()`, and
 * what `body` returns (a tensor, values with indices, or an array, Map, Set or
 * plain object of them). Around each step of a training loop that is
 * synchronous throughout it frees memory at once, where the net would wait.
 */
export function scope<T>(body: () => T): T {
	const own = new Scope(current);
	const before = enterScope(own);
	let result: T;
	try {
		result = body();
	} catch (error) {
		own.end();
		throw error;
	} finally {
		current = before;
	}
	if (result instanceof Promise) {
		const settled = result.then(
			(value) => {
				handOverAll(value, own);
				own.end();
				return value;
			},
			(error) => {
				own.end();
				throw error;
			},
		);
		return stepAside(settled) as T;
	}
	handOverAll(result, own);
	own.end();
	return result;
}

/**
 * The promise for one of Torchlet's own awaits. The caller's scope is current
 * again exactly while the caller's continuation runs, and for no other task.
 *
 * Reactions to one promise run in the order in which they were added, back to
 * back: ours that enters the scope, the caller's `await` (added as soon as we return), and ours
 * that leaves it (added one microtask later, before the promise settles).
 */
export function stepAside<T>(work: PromiseLike<T> | T): Promise<T> {
	if (current === null)
		return waiting < TURN_AFTER ? Promise.resolve(work) : afterTurn(work);
	const aside = spareAsides.take() ?? new Aside();
	return aside.start(current, work) as Promise<T>;
}

/** Settled, so that what is chained to it runs in the next microtask. */
const READY = Promise.resolve();
const spareAsides = new Spares<Aside>(64);

/** One `stepAside`, and when that is over the next one: a loop makes no closures. */
class Aside {
	private owner: Scope | null = null;
	private before: Scope | null = null;
	private work: unknown = null;
	private promise: Promise<unknown> | null = null;

	start(owner: Scope, work: unknown): Promise<unknown> {
		this.owner = owner;
		this.work = work;
		const promise = READY.then(this.settle);
		this.promise = promise;
		promise.then(this.enter, this.enter);
		return promise;
	}

	private readonly settle = (): unknown => {
		const work = this.work;
		this.work = null;
		this.promise?.then(this.leave, this.leave);
		return work;
	};

	private readonly enter = (): void => {
		this.before = enterScope(this.owner);
	};

	private readonly leave = (): void => {
		enterScope(this.before);
		this.owner = null;
		this.before = null;
		this.promise = null;
		spareAsides.give(this);
	};
}

/**
 * A registry's callbacks run between turns of the event loop only, and a loop
 * whose awaits are all settled already never ends its turn: its memory would
 * grow without bound. So now and then an await lets the engine have one.
 */
async function afterTurn<T>(work: PromiseLike<T> | T): Promise<T> {
	waiting = 0;
	const value = await work;
	await new Promise<void>(nextTurn);
	return value;
}

function nextTurn(done: () => void): void {
	const { setImmediate } = globalThis as {
		setImmediate?: (callback: () => void) => unknown;
	};
	if (setImmediate) {
		setImmediate(done);
		return;
	}
	// setTimeout waits for 4 ms in a page, and longer in the background
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => {
		port1.close();
		done();
	};
	port2.postMessage(null);
}
