import { AutogradError } from "../errors.js";
import { Layout, type Shape, sameShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import type { GradNode } from "./node.js";

/** `grad` summed over the dimensions along which an input was broadcast. */
export function sumTo(grad: Tensor, shape: Shape): Tensor {
	if (sameShape(grad.shape, shape)) return grad;
	const lead = grad.shape.length - shape.length;
	const dims: number[] = [];
	for (let i = 0; i < grad.shape.length; i++)
		if (i < lead || (shape[i - lead] === 1 && grad.shape[i] !== 1))
			dims.push(i);
	const sum = dims.length > 0 ? grad.sum(dims, { keepdim: true }) : grad;
	return lead > 0 ? sum.view(shape) : sum;
}

/** @throws AutogradError on NaN: at once, or where a device cannot be read at once by its next read. @param node whose gradient for input `i` it is */
export function checkFinite(grad: Tensor, node: GradNode, i: number): void {
	const { backend } = grad.storage;
	const words = `Function '${node.name}' returned nan values in its ${i}th output. Forward call that made it:\n${node.stack ?? "(recorded before anomaly mode was on)"}`;
	const error = () => new AutogradError(words);
	if (backend.readSync === undefined)
		backend.watch?.(grad.isnan(), 0, 1, { key: words, error });
	else if (grad.isnan().any().itemSync()) throw error();
}

/** Whether a gradient has the strides that PyTorch gives it: a dense leaf's, else contiguous. */
export function liesAs(grad: Layout, leaf: Layout): boolean {
	if (leaf.isContiguous) return grad.isContiguous;
	return sameShape(
		grad.strides,
		leaf.isDense ? leaf.strides : Layout.contiguous(leaf.shape).strides,
	);
}
