import { apply } from "../autograd/apply.js";
import type { DeviceName } from "../backends/backend.js";
import { isCurrent, openBackend } from "../backends/devices.js";
import { empty, fromArray } from "../creation.js";
import { Dataset, position } from "../data/dataset.js";
import { DatasetError } from "../errors.js";
import { lookup } from "../ops/lookup.js";
import { stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import {
	augmented,
	type BatchPipeline,
	compileToBatch,
	hasSteps,
} from "./batch.js";
import { type MnistData, type MnistSource, readMnist } from "./mnist.js";
import { type MnistName, PUBLISHED } from "./resources.js";
import {
	applyTransform,
	type Image,
	isStep,
	printed,
	type Step,
	type Transform,
} from "./transform.js";

/** A batch's positions and labels, on both sides of the core's border. */
interface Lists {
	readonly at: Int32Array;
	readonly atBytes: Uint8Array;
	readonly labels: Int32Array;
	readonly labelBytes: Uint8Array;
	/** int32 [n], written to before each use */
	readonly index: Tensor;
}

/** What `MNIST.open` and `FashionMNIST.open` take. */
export interface MnistOptions<X, Y> extends MnistSource {
	/** What is made of an image; without it, samples hold the image itself. */
	readonly transform?: Step<Image, X> | undefined;
	/** What is made of a label, 0..9. */
	readonly targetTransform?: Step<number, Y> | undefined;
}

/**
 * The handwritten digits: 60,000 for training, 10,000 for the test, each 28×28
 * grey pixels and a label.
 *
 * ```ts
 * const set = await datasets.MNIST.open({ root: './data', train: true, transform });
 * const [image, label] = set.get(0);
 * ```
 */
export class MNIST<X = Tensor, Y = number> extends Dataset<[X, Y]> {
	/** Under which name the files lie and are published. */
	protected static readonly published: MnistName = "MNIST";

	/**
	 * Whether these are the 60,000 training images rather than the 10,000 of the
	 * test.
	 */
	readonly train: boolean;
	/** Names of the classes, by label. */
	readonly classes: readonly string[];
	/** Applied to each image. */
	readonly transform: Step<Image, X> | undefined;
	/** Applied to each label. */
	readonly targetTransform: Step<number, Y> | undefined;
	/** Where `data`, `targets` and batches are. */
	readonly device: DeviceName;
	#name: MnistName;
	#root: string | undefined;
	#files: MnistData;
	/**
	 * The samples of a batch in one go, computed on `device`, with the bits
	 * that `get` gives one by one: images [n, 1, 28, 28] float32, labels [n]
	 * int32. Absent if the transform is more than image transforms around one
	 * ToTensor: then samples are made one by one.
	 *
	 * @throws ShapeError if an index is out of range
	 */
	override batch?: (indices: ArrayLike<number>) => [Tensor, Tensor];

	#made = new Map<string, Tensor>();
	#lists: Lists | null = null;
	/** Whether the transform is no more than a table of a pixel's values. */
	#isTable = false;

	/** Use `open`. */
	protected constructor(
		name: MnistName,
		files: MnistData,
		options: MnistOptions<X, Y>,
		device: DeviceName = "cpu",
	) {
		super();
		this.device = device;
		this.#name = name;
		this.#files = files;
		this.#root = options.root === undefined ? undefined : String(options.root);
		this.train = options.train ?? true;
		this.classes = PUBLISHED[name].classes;
		this.transform = options.transform;
		this.targetTransform = options.targetTransform;
		if (this.transform === undefined || this.targetTransform !== undefined)
			return;
		const pipeline = compileToBatch(this.transform as Transform);
		if (pipeline === null) return;
		this.#isTable = !hasSteps(pipeline);
		this.batch = (indices) => this.#expand(indices, pipeline);
	}

	/**
	 * Reads the files from a folder, a URL base, or bytes.
	 *
	 * @throws DatasetError if they are missing or damaged; the signal's reason if aborted
	 */
	static async open<X = Image, Y = number>(
		options: MnistOptions<X, Y>,
	): Promise<MNIST<X, Y>> {
		for (const key of ["transform", "targetTransform"] as const) {
			const step: unknown = options[key];
			if (step !== undefined && !isStep(step)) {
				throw new DatasetError(
					`${key} should be a function or have a forward method, got ${typeof step}.`,
				);
			}
		}
		// biome-ignore-start lint/complexity/noThisInStatic: a subclass has its own name and makes its own kind
		const name = this.published;
		return new this(name, await readMnist({ ...options, name }), options);
		// biome-ignore-end lint/complexity/noThisInStatic: as above
	}

	/** How many there are. */
	override get length(): number {
		return this.#files.count;
	}

	/**
	 * The same samples for a loader whose batches are made on `device`. On
	 * `'webgpu'` all images go there once, as bytes (47 MB for the training set); then a
	 * batch sends only its positions and labels, and the GPU gathers and expands the pixels, in
	 * the same order and to the same bits as on the CPU. After a device was lost
	 * it gives a set on the next one.
	 *
	 * ```ts
	 * const trainSet = await (await datasets.MNIST.open({ root, transform })).to('webgpu');
	 * ```
	 *
	 * @throws DatasetError if the transforms are more than a table (ToTensor,
	 * Normalize …), DeviceError if there is no such device
	 */
	async to(device: DeviceName): Promise<MNIST<X, Y>> {
		if (device === this.device) {
			const isThere =
				device === "cpu" || isCurrent(this.#pixels().storage.backend, device);
			if (isThere) return this;
		}
		if (device !== "cpu" && !this.#isTable)
			throw new DatasetError(
				`${this.constructor.name}.to('${device}'): only transforms that are a table of the 256 values of a pixel, as ToTensor and Normalize, can run there, and no targetTransform. Leave the data set on the CPU and move each batch: await images.to('${device}')`,
			);
		await stepAside(openBackend(device));
		const { transform, targetTransform, train } = this;
		const options = { root: this.#root, train, transform, targetTransform };
		// a subclass makes its own kind
		const Kind = this.constructor as typeof MNIST;
		const there = new Kind<X, Y>(this.#name, this.#files, options, device);
		there.#pixels();
		return there;
	}

	/** All images as they are: uint8 [length, 28, 28], on `device`. */
	get data(): Tensor {
		const { images, count, rows, cols } = this.#files;
		const { device } = this;
		return this.#once("data", () =>
			fromArray(images, [count, rows, cols], { device }),
		);
	}

	/** All labels: int32 [length], on `device`. */
	get targets(): Tensor {
		const { labels } = this.#files;
		const { device } = this;
		return this.#once("targets", () =>
			fromArray(Int32Array.from(labels), [labels.length], { device }),
		);
	}

	/**
	 * One image and its label, each through its transform.
	 *
	 * @param index 0..length-1, or from the end if negative
	 * @throws ShapeError if there is no such sample
	 */
	override get(index: number): [X, Y] {
		const { images, labels, count, rows, cols } = this.#files;
		const at = position(index, count);
		const size = rows * cols;
		const image: Image = {
			// A copy: a transform that draws into it must not change the data set.
			data: images.slice(at * size, (at + 1) * size),
			width: cols,
			height: rows,
			channels: 1,
		};
		const label = labels[at] as number;
		return [
			run(this.transform, image) as X,
			run(this.targetTransform, label) as Y,
		];
	}

	#expand(
		indices: ArrayLike<number>,
		pipeline: BatchPipeline,
	): [Tensor, Tensor] {
		const { labels, count } = this.#files;
		const n = indices.length;
		const lists = this.#listsFor(n);
		for (let i = 0; i < n; i++) {
			const at = position(indices[i] as number, count);
			lists.at[i] = at;
			lists.labels[i] = labels[at] as number;
		}
		const { index } = lists;
		const { backend, handle } = index.storage;
		backend.write(handle, 0, lists.atBytes);
		const pixels = this.#made.get("pixels") ?? this.#pixels();
		const table = this.#made.get("table") ?? this.#table(pipeline.table);
		const images = hasSteps(pipeline)
			? augmented(pipeline, pixels, index, table)
			: apply(lookup, [pixels, index, table], undefined);
		const targets = index.newEmpty(index.shape, "int32");
		targets.madeBy = "lookup";
		backend.write(targets.storage.handle, 0, lists.labelBytes);
		return [images, targets];
	}

	#pixels(): Tensor {
		const { count, rows, cols } = this.#files;
		return this.#once("pixels", () => this.data.view(count, 1, rows, cols));
	}

	#table(table: Float32Array): Tensor {
		const { device } = this;
		return this.#once("table", () => fromArray(table, [1, 256], { device }));
	}

	/** The lists of batches of `n`, which a loop fills anew in every turn. */
	#listsFor(n: number): Lists {
		const have = this.#lists;
		return have?.at.length === n && !have.index.isDisposed
			? have
			: this.#makeLists(n);
	}

	#makeLists(n: number): Lists {
		const at = new Int32Array(n);
		const labels = new Int32Array(n);
		this.#made.get("index")?.dispose();
		this.#made.delete("index");
		const { device } = this;
		const index = this.#once("index", () =>
			empty([n], { dtype: "int32", device }),
		);
		this.#lists = {
			at,
			atBytes: new Uint8Array(at.buffer),
			labels,
			labelBytes: new Uint8Array(labels.buffer),
			index,
		};
		return this.#lists;
	}

	/** Frees the tensors it made (`data`, `targets`); they are made again when asked for. */
	dispose(): void {
		for (const tensor of this.#made.values()) tensor.dispose();
		this.#made.clear();
	}

	/** A tensor that lives as long as the data set, whatever scope asks first. */
	#once(key: string, make: () => Tensor): Tensor {
		let tensor = this.#made.get(key);
		if (tensor === undefined || tensor.isDisposed) {
			tensor = make().keep();
			this.#made.set(key, tensor);
		}
		return tensor;
	}

	/** As torchvision's. */
	override toString(): string {
		const lines = [`Number of datapoints: ${this.length}`];
		if (this.#root !== undefined) lines.push(`Root location: ${this.#root}`);
		lines.push(`Split: ${this.train ? "Train" : "Test"}`);
		const steps = [
			...printed("Transform: ", this.transform),
			...printed("Target transform: ", this.targetTransform),
		];
		if (steps.length > 0)
			lines.push(["StandardTransform", ...steps].join("\n"));
		const head = `Dataset ${this.constructor.name}`;
		return [head, ...lines.map((line) => `    ${line}`)].join("\n");
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}
}

/** Zalando's articles of clothing, in MNIST's form. */
export class FashionMNIST<X = Tensor, Y = number> extends MNIST<X, Y> {
	protected static override readonly published: MnistName = "FashionMNIST";
}

function run(step: Step<never, unknown> | undefined, input: unknown): unknown {
	return step ? applyTransform(step, input) : input;
}
