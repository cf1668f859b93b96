import { enableGrad, type SyncCallback } from "../autograd/mode.js";
import { DTypeError, TorchletError } from "../errors.js";
import { formatOptimizer } from "../format.js";
import { clearGrad, type ZeroGradOptions } from "../nn/module.js";
import { Tensor } from "../tensor.js";
import { type Run, StepPlan } from "./plan.js";
import {
	loadOptimizerState,
	type OptimizerState,
	optimizerState,
	type StepCount,
} from "./state.js";

/** What an optimizer keeps for one parameter: tensors and counts. */
export type ParameterState = Record<string, Tensor | number | null>;

/** Parameters that are updated with the same options. */
export interface ParamGroup {
	/** The parameters. */
	params: Tensor[];
	/** Learning rate. */
	lr: number;
	/** Where schedulers start from. */
	initialLr?: number;
}

/** Parameters, and options where they differ from the optimizer's. */
export type GroupInput<G extends ParamGroup> = Partial<Omit<G, "params">> & {
	readonly params: Tensor | Iterable<Tensor>;
};

/** Parameters, or groups of them with settings of their own. */
export type ParamsInput<G extends ParamGroup> =
	| Iterable<Tensor>
	| Iterable<GroupInput<G>>;

/**
 * What all optimizers share: groups of parameters, their state, and the step
 * as fused kernel calls. PyTorch: `torch.optim.Optimizer`.
 */
export abstract class Optimizer<G extends ParamGroup = ParamGroup> {
	/** The parameters and their settings, which may be changed between steps. */
	readonly paramGroups: G[] = [];
	/** By parameter: momentum buffers, counts of steps … */
	readonly state = new Map<Tensor, ParameterState>();
	/** Options of groups that do not give their own. */
	readonly defaults: Readonly<Omit<G, "params">>;
	#plans = new WeakMap<G, StepPlan>();
	#stepCount = 0;

	/**
	 * @param params parameters, or groups of them with their own options
	 * @throws TorchletError if there are none, or one is in two groups
	 */
	constructor(
		params: ParamsInput<G>,
		defaults: Readonly<Partial<Omit<G, "params">>>,
	) {
		// A required option that is missing here must come with every group.
		this.defaults = defaults as Readonly<Omit<G, "params">>;
		if (
			params instanceof Tensor ||
			typeof params !== "object" ||
			params === null ||
			!(Symbol.iterator in params)
		)
			throw new TorchletError(
				`params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${params instanceof Tensor ? "a Tensor" : typeof params}`,
			);
		const list = [...(params as Iterable<Tensor | GroupInput<G>>)];
		if (list.length === 0)
			throw new TorchletError("optimizer got an empty parameter list");
		const groups = isGroup(list[0] as object)
			? (list as GroupInput<G>[])
			: [{ params: list } as unknown as GroupInput<G>];
		for (const group of groups) this.addParamGroup(group);
	}

	/** @internal which tensors of state the options ask for, as a set of bits */
	protected abstract flags(group: G): number;

	/** @internal names of the state tensors for `flags`, in the kernel's order */
	protected abstract columns(flags: number): readonly string[];

	/** @internal whether steps are counted in the state, and as what files have them */
	protected get counts(): StepCount {
		return "nothing";
	}

	/** @internal the kernel call */
	protected abstract update(group: G, run: Run): void;

	/** @internal what a new state tensor is filled with */
	protected initial(_group: G): number {
		return 0;
	}

	/**
	 * One more group of parameters, for example of layers that were frozen.
	 * @throws TorchletError if one of them is in another group already
	 */
	addParamGroup(input: GroupInput<G>): void {
		const params =
			input.params instanceof Tensor ? [input.params] : [...input.params];
		for (const p of params) assertOptimizable(p);
		const known = new Set(this.paramGroups.flatMap((g) => g.params));
		if (params.some((p) => known.has(p)))
			throw new TorchletError(
				"some parameters appear in more than one parameter group",
			);
		const given = Object.fromEntries(
			Object.entries(input).filter(([, value]) => value !== undefined),
		);
		const group = { ...this.defaults, ...given, params } as unknown as G;
		for (const [name, value] of Object.entries(group))
			if (value === undefined)
				throw new TorchletError(
					`parameter group didn't specify a value of required optimization parameter ${name}`,
				);
		this.paramGroups.push(group);
	}

	/**
	 * One update of every parameter that has a gradient. A loop without any
	 * `await` wraps its steps in `torch.scope`, which frees what they made.
	 * @param closure computes the loss anew, gradients included
	 * @returns the closure's loss
	 * @throws before anything is written: TensorDisposedError, DeviceError if a
	 * gradient is elsewhere than its parameter, DTypeError
	 */
	step(): undefined;
	step<T>(closure: SyncCallback<T>): T;
	step<T>(closure?: SyncCallback<T>): T | undefined {
		const loss = closure ? enableGrad(closure) : undefined;
		const groups = this.paramGroups;
		for (let i = 0; i < groups.length; i++) this.#prepare(groups[i] as G);
		for (let i = 0; i < groups.length; i++) {
			const group = groups[i] as G;
			const plan = this.#plans.get(group) as StepPlan;
			for (const run of plan.runs) {
				run.step++;
				this.update(group, run);
			}
			plan.finish();
		}
		this.#stepCount++;
		return loss;
	}

	#prepare(group: G): void {
		const flags = this.flags(group);
		let plan = this.#plans.get(group);
		if (plan?.fits(group.params, flags)) return;
		plan = new StepPlan(
			group.params,
			flags,
			this.columns(flags),
			this.counts !== "nothing",
			this.state,
			this.initial(group),
		);
		this.#plans.set(group, plan);
	}

	/** @internal how many steps were made, for schedulers' warnings */
	get stepCount(): number {
		return this.#stepCount;
	}

	/** Forgets all gradients, or fills them with zeros. */
	zeroGrad(options: boolean | ZeroGradOptions = true): void {
		const groups = this.paramGroups;
		for (let i = 0; i < groups.length; i++) {
			const { params } = groups[i] as G;
			for (let j = 0; j < params.length; j++)
				clearGrad(params[j] as Tensor, options);
		}
	}

	/** The options and the state in PyTorch's layout and spelling. */
	stateDict(): OptimizerState {
		return optimizerState(this.paramGroups, this.state, this.counts);
	}

	/**
	 * Takes over options and state, from here or from PyTorch.
	 * @throws TorchletError, ShapeError if they do not fit: then nothing was changed
	 */
	loadStateDict(state: unknown): void {
		loadOptimizerState(this.paramGroups, this.state, state);
		this.#plans = new WeakMap();
	}

	/** As PyTorch prints it. */
	toString(): string {
		return formatOptimizer(
			this.constructor.name,
			this.paramGroups as unknown as readonly Record<string, unknown>[],
		);
	}

	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}

	[Symbol.for("Deno.customInspect")](): string {
		return this.toString();
	}
}

function isGroup(value: object): boolean {
	return (
		!(value instanceof Tensor) && typeof value === "object" && "params" in value
	);
}

function assertOptimizable(p: unknown): asserts p is Tensor {
	if (!(p instanceof Tensor))
		throw new TorchletError(
			`optimizer can only optimize Tensors, but one of the params is ${p === null ? "null" : typeof p}`,
		);
	p.assertAlive();
	if (!p.isLeaf) throw new TorchletError("can't optimize a non-leaf Tensor");
	if (p.dtype !== "float32")
		throw new DTypeError(
			`optimizers update float32 parameters, but one of the params is ${p.dtype}`,
		);
}

/** @internal options, of which PyTorch takes the learning rate by position too */
export function withRate<O extends { readonly lr?: number }>(
	options: number | O,
): O {
	return typeof options === "number" ? ({ lr: options } as O) : options;
}

/** @internal @throws TorchletError unless `value` is a number for which `ok` holds */
export function check(what: string, value: number, ok: boolean): void {
	if (typeof value !== "number" || !ok)
		throw new TorchletError(`Invalid ${what}: ${String(value)}`);
}
