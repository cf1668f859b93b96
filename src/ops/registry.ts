import type { GradNode } from "../autograd/node.js";
import type { Backend } from "../backends/backend.js";
import type { DType } from "../dtype.js";
import type { Layout, Shape } from "../layout.js";
import type { Tensor } from "../tensor.js";

/** An operand: numbers stand for 0-dimensional tensors; null is one left out. */
export type Arg = Tensor | number | null;

/** What a forward rule works with. */
export interface Exec {
	/** The device's kernels. */
	readonly k: Backend;
	/** A new contiguous tensor with undefined contents. */
	empty(shape: Shape, dtype: DType): Tensor;
	/** A new tensor with undefined contents, of a layout without gaps. */
	emptyAs(layout: Layout, dtype: DType): Tensor;
	/** A tensor over the storage of `base`. */
	view(base: Tensor, layout: Layout): Tensor;
}

/**
 * One operation: how it is computed, what of it must survive until the
 * gradient, and the gradient itself, in terms of ordinary tensor operations (so that they can
 * be differentiated again).
 */
export interface Op<I extends readonly Arg[], P> {
	/** The name under which users know it. */
	readonly name: string;
	/** PyTorch's name of the graph node, as `gradFn.name` shows it. */
	readonly node: string | ((params: P, inputs: I) => string);
	/** Inputs are alive, on one device, and of dtypes that fit. */
	forward(x: Exec, inputs: I, params: P, out: Tensor | null): Tensor;
	/**
	 * Inputs and outputs that the gradient needs, for `GradNode.value`; null in
	 * the place of one that only a gradient nobody wants would need.
	 */
	saved?(
		inputs: I,
		output: Tensor,
		params: P,
		node: GradNode<P>,
	): readonly Arg[];
	/**
	 * `saved` without a list, for operations of every training step: hands the
	 * values to `node.keep` in their order.
	 */
	keep?(node: GradNode<P>, inputs: I, output: Tensor, params: P): void;
	/** `saved` names the output and no input, so that the in-place form can keep it. */
	readonly savesOutput?: boolean;
	/**
	 * Gradients of the inputs, in their order; null where there is none or
	 * `node.needs(i)` is false. The engine sums over dimensions that were broadcast.
	 * Absent: the result is not differentiable.
	 */
	backward?(g: Tensor, node: GradNode<P>): readonly (Tensor | null)[];
	/** `backward` hands its tensors to code of the user's, who may keep them. */
	readonly showsGradients?: boolean;
	/** In place it writes one value everywhere: elements that share memory do no harm. */
	readonly writesOne?: boolean;
	/** The result is a view of the first input. */
	readonly isView?: boolean;
}

/** Gives an entry its types. */
export function defineOp<I extends readonly Arg[], P = undefined>(
	op: Op<I, P>,
): Op<I, P> {
	return op;
}
