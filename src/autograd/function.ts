// biome-ignore-all lint/complexity/noThisInStatic: apply is called on the subclass
import { AutogradError } from "../errors.js";
import { type Shape, sameShape, showShape } from "../layout.js";
import type { Op } from "../ops/registry.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { sumTo } from "./gradients.js";
import { isGradEnabled, withGrad } from "./mode.js";
import { GradNode } from "./node.js";

/** What a function's forward leaves for its backward. */
export class FunctionContext {
	/** For each argument of `apply`, whether its gradient is wanted. */
	needsInputGrad: readonly boolean[] = [];
	/** @internal */
	toSave: readonly (Tensor | null)[] = [];
	/** @internal */
	notDifferentiable: readonly Tensor[] = [];
	/** @internal */
	dirty: readonly Tensor[] = [];
	/** @internal */
	materialize = true;
	/** @internal */
	node: GradNode | null = null;
	/** Anything else that backward needs. */
	readonly extra: Record<string, unknown> = {};

	/** Keeps inputs or outputs for `savedTensors`, guarded against writes in place. */
	saveForBackward(...tensors: readonly (Tensor | null)[]): void {
		this.toSave = tensors;
	}

	/** What was saved. @throws AutogradError if it was freed, or changed since */
	get savedTensors(): Tensor[] {
		const { node } = this;
		return this.toSave.map((t, i) =>
			node === null ? (t as Tensor) : (node.optional(i) as Tensor),
		);
	}

	/** Inputs that `forward` wrote in place, and returns. */
	markDirty(...inputs: readonly Tensor[]): void {
		this.dirty = inputs;
	}

	/** Outputs that have no gradient. */
	markNonDifferentiable(...outputs: readonly Tensor[]): void {
		this.notDifferentiable = outputs;
	}

	/** Whether backward gets zeros, the default, or null for outputs that nobody used. */
	setMaterializeGrads(value: boolean): void {
		this.materialize = value;
	}
}

interface Call {
	readonly type: FunctionType;
	readonly context: FunctionContext;
	/** Which arguments of `apply` were tensors. */
	readonly places: readonly number[];
	readonly count: number;
	/** Makes zeros in the shape of output `nr`. */
	readonly zeros: readonly ((like: Tensor) => Tensor)[];
}

type Grads = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

interface FunctionType {
	readonly name: string;
	// biome-ignore lint/suspicious/noExplicitAny: arguments are the subclass's own
	forward(context: FunctionContext, ...args: any[]): Tensor | Tensor[];
	backward(
		context: FunctionContext,
		// biome-ignore lint/suspicious/noExplicitAny: as many as there are outputs
		...gradOutputs: any[]
	): Grads;
}

const call: Op<readonly (Tensor | number | null)[], Call> = {
	name: "function",
	node: ({ type }) => `${type.name}Backward`,
	showsGradients: true,
	forward: () => {
		throw new AutogradError("a Function is run by its apply()");
	},
	backward: (_g, node) => {
		const { type, context, places, count, zeros } = node.params;
		let some: Tensor | null = null;
		for (let nr = 0; nr < node.places; nr++) some ??= node.arrived(nr);
		const like = some as Tensor;
		const gradOutputs = zeros.map(
			(make, nr) =>
				node.arrived(nr) ?? (context.materialize ? make(like) : null),
		);
		const result = type.backward(context, ...gradOutputs);
		const grads = Array.isArray(result) ? result : [result];
		if (grads.length !== count)
			throw new AutogradError(
				`function ${node.name} returned an incorrect number of gradients (expected ${count}, got ${grads.length})`,
			);
		return places.map((at, i) => fitted(grads[at] ?? null, node, i));
	},
};

/** Apart, so that it holds a shape and nothing of the call. */
function zerosOf(shape: Shape): (like: Tensor) => Tensor {
	return (like) => like.newZeros(shape);
}

function fitted(grad: Tensor | null, node: GradNode, i: number): Tensor | null {
	if (grad === null) return null;
	const shape = node.shape(i);
	const sum = grad.shape.length >= shape.length ? sumTo(grad, shape) : grad;
	if (!sameShape(sum.shape, shape))
		throw new AutogradError(
			`Function ${node.name} returned an invalid gradient at index ${i} - got ${showShape(grad.shape)} but expected shape compatible with ${showShape(shape)}`,
		);
	return sum;
}

/**
 * An operation with a gradient of one's own: a subclass has static `forward`
 * and `backward`, and is called by `apply`. PyTorch: `torch.autograd.Function`.
 *
 * ```ts
 * class Exp extends torch.autograd.Function {
 *   static forward(ctx, x) { const y = x.exp(); ctx.saveForBackward(y); return y; }
 *   static backward(ctx, g) { return g.mul(ctx.savedTensors[0]); }
 * }
 * const y = Exp.apply(x);
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's own form
export abstract class AutogradFunction {
	/** Computes the result, unrecorded. */
	static forward(
		_context: FunctionContext,
		// biome-ignore lint/suspicious/noExplicitAny: arguments are the subclass's own
		..._args: any[]
	): Tensor | Tensor[] {
		throw new AutogradError(
			"You must implement the forward function for custom autograd.Function.",
		);
	}

	/** Gradients of all arguments of `apply`, null for those that have none. */
	static backward(
		_context: FunctionContext,
		// biome-ignore lint/suspicious/noExplicitAny: as many as there are outputs
		..._gradOutputs: any[]
	): Grads {
		throw new AutogradError(
			"You must implement the backward function to use your custom autograd.Function with backward mode AD.",
		);
	}

	/** Runs `forward` and records the call. */
	static apply<R extends Tensor | Tensor[] = Tensor>(
		this: FunctionType,
		...args: readonly unknown[]
	): R {
		const context = new FunctionContext();
		const tensors: Tensor[] = [];
		const places: number[] = [];
		args.forEach((arg, i) => {
			if (!isTensor(arg)) return;
			tensors.push(arg as Tensor);
			places.push(i);
		});
		context.needsInputGrad = args.map(
			(arg) => isTensor(arg) && arg.requiresGrad,
		);
		const result = withGrad(false, this.name, () =>
			this.forward(context, ...args),
		);
		const wanted =
			isGradEnabled() && context.needsInputGrad.some((needed) => needed);
		if (!wanted) return result as R;
		for (const t of context.dirty)
			if (t.isLeaf && t.requiresGrad)
				throw new AutogradError(
					"a leaf Variable that requires grad is being used in an in-place operation.",
				);
		const single = !Array.isArray(result);
		// An input that is handed back gets a handle of its own, for its new history.
		const outputs = (single ? [result] : result).map((t) =>
			tensors.includes(t) && !context.dirty.includes(t) ? t.detach() : t,
		);
		const node = new GradNode<Call>(`${this.name}Backward`, call as never, {
			type: this,
			context,
			places,
			count: args.length,
			zeros: outputs.map((t) => zerosOf(t.shape)),
		});
		node.connect(tensors);
		const originals = single ? [result] : result;
		node.save(
			context.toSave.map((t) =>
				t === null ? null : (outputs[originals.indexOf(t)] ?? t),
			),
			outputs,
		);
		// A node that led to its outputs' handles would keep them from being collected.
		context.toSave = context.toSave.map(() => null);
		context.node = node.show();
		outputs.forEach((t, nr) => {
			const differentiable =
				t.dtype === "float32" &&
				!context.notDifferentiable.includes(originals[nr] as Tensor);
			if (!differentiable) return;
			if (nr === 0 && context.dirty.includes(t)) t.rebaseHistory(node);
			else t.setHistory(node, nr);
		});
		context.dirty = [];
		context.notDifferentiable = [];
		return (single ? outputs[0] : outputs) as R;
	}
}
