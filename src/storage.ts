import type { Backend, Handle } from "./backends/backend.js";

/** Live storages of each backend, for `memory().tensors`. */
const live = new WeakMap<Backend, number>();

export function liveStorages(backend: Backend): number {
	return live.get(backend) ?? 0;
}

function count(backend: Backend, change: number): void {
	live.set(backend, liveStorages(backend) + change);
}

/**
 * A block of one device's memory that tensors and the graph share by counted
 * references, with a version that every in-place write raises.
 */
export class Storage {
	readonly backend: Backend;
	readonly handle: Handle;
	readonly bytes: number;
	refs = 1;
	version = 0;

	/** @throws OutOfMemoryError */
	constructor(
		backend: Backend,
		bytes: number,
		/** A block that is there already; a new one if left out. */
		handle: Handle = backend.alloc(bytes),
	) {
		this.backend = backend;
		this.bytes = bytes;
		this.handle = handle;
		count(backend, 1);
	}

	retain(): this {
		this.refs++;
		return this;
	}

	release(): void {
		if (--this.refs > 0) return;
		this.backend.free(this.handle, this.bytes);
		count(this.backend, -1);
	}
}
