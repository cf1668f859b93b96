import { AutogradError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { grad } from "./engine.js";
import { noGrad, withGrad } from "./mode.js";

type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** What `gradcheck` takes besides function and inputs. */
export interface GradcheckOptions {
	/** Step of the differences. */
	readonly eps?: number;
	/** Allowed difference. */
	readonly atol?: number;
	/** Allowed difference, relative to the estimate. */
	readonly rtol?: number;
	/** Throw, the default, or answer false. */
	readonly raiseException?: boolean;
}

/** Float32 leaves about 3e-6 of noise at this step, and the fifth-order term less. */
const DEFAULTS = { eps: 0.02, atol: 2e-3, rtol: 1e-2, raiseException: true };

function asList<T>(value: T | readonly T[]): readonly T[] {
	return Array.isArray(value) ? value : [value as T];
}

/** The outputs that a gradient can start from. */
function differentiable(result: Tensor | readonly Tensor[]): Tensor[] {
	return asList(result).filter((t) => t.dtype === "float32");
}

/** Weights of the outputs' elements: any fixed numbers without a pattern. */
function weight(output: number, i: number): number {
	return Math.sin(1.7 * i + 0.9 * output + 1) + 0.3;
}

async function weightedSum(
	fn: Differentiable,
	inputs: readonly Tensor[],
): Promise<number> {
	const outputs = differentiable(noGrad(() => fn(...inputs) as never));
	let sum = 0;
	for (const [o, t] of outputs.entries()) {
		const values = await t.data();
		for (let i = 0; i < values.length; i++)
			sum += (values[i] as number) * weight(o, i);
		t.dispose();
	}
	return sum;
}

function weightsLike(outputs: readonly Tensor[]): Tensor[] {
	return outputs.map((t, o) =>
		t.newFrom(
			Float32Array.from({ length: t.numel() }, (_, i) => weight(o, i)),
			t.shape,
		),
	);
}

/** Slopes of the weighted sum of all outputs, by differences of the fourth order. */
async function numerical(
	fn: Differentiable,
	inputs: readonly Tensor[],
	which: number,
	eps: number,
): Promise<Float64Array> {
	const input = inputs[which] as Tensor;
	const values = (await input.data()) as Float32Array;
	const slopes = new Float64Array(values.length);
	const at = async (i: number, to: number) => {
		const moved = values.slice();
		moved[i] = to;
		const list = inputs.slice();
		list[which] = input.newFrom(moved, input.shape);
		const sum = await weightedSum(fn, list);
		list[which]?.dispose();
		// the step that float32 made of it
		return { sum, x: moved[i] as number };
	};
	for (let i = 0; i < values.length; i++) {
		const x = values[i] as number;
		const [a, b] = [await at(i, x + eps), await at(i, x - eps)];
		const [c, d] = [await at(i, x + 2 * eps), await at(i, x - 2 * eps)];
		const near = (a.sum - b.sum) / (a.x - b.x);
		const far = (c.sum - d.sum) / (c.x - d.x);
		slopes[i] = (4 * near - far) / 3;
	}
	return slopes;
}

/**
 * Compares the gradients of `fn` with differences of its values. All float32
 * inputs that require grad are checked; they should be away from kinks. Tensors hold float32
 * only, so the step is larger and the tolerances are wider than PyTorch's for doubles.
 * PyTorch: `torch.autograd.gradcheck`, in its fast mode.
 * @throws AutogradError naming the first element that differs, unless `raiseException` is false
 */
export async function gradcheck(
	fn: Differentiable,
	inputs: Tensor | readonly Tensor[],
	options: GradcheckOptions = {},
): Promise<boolean> {
	const { eps, atol, rtol, raiseException } = { ...DEFAULTS, ...options };
	const list = asList(inputs) as Tensor[];
	const wanted = list.filter((t) => t.requiresGrad);
	if (wanted.length === 0)
		throw new AutogradError(
			"gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.",
		);
	const all = differentiable(fn(...list));
	const seeds = weightsLike(all);
	const outputs = all.filter((t) => t.requiresGrad);
	if (outputs.length === 0) return true;
	const grads = grad(outputs, wanted, {
		gradOutputs: seeds.filter((_, i) => all[i]?.requiresGrad),
		allowUnused: true,
	});
	for (const [k, t] of wanted.entries()) {
		const which = list.indexOf(t);
		const analytical = (await grads[k]?.data()) ?? new Float32Array(t.numel());
		const slopes = await numerical(fn, list, which, eps);
		for (let i = 0; i < slopes.length; i++) {
			const [got, want] = [analytical[i] as number, slopes[i] as number];
			if (Math.abs(got - want) <= atol + rtol * Math.abs(want)) continue;
			if (!raiseException) return false;
			throw new AutogradError(
				`Jacobian mismatch for output 0 with respect to input ${which}, element ${i}: numerical ${want}, analytical ${got}`,
			);
		}
	}
	return true;
}

/**
 * As `gradcheck`, for the gradients themselves: second derivatives.
 * PyTorch: `torch.autograd.gradgradcheck`.
 * @param gradOutputs where the first gradients start; fixed numbers if left out
 */
export async function gradgradcheck(
	fn: Differentiable,
	inputs: Tensor | readonly Tensor[],
	gradOutputs: Tensor | readonly Tensor[] | null = null,
	options: GradcheckOptions = {},
): Promise<boolean> {
	const list = asList(inputs) as Tensor[];
	const outputs = differentiable(fn(...list)).filter((t) => t.requiresGrad);
	if (outputs.length === 0) return true;
	const seeds = (
		gradOutputs === null ? weightsLike(outputs) : asList(gradOutputs)
	).map((t) => t.detach().requiresGrad_(true));
	const needs = list.map((t) => t.requiresGrad);
	const first = (...args: Tensor[]): Tensor[] => {
		const own = args
			.slice(0, list.length)
			.map((t, i) => (needs[i] && !t.requiresGrad ? t.requiresGrad_(true) : t));
		const result = differentiable(
			withGrad(true, "gradgradcheck", () => fn(...own)),
		);
		const grads = withGrad(true, "gradgradcheck", () =>
			grad(
				result.filter((t) => t.requiresGrad),
				own.filter((_, i) => needs[i]),
				{
					gradOutputs: args.slice(list.length),
					createGraph: true,
					allowUnused: true,
				},
			),
		);
		return own
			.filter((_, i) => needs[i])
			.map((t, i) => grads[i] ?? t.zerosLike());
	};
	return gradcheck(first, [...list, ...seeds], options);
}
