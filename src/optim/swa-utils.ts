/** Averages of weights over training. PyTorch: `torch.optim.swa_utils`. */
import { noGrad } from "../autograd/mode.js";
import { tensor } from "../creation.js";
import { TorchletError } from "../errors.js";
import { BatchNorm } from "../nn/layers/norm.js";
import { Module } from "../nn/module.js";
import { Parameter } from "../nn/parameter.js";
import { overwrite } from "../nn/state-dict.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";

export { SWALR, type SWAOptions } from "./swa-lr.js";

/**
 * The new average from the old one, a parameter, and how many were averaged
 * so far (int32, 0-dimensional, as in PyTorch); runs without gradients.
 */
export type AverageFunction = (
	average: Tensor,
	parameter: Tensor,
	count: Tensor,
) => Tensor;

/** What `new AveragedModel(model, options)` takes. */
export interface AveragedOptions {
	/** The equal-weighted mean unless said otherwise; see `getEmaAvgFn`. */
	readonly avgFn?: AverageFunction;
	/** Whether buffers are averaged too. */
	readonly useBuffers?: boolean;
}

/** An exponential moving average: decay · average + (1 - decay) · parameter. */
export function getEmaAvgFn(decay = 0.999): AverageFunction {
	if (!(decay >= 0 && decay <= 1))
		throw new TorchletError(
			`Invalid decay value ${decay} provided. Please provide a value in [0,1] range.`,
		);
	return (average, parameter) =>
		average.mul(decay).add(parameter.mul(1 - decay));
}

const mean: AverageFunction = (average, parameter, count) =>
	average.add(parameter.sub(average).div(count.add(1)));

/** A tree of plain modules with copies of a model's parameters and buffers. */
function copyOf(model: Module, done: Map<object, object>): Module {
	const known = done.get(model);
	if (known) return known as Module;
	const copy = new Module();
	done.set(model, copy);
	const buffers = new Set(model.ownBuffers().map(([, t]) => t));
	const persistent = new Set(model.ownBuffers(true).map(([, t]) => t));
	for (const key of Object.keys(model)) {
		const value = (model as unknown as Record<string, unknown>)[key];
		if (value instanceof Module) copy.registerModule(key, copyOf(value, done));
		else if (value instanceof Parameter)
			copy.registerParameter(key, copyParameter(value, done));
		else if (value instanceof Tensor && buffers.has(value))
			copy.registerBuffer(key, value.detach().clone(), {
				persistent: persistent.has(value),
			});
	}
	return copy;
}

function copyParameter(p: Parameter, done: Map<object, object>): Parameter {
	const known = done.get(p);
	if (known) return known as Parameter;
	const data = p.detach().clone();
	const copy = new Parameter(data, { requiresGrad: p.requiresGrad });
	data.dispose();
	done.set(p, copy);
	return copy;
}

/**
 * A model with averaged weights. Its state dict has PyTorch's names
 * (`module.fc1.weight`, `n_averaged`). `forward` runs the model that was
 * given, with the averages in the place of its weights.
 */
export class AveragedModel extends Module {
	/** The averages, under the model's names. */
	readonly module: Module;
	/** int32, 0-dimensional: how many were averaged. */
	declare nAveraged: Tensor;
	// Not a field: the model is not part of this one.
	readonly #model: Module;
	readonly #avgFn: AverageFunction;
	readonly #useBuffers: boolean;

	constructor(
		model: Module,
		{ avgFn = mean, useBuffers = false }: AveragedOptions = {},
	) {
		super();
		this.#model = model;
		this.#avgFn = avgFn;
		this.#useBuffers = useBuffers;
		this.module = noGrad(() => copyOf(model, new Map()));
		const device = model.parameters()[0]?.device ?? "cpu";
		this.registerBuffer("nAveraged", tensor(0, { dtype: "int32", device }));
	}

	#pairs(model: Module, buffers: boolean): [Tensor, Tensor][] {
		const own = [
			...this.module.parameters(),
			...(buffers ? this.module.buffers() : []),
		];
		const theirs = [...model.parameters(), ...(buffers ? model.buffers() : [])];
		if (own.length !== theirs.length)
			throw new TorchletError(
				`the model has ${theirs.length} parameters and buffers to average, the averages are of ${own.length}`,
			);
		return own.map((t, i) => [t, theirs[i] as Tensor]);
	}

	/** One more set of weights for the average. */
	updateParameters(model: Module = this.#model): void {
		const pairs = this.#pairs(model, this.#useBuffers);
		scope(() =>
			noGrad(() => {
				const count = this.nAveraged;
				const isReadable = count.storage.backend.readSync !== undefined;
				const isFirst = isReadable && count.itemSync() === 0;
				for (const [average, t] of pairs) {
					const value = t.detach();
					if (isFirst) {
						overwrite(average, value);
						continue;
					}
					const next = this.#avgFn(average.detach(), value, count);
					// what cannot be read here decides there
					overwrite(
						average,
						isReadable ? next : next.where(count.ne(0), value),
					);
				}
				count.add_(1);
			}),
		);
	}

	/** What the model gives with the averaged weights and buffers. */
	override forward(...inputs: unknown[]): unknown {
		return this.withAverages((model) => model.call(...inputs));
	}

	/**
	 * Runs `body` while the model has the averaged weights and buffers, and
	 * this module's mode (training or eval). Synchronous only.
	 */
	withAverages<T>(body: (model: Module) => T): T {
		const pairs = this.#pairs(this.#model, true);
		const own = pairs.map(([, t]) => t.overLayout(t.layout));
		const modes = this.#model.modules().map((m) => [m, m.training] as const);
		for (const [average, t] of pairs) t.setData(average);
		this.#model.train(this.training);
		try {
			return body(this.#model);
		} finally {
			for (const [module, mode] of modes) module.training = mode;
			pairs.forEach(([, t], i) => {
				t.setData(own[i] as Tensor);
				own[i]?.dispose();
			});
		}
	}
}

/**
 * Recomputes the running statistics of a model's BatchNorm layers in one pass
 * over the data. @param loader gives tensors, or arrays that start with one
 */
export async function updateBn(
	loader: AsyncIterable<unknown> | Iterable<unknown>,
	model: Module,
): Promise<void> {
	// An average has no layers: those of its model work on its buffers.
	const within = <T>(body: (m: Module) => T): T =>
		model instanceof AveragedModel ? model.withAverages(body) : body(model);
	const layers = within((m) =>
		m.modules().filter((l): l is BatchNorm => l instanceof BatchNorm),
	);
	if (layers.length === 0) return;
	const momenta = layers.map((layer) => layer.momentum);
	const wasTraining = model.training;
	model.train();
	within(() => {
		for (const layer of layers) layer.resetRunningStats();
	});
	try {
		for await (const batch of loader) {
			const input: unknown = Array.isArray(batch) ? batch[0] : batch;
			for (const layer of layers) layer.momentum = null;
			try {
				scope(() => {
					noGrad(() => {
						model.call(input);
					});
				});
			} finally {
				layers.forEach((layer, i) => {
					layer.momentum = momenta[i] ?? null;
				});
			}
		}
	} finally {
		model.train(wasTraining);
	}
}
