import { AutogradError, DTypeError, ShapeError } from "../errors.js";
import { sameShape, showShape } from "../layout.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { grad } from "./engine.js";
import { withGrad } from "./mode.js";

/** One tensor or several, as the caller gave them. */
export type Bundle = Tensor | readonly Tensor[];

type Differentiable<I extends Bundle> = I extends readonly Tensor[]
	? (...inputs: Tensor[]) => Bundle
	: (input: Tensor) => Bundle;

/** What `jacobian`, `hessian`, `vjp` and `jvp` take last. */
export interface FunctionalOptions {
	/** The result can be differentiated again. */
	readonly createGraph?: boolean;
	/** An output that does not depend on an input is an error, not zeros. */
	readonly strict?: boolean;
}

const listOf = (value: Bundle): readonly Tensor[] =>
	isTensor(value) ? [value] : value;

interface Run {
	readonly inputs: readonly Tensor[];
	readonly outputs: readonly Tensor[];
	readonly single: boolean;
}

/** Runs `fn` with recording, on leaves of its own unless the graph goes on. */
function run(
	name: string,
	fn: unknown,
	inputs: Bundle,
	createGraph: boolean,
): Run {
	const own = listOf(inputs).map((t) =>
		createGraph && t.requiresGrad
			? t.viewAs(t)
			: t.detach().requiresGrad_(true),
	);
	const result = withGrad(true, "autograd.functional", () =>
		(fn as (...list: Tensor[]) => Bundle)(...own),
	);
	for (const output of Array.isArray(result) ? result : [result])
		if (!isTensor(output))
			throw new DTypeError(
				`The outputs of the user-provided function given to ${name} must be either a Tensor or a tuple of Tensors but the given outputs of the user-provided function has type ${typeof output}.`,
			);
	return {
		inputs: own,
		outputs: listOf(result),
		single: isTensor(result),
	};
}

function gradients(
	outputs: readonly Tensor[],
	inputs: readonly Tensor[],
	gradOutputs: readonly (Tensor | null)[],
	{ createGraph = false, strict = false }: FunctionalOptions,
): Tensor[] {
	const used = outputs
		.map((t, i) => ({ t, g: gradOutputs[i] ?? null }))
		.filter(({ t }) => t.requiresGrad);
	const grads =
		used.length === 0
			? inputs.map(() => null)
			: withGrad(true, "autograd.functional", () =>
					grad(
						used.map(({ t }) => t),
						inputs,
						{
							gradOutputs: used.map(({ g }) => g),
							retainGraph: true,
							createGraph,
							allowUnused: true,
						},
					),
				);
	if (strict && used.length === 0)
		throw new AutogradError(
			"Output 0 of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.",
		);
	return inputs.map((t, i) => {
		const g = grads[i] ?? null;
		if (g !== null) return g;
		if (strict)
			throw new AutogradError(
				`Output 0 of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
			);
		return t.zerosLike();
	});
}

/** 1 in place `i`, 0 elsewhere. */
function oneAt(like: Tensor, i: number): Tensor {
	const values = new Float32Array(like.numel());
	values[i] = 1;
	return like.newFrom(values, like.shape);
}

function jacobianOf(
	output: Tensor,
	inputs: readonly Tensor[],
	options: FunctionalOptions,
): Tensor[] {
	const rows = Array.from({ length: output.numel() }, (_, i) =>
		gradients([output], inputs, [oneAt(output, i)], options),
	);
	return inputs.map((t, k) => {
		if (rows.length === 0) return t.newZeros([...output.shape, ...t.shape]);
		const list = rows.map((row) => row[k] as Tensor);
		return t.stackWith(list, 0).view([...output.shape, ...t.shape]);
	});
}

type Nested<I extends Bundle> = I extends readonly Tensor[] ? Tensor[] : Tensor;

/**
 * All first derivatives of `fn`: for one input and one output a tensor
 * [...output, ...input]; for several, arrays by output, then by input.
 * PyTorch: `torch.autograd.functional.jacobian`.
 */
export function jacobian<I extends Bundle>(
	fn: Differentiable<I>,
	inputs: I,
	options: FunctionalOptions = {},
): Nested<I> {
	const ran = run("jacobian", fn, inputs, options.createGraph ?? false);
	const all = ran.outputs.map((output) => {
		const list = jacobianOf(output, ran.inputs, options);
		return isTensor(inputs) ? (list[0] as Tensor) : list;
	});
	return (ran.single ? all[0] : all) as Nested<I>;
}

/**
 * All second derivatives of a `fn` with one number as output: for one input a
 * tensor [...input, ...input], for several an array of arrays.
 * PyTorch: `torch.autograd.functional.hessian`.
 * @throws AutogradError unless the output has one element
 */
export function hessian<I extends Bundle>(
	fn: Differentiable<I>,
	inputs: I,
	options: FunctionalOptions = {},
): I extends readonly Tensor[] ? Tensor[][] : Tensor {
	const slope = (...list: Tensor[]): Tensor[] => {
		const [output] = listOf((fn as (...l: Tensor[]) => Bundle)(...list));
		assertOneNumber(output);
		return gradients([output as Tensor], list, [null], {
			...options,
			createGraph: true,
		});
	};
	const list = listOf(inputs);
	const all = jacobian(slope, list, options) as unknown as Tensor[][];
	return (isTensor(inputs) ? all[0]?.[0] : all) as never;
}

function assertOneNumber(output: Tensor | undefined): void {
	if (output?.numel() !== 1)
		throw new AutogradError(
			"The Tensor returned by the function given to hessian should contain a single element",
		);
}

function weights(
	name: string,
	v: Bundle | null | undefined,
	like: readonly Tensor[],
): readonly Tensor[] {
	if (v == null) {
		if (like.length === 1 && like[0]?.numel() === 1)
			return [like[0].onesLike()];
		throw new AutogradError(
			`The vector v can only be None if the ${name === "vjp" ? "user-provided function returns a single Tensor with a single element" : "input to the user-provided function is a single Tensor with a single element"}.`,
		);
	}
	const list = listOf(v);
	if (list.length !== like.length)
		throw new AutogradError(
			`v is a tuple of invalid length: should be ${like.length} but got ${list.length}.`,
		);
	list.forEach((t, i) => {
		const want = (like[i] as Tensor).shape;
		if (!sameShape(t.shape, want))
			throw new ShapeError(
				`${isTensor(v) ? "" : `Entry ${i} in `}v has invalid size: should be torch.Size(${showShape(want)}) but got torch.Size(${showShape(t.shape)}).`,
			);
	});
	return list;
}

/** `fn(inputs)`, and v times its Jacobian. PyTorch: `torch.autograd.functional.vjp`. */
export function vjp<I extends Bundle>(
	fn: Differentiable<I>,
	inputs: I,
	v?: Bundle | null,
	options: FunctionalOptions = {},
): [Bundle, Nested<I>] {
	const ran = run("vjp", fn, inputs, options.createGraph ?? false);
	const seeds = weights("vjp", v, ran.outputs);
	const grads = gradients(ran.outputs, ran.inputs, seeds, options);
	return [
		results(ran, options),
		(isTensor(inputs) ? grads[0] : grads) as Nested<I>,
	];
}

/**
 * `fn(inputs)`, and its Jacobian times v, by differentiating a vector-Jacobian
 * product by its vector. PyTorch: `torch.autograd.functional.jvp`.
 */
export function jvp<I extends Bundle>(
	fn: Differentiable<I>,
	inputs: I,
	v?: Bundle | null,
	options: FunctionalOptions = {},
): [Bundle, Bundle] {
	const ran = run("jvp", fn, inputs, options.createGraph ?? false);
	const direction = weights("jvp", v, ran.inputs);
	const dummies = ran.outputs.map((t) => t.zerosLike().requiresGrad_(true));
	const pulled = gradients(ran.outputs, ran.inputs, dummies, {
		...options,
		createGraph: true,
	});
	const pushed = gradients(pulled, dummies, direction, {
		createGraph: options.createGraph ?? false,
	});
	return [results(ran, options), ran.single ? (pushed[0] as Tensor) : pushed];
}

function results(ran: Run, { createGraph = false }: FunctionalOptions): Bundle {
	const list = createGraph ? ran.outputs : ran.outputs.map((t) => t.detach());
	return ran.single ? (list[0] as Tensor) : list;
}
