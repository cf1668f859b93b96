import { allocate } from "../autograd/apply.js";
import { noGrad } from "../autograd/mode.js";
import type { Backend, DeviceName } from "../backends/backend.js";
import { openBackend } from "../backends/devices.js";
import type { DType } from "../dtype.js";
import type { Shape } from "../layout.js";
import { linear } from "../nn/functional/linear.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { type Chain, dequantise, type Layer } from "./chain.js";
import {
	type AsyncPredictOptions,
	checkSignal,
	type Images,
	type Prediction,
	Predictor,
} from "./predictor.js";

/** Where a tensor is made. */
export interface DeviceOptions {
	/**
	 * `'webgpu'`: `predict` runs on the GPU, which pays for thousands of rows at
	 * a time; `threads` then does not count. Default `'cpu'`.
	 */
	readonly device?: DeviceName;
}

interface Uploaded {
	readonly layer: Layer;
	readonly weight: Tensor;
	readonly bias: Tensor;
}

/** Numbers in the widest matrix of one block of rows: 16 MiB of float32. */
const LARGEST = 2 ** 22;

/** A predictor whose `predict` runs on a GPU; `predictSync` stays on the calling thread. */
export class GpuPredictor extends Predictor {
	private backend: Backend | null = null;
	private uploaded: readonly Uploaded[] = [];
	private readonly block: number;

	private constructor(chain: Chain) {
		super(chain, 1);
		const widths = chain.layers.flatMap((l) => [l.inputs, l.outputs]);
		this.block = Math.max(1, Math.floor(LARGEST / Math.max(...widths)));
	}

	/** @throws DeviceError if there is no such device, the signal's reason if aborted */
	static async open(chain: Chain, signal?: AbortSignal): Promise<GpuPredictor> {
		checkSignal(signal);
		const predictor = new GpuPredictor(chain);
		await predictor.ready();
		if (signal?.aborted) predictor.dispose();
		checkSignal(signal);
		return predictor;
	}

	/** As `Predictor.predict`. @throws DeviceError if the device is lost; the next call starts another */
	override async predict(
		images: Images,
		options: AsyncPredictOptions = {},
	): Promise<Prediction> {
		const rows = this.rowsOf(images);
		const result = this.resultFor(rows, options);
		const { signal } = options;
		checkSignal(signal);
		const { labels, probabilities = null } = result;
		for (let from = 0; from < rows; from += this.block) {
			const backend = await this.ready();
			checkSignal(signal);
			const count = Math.min(this.block, rows - from);
			const part = images.subarray(
				from * this.length,
				(from + count) * this.length,
			);
			const [found, chances] = await Promise.all(
				this.launch(backend, part, count, probabilities !== null),
			);
			this.alive();
			labels.set(found as Int32Array, from);
			if (chances) probabilities?.set(chances, from * this.classes);
		}
		return result;
	}

	override dispose(): void {
		super.dispose();
		this.free();
	}

	/** The device's backend with the weights on it, anew after a loss. */
	private async ready(): Promise<Backend> {
		const backend = await openBackend("webgpu");
		this.alive();
		if (this.backend === backend) return backend;
		this.free();
		this.uploaded = this.chain.layers.map((packed) => {
			const layer = dequantise(packed);
			const { inputs, outputs } = layer;
			const weight = layer.weight as Float32Array;
			// no scope of the caller's may free them
			return {
				layer,
				weight: upload(backend, weight, [outputs, inputs], "float32").keep(),
				bias: upload(backend, layer.bias, [outputs], "float32").keep(),
			};
		});
		this.backend = backend;
		return backend;
	}

	private free(): void {
		for (const { weight, bias } of this.uploaded) {
			weight.dispose();
			bias.dispose();
		}
		this.uploaded = [];
		this.backend = null;
	}

	/** Labels, and probabilities if wanted, on their way. */
	private launch(
		backend: Backend,
		rows: Images,
		count: number,
		probabilities: boolean,
	) {
		return scope(() =>
			noGrad(() => {
				const { dtype, softmax } = this.chain;
				let x: Tensor = upload(backend, rows, [count, this.length], dtype).to(
					"float32",
				);
				for (const { layer, weight, bias } of this.uploaded) {
					x = linear(x, weight, bias);
					if (layer.activation !== "none")
						x = x.unary(layer.activation, layer.p0, layer.p1);
				}
				const labels = x.argmax(1);
				if (!probabilities) return [labels.data()];
				const chances = softmax ? x.softmax(1) : x;
				return [labels.data(), chances.data()];
			}),
		);
	}
}

function upload(
	backend: Backend,
	values: Images,
	shape: Shape,
	dtype: DType,
): Tensor {
	const t = allocate(backend, shape, dtype);
	const { buffer, byteOffset, byteLength } = values;
	backend.write(
		t.storage.handle,
		0,
		new Uint8Array(buffer, byteOffset, byteLength),
	);
	return t;
}
