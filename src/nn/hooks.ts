/**
 * What runs around a module's forward and backward.
 * PyTorch: `torch.nn.Module.register_forward_hook` and its kin.
 */
import { AutogradError } from "../errors.js";
import { Tensor } from "../tensor.js";
import type { Module } from "./module.js";

type Gradients = readonly (Tensor | null)[];

/** Gets the inputs; may return others (one value, or an array of all). */
export type ForwardPreHook = (module: Module, inputs: unknown[]) => unknown;

/** Gets inputs and output; may return another output. */
export type ForwardHook = (
	module: Module,
	inputs: unknown[],
	output: unknown,
) => unknown;

/** Gets the gradients of inputs and outputs; may return others for the inputs. */
export type BackwardHook = (
	module: Module,
	gradInput: Gradients,
	gradOutput: Gradients,
	// biome-ignore lint/suspicious/noConfusingVoidType: most hooks return nothing
) => Gradients | Tensor | null | undefined | void;

export interface HookHandle {
	remove(): void;
}

/** The hooks of one module, in the order in which they were registered. */
export class ModuleHooks {
	readonly before = new Set<ForwardPreHook>();
	readonly after = new Set<ForwardHook>();
	readonly backward = new Set<BackwardHook>();

	add(kind: "before", hook: ForwardPreHook): HookHandle;
	add(kind: "after", hook: ForwardHook): HookHandle;
	add(kind: "backward", hook: BackwardHook): HookHandle;
	add(
		kind: "before" | "after" | "backward",
		hook: ForwardPreHook | ForwardHook | BackwardHook,
	): HookHandle {
		const hooks = this[kind] as Set<typeof hook>;
		// A function may be registered twice, so each entry is its own.
		const entry = ((...args: [Module, never, never]) =>
			hook(...args)) as typeof hook;
		hooks.add(entry);
		return { remove: () => hooks.delete(entry) };
	}
}

export function callWithHooks(
	module: Module,
	hooks: ModuleHooks,
	inputs: unknown[],
	run: (inputs: unknown[]) => unknown,
): unknown {
	let args = inputs;
	for (const hook of hooks.before) {
		const result = hook(module, args);
		if (result !== undefined && result !== null)
			args = Array.isArray(result) ? result : [result];
	}
	const watch =
		hooks.backward.size > 0
			? new BackwardWatch(module, [...hooks.backward])
			: null;
	if (watch) args = watch.inputs(args);
	let output = run(args);
	for (const hook of hooks.after) {
		const result = hook(module, args, output);
		if (result !== undefined && result !== null) output = result;
	}
	return watch ? watch.outputs(output) : output;
}

/** The same tensor with a place of its own in the graph. */
function seam(t: Tensor): Tensor {
	return t.view(t.shape);
}

function isTracked(value: unknown): value is Tensor {
	return value instanceof Tensor && value.requiresGrad;
}

/**
 * Gathers the gradients at the borders of one forward. Every tensor that
 * crosses one goes through a seam, so that what else uses it does not count.
 */
class BackwardWatch {
	private gradInput: (Tensor | null)[] = [];
	private gradOutput: (Tensor | null)[] = [];
	private awaited = 0;

	constructor(
		private readonly module: Module,
		private readonly hooks: readonly BackwardHook[],
	) {}

	inputs(args: readonly unknown[]): unknown[] {
		this.gradInput = args.filter((a) => a instanceof Tensor).map(() => null);
		let position = 0;
		return args.map((arg) => {
			if (!(arg instanceof Tensor)) return arg;
			const at = position++;
			if (!isTracked(arg)) return arg;
			this.awaited++;
			const inner = seam(arg);
			inner.registerHook((grad) => this.arrived(at, grad));
			return inner;
		});
	}

	outputs(output: unknown): unknown {
		const outputs = Array.isArray(output) ? output : [output];
		const tensors = outputs.filter((o) => o instanceof Tensor);
		this.gradOutput = tensors.map(() => null);
		const inputsAwaited = this.awaited;
		let missing = tensors.filter(isTracked).length;
		let position = 0;
		const watched = outputs.map((value) => {
			if (!(value instanceof Tensor)) return value;
			const at = position++;
			if (!isTracked(value)) return value;
			const outer = seam(value);
			outer.registerHook((grad) => {
				this.gradOutput[at] = grad;
				// Nothing will arrive at an input that needs no gradient.
				if (--missing === 0 && inputsAwaited === 0) this.fire();
				return undefined;
			});
			return outer;
		});
		return Array.isArray(output) ? watched : watched[0];
	}

	private arrived(at: number, grad: Tensor): Tensor | undefined {
		this.gradInput[at] = grad;
		if (--this.awaited > 0) return undefined;
		const changed = this.fire();
		if (changed === null) return undefined;
		const others = changed.some((g, i) => i !== at && g !== this.gradInput[i]);
		if (others)
			throw new AutogradError(
				"a backward hook can replace the gradient of one input only: the others have been passed on by then",
			);
		return changed[at] ?? undefined;
	}

	/** The gradients that take the place of the inputs', if a hook returned some. */
	private fire(): Gradients | null {
		let changed: Gradients | null = null;
		for (const hook of this.hooks) {
			const result = hook(
				this.module,
				changed ?? this.gradInput,
				this.gradOutput,
			);
			if (result === undefined || result === null) continue;
			changed = result instanceof Tensor ? [result] : (result as Gradients);
		}
		return changed;
	}
}
