import { setTracer, type Tracer } from "../autograd/apply.js";
import { noGrad } from "../autograd/mode.js";
import { zeros } from "../creation.js";
import { ShapeError, TorchletError } from "../errors.js";
import type { Module } from "../nn/module.js";
import type { AddProductParams } from "../ops/matmul.js";
import type { NormalizeParams } from "../ops/normalize.js";
import type { Arg } from "../ops/registry.js";
import type { UnaryParams } from "../ops/unary.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";
import { ACTIVATIONS, type Activation, type Layer, newLayer } from "./chain.js";

/** Numbers of a tensor, read while the forward runs. */
type Values = Promise<Float32Array>;

/** What a forward does to a row. */
type Step =
	| {
			readonly kind: "linear";
			readonly inputs: number;
			readonly outputs: number;
			/** [outputs, inputs], or [inputs, outputs] if `transposed`. */
			readonly weight: Values;
			readonly transposed: boolean;
			readonly bias: Values | null;
	  }
	| {
			readonly kind: "affine";
			/** x · scale + shift, each a number for all or one for each value. */
			readonly scale: Values | number;
			readonly shift: Values | number;
	  }
	| {
			readonly kind: "activation";
			readonly activation: Activation;
			readonly p0: number;
			readonly p1: number;
	  }
	| { readonly kind: "softmax" };

/** Operations after which a row holds the same values in the same order. */
const SAME = new Set([
	"view",
	"reshape",
	"squeeze",
	"unsqueeze",
	"clone",
	"detach",
	"to",
]);

const MATRIX = new Set(["linear", "mm", "addmm"]);
const ARITHMETIC = new Set(["add", "sub", "mul", "div", "neg"]);

/** What is not the same twice cannot be traced. */
const RANDOM = new Set(["random", "bernoulli"]);

/** clamp is the same function as hardtanh. */
const activationOf = (name: string): Activation | undefined =>
	ACTIVATIONS.find((a) => a === (name === "clamp" ? "hardtanh" : name));

/** An identity layer, in whose place nothing cheaper stands, has at most so many values. */
const MAX_IDENTITY = 1024;

function refusal(name: string, why = ""): TorchletError {
	return new TorchletError(
		`createPredictor cannot serve the operation '${name}'${why}: it serves chains of linear layers, activations (${ACTIVATIONS.slice(1).join(", ")}) and reshapes, with softmax at the end at most. Run the module itself for other networks`,
	);
}

/** Numbers to come, some of which nobody awaits once others failed: with a lost device all do. */
function numbers(values: Values): Values {
	values.catch(() => {});
	return values;
}

function read(t: Tensor): Values {
	const data = t.device === "cpu" ? t.dataSync() : t.data();
	return numbers(
		Promise.resolve(data).then((d) => Float32Array.from(d as Float32Array)),
	);
}

/** Follows one row's value from operation to operation. */
class Recorder implements Tracer {
	readonly steps: Step[] = [];
	/** Tensors that come from the input, and which value they hold. */
	private readonly values = new Map<Tensor, number>();
	private current = 0;

	constructor(input: Tensor) {
		this.values.set(input, 0);
	}

	isResult(t: Tensor): boolean {
		return this.values.get(t) === this.current;
	}

	/** Position of the operand that comes from the input; -1 if none does. */
	private fed(name: string, inputs: readonly Arg[]): number {
		const at = inputs.flatMap((t, i) =>
			t instanceof Tensor && this.values.has(t) ? [i] : [],
		);
		if (at.length === 0) return -1;
		const [first = 0] = at;
		if (
			at.length > 1 ||
			this.values.get(inputs[first] as Tensor) !== this.current
		)
			throw refusal(name, " on a value that is used twice");
		return first;
	}

	enter(name: string, inputs: readonly Arg[]): void {
		if (RANDOM.has(name))
			throw refusal(
				name,
				", which draws other numbers each time (a dropout without training: this.training?)",
			);
		if (this.fed(name, inputs) < 0) return;
		if (
			!SAME.has(name) &&
			!MATRIX.has(name) &&
			!ARITHMETIC.has(name) &&
			name !== "softmax" &&
			name !== "normalize" &&
			!activationOf(name)
		)
			throw refusal(name);
	}

	leave(
		name: string,
		inputs: readonly Arg[],
		params: unknown,
		output: Tensor,
	): void {
		const at = this.fed(name, inputs);
		if (at < 0) return;
		const x = inputs[at] as Tensor;
		const step = this.stepOf(name, inputs, at, x, params, output);
		if (step) {
			this.steps.push(step);
			this.current++;
		}
		this.values.set(output, this.current);
	}

	private stepOf(
		name: string,
		inputs: readonly Arg[],
		at: number,
		x: Tensor,
		params: unknown,
		output: Tensor,
	): Step | null {
		if (SAME.has(name)) {
			if (output.dtype !== "float32") throw refusal(name, ` ${output.dtype}`);
			return null;
		}
		if (MATRIX.has(name)) return this.matrix(name, inputs, at, x, params);
		if (ARITHMETIC.has(name)) return this.affine(name, inputs, at, output);
		if (name === "softmax") {
			const { dim } = params as { dim: number };
			const shape = output.shape;
			if (shape[dim < 0 ? dim + shape.length : dim] !== output.numel())
				throw refusal(name, " along this dimension");
			return { kind: "softmax" };
		}
		if (name === "normalize") return normalization(inputs, x, params);
		const { p0, p1 } = params as UnaryParams;
		const activation = activationOf(name) as Activation;
		return { kind: "activation", activation, p0, p1 };
	}

	private matrix(
		name: string,
		inputs: readonly Arg[],
		at: number,
		x: Tensor,
		params: unknown,
	): Step {
		const { beta = 1, alpha = 1 } = (params ?? {}) as Partial<AddProductParams>;
		const [a, b, c] = inputs as readonly [Tensor, Tensor, Tensor | null];
		// addmm's bias comes first
		const [weight, bias] = name === "addmm" ? [c as Tensor, a] : [b, c ?? null];
		if (at !== (name === "addmm" ? 1 : 0) || beta !== 1 || alpha !== 1)
			throw refusal(name, " with the input on this side, or scaled");
		if (x.shape[0] !== 1)
			throw refusal(name, ` on ${x.shape[0]} rows that are made of one`);
		const transposed = name !== "linear";
		const [rows = 0, columns = 0] = weight.shape;
		return {
			kind: "linear",
			inputs: transposed ? rows : columns,
			outputs: transposed ? columns : rows,
			weight: read(weight),
			transposed,
			bias: bias && read(bias),
		};
	}

	private affine(
		name: string,
		inputs: readonly Arg[],
		at: number,
		output: Tensor,
	): Step {
		if (name === "neg") return { kind: "affine", scale: -1, shift: 0 };
		const other = inputs[1 - at] as Tensor | number;
		const isFew = typeof other === "number" || other.numel() === 1;
		if (!isFew && (other as Tensor).numel() !== output.numel())
			throw refusal(name, " that makes a row longer");
		const v = typeof other === "number" ? other : read(other);
		const spread = (f: (n: number) => number): Values | number =>
			typeof v === "number" ? f(v) : numbers(v.then((all) => all.map(f)));
		const same = spread((n) => n);
		if (name === "add") return { kind: "affine", scale: 1, shift: same };
		if (name === "mul") return { kind: "affine", scale: same, shift: 0 };
		if (name === "sub")
			return at === 0
				? { kind: "affine", scale: 1, shift: spread((n) => -n) }
				: { kind: "affine", scale: -1, shift: same };
		if (at !== 0) throw refusal(name, " by the input");
		return { kind: "affine", scale: spread((n) => 1 / n), shift: 0 };
	}
}

/** Batch normalisation by the running statistics: arithmetic with constants. */
function normalization(
	inputs: readonly Arg[],
	x: Tensor,
	params: unknown,
): Step {
	const { node, eps } = params as NormalizeParams;
	const [, weight, bias, mean, variance] = inputs as (Tensor | null)[];
	const name = node.includes("Layer") ? "layerNorm" : "batchNorm";
	if (!mean || !variance) throw refusal(name, " by a row's own statistics");
	if (x.shape[0] !== 1)
		throw refusal(name, ` on ${x.shape[0]} rows that are made of one`);
	const size = x.numel();
	const given = [weight, bias, mean, variance].map((t) => t && read(t));
	const both = Promise.all(given).then(([w, b, m, v]) => {
		const scale = new Float32Array(size);
		const shift = new Float32Array(size);
		for (let i = 0; i < size; i++) {
			// a channel may have several values
			const c = Math.floor((i * mean.numel()) / size);
			const s = (w?.[c] ?? 1) / Math.sqrt((v?.[c] as number) + eps);
			scale[i] = s;
			shift[i] = (b?.[c] ?? 0) - (m?.[c] as number) * s;
		}
		return { scale, shift };
	});
	return {
		kind: "affine",
		scale: numbers(both.then((a) => a.scale)),
		shift: numbers(both.then((a) => a.shift)),
	};
}

/** A number for each of n values. */
async function each(v: Values | number, n: number): Promise<Float32Array> {
	const values = await v;
	if (typeof values === "number") return new Float32Array(n).fill(values);
	return values.length === 1
		? new Float32Array(n).fill(values[0] as number)
		: values;
}

function transpose(
	w: Float32Array,
	rows: number,
	columns: number,
): Float32Array {
	return Float32Array.from(
		w,
		(_, i) => w[(i % rows) * columns + Math.floor(i / rows)] as number,
	);
}

function identity(n: number, activation: string): Layer {
	if (n > MAX_IDENTITY)
		throw refusal(activation, ` on ${n} values without a layer before it`);
	const weight = new Float32Array(n * n);
	for (let i = 0; i < n; i++) weight[i * n + i] = 1;
	return newLayer(weight, n, n);
}

/** The layer that takes x where `layer` takes x · scale + shift. */
function foldInputs(
	layer: Layer,
	scale: Float32Array,
	shift: Float32Array,
): Layer {
	const { inputs } = layer;
	const sums = new Float64Array(layer.bias.length);
	const weight = (layer.weight as Float32Array).map((w, i) => {
		const j = Math.floor(i / inputs);
		const k = i % inputs;
		sums[j] = (sums[j] as number) + w * (shift[k] as number);
		return w * (scale[k] as number);
	});
	return {
		...layer,
		weight,
		bias: layer.bias.map((b, j) => b + (sums[j] as number)),
	};
}

/** The output of `layer`, times `scale` plus `shift`. */
function foldOutput(
	layer: Layer,
	scale: Float32Array,
	shift: Float32Array,
): Layer {
	const by = (j: number) => scale[j] as number;
	const weight = Float32Array.from(
		layer.weight,
		(w, i) => w * by(Math.floor(i / layer.inputs)),
	);
	const bias = layer.bias.map((b, j) => b * by(j) + (shift[j] as number));
	return { ...layer, weight, bias };
}

/** Steps to layers: arithmetic goes into the layer before or after it. */
async function layersOf(steps: readonly Step[], length: number) {
	const layers: Layer[] = [];
	let size = length;
	/** Arithmetic that waits for its layer. */
	let before: { scale: Float32Array; shift: Float32Array } | null = null;
	/** Whether the last layer's activation is still to come. */
	let open = false;
	let softmax = true;

	const push = (layer: Layer) => {
		layers.push(before ? foldInputs(layer, before.scale, before.shift) : layer);
		before = null;
		open = true;
		size = layer.outputs;
	};

	for (const [i, step] of steps.entries()) {
		const last = layers.at(-1);
		if (step.kind === "softmax") {
			if (i !== steps.length - 1) throw refusal("softmax", " before the end");
		} else if (step.kind === "linear") {
			const { inputs, outputs, transposed } = step;
			const w = await step.weight;
			const weight = transposed ? transpose(w, inputs, outputs) : w;
			const bias = step.bias && (await each(step.bias, outputs));
			push(newLayer(weight, inputs, outputs, bias));
		} else if (step.kind === "affine") {
			const scale = await each(step.scale, size);
			const shift = await each(step.shift, size);
			if (open && last) {
				layers[layers.length - 1] = foldOutput(last, scale, shift);
			} else {
				const outer: { scale: Float32Array; shift: Float32Array } = before ?? {
					scale: new Float32Array(size).fill(1),
					shift: new Float32Array(size),
				};
				before = {
					scale: outer.scale.map((s, k) => s * (scale[k] as number)),
					shift: outer.shift.map(
						(t, k) => t * (scale[k] as number) + (shift[k] as number),
					),
				};
			}
		} else {
			const { activation, p0, p1 } = step;
			if (!open) push(identity(size, activation));
			const target = layers.pop() as Layer;
			layers.push({ ...target, activation, p0, p1 });
			open = false;
			if (i === steps.length - 1) softmax = activation !== "sigmoid";
		}
	}
	if (before) push(identity(size, "add"));
	return { layers, softmax };
}

/** Row lengths that the module might take: as its matrices do. */
function lengthsOf(model: Module): number[] {
	const matrices = model.parameters().filter((p) => p.shape.length === 2);
	return [
		...new Set([
			...matrices.map((p) => p.shape[1] as number),
			...matrices.map((p) => p.shape[0] as number),
		]),
	];
}

/** Runs `forward` once on a row of zeros, in eval mode. */
function record(model: Module, length: number): Recorder {
	const device = model.parameters()[0]?.device ?? "cpu";
	return scope(() =>
		noGrad(() => {
			const input = zeros([1, length], { device });
			const recorder = new Recorder(input);
			const before = setTracer(recorder);
			try {
				const output: unknown = model.forward(input);
				if (!(output instanceof Tensor) || !recorder.isResult(output))
					throw new TorchletError(
						"createPredictor: forward must return one tensor, made from its input",
					);
			} finally {
				setTracer(before);
			}
			return recorder;
		}),
	);
}

/**
 * What a module's `forward` does, as `torch.jit.trace` sees it: run once, in
 * eval mode, on one row.
 * @throws TorchletError that names the operation that cannot be served
 * @throws ShapeError if no row length fits
 */
export async function traceModule(
	model: Module,
	length?: number,
): Promise<{ layers: Layer[]; softmax: boolean }> {
	const { recorder, n } = recordFitting(model, length);
	return layersOf(recorder.steps, n);
}

/** As `record`, for the row length that is given or else fits. */
function recordFitting(model: Module, length?: number) {
	const modules = model.modules();
	const modes = modules.map((m) => m.training);
	let failure: unknown = null;
	model.eval();
	try {
		for (const n of length === undefined ? lengthsOf(model) : [length]) {
			try {
				return { recorder: record(model, n), n };
			} catch (error) {
				if (!(error instanceof ShapeError)) throw error;
				failure ??= new ShapeError(
					`createPredictor: forward fails on an input of shape [1, ${n}]: ${error.message}. Chains of linear layers, activations and reshapes are served; if rows have another length, say so with input: { length }`,
					{ cause: error },
				);
			}
		}
	} finally {
		modules.forEach((m, i) => {
			m.training = modes[i] as boolean;
		});
	}
	// rows of numbers are not what these take
	const other = model
		.modules()
		.map((m) => m.constructor.name)
		.find((name) => /Conv|Pool/.test(name));
	if (other) throw refusal(other.charAt(0).toLowerCase() + other.slice(1));
	throw (
		failure ??
		new TorchletError(
			"createPredictor found no linear layer in the module: there is nothing to serve",
		)
	);
}
