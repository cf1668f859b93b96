import type { Backend, Handle } from "./backends/backend.js";
import { Spares } from "./spares.js";

/** A backend's storages: how many are in use, and those to be used again. */
interface Shelf {
	live: number;
	readonly spare: Spares<Storage>;
}

const shelves = new WeakMap<Backend, Shelf>();

function shelfOf(backend: Backend): Shelf {
	let shelf = shelves.get(backend);
	if (shelf === undefined) {
		shelf = { live: 0, spare: new Spares(1024) };
		shelves.set(backend, shelf);
	}
	return shelf;
}

/** Live storages of a backend, for `memory().tensors`. */
export function liveStorages(backend: Backend): number {
	return shelfOf(backend).live;
}

/**
 * A block of one device's memory that tensors and the graph share by counted
 * references, with a version that every in-place write raises. Released by the
 * last of them, the object serves for another block: who has counted no reference must
 * not look at it.
 */
export class Storage {
	handle: Handle;
	bytes: number;
	refs = 1;
	version = 0;
	/** Whether it was made in inference mode. */
	isInference = false;

	private constructor(
		readonly backend: Backend,
		private readonly shelf: Shelf,
		handle: Handle,
		bytes: number,
	) {
		this.handle = handle;
		this.bytes = bytes;
	}

	/**
	 * @param handle a block that is there already; a new one if left out
	 * @throws OutOfMemoryError
	 */
	static of(
		backend: Backend,
		bytes: number,
		handle: Handle = backend.alloc(bytes),
	): Storage {
		const shelf = shelfOf(backend);
		shelf.live++;
		const storage = shelf.spare.take();
		if (storage === undefined)
			return new Storage(backend, shelf, handle, bytes);
		storage.handle = handle;
		storage.bytes = bytes;
		storage.refs = 1;
		storage.version = 0;
		storage.isInference = false;
		return storage;
	}

	retain(): this {
		this.refs++;
		return this;
	}

	release(): void {
		if (--this.refs > 0) return;
		const { shelf } = this;
		this.backend.free(this.handle, this.bytes);
		shelf.live--;
		shelf.spare.give(this);
	}
}
