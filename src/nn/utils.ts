/** PyTorch: `torch.nn.utils`. */
import { noGrad } from "../autograd/mode.js";
import { full, zeros } from "../creation.js";
import { TorchletError } from "../errors.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";

export { parametersToVector, vectorToParameters } from "./parameter-vector.js";

/** What `clipGradNorm_` takes besides the bound. */
export interface ClipGradNormOptions {
	/** 2 unless said otherwise; Infinity for the greatest element. */
	readonly normType?: number;
	/** Whether a norm of NaN or infinity is an error. */
	readonly errorIfNonfinite?: boolean;
}

function gradsOf(parameters: Tensor | Iterable<Tensor>): Tensor[] {
	const list = parameters instanceof Tensor ? [parameters] : [...parameters];
	return list.map((p) => p.peekGrad()).filter((g): g is Tensor => g !== null);
}

/**
 * Scales all gradients, as one vector, down to a norm of `maxNorm`.
 * @returns the norm before; with `errorIfNonfinite`, for an await: a GPU tells
 * only then whether the norm is finite, and scales the gradients after that
 * @throws TorchletError on a norm that is not finite, if asked to
 */
export function clipGradNorm_(
	parameters: Tensor | Iterable<Tensor>,
	maxNorm: number,
	options: ClipGradNormOptions & { readonly errorIfNonfinite: true },
): Tensor | Promise<Tensor>;
export function clipGradNorm_(
	parameters: Tensor | Iterable<Tensor>,
	maxNorm: number,
	options?: number | (ClipGradNormOptions & { errorIfNonfinite?: false }),
): Tensor;
export function clipGradNorm_(
	parameters: Tensor | Iterable<Tensor>,
	maxNorm: number,
	options: number | ClipGradNormOptions = {},
): Tensor | Promise<Tensor> {
	const { normType = 2, errorIfNonfinite = false } =
		typeof options === "number" ? { normType: options } : options;
	const grads = gradsOf(parameters);
	if (grads.length === 0) return zeros([]);
	const assertFinite = (norm: number) => {
		if (!Number.isFinite(norm))
			throw new TorchletError(
				`The total norm of order ${normType} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`error_if_nonfinite=False\``,
			);
	};
	const norm = () => noGrad(() => totalNorm(grads, normType));
	if (errorIfNonfinite && grads[0]?.storage.backend.readSync === undefined)
		return scope(async () => {
			const total = norm();
			assertFinite(await total.item());
			return scaleDown(grads, total, maxNorm);
		});
	return scope(() => {
		const total = norm();
		if (errorIfNonfinite) assertFinite(total.itemSync());
		return scaleDown(grads, total, maxNorm);
	});
}

function scaleDown(
	grads: readonly Tensor[],
	total: Tensor,
	maxNorm: number,
): Tensor {
	noGrad(() => {
		const limit = full([], maxNorm, { device: total.device });
		const factor = limit.div(total.add(1e-6)).clamp(null, 1);
		for (const grad of grads) grad.mul_(factor);
	});
	return total;
}

/** The norm of the norms, in PyTorch's order. */
function totalNorm(grads: readonly Tensor[], p: number): Tensor {
	if (p === Number.POSITIVE_INFINITY)
		return grads.map((g) => g.abs().max()).reduce((a, b) => a.maximum(b));
	const norms = grads.map((g) => g.norm(p));
	return (norms[0] as Tensor).stackWith(norms, 0).norm(p);
}

/** Cuts every element of the gradients to [-clipValue, clipValue]. */
export function clipGradValue_(
	parameters: Tensor | Iterable<Tensor>,
	clipValue: number,
): void {
	scope(() =>
		noGrad(() => {
			for (const grad of gradsOf(parameters))
				grad.copy_(grad.clamp(-clipValue, clipValue));
		}),
	);
}
