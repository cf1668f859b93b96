// Symbol.dispose, for programs whose own target is older.
/// <reference lib="esnext.disposable" preserve="true" />
import { Pool, SLICE } from "../backends/cpu/pool.js";
import type { Setup } from "../backends/cpu/pool-protocol.js";
import {
	canShareMemory,
	givenModule,
	newMemory,
	newRunner,
	type RunnerExports,
} from "../backends/cpu/runner.js";
import {
	DTypeError,
	ShapeError,
	TensorDisposedError,
	TorchletError,
} from "../errors.js";
import { coreCount, nextTurn } from "../platform/workers.js";
import type { Chain } from "./chain.js";
import { encodeCompact } from "./compact.js";
import { predictorWasm } from "./inlined.js";
import { type Layout, layOut } from "./layout.js";

/** Rows of pixels, or of numbers: as many as the array holds. */
export type Images = Uint8Array | Uint8ClampedArray | Float32Array;

/** What `predictSync` takes besides the inputs. */
export interface PredictOptions {
	/** Whether probabilities are wanted, or the array for them: rows times classes. */
	readonly probabilities?: boolean | Float32Array;
	/** The array for the labels, with room for all rows; a new one if left out. */
	readonly labels?: Int32Array;
}

/** What `predict` and `stream` take besides the inputs. */
export interface AsyncPredictOptions extends PredictOptions {
	/** Ends the call with the signal's reason, between blocks of rows. */
	readonly signal?: AbortSignal;
}

/**
 * What `predict` gives: a label for each row, and probabilities if wanted.
 */
export interface Prediction {
	/** The class of each row. */
	readonly labels: Int32Array;
	/** [rows, classes], if they were asked for. */
	readonly probabilities?: Float32Array;
}

/** How a predictor computes, and why. */
export interface PredictorCapabilities {
	/** Threads in use, the calling one included. */
	readonly threads: number;
	/** Whether the pool's threads share one memory. */
	readonly sharedMemory: boolean;
	/** Why there are fewer threads than were asked for, or null. */
	readonly reason: string | null;
}

/** Multiplications below which handing rows to workers costs more than it gives. */
const SMALL = 4e7;
const MAX_AUTO = 4;
const MAX_THREADS = 64;

const NONE: AsyncPredictOptions = {};

type Items = AsyncIterator<Images> | Iterator<Images>;

/** @throws TorchletError unless 'auto' or a whole number from 1 */
function threadCount(threads: number | "auto"): number {
	if (threads === "auto") return Math.max(Math.min(coreCount(), MAX_AUTO), 1);
	if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS)
		throw new TorchletError(
			`createPredictor: threads must be 'auto' or a whole number from 1 to ${MAX_THREADS}, but is ${String(threads)}`,
		);
	return threads;
}

/** @throws TorchletError unless it may hold options */
export function checkObject(x: unknown, what: string): void {
	if (typeof x !== "object" || x === null || ArrayBuffer.isView(x))
		throw new TorchletError(`${what} must be an object, but got ${nameOf(x)}`);
}

/** @throws TorchletError if it is no signal, and its reason if it is aborted */
export function checkSignal(signal: AbortSignal | null | undefined): void {
	if (!signal) return;
	if (!signal.throwIfAborted)
		throw new TorchletError(
			`signal must be an AbortSignal, but got ${nameOf(signal)}`,
		);
	signal.throwIfAborted();
}

/** A packed network that turns rows into labels. Made by `createPredictor`. */
export class Predictor {
	/** Values in a row. */
	readonly length: number;
	/** Number of classes. */
	readonly classes: number;
	private runner: RunnerExports | null;
	private readonly layout: Layout;
	private readonly threads: number;
	private readonly memory: WebAssembly.Memory;
	private readonly input: Uint8Array | Float32Array;
	private readonly labelsOut: Int32Array;
	private readonly probabilitiesOut: Float32Array;
	private pool: Pool | null = null;

	/** @internal */
	constructor(
		protected readonly chain: Chain,
		threads: number | "auto",
	) {
		this.threads = threadCount(threads);
		const { layout, write } = layOut(chain, this.threads);
		this.layout = layout;
		this.length = chain.layers[0]?.inputs as number;
		this.classes = layout.classes;
		const shared = this.threads > 1 && canShareMemory();
		this.memory = newMemory(layout.pages, shared);
		this.runner = newRunner(predictorWasm, this.memory);
		const { buffer } = this.memory;
		write(buffer, this.runner);
		const slot = this.own.slots[0];
		const size = layout.chunk * this.length;
		this.input =
			chain.dtype === "uint8"
				? new Uint8Array(buffer, slot.x, size)
				: new Float32Array(buffer, slot.x, size);
		this.labelsOut = new Int32Array(buffer, slot.labels, layout.chunk);
		this.probabilitiesOut = new Float32Array(
			buffer,
			slot.probabilities,
			layout.chunk * layout.classes,
		);
	}

	private get own() {
		return this.layout.lanes[0] as Layout["lanes"][0];
	}

	/**
	 * Labels of all rows in `images`, computed on a pool of workers where that
	 * is faster. PyTorch: `model(x).argmax(1)`, `.softmax(1)`. The array is read
	 * while the call is under way: it must stay as it is until then.
	 *
	 * @throws ShapeError if the length is no multiple of a row's, or an output is too short
	 * @throws DTypeError if the array is of another type than `input.dtype`
	 * @throws TensorDisposedError after `dispose()`
	 * @throws the signal's reason if aborted
	 */
	async predict(
		images: Images,
		options: AsyncPredictOptions = NONE,
	): Promise<Prediction> {
		const rows = this.rowsOf(images);
		const result = this.resultFor(rows, options);
		const { labels, probabilities = null } = result;
		const { length } = images;
		const check = () => {
			checkSignal(options.signal);
			this.alive();
			if (images.length !== length) throw transferred();
		};
		check();
		const own = (from: number, count: number) =>
			this.compute(images, from, count, labels, probabilities);
		if (this.threads > 1 && rows * this.layout.macs >= SMALL) {
			const { buffer, byteOffset, byteLength } = images;
			const bytes = new Uint8Array(buffer, byteOffset, byteLength);
			await this.startPool().run({
				rows,
				bytes,
				labels,
				probabilities,
				own,
				check,
			});
			return result;
		}
		let sliceEnd = performance.now() + SLICE;
		const { chunk } = this.layout;
		for (let from = 0; from < rows; from += chunk) {
			own(from, Math.min(chunk, rows - from));
			if (performance.now() < sliceEnd || from + chunk >= rows) continue;
			await nextTurn();
			check();
			sliceEnd = performance.now() + SLICE;
		}
		return result;
	}

	/** As `predict`, at once and on the calling thread only. */
	predictSync(images: Images, options: PredictOptions = NONE): Prediction {
		const rows = this.rowsOf(images);
		const result = this.resultFor(rows, options);
		this.compute(images, 0, rows, result.labels, result.probabilities ?? null);
		return result;
	}

	/**
	 * The predictions for each of a source's arrays, in order: an array, a
	 * generator, a `ReadableStream` … Arrays may end within a row, as chunks of a
	 * file do: it counts to the array that completes it. Memory stays that of one
	 * array, however many there are.
	 * @throws as `predict`, ShapeError if the source ends within a row, and whatever
	 * the source throws. The signal also ends the wait for the source.
	 */
	async *stream(
		source: AsyncIterable<Images> | Iterable<Images>,
		options: AsyncPredictOptions = NONE,
	): AsyncGenerator<Prediction, void, undefined> {
		this.alive();
		checkObject(options, "options");
		const { signal } = options;
		checkSignal(signal);
		const given = source as Partial<AsyncIterable<Images> & Iterable<Images>>;
		const open: (() => Items) | undefined =
			given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator];
		if (!open || ArrayBuffer.isView(source))
			throw new DTypeError(
				`stream takes an iterable of arrays, but got ${nameOf(source)}`,
			);
		const items = open.call(source);
		let hasEnded = false;
		let stop: (reason: unknown) => void = () => {};
		const onAbort = () => stop(signal?.reason);
		signal?.addEventListener("abort", onAbort);
		const next = async () => {
			// a source that throws has
			hasEnded = true;
			const { done, value } = await items.next();
			hasEnded = !!done;
			return value;
		};
		const Type = this.input.constructor as Uint8ArrayConstructor;
		/** The beginning of a row, which the next array goes on with. */
		let rest = new Type(0);
		try {
			for (;;) {
				checkSignal(signal);
				let images = await new Promise<Images>((resolve, reject) => {
					stop = reject;
					next().then(resolve, reject);
				});
				if (hasEnded) break;
				this.checkType(images);
				const kept = rest.length;
				const over = (kept + images.length) % this.length;
				if (kept) {
					const joined = new Type(kept + images.length);
					joined.set(rest);
					joined.set(images, kept);
					images = joined;
				}
				const end = images.length - over;
				rest = new Type(images.subarray(end));
				yield await this.predict(
					over ? images.subarray(0, end) : images,
					options,
				);
			}
		} finally {
			signal?.removeEventListener("abort", onAbort);
			if (!hasEnded || signal?.aborted) {
				const closed = (async () => items.return?.())().catch(() => {});
				// one that is still waiting may never answer
				if (!signal?.aborted) await closed;
			}
		}
		if (rest.length)
			throw new ShapeError(
				`stream: the source ended after ${rest.length} of a row's ${this.length} values`,
			);
	}

	/** Threads in use, and why. */
	capabilities(): PredictorCapabilities {
		return {
			threads: 1 + (this.pool?.size ?? 0),
			sharedMemory: !(this.memory.buffer instanceof ArrayBuffer),
			reason: this.pool?.reason ?? null,
		};
	}

	/**
	 * The compact form, which `createPredictor` reads back: weights as they are
	 * served, normalisation included. With `weights: 'int8'` a quarter of float32's size.
	 */
	toBytes(): Uint8Array {
		this.alive();
		return encodeCompact(this.chain);
	}

	/** Gives memory and workers back; calls under way end with an error. */
	dispose(): void {
		this.runner = null;
		this.pool?.close();
		this.pool = null;
	}

	[Symbol.dispose](): void {
		this.dispose();
	}

	/** @internal */
	startPool(): Pool {
		this.alive();
		if (this.pool) return this.pool;
		const { layout, memory } = this;
		const { plan, lanes, rowBytes, chunk, classes, pages, end, block } = layout;
		const shared = !(memory.buffer instanceof ArrayBuffer);
		const image = shared ? null : new Uint8Array(memory.buffer).slice(0, end);
		const setups = lanes.slice(1).map(
			(lane): Setup => ({
				// one that was handed in later is for no shared memory
				wasm: (shared ? null : givenModule()) ?? predictorWasm(),
				plan,
				lane,
				memory: shared ? memory : null,
				image,
				pages,
				rowBytes,
				chunk,
				classes,
			}),
		);
		this.pool = new Pool(setups, shared ? memory : null, block);
		return this.pool;
	}

	protected alive(): RunnerExports {
		if (this.runner === null)
			throw new TensorDisposedError(
				"this predictor was disposed; create another one",
			);
		return this.runner;
	}

	private checkType(images: Images): void {
		this.alive();
		const bytes =
			images instanceof Uint8Array || images instanceof Uint8ClampedArray;
		if (
			this.chain.dtype === "uint8" ? !bytes : !(images instanceof Float32Array)
		)
			throw new DTypeError(
				`predict: this predictor takes ${this.chain.dtype === "uint8" ? "a Uint8Array of pixels" : "a Float32Array"}, but got ${nameOf(images)}. Convert it, or create the predictor with input: { dtype: '${this.chain.dtype === "uint8" ? "float32" : "uint8"}' }`,
			);
	}

	protected rowsOf(images: Images): number {
		this.checkType(images);
		// memory that is gone has no length, and no rows would give no labels
		if (images.length === 0 && isGone(images)) throw transferred();
		const rows = images.length / this.length;
		if (!Number.isInteger(rows))
			throw new ShapeError(
				`predict: the first layer takes rows of ${this.length} values, but the input has ${images.length}, which is no multiple of it`,
			);
		return rows;
	}

	protected resultFor(rows: number, options: PredictOptions): Prediction {
		checkObject(options, "predict: options");
		const { probabilities, labels } = options;
		if (labels === undefined && !probabilities)
			return { labels: new Int32Array(rows) };
		const outputFor = <T extends Int32Array | Float32Array>(
			given: T | undefined,
			count: number,
			Type: new (n: number) => T,
			what: string,
		): T => {
			if (given === undefined) return new Type(count);
			if (!(given instanceof Type))
				throw new DTypeError(
					`predict: options.${what} must be ${what === "labels" ? "an Int32Array" : "true or a Float32Array"}, but is ${nameOf(given)}`,
				);
			if (given.length < count)
				throw new ShapeError(
					`predict: options.${what} has room for ${given.length} numbers, but the result has ${count}`,
				);
			return given.length === count ? given : (given.subarray(0, count) as T);
		};
		const wanted =
			typeof probabilities === "boolean" ? undefined : probabilities;
		const found = outputFor(labels, rows, Int32Array, "labels");
		if (!probabilities) return { labels: found };
		return {
			labels: found,
			probabilities: outputFor(
				wanted,
				rows * this.classes,
				Float32Array,
				"probabilities",
			),
		};
	}

	private compute(
		images: Images,
		first: number,
		count: number,
		labels: Int32Array,
		probabilities: Float32Array | null,
	): void {
		const runner = this.alive();
		const { layout, length, classes, input } = this;
		const lane = this.own;
		const slot = lane.slots[0];
		for (let done = 0; done < count; ) {
			const from = first + done;
			const rows = Math.min(layout.chunk, count - done);
			const part =
				rows * length === images.length
					? images
					: images.subarray(from * length, (from + rows) * length);
			input.set(part);
			runner.predict(
				layout.plan,
				lane.work,
				slot.x,
				rows,
				slot.labels,
				probabilities ? slot.probabilities : 0,
			);
			if (rows === 1) labels[from] = this.labelsOut[0] as number;
			else labels.set(this.labelsOut.subarray(0, rows), from);
			probabilities?.set(
				this.probabilitiesOut.subarray(0, rows * classes),
				from * classes,
			);
			done += rows;
		}
	}
}

function isGone({ buffer }: Images): boolean {
	try {
		return !new Uint8Array(buffer);
	} catch {
		return true;
	}
}

function transferred(): TorchletError {
	return new TorchletError(
		"predict: the input's memory was transferred; pass a copy",
	);
}

export function nameOf(x: unknown): string {
	if (typeof x !== "object" || x === null) return String(x);
	return `a value of class ${x.constructor?.name ?? "unknown"}`;
}
