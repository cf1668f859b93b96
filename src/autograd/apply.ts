import type { Backend } from "../backends/backend.js";
import { twoDevices } from "../backends/two-devices.js";
import { type DType, ITEM_SIZE } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { Layout, type Shape, sameShape, showShape } from "../layout.js";
import type { Arg, Exec, Op } from "../ops/registry.js";
import { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { newHandle } from "./handle.js";
import { isGradEnabled, noteMemory } from "./mode.js";
import { GradNode } from "./node.js";
import { assertWritable, withoutOverlap } from "./writable.js";

/** A new contiguous tensor with undefined contents. */
export function allocate(backend: Backend, shape: Shape, dtype: DType): Tensor {
	return allocateAs(backend, Layout.contiguous(shape), dtype);
}

/** A new tensor of a layout without gaps, with undefined contents. */
export function allocateAs(
	backend: Backend,
	layout: Layout,
	dtype: DType,
): Tensor {
	const storage = Storage.of(backend, layout.numel * ITEM_SIZE[dtype]);
	noteMemory(storage);
	return newHandle(storage, layout, dtype);
}

class BackendExec implements Exec {
	constructor(readonly k: Backend) {}

	empty(shape: Shape, dtype: DType): Tensor {
		return allocate(this.k, shape, dtype);
	}

	emptyAs(layout: Layout, dtype: DType): Tensor {
		return allocateAs(this.k, layout, dtype);
	}

	view(base: Tensor, layout: Layout): Tensor {
		return newHandle(base.storage.retain(), layout, base.dtype);
	}
}

const execs = new WeakMap<Backend, Exec>();

export function execFor(backend: Backend): Exec {
	let exec = execs.get(backend);
	if (!exec) {
		exec = new BackendExec(backend);
		execs.set(backend, exec);
	}
	return exec;
}

/**
 * The backend that all tensors among `inputs` live on.
 * @throws TensorDisposedError, DeviceError, DTypeError for what is no operand
 */
function commonBackend(name: string, inputs: readonly Arg[]): Backend {
	let backend: Backend | null = null;
	let flags = false;
	for (let i = 0; i < inputs.length; i++) {
		const input = inputs[i];
		if (typeof input === "number" || input === null) continue;
		if (typeof (input as unknown) === "boolean") {
			flags = true;
			continue;
		}
		const own = input?.storage?.backend;
		if (input === undefined || own === undefined) refuse(name, i, input);
		input.assertAlive();
		if (backend === null) backend = own;
		else if (backend !== own) throw twoDevices(backend.device, own.device);
	}
	if (flags) truthsToTensors(backend as Backend, inputs as Arg[]);
	return backend as Backend;
}

/** true and false as operands: a 0-dimensional tensor does not lift the others' type. */
function truthsToTensors(backend: Backend, inputs: Arg[]): void {
	inputs.forEach((input: unknown, i) => {
		if (typeof input !== "boolean") return;
		const scalar = allocate(backend, [], "bool");
		backend.fill(scalar, Number(input));
		inputs[i] = scalar;
	});
}

/** PyTorch's complaint of an argument's type. @throws DTypeError */
function refuse(name: string, at: number, found: unknown): never {
	const kind =
		typeof found === "object"
			? ((found as object).constructor?.name ?? "object")
			: typeof found;
	throw new DTypeError(
		`${name}(): argument ${at + 1} must be Tensor or a number, not ${kind}. Make one with torch.tensor(…)`,
	);
}

function wantsGrad(inputs: readonly Arg[]): boolean {
	if (!isGradEnabled()) return false;
	for (let i = 0; i < inputs.length; i++) {
		const input = inputs[i];
		if (typeof input === "object" && input?.requiresGrad) return true;
	}
	return false;
}

function makeNode<I extends readonly Arg[], P>(
	op: Op<I, P>,
	inputs: I,
	params: P,
): GradNode<P> {
	return GradNode.of<P>(
		typeof op.node === "string" ? op.node : op.node(params, inputs),
		op as unknown as Op<readonly Arg[], P>,
		params,
		inputs,
	);
}

/** Sees every operation before and after; not those of which one is composed. */
export interface Tracer {
	enter(name: string, inputs: readonly Arg[]): void;
	leave(
		name: string,
		inputs: readonly Arg[],
		params: unknown,
		output: Tensor,
	): void;
}

let tracer: Tracer | null = null;

/** @internal for `createPredictor`; gives the tracer before, to be put back */
export function setTracer(next: Tracer | null): Tracer | null {
	const before = tracer;
	tracer = next;
	return before;
}

function traced<I extends readonly Arg[], P>(
	by: Tracer,
	run: (op: Op<I, P>, inputs: I, params: P) => Tensor,
	op: Op<I, P>,
	inputs: I,
	params: P,
): Tensor {
	by.enter(op.name, inputs);
	tracer = null;
	try {
		const output = run(op, inputs, params);
		by.leave(op.name, inputs, params, output);
		return output;
	} finally {
		tracer = by;
	}
}

/**
 * The one door through which every operation goes: checks, computes, records.
 * @throws TensorDisposedError, DeviceError, and what the op's rule throws
 */
export function apply<I extends readonly Arg[], P>(
	op: Op<I, P>,
	inputs: I,
	params: P,
): Tensor {
	if (tracer !== null) return traced(tracer, apply, op, inputs, params);
	const exec = execFor(commonBackend(op.name, inputs));
	const output = op.forward(exec, inputs, params, null);
	output.madeBy = op.name;
	if (op.isView) output.setBase(inputs[0] as Tensor);
	if (op.backward && output.dtype === "float32" && wantsGrad(inputs)) {
		const node = makeNode(op, inputs, params);
		if (op.keep) op.keep(node, inputs, output, params);
		else if (op.saved)
			node.save(op.saved(inputs, output, params, node), output);
		output.setHistory(node, 0);
	}
	return output;
}

/**
 * The in-place form of `op`: the result is written into its first input, and
 * the history goes on from there.
 * @throws AutogradError on a leaf that requires grad, or a view of one
 * @throws ShapeError, DTypeError if the result does not fit
 */
export function applyInPlace<I extends readonly Arg[], P>(
	op: Op<I, P>,
	inputs: I,
	params: P,
): Tensor {
	if (tracer !== null) return traced(tracer, applyInPlace, op, inputs, params);
	const target = inputs[0] as Tensor;
	const exec = execFor(commonBackend(op.name, inputs));
	assertWritable(target, op.writesOne);
	// Where PyTorch has no gradient, the history is left as it is.
	const record =
		op.backward !== undefined &&
		target.dtype === "float32" &&
		wantsGrad(inputs);
	const node = record ? makeNode(op, inputs, params) : null;
	if (node && op.saved && !op.savesOutput)
		saveOriginals(op, node, inputs, params);
	const safe = withoutOverlap(inputs, target);
	op.forward(exec, safe, params, target);
	if (safe !== inputs)
		for (let i = 1; i < safe.length; i++)
			if (safe[i] !== inputs[i]) (safe[i] as Tensor).dispose();
	target.storage.version++;
	if (node) {
		if (op.saved && op.savesOutput)
			node.save(op.saved(inputs, target, params, node), target);
		target.rebaseHistory(node);
	}
	return target;
}

/**
 * Saves what the gradient of an in-place operation needs: of the target a copy
 * of its old values, as PyTorch does.
 */
function saveOriginals<I extends readonly Arg[], P>(
	op: Op<I, P>,
	node: GradNode<P>,
	inputs: I,
	params: P,
): void {
	const target = inputs[0] as Tensor;
	const list = op.saved?.(inputs, target, params, node) ?? [];
	const at = list.indexOf(target);
	if (at < 0) {
		node.save(list, null);
		return;
	}
	const original = target.valuesBefore();
	node.save(
		list.map((value, i) => (i === at ? original : value)),
		null,
	);
	original.dispose();
}

/** The place an elementwise result goes: a new tensor, or the in-place target. */
export function resultFor(
	x: Exec,
	out: Tensor | null,
	shape: Shape,
	dtype: DType,
): Tensor {
	if (out === null) return x.empty(shape, dtype);
	assertOutput(out, shape);
	return out;
}

/** @throws ShapeError unless a result of `shape` fits into `out` */
export function assertOutput(out: Tensor, shape: Shape): void {
	if (!sameShape(out.shape, shape))
		throw new ShapeError(
			`output with shape ${showShape(out.shape)} doesn't match the broadcast shape ${showShape(shape)}`,
		);
}
