import { FormatError, load, nn, type Saved, Tensor } from "../index.js";

const F = nn.functional;

/** Pixels of an MNIST image, and kinds of digits. */
export const PIXELS = 784;
export const CLASSES = 10;

/**
 * Dense layers with ReLU between them, named `fc1`, `fc2`, … as in PyTorch's
 * own examples, so that their classes load its state dict.
 */
export class DenseNet extends nn.Module {
	readonly #layers: nn.Linear[];

	/** @param sizes inputs, hidden widths, outputs */
	constructor(sizes: readonly number[]) {
		super();
		this.#layers = sizes
			.slice(1)
			.map((size, i) => new nn.Linear(sizes[i] as number, size));
		Object.assign(
			this,
			Object.fromEntries(this.#layers.map((layer, i) => [`fc${i + 1}`, layer])),
		);
	}

	/** @param x [N, sizes[0]] → [N, sizes.at(-1)] logits */
	override forward(x: Tensor): Tensor {
		const last = this.#layers.length - 1;
		return this.#layers.reduce(
			(h, layer, i) => (i < last ? F.relu(layer.forward(h)) : layer.forward(h)),
			x,
		);
	}
}

export interface DenseLayer {
	readonly weight: Tensor;
	readonly bias: Tensor | null;
}

/**
 * The dense layers of a saved network.
 *
 * @throws TorchletError if the file cannot be read, FormatError if it holds something else
 */
export async function readLayers(file: string): Promise<DenseLayer[]> {
	let saved: Saved;
	try {
		saved = await load(file);
	} catch (error) {
		if (!(error instanceof FormatError)) throw error;
		throw new FormatError(`'${file}': ${error.message}`, { cause: error });
	}
	return denseLayers(saved, file);
}

/**
 * The dense layers in a state dict: its weights in order, whatever their
 * names (`fc1.weight`, or `0.weight` of a Sequential), which must lead from
 * 784 pixels to 10 classes.
 *
 * @throws FormatError that says what the file holds instead
 */
function denseLayers(saved: Saved, file: string): DenseLayer[] {
	const state = entriesOf(saved);
	if (!state)
		throw new FormatError(
			`'${file}' holds no state dict: save one with torch.save(model.stateDict(), …)`,
		);
	const layers: DenseLayer[] = [];
	let width = PIXELS;
	for (const [key, weight] of state) {
		if (!key.endsWith("weight") || weight.dim() !== 2) continue;
		if (weight.size(1) !== width) break;
		width = weight.size(0);
		const bias = state.get(key.replace(/weight$/, "bias")) ?? null;
		layers.push({ weight, bias });
	}
	const used = layers.flatMap(({ weight, bias }) =>
		bias ? [weight, bias] : [weight],
	);
	if (width !== CLASSES || used.length !== state.size) {
		const found = [...state].map(
			([key, t]) => `\n  ${key} [${t.shape.join(", ")}]`,
		);
		throw new FormatError(
			`'${file}' is not a chain of dense layers from ${PIXELS} pixels to ${CLASSES} classes. It holds${found.join("") || " no tensors"}`,
		);
	}
	return layers;
}

/** @param x [N, 784] → [N, 10] logits */
export function runLayers(layers: readonly DenseLayer[], x: Tensor): Tensor {
	return layers.reduce((h, { weight, bias }, i) => {
		const y = F.linear(h, weight, bias ?? undefined);
		return i < layers.length - 1 ? F.relu(y) : y;
	}, x);
}

function entriesOf(saved: Saved): Map<string, Tensor> | null {
	if (typeof saved !== "object" || saved === null) return null;
	const entries =
		saved instanceof Map ? [...saved.entries()] : Object.entries(saved);
	const named = (entry: [unknown, unknown]): entry is [string, Tensor] =>
		typeof entry[0] === "string" && entry[1] instanceof Tensor;
	return entries.every(named) ? new Map(entries) : null;
}
