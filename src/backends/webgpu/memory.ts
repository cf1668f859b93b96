import { type DeviceError, OutOfMemoryError } from "../../errors.js";
import type { BackendMemory } from "../backend.js";

/** A piece of GPU memory: what the handles of this backend are. */
export class Block {
	/** The batch of commands that last used it; see `Queue.write`. */
	batch = -1;

	constructor(
		readonly buffer: GPUBuffer,
		/** For the keys of cached bind groups. */
		readonly id: number,
		/** Bytes of the buffer, a multiple of 64. */
		readonly size: number,
		/** Bytes that were asked for; what follows is nobody's. */
		public bytes: number,
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

/** Rounded up to a quarter of a power of two, so that blocks come back to use. */
export function sizeClass(bytes: number): number {
	if (bytes <= SMALLEST) return SMALLEST;
	const power = 2 ** Math.floor(Math.log2(bytes - 1));
	const step = power / 4;
	return Math.ceil(bytes / step) * step;
}

/**
 * Buffers by size class. A freed block may be handed out at once: the commands
 * that still use it run before those of its next owner.
 */
export class Pool {
	/** Set when the device is gone; every request then fails with it. */
	lost: DeviceError | null = null;
	private readonly free = new Map<number, Block[]>();
	private next = 0;
	private live = 0;
	private peak = 0;
	private reserved = 0;

	constructor(private readonly device: GPUDevice) {}

	/** @throws OutOfMemoryError above the adapter's limit, DeviceError when lost */
	alloc(bytes: number): Block {
		if (this.lost) throw this.lost;
		const size = sizeClass(bytes);
		const block = this.free.get(size)?.pop() ?? this.create(size, bytes);
		block.bytes = bytes;
		this.live += size;
		if (this.live > this.peak) this.peak = this.live;
		return block;
	}

	release(block: Block): void {
		const list = this.free.get(block.size);
		if (list) list.push(block);
		else this.free.set(block.size, [block]);
		this.live -= block.size;
	}

	memory(): BackendMemory {
		return {
			bytes: this.live,
			peakBytes: this.peak,
			reservedBytes: this.reserved,
		};
	}

	private create(size: number, bytes: number): Block {
		const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
		const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
		if (size > most)
			throw new OutOfMemoryError(
				`webgpu out of memory: a tensor of ${bytes} bytes was asked for, but this adapter's buffers hold ${most}. Split the tensor, or use 'cpu'`,
			);
		const buffer = this.device.createBuffer({
			size,
			usage: Usage.storage | Usage.copySource | Usage.copyTarget,
		});
		this.reserved += size;
		return new Block(buffer, this.next++, size, bytes);
	}
}
