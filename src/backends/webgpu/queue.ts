import {
	DeviceError,
	OutOfMemoryError,
	type TorchletError,
} from "../../errors.js";
import type { View } from "../backend.js";
import { Faults, REPORT } from "./faults.js";
import type { Features } from "./features.js";
import { type Block, type Chunk, Pool, sizeClass, Usage } from "./memory.js";
import { assemble, Bindings, type Kernel, type Slot } from "./program.js";

/** Bytes of parameters between two submissions, and the least step in them. */
const RING = 256 * 1024;
/** So that the GPU does not wait long for work that nobody reads. */
const LONGEST = 512;
const MOST_GROUPS = 65535;
/** GPUMapMode.READ and GPUShaderStage.COMPUTE */
const MAP_READ = 1;
const COMPUTE = 4;

interface Program {
	readonly pipeline: GPUComputePipeline;
	readonly layout: GPUBindGroupLayout;
	readonly bytes: number;
	readonly id: number;
}

/**
 * A kernel that waits for the next ones, to do a part of their work in its own
 * pass. Each method says whether it takes a step over.
 */
export interface Deferred {
	/** What it reads and writes. */
	readonly blocks: Block[];
	emit(): void;
	/** A block that it writes has been freed. */
	forget?(block: Block): void;
	/** y = relu(x) */
	relu?(x: View, y: View): boolean;
	/** y = x, but 0 where gate <= 0 */
	gate?(x: View, gate: View, y: View): boolean;
	/** y = x factor */
	scale?(x: View, factor: number, y: View): boolean;
	/** y = sums of the columns of the matrix x */
	columnSums?(x: View, y: View): boolean;
	/** Leaves its sums of the columns of x to a product with xᵀ: where to, if they are such. */
	handOver?(xt: View, inUse: readonly Block[]): View | null;
}

/** Counters for tests. */
export interface QueueStats {
	dispatches: number;
	submits: number;
	pipelines: number;
	/** Mappings of memory that were asked for. */
	reads: number;
	/** Buffers that reads go through: as many as were ever under way at once. */
	staging: number;
}

/**
 * Records kernels into one command encoder and submits it when a result is
 * read, or when it has become long.
 */
export class Queue {
	readonly pool: Pool;
	readonly stats: QueueStats = {
		dispatches: 0,
		submits: 0,
		pipelines: 0,
		reads: 0,
		staging: 0,
	};
	/** What kernels found wrong. */
	readonly faults: Faults;
	/** Bindings of buffers that one kernel may have. */
	readonly mostBuffers: number;

	private encoder: GPUCommandEncoder | null = null;
	private pass: GPUComputePassEncoder | null = null;
	private pending = 0;
	private batch = 0;
	private readonly programs = new Map<string, Program>();
	private readonly layouts = new Map<
		string,
		{ group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }
	>();
	private readonly groups = new Map<string, GPUBindGroup>();
	private readonly ring: GPUBuffer;
	private readonly words = new Uint32Array(RING / 4);
	private used = 0;
	private readonly step: number;
	private readonly staging = new Map<number, GPUBuffer[]>();
	/** What no read has told yet; what the last one told; how often that was. */
	private failure: TorchletError | null = null;
	private told: TorchletError | null = null;
	private tellings = 0;
	private waiting: Deferred | null = null;
	/** Freed blocks whose buffers the deferred kernel still uses. */
	private freed: Block[] = [];
	/** Numbers that stand in blocks of their own, and the fill that puts them there. */
	private readonly constants = new Map<
		Block,
		{ value: number; fill(): void }
	>();

	constructor(
		readonly device: GPUDevice,
		/** What kernels may use of it. */
		readonly features: Features,
	) {
		this.pool = new Pool(device, (message) => this.ranOut(message));
		this.faults = new Faults(device);
		this.mostBuffers = device.limits.maxStorageBuffersPerShaderStage;
		this.step = device.limits.minUniformBufferOffsetAlignment / 4;
		this.ring = device.createBuffer({
			size: RING,
			usage: Usage.uniform | Usage.copyTarget,
		});
		device.addEventListener?.("uncapturederror", (event) => {
			const { error } = event as GPUUncapturedErrorEvent;
			if (error.constructor.name === "GPUOutOfMemoryError")
				this.ranOut(error.message);
			else
				this.failure ??= new DeviceError(
					`webgpu reported an error: ${error.message}`,
				);
		});
		device.lost.then((info) => {
			this.pool.lost = new DeviceError(
				`the WebGPU device was lost (${info.reason || "unknown"}${info.message ? `: ${info.message}` : ""}), and its tensors with it. Tensors on 'cpu' are intact: move them again with await to('webgpu'), which starts a new device`,
			);
		});
	}

	get lost(): DeviceError | null {
		return this.pool.lost;
	}

	/** The next read says so; meanwhile there is room for what comes next. */
	private ranOut(message: string): void {
		// the commands that should have used it fail too: this is why
		if (!(this.failure instanceof OutOfMemoryError))
			this.failure = new OutOfMemoryError(
				`webgpu out of memory: ${message.trim()}. What was computed since the last read may be lost. Free tensors (torch.scope, dispose()), or use a smaller batch, and compute it again`,
			);
		this.pool.trim(this.batch);
		this.groups.clear();
	}

	/**
	 * Records one kernel.
	 * @param key tells its text from all others', but for what `slots` decide
	 * @param words its parameters, as 32-bit integers
	 * @param groups workgroups: how many, or along three dimensions
	 */
	run(
		key: string,
		slots: readonly Slot[],
		words: readonly number[],
		groups: number | readonly [number, number, number],
		kernel: () => Kernel,
	): void {
		const bindings = new Bindings(slots);
		if (this.constants.size > 0)
			for (const block of bindings.blocks) this.materialize(block);
		this.settle();
		const id = `${key}/${words.length}/${bindings.key}`;
		let program = this.programs.get(id);
		if (program === undefined) {
			program = this.build(bindings, words.length, kernel());
			this.programs.set(id, program);
		}
		const size = Math.ceil(program.bytes / 4 / this.step) * this.step;
		if (this.used + size > this.words.length || this.pending >= LONGEST)
			this.flush();
		this.words.set(words, this.used);
		const pass = this.compute();
		pass.setPipeline(program.pipeline);
		const chunks = bindings.blocks.map((block) => this.pool.chunkOf(block));
		pass.setBindGroup(0, this.groupOf(program, bindings.blocks, chunks), [
			this.used * 4,
		]);
		this.used += size;
		if (typeof groups === "number") {
			const x = Math.min(groups, MOST_GROUPS);
			pass.dispatchWorkgroups(x, Math.ceil(groups / x));
		} else pass.dispatchWorkgroups(...groups);
		for (const chunk of chunks) chunk.batch = this.batch;
		this.pending++;
		this.stats.dispatches++;
	}

	/** The kernel that waits for others to join it. */
	get deferred(): Deferred | null {
		return this.waiting;
	}

	/** Records a kernel later: before the next one that it cannot take over. */
	defer(kernel: Deferred): void {
		for (const block of kernel.blocks) this.materialize(block);
		this.settle(kernel);
		this.waiting = kernel;
	}

	/** The deferred kernel writes another block; false if it uses that one already. */
	join(block: Block): boolean {
		const kernel = this.waiting;
		if (kernel === null || kernel.blocks.includes(block)) return false;
		if (kernel.blocks.length >= this.mostBuffers) return false;
		kernel.blocks.push(block);
		this.constants.delete(block);
		return true;
	}

	/** Records the deferred kernel, before `next` is deferred. */
	private settle(next?: Deferred): void {
		// one may leave another behind
		while (this.waiting) {
			const kernel = this.waiting;
			const { freed } = this;
			this.waiting = null;
			this.freed = [];
			kernel.emit();
			for (const block of freed) this.drop(block, next);
		}
	}

	/** Gives a freed block's buffer back, once no deferred kernel uses it. */
	private drop(block: Block, next?: Deferred): void {
		const isUsed =
			this.waiting?.blocks.includes(block) || next?.blocks.includes(block);
		if (isUsed) this.freed.push(block);
		else this.pool.recycle(block);
	}

	/** A block shall hold one number, which `fill` stores if a kernel ever reads it. */
	setConstant(block: Block, value: number, fill: () => void): void {
		if (this.waiting?.blocks.includes(block)) this.settle();
		this.constants.set(block, { value, fill });
	}

	/** The number that all of a block is known to be. */
	constantIn(block: Block): number | undefined {
		return this.constants.size > 0
			? this.constants.get(block)?.value
			: undefined;
	}

	/** A block's number is about to be overwritten. */
	dropConstant(block: Block): void {
		if (this.constants.size > 0) this.constants.delete(block);
	}

	/** Stores the number that a block is known to hold. */
	materialize(block: Block): void {
		const constant = this.constants.get(block);
		if (constant === undefined) return;
		this.constants.delete(block);
		constant.fill();
	}

	/** Gives a block back to the pool. */
	release(block: Block): void {
		if (block.adopted === 0) {
			if (this.constants.size > 0) this.constants.delete(block);
			this.pool.forget(block);
			this.waiting?.forget?.(block);
			this.drop(block);
			return;
		}
		// what was written must arrive: the buffer is there for others to read
		this.materialize(block);
		this.settle();
		if (!this.pool.letGo(block)) return;
		for (const key of block.groups) this.groups.delete(key);
	}

	/** The buffer of a block, with all that was recorded for it submitted. */
	expose(block: Block): GPUBuffer {
		if (this.lost) throw this.lost;
		this.materialize(block);
		this.flush();
		return this.pool.chunkOf(block).buffer;
	}

	/** Hands everything that was recorded to the device. */
	flush(): void {
		this.settle();
		if (this.encoder === null) return;
		this.pass?.end();
		this.pass = null;
		if (this.used > 0)
			this.device.queue.writeBuffer(this.ring, 0, this.words, 0, this.used);
		this.device.queue.submit([this.encoder.finish()]);
		this.encoder = null;
		this.used = 0;
		this.pending = 0;
		this.batch++;
		this.stats.submits++;
	}

	/** Copies host bytes to the place `at`, both multiples of 4 or up to the block's end. */
	write(block: Block, at: number, bytes: Uint8Array): void {
		this.constants.delete(block);
		if (this.waiting?.blocks.includes(block)) this.settle();
		const chunk = this.pool.chunkToWrite(block, this.batch);
		const { buffer } = chunk;
		// A write takes effect before what is recorded and not yet submitted.
		if (chunk.batch === this.batch) this.flush();
		const whole = bytes.byteLength & ~3;
		const { queue } = this.device;
		if (whole > 0)
			queue.writeBuffer(buffer, at, bytes as Uint8Array<ArrayBuffer>, 0, whole);
		if (whole < bytes.byteLength) {
			const rest = new Uint8Array(4);
			rest.set(bytes.subarray(whole));
			queue.writeBuffer(buffer, at + whole, rest);
		}
	}

	/** Why a read that began after so many tellings fails; all do that are under way at one. */
	private tell(since: number): TorchletError | null {
		if (this.failure === null) return this.tellings > since ? this.told : null;
		this.told = this.failure;
		this.tellings++;
		this.failure = null;
		return this.told;
	}

	/** @throws DeviceError (by rejection) if the device is lost before */
	async read(block: Block, at: number, bytes: number): Promise<Uint8Array> {
		if (this.lost) throw this.lost;
		const since = this.tellings;
		if (bytes === 0) return new Uint8Array(0);
		this.materialize(block);
		this.settle();
		const start = at & ~3;
		const length = ((at + bytes + 3) & ~3) - start;
		const size = sizeClass(length + REPORT);
		const stage = this.staging.get(size)?.pop() ?? this.createStage(size);
		this.pass?.end();
		this.pass = null;
		this.encoder ??= this.device.createCommandEncoder();
		this.encoder.copyBufferToBuffer(
			this.pool.chunkOf(block).buffer,
			start,
			stage,
			0,
			length,
		);
		const isWatched = this.faults.collect(this.encoder, stage, length);
		const mapped = length + (isWatched ? REPORT : 0);
		this.flush();
		this.stats.reads++;
		try {
			await stage.mapAsync(MAP_READ, 0, mapped);
		} catch (cause) {
			// the reason arrives at the same time: let it come first
			await Promise.race([
				this.device.lost,
				new Promise((resolve) => setTimeout(resolve, 100)),
			]);
			const failure = this.tell(since);
			throw (
				this.lost ??
				failure ??
				new DeviceError(`webgpu could not be read: ${String(cause)}`, {
					cause,
				})
			);
		}
		const { settled } = this.pool;
		if (settled) await settled;
		const range = stage.getMappedRange(0, mapped);
		const out = new Uint8Array(range).slice(at - start, at - start + bytes);
		const fault = isWatched
			? this.faults.errorOf(new Int32Array(range, length, REPORT / 4))
			: null;
		stage.unmap();
		const list = this.staging.get(size);
		if (list) list.push(stage);
		else this.staging.set(size, [stage]);
		const failure = this.tell(since);
		if (failure) throw failure;
		if (fault) throw fault;
		return out;
	}

	private createStage(size: number): GPUBuffer {
		this.stats.staging++;
		return this.device.createBuffer({
			size,
			usage: Usage.mapRead | Usage.copyTarget,
		});
	}

	private compute(): GPUComputePassEncoder {
		if (this.pass) return this.pass;
		this.encoder ??= this.device.createCommandEncoder();
		this.pass = this.encoder.beginComputePass();
		return this.pass;
	}

	private build(bindings: Bindings, words: number, kernel: Kernel): Program {
		const access = bindings.blocks
			.map((_, place) => (bindings.isWritten(place) ? "w" : "r"))
			.join("");
		const bytes = Math.max(1, Math.ceil(words / 4)) * 16;
		const layout = this.layoutOf(access, bytes);
		const module = this.device.createShaderModule({
			code: assemble(bindings, words, kernel),
		});
		const id = this.stats.pipelines++;
		return {
			pipeline: this.device.createComputePipeline({
				layout: layout.pipeline,
				compute: { module },
			}),
			layout: layout.group,
			bytes,
			id,
		};
	}

	private layoutOf(access: string, bytes: number) {
		const key = access + bytes;
		let layout = this.layouts.get(key);
		if (layout) return layout;
		const group = this.device.createBindGroupLayout({
			entries: [
				{
					binding: 0,
					visibility: COMPUTE,
					// the size said here spares wgpu a check at each dispatch, which it gets wrong
					buffer: {
						type: "uniform",
						hasDynamicOffset: true,
						minBindingSize: bytes,
					},
				},
				...[...access].map((a, k) => ({
					binding: k + 1,
					visibility: COMPUTE,
					buffer: {
						type:
							a === "w" ? ("storage" as const) : ("read-only-storage" as const),
					},
				})),
			],
		});
		const pipeline = this.device.createPipelineLayout({
			bindGroupLayouts: [group],
		});
		layout = { group, pipeline };
		this.layouts.set(key, layout);
		return layout;
	}

	private groupOf(
		program: Program,
		blocks: readonly Block[],
		chunks: readonly Chunk[],
	): GPUBindGroup {
		let key = `${program.id}`;
		for (const chunk of chunks) key += `,${chunk.id}`;
		let group = this.groups.get(key);
		if (group) return group;
		group = this.device.createBindGroup({
			layout: program.layout,
			entries: [
				{
					binding: 0,
					resource: { buffer: this.ring, size: program.bytes },
				},
				...chunks.map((chunk, k) => ({
					binding: k + 1,
					resource: { buffer: chunk.buffer },
				})),
			],
		});
		if (this.groups.size >= 4096) this.groups.clear();
		this.groups.set(key, group);
		for (const block of blocks) if (block.adopted > 0) block.groups.push(key);
		return group;
	}
}
