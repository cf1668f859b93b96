import { BASE, type Lane, type RunnerExports } from "../backends/cpu/runner.js";
import { OutOfMemoryError } from "../errors.js";
import { ACTIVATIONS, type Chain, dequantise, type Layer } from "./chain.js";

/** Everything of one network in one memory. */
export interface Layout {
	readonly plan: number;
	readonly lanes: readonly Lane[];
	/** Bytes of a row. */
	readonly rowBytes: number;
	readonly classes: number;
	/** Rows that go through the layers together: a power of two. */
	readonly block: number;
	/** Rows that a slot has room for: whole blocks. */
	readonly chunk: number;
	/** Multiplications for a row. */
	readonly macs: number;
	/** Up to here a copy of the memory is a copy of the network. */
	readonly end: number;
	/** Size of the memory. */
	readonly pages: number;
}

/** How a layer's outputs are cut, in vectors of four. */
interface Panels {
	/** Vectors in a panel; the last may be used in part. */
	readonly panel: number;
	readonly panels: number;
	/** Vectors in all. */
	readonly vectors: number;
}

/** The module's words for a plan, a layer and a thread's work. */
const PLAN_BYTES = 20;
const LAYER_BYTES = 44;
const WORK_BYTES = 24;

/** Positions in lists have 16 bits. */
const MAX_LISTED = 65535;

/** Lists longer than this part of the row do not pay. */
const MAX_DENSITY = 0.45;

/** Vectors that the kernels have registers for, two rows at a time. */
const MAX_PANEL = 4;

/** As few panels as can be, and these alike. */
function panelsFor(outputs: number): Panels {
	const vectors = Math.ceil(outputs / 4);
	const panels = Math.ceil(vectors / MAX_PANEL);
	return { panel: Math.ceil(vectors / panels), panels, vectors };
}

/** Whether the first layer works on pairs of bytes with 16-bit weights. */
function usesPairs(chain: Chain): boolean {
	const first = chain.layers[0] as Layer;
	return (
		chain.dtype === "uint8" &&
		first.scales !== null &&
		first.inputs <= MAX_LISTED
	);
}

/** Multiplications in a chunk: some 100 µs, much more than to hand it over. */
const CHUNK_MACS = 1.2e7;

/** Hands out addresses. */
class Space {
	constructor(public at: number) {}

	take(bytes: number, align = 64): number {
		const start = Math.ceil(this.at / align) * align;
		this.at = start + bytes;
		return start;
	}
}

/**
 * Addresses for a network and `threads` threads, and what writes the network
 * there.
 * @throws OutOfMemoryError beyond the 4 GB of one memory
 */
export function layOut(
	chain: Chain,
	threads: number,
): {
	layout: Layout;
	write: (memory: ArrayBufferLike, runner: RunnerExports) => void;
} {
	const pairs = usesPairs(chain);
	const layers = chain.layers.map((layer, i) =>
		pairs && i === 0 ? layer : dequantise(layer),
	);
	const first = layers[0] as Layer;
	const itemSize = chain.dtype === "uint8" ? 1 : 4;
	const rowBytes = first.inputs * itemSize;
	// wide rows in smaller blocks, so that one stays within the cache
	let block = 64;
	while (block > 4 && block * first.inputs > 2 ** 18) block /= 2;
	let macs = 0;
	for (const layer of layers) macs += layer.inputs * layer.outputs;
	const blocks = Math.ceil(CHUNK_MACS / (block * macs));
	const chunk = block * Math.min(Math.max(blocks, 2), 64);
	const listed = first.inputs <= MAX_LISTED;

	const space = new Space(BASE);
	const plan = space.take(PLAN_BYTES + LAYER_BYTES * layers.length);
	const packed = layers.map((layer, i) => {
		const shape = panelsFor(layer.outputs);
		const line = () => space.take(16 * shape.vectors, 16);
		const rows = pairs && i === 0 ? Math.ceil(layer.inputs / 2) : layer.inputs;
		return {
			layer,
			shape,
			weights: space.take(16 * rows * shape.panel * shape.panels),
			bias: line(),
			sums: line(),
			scales: line(),
		};
	});
	const records = Array.from({ length: threads }, () => ({
		control: space.take(64),
		work: space.take(WORK_BYTES),
	}));
	const end = space.at;
	const longest = Math.max(...layers.map((l) => l.inputs));
	const widest = Math.max(...packed.map((p) => p.shape.vectors));
	const classes = (layers.at(-1) as Layer).outputs;
	const xBytes = Math.max(chunk * rowBytes, 4 * longest);
	const lanes = records.map(({ control, work }) => {
		const results = () => space.take(16 * block * widest);
		const fields = [
			space.take(2 * first.inputs + 64),
			space.take(4 * (block + 1)),
			space.take(4 * block),
			// lists of all pairs; or of a part of the floats, which are cut after a
			// row too many; or the block's rows as floats
			space.take(4 * (first.inputs + 1) * block + 8 * first.inputs + 64),
			results(),
			results(),
		];
		const slot = () => ({
			// kernels read up to a vector beyond the last row
			x: space.take(xBytes + 64),
			labels: space.take(4 * chunk),
			probabilities: space.take(4 * chunk * classes),
		});
		return { work, control, slots: [slot(), slot()] as const, fields };
	});
	const pages = Math.ceil(space.at / 65536);
	if (pages > 65535)
		throw new OutOfMemoryError(
			`createPredictor: the network takes ${space.at} bytes, more than WebAssembly's 4 GB`,
		);

	const write = (memory: ArrayBufferLike, runner: RunnerExports) => {
		const words = new Int32Array(memory);
		const floats = new Float32Array(memory);
		const x = lanes[0]?.slots[0].x as number;
		words.set(
			[
				pairs ? 1 : chain.dtype === "uint8" ? 0 : 2,
				layers.length,
				block,
				chain.softmax ? 1 : 0,
				listed ? Math.floor(block * first.inputs * MAX_DENSITY) : 0,
			],
			plan / 4,
		);
		packed.forEach(({ layer, shape, weights, bias, sums, scales }, i) => {
			const at = (plan + PLAN_BYTES + i * LAYER_BYTES) / 4;
			words.set(
				[
					layer.inputs,
					layer.outputs,
					shape.panel,
					shape.vectors,
					weights,
					bias,
					sums,
					scales,
					ACTIVATIONS.indexOf(layer.activation),
				],
				at,
			);
			floats.set([layer.p0, layer.p1], at + 9);
			floats.set(layer.bias, bias / 4);
			if (layer.scales) floats.set(layer.scales, scales / 4);
			// some rows at a time, through where inputs come later
			const across = 4 * shape.panel;
			const lines = layer.scales ? Math.ceil(layer.inputs / 2) : layer.inputs;
			const input = layer.scales
				? new Int16Array(memory, x, Math.floor(xBytes / 2))
				: new Float32Array(memory, x, Math.floor(xBytes / 4));
			const atOnce = Math.floor(input.length / layer.inputs);
			for (let j = 0; j < layer.outputs; ) {
				const lane = j % across;
				const rows = Math.min(atOnce, across - lane, layer.outputs - j);
				const row = j * layer.inputs;
				input.set(layer.weight.subarray(row, row + rows * layer.inputs));
				runner[layer.scales ? "packPairs" : "packRows"](
					x,
					rows,
					layer.inputs,
					weights + 4 * ((j - lane) * lines + lane),
					4 * across,
					sums + 4 * j,
				);
				j += rows;
			}
		});
		for (const lane of lanes) words.set(lane.fields, lane.work / 4);
	};
	return {
		layout: { plan, lanes, rowBytes, classes, block, chunk, macs, end, pages },
		write,
	};
}
