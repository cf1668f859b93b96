import { DeviceError, OutOfMemoryError, ShapeError } from "../../errors.js";
import type { BackendMemory } from "../backend.js";

/** A buffer of the GPU's. */
export class Chunk {
	/** The batch of commands that last used it; see `Queue.write`. */
	batch = -1;
	/** It has no memory: there was none, as was found later, or it was given back. */
	isMissing = false;

	constructor(
		readonly buffer: GPUBuffer,
		/** For the keys of cached bind groups. */
		readonly id: number,
		/** Bytes of the buffer, a multiple of 64. */
		readonly size: number,
	) {}
}

/**
 * A piece of GPU memory: what the handles of this backend are. It has a buffer
 * from its first use on: a result that never leaves a fused kernel needs none.
 */
export class Block {
	/** How many tensors were made over it, if the buffer is the user's; 0 for the pool's own. */
	adopted = 0;
	/** Bind groups that hold on to the user's buffer. */
	readonly groups: string[] = [];

	constructor(
		/** Bytes of the buffer that it has or will have. */
		readonly size: number,
		/** Bytes that were asked for; what follows is nobody's. */
		readonly bytes: number,
		public chunk: Chunk | null = null,
	) {}
}

/** WebGPU's flags, by number: Node has their names only if someone defines them. */
export const Usage = {
	mapRead: 1,
	copySource: 4,
	copyTarget: 8,
	uniform: 64,
	storage: 128,
} as const;

const SMALLEST = 256;
/** Bytes up to which another buffer costs less than a submission. */
const SMALL = 256 * 1024;

/** Rounded up to a quarter of a power of two, so that blocks come back to use. */
export function sizeClass(bytes: number): number {
	if (bytes <= SMALLEST) return SMALLEST;
	const power = 2 ** Math.floor(Math.log2(bytes - 1));
	const step = power / 4;
	return Math.ceil(bytes / step) * step;
}

/**
 * Buffers by size class. A freed buffer may be handed out at once: the commands
 * that still use it run before those of its next owner.
 */
export class Pool {
	/** Set when the device is gone; every request then fails with it. */
	lost: DeviceError | null = null;
	private readonly free = new Map<number, Chunk[]>();
	/** Of the user's buffers the block over them; of the pool's own, null. */
	private readonly blocks = new WeakMap<GPUBuffer, Block | null>();
	private next = 0;
	private live = 0;
	private peak = 0;
	private reserved = 0;
	/** New buffers of which it is not known yet whether there is memory for them. */
	private readonly unsure = new Set<Promise<void>>();

	/** @param onMissing told of buffers for which there was no memory */
	constructor(
		private readonly device: GPUDevice,
		private readonly onMissing: (message: string) => void,
	) {}

	/** Waits until it is known of all buffers so far, or null if it is. */
	get settled(): Promise<unknown> | null {
		return this.unsure.size > 0 ? Promise.all(this.unsure) : null;
	}

	/** @throws OutOfMemoryError above the adapter's limit, DeviceError when lost */
	alloc(bytes: number): Block {
		if (this.lost) throw this.lost;
		const size = sizeClass(bytes);
		const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
		const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
		if (size > most)
			throw new OutOfMemoryError(
				`webgpu out of memory: a tensor of ${bytes} bytes was asked for, but this adapter's buffers hold ${most}. Split the tensor, or use 'cpu'`,
			);
		this.live += size;
		if (this.live > this.peak) this.peak = this.live;
		return new Block(size, bytes);
	}

	/** The buffer of a block, found now if it has none. */
	chunkOf(block: Block): Chunk {
		if (block.chunk?.isMissing) {
			// what it held is lost: whoever reads on is told again
			block.chunk = null;
			this.onMissing("a tensor's buffer could not be made before");
		}
		block.chunk ??= this.free.get(block.size)?.pop() ?? this.create(block.size);
		return block.chunk;
	}

	/**
	 * The same for a write from the host, which would have to wait for the
	 * commands of `batch`: a buffer that they do not use, a new one if it is small.
	 */
	chunkToWrite(block: Block, batch: number): Chunk {
		if (block.chunk) return this.chunkOf(block);
		const list = this.free.get(block.size) ?? [];
		const at = list.findLastIndex((chunk) => chunk.batch !== batch);
		if (at >= 0) block.chunk = list.splice(at, 1)[0] as Chunk;
		else if (block.size <= SMALL) block.chunk = this.create(block.size);
		return this.chunkOf(block);
	}

	/**
	 * A block over a buffer of the user's, which stays theirs.
	 * @throws ShapeError, DeviceError if kernels cannot use it
	 */
	adopt(buffer: GPUBuffer, bytes: number): Block {
		if (this.lost) throw this.lost;
		const known = this.blocks.get(buffer);
		if (known === null)
			throw new DeviceError(
				"fromGPUBuffer: this buffer is a tensor's already. Use that tensor, or a view of it",
			);
		const { size, usage } = buffer;
		const need = Math.max(16, Math.ceil(bytes / 16) * 16);
		if (size < need || size % 16 !== 0)
			throw new ShapeError(
				`fromGPUBuffer: the elements take ${bytes} bytes and the buffer has ${size}. Its size must be a multiple of 16, and at least ${need}`,
			);
		const most = this.device.limits.maxStorageBufferBindingSize;
		if (size > most)
			throw new OutOfMemoryError(
				`fromGPUBuffer: the buffer has ${size} bytes, but kernels on this device see ${most} at most. Split it`,
			);
		const wanted = Usage.storage | Usage.copySource | Usage.copyTarget;
		if ((usage & wanted) !== wanted)
			throw new DeviceError(
				`fromGPUBuffer: the buffer's usage is ${usage}, but STORAGE | COPY_SRC | COPY_DST (${wanted}) must be in it. Say so in createBuffer`,
			);
		const block =
			known ?? new Block(size, size, new Chunk(buffer, this.next++, size));
		this.blocks.set(buffer, block);
		block.adopted++;
		return block;
	}

	/** Whether that was the last use of a user's buffer. */
	letGo(block: Block): boolean {
		if (--block.adopted > 0) return false;
		if (block.chunk) this.blocks.delete(block.chunk.buffer);
		return true;
	}

	/** A block is nobody's any more; its buffer is given back by `recycle`. */
	forget(block: Block): void {
		this.live -= block.size;
	}

	/** Gives the buffer of a forgotten block, if it has one, to the next ones. */
	recycle(block: Block): void {
		const { chunk } = block;
		if (chunk === null) return;
		block.chunk = null;
		if (chunk.isMissing) return;
		const list = this.free.get(block.size);
		if (list) list.push(chunk);
		else this.free.set(block.size, [chunk]);
	}

	/** Gives buffers back to the system that nobody holds and `batch` does not use. */
	trim(batch: number): void {
		for (const [size, list] of this.free) {
			const inUse = list.filter((chunk) => chunk.batch === batch);
			for (const chunk of list) {
				if (chunk.batch === batch) continue;
				chunk.buffer.destroy();
				chunk.isMissing = true;
				this.reserved -= size;
			}
			this.free.set(size, inUse);
		}
	}

	memory(): BackendMemory {
		return {
			bytes: this.live,
			peakBytes: this.peak,
			reservedBytes: this.reserved,
		};
	}

	private create(size: number): Chunk {
		this.device.pushErrorScope("out-of-memory");
		const buffer = this.device.createBuffer({
			size,
			usage: Usage.storage | Usage.copySource | Usage.copyTarget,
		});
		this.reserved += size;
		this.blocks.set(buffer, null);
		const chunk = new Chunk(buffer, this.next++, size);
		const known = this.device.popErrorScope().then(
			(error) => {
				this.unsure.delete(known);
				if (error) this.miss(chunk, error.message);
			},
			// a lost device says so itself
			() => this.unsure.delete(known),
		) as Promise<void>;
		this.unsure.add(known);
		return chunk;
	}

	private miss(chunk: Chunk, message: string): void {
		if (!chunk.isMissing) this.reserved -= chunk.size;
		chunk.isMissing = true;
		const list = this.free.get(chunk.size) ?? [];
		const at = list.indexOf(chunk);
		if (at >= 0) list.splice(at, 1);
		this.onMissing(message);
	}
}
