import { AutogradError, ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import { disown, keep } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { type BackwardOptions, BackwardPass } from "./backward-pass.js";

const NO_OPTIONS: BackwardOptions = {};

/** Checks what may be differentiated, and from which gradient. */
function checkRoot(root: Tensor, seed: Tensor | null): void {
	root.assertAlive();
	if (!root.requiresGrad)
		throw new AutogradError(
			"element 0 of tensors does not require grad and does not have a grad_fn",
		);
	if (seed === null) {
		if (root.numel() !== 1)
			throw new AutogradError(
				"grad can be implicitly created only for scalar outputs",
			);
		return;
	}
	seed.assertAlive();
	if (!sameShape(seed.shape, root.shape))
		throw new ShapeError(
			`Mismatch in shape: grad_output[0] has a shape of torch.Size(${showShape(seed.shape)}) and output[0] has a shape of torch.Size(${showShape(root.shape)}).`,
		);
}

/** Accumulates the gradients of `roots` into the leaves' `.grad`. */
export function backward(
	roots: readonly Tensor[],
	seeds: readonly (Tensor | null)[],
	options: BackwardOptions = {},
): void {
	roots.forEach((root, i) => {
		checkRoot(root, seeds[i] ?? null);
	});
	BackwardPass.run(roots, seeds, options, null);
}

/** As `backward` of one root, without lists. */
export function backwardFrom(
	root: Tensor,
	seed: Tensor | null,
	options: BackwardOptions = NO_OPTIONS,
): void {
	checkRoot(root, seed);
	BackwardPass.run(root, seed, options, null);
}

/** What `autograd.grad` takes besides outputs and inputs. */
export interface GradOptions extends BackwardOptions {
	/** Gradients of the outputs; ones for scalars if left out. */
	readonly gradOutputs?: Tensor | null | readonly (Tensor | null)[];
	/** Whether an input that had no part gives null instead of an error. */
	readonly allowUnused?: boolean;
}

/**
 * Gradients of the sum of `outputs` with respect to `inputs`, leaving `.grad`
 * alone. PyTorch: `torch.autograd.grad`.
 * @throws AutogradError if an input was not used, unless `allowUnused`
 */
export function grad(
	outputs: Tensor | readonly Tensor[],
	inputs: Tensor | readonly Tensor[],
	settings: GradOptions | NonNullable<GradOptions["gradOutputs"]> = {},
	more: GradOptions = {},
): Tensor[] {
	// PyTorch takes the gradients of the outputs by position too.
	const options: GradOptions =
		Array.isArray(settings) || "requiresGrad" in settings
			? { ...more, gradOutputs: settings as Tensor | readonly Tensor[] }
			: (settings as GradOptions);
	const roots = Array.isArray(outputs) ? outputs : [outputs as Tensor];
	const wanted: readonly Tensor[] = Array.isArray(inputs)
		? inputs
		: [inputs as Tensor];
	const given = options.gradOutputs ?? null;
	const seeds = (Array.isArray(given) ? given : [given]) as (Tensor | null)[];
	roots.forEach((root: Tensor, i: number) => {
		checkRoot(root, seeds[i] ?? null);
	});
	for (const input of wanted) {
		input.assertAlive();
		if (!input.requiresGrad)
			throw new AutogradError(
				"One of the differentiated Tensors does not require grad",
			);
	}
	const grads = BackwardPass.run(roots, seeds, options, wanted);
	if (!options.allowUnused && grads.includes(null))
		throw new AutogradError(
			"One of the differentiated Tensors appears to not have been used in the graph. Set allowUnused: true if this is the desired behavior.",
		);
	return grads as Tensor[];
}

/** Takes a gradient over for a leaf: no scope frees it, the leaf does. */
export function adoptGrad(grad: Tensor): void {
	if (grad.home !== null) disown(grad);
	keep(grad);
}
