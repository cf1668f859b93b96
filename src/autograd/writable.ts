import { AutogradError, ShapeError } from "../errors.js";
import type { Arg } from "../ops/registry.js";
import type { Tensor } from "../tensor.js";
import { isFromInference, isGradEnabled } from "./mode.js";

/**
 * The operands as they were before the write: those that share memory with the
 * target in another order are copied.
 * @throws ShapeError where PyTorch refuses such operands
 */
export function withoutOverlap<I extends readonly Arg[]>(
	inputs: I,
	target: Tensor,
): I {
	let safe: Arg[] | null = null;
	for (let i = 1; i < inputs.length; i++) {
		const input = inputs[i];
		if (typeof input !== "object" || input === null) continue;
		if (input.storage !== target.storage || input.layout.numel === 0) continue;
		const overlap = input.layout.overlap(target.layout);
		if (overlap === "none") continue;
		if (overlap === "partial")
			throw new ShapeError(
				"unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.",
			);
		safe ??= inputs.slice();
		safe[i] = input.valuesBefore();
	}
	return (safe as I | null) ?? inputs;
}

/** @throws AutogradError, ShapeError where an in-place write would be wrong */
export function assertWritable(target: Tensor, isOneValue = false): void {
	target.assertAlive();
	if (isFromInference(target.storage))
		throw new AutogradError(
			"Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
		);
	if (isGradEnabled() && target.requiresGrad) {
		assertNotOneOfMany(target);
		if (target.isLeaf)
			throw new AutogradError(
				"a leaf Variable that requires grad is being used in an in-place operation. Write to it within noGrad(() => …), or work on a copy",
			);
		if (target.base?.requiresGrad && target.base.isLeaf)
			throw new AutogradError(
				"a view of a leaf Variable that requires grad is being used in an in-place operation. Write to it within noGrad(() => …), or work on a copy",
			);
	}
	if (target.layout.isShared && (!isOneValue || target.requiresGrad))
		throw new ShapeError(
			"unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
		);
}

/** Functions that return several views at once. */
const MANY_VIEWS = /^(Unbind|Split|SplitWithSizes)Backward/;

/** @throws AutogradError on a view that was made together with others */
function assertNotOneOfMany(target: Tensor): void {
	const node = target.base === null ? null : target.gradHistory();
	if (node !== null && MANY_VIEWS.test(node.name))
		throw new AutogradError(
			`Output ${oneOf(node.params)} of ${node.name} is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.`,
		);
}

function oneOf(params: unknown): number {
	const { index, part } = params as { index?: number; part?: number };
	return part ?? index ?? 0;
}
