import { FormatError, TorchletError } from "../errors.js";
import { camelCase, snakeCase } from "./names.js";
import { Optimizer, type ParamGroup } from "./optimizer.js";

/** What every scheduler takes last. */
export interface SchedulerOptions {
	/** Number of the epoch to go on from; -1 starts anew. */
	readonly lastEpoch?: number;
	/** Whether each change is printed. */
	readonly verbose?: boolean;
}

/** Names that the general rule would spell otherwise. */
const SPELLED: Readonly<Record<string, string>> = { tMax: "T_max" };
const READ: Readonly<Record<string, string>> = { T_max: "tMax" };

/** A scheduler's state in PyTorch's spelling. */
export type SchedulerState = Record<string, unknown>;

type AnyGroup = ParamGroup & Record<string, unknown>;

/** @internal one value for each group, from one for all or a list */
export function perGroup<T>(
	optimizer: Optimizer,
	value: T | readonly T[],
	complaint: (groups: number, given: number) => string,
): readonly T[] {
	const { length } = optimizer.paramGroups;
	if (!Array.isArray(value)) return new Array<T>(length).fill(value as T);
	if (value.length !== length)
		throw new TorchletError(complaint(length, value.length));
	return value.slice();
}

/**
 * @internal a scheduler's required argument and its options, which PyTorch
 * people write as keywords too: `StepLR(optimizer, { stepSize: 30 })`
 */
export function required<T, O extends object, K extends keyof O>(
	argument: T | O,
	rest: number | O | undefined,
	name: K,
): [T, number | O | undefined] {
	if (
		typeof argument !== "object" ||
		argument === null ||
		Array.isArray(argument)
	)
		return [argument as T, rest];
	const options = argument as O;
	if (options[name] === undefined)
		throw new TorchletError(
			`missing 1 required positional argument: '${String(name)}'`,
		);
	return [options[name] as T, options];
}

/** @internal an argument that may be given by place or in the options */
export function optionsOf<O extends object>(
	argument: number | O | undefined,
	name: keyof O,
): Partial<O> {
	return typeof argument === "object"
		? argument
		: argument === undefined
			? {}
			: ({ [name]: argument } as unknown as Partial<O>);
}

/**
 * Changes the learning rates of an optimizer's groups after each epoch.
 * `O` are the numbers a schedule is made of, which are saved.
 */
export abstract class LRScheduler<O extends object = object> {
	/** Number of the present epoch, from 0. */
	lastEpoch: number;
	/** Learning rates at the start, by group. */
	baseLrs: number[];
	protected options: O;
	/** Whether each change is printed. */
	verbose: boolean;
	protected stepCount = 0;
	private lastLr: number[] = [];
	readonly #stepsBefore: number;

	/** @throws TorchletError */
	constructor(
		/** Whose learning rates are set. */
		readonly optimizer: Optimizer,
		options: O,
		{ lastEpoch = -1, verbose = false }: SchedulerOptions = {},
	) {
		if (!(optimizer instanceof Optimizer))
			throw new TorchletError(`${typeof optimizer} is not an Optimizer`);
		this.options = options;
		this.lastEpoch = lastEpoch;
		this.verbose = verbose;
		this.#stepsBefore = optimizer.stepCount;
		this.begin(lastEpoch === -1);
		this.baseLrs = this.groups.map((group, i) => {
			if (lastEpoch === -1) group.initialLr ??= group.lr;
			else if (group.initialLr === undefined)
				throw new TorchletError(
					`param 'initial_lr' is not specified in param_groups[${i}] when resuming an optimizer`,
				);
			return group.initialLr;
		});
		this.step();
	}

	/** @internal before the base rates are taken from the groups */
	protected begin(_anew: boolean): void {}

	/** @internal the groups, with what schedulers put there */
	protected get groups(): readonly AnyGroup[] {
		return this.optimizer.paramGroups as unknown as readonly AnyGroup[];
	}

	/** @internal learning rates of epoch `lastEpoch`, from those of the one before */
	protected abstract getLr(): number[];

	/** The present learning rates, by group. */
	getLastLr(): number[] {
		return this.lastLr.slice();
	}

	/** Prints a group's learning rate as PyTorch does, if `isVerbose`. */
	printLr(
		isVerbose: boolean,
		group: number,
		lr: number,
		epoch: number | null = null,
	): void {
		if (!isVerbose) return;
		const text = `djusting learning rate of group ${group} to ${exponential(lr)}.`;
		console.log(
			epoch === null ? `A${text}` : `Epoch ${fiveDigits(epoch)}: a${text}`,
		);
	}

	/** Goes on to the next epoch: after the optimizer's steps of this one. */
	step(): void {
		if (this.stepCount === 1 && this.optimizer.stepCount === this.#stepsBefore)
			console.warn(
				"Detected call of `lrScheduler.step()` before `optimizer.step()`: call them in the opposite order, or the first value of the learning rate schedule is skipped.",
			);
		this.stepCount++;
		this.lastEpoch++;
		const lrs = this.getLr();
		this.groups.forEach((group, i) => {
			group.lr = lrs[i] as number;
			this.printLr(this.verbose, i, group.lr);
		});
		this.lastLr = this.groups.map((group) => group.lr);
	}

	/** The scheduler's own state: numbers only. */
	stateDict(): SchedulerState {
		const state: SchedulerState = {};
		for (const [name, value] of Object.entries(this.options))
			if (typeof value !== "function")
				state[SPELLED[name] ?? snakeCase(name)] = value;
		return {
			...state,
			base_lrs: this.baseLrs.slice(),
			last_epoch: this.lastEpoch,
			verbose: this.verbose,
			_step_count: this.stepCount,
			_get_lr_called_within_step: false,
			_last_lr: this.getLastLr(),
		};
	}

	/** @throws FormatError if it is no scheduler's state; then nothing was changed */
	loadStateDict(state: unknown): void {
		const saved = new Map(
			state instanceof Map ? state : Object.entries(state ?? {}),
		);
		const epoch = saved.get("last_epoch");
		const count = saved.get("_step_count");
		const base = numbers(saved.get("base_lrs"));
		const last = numbers(saved.get("_last_lr"));
		if (
			typeof epoch !== "number" ||
			typeof count !== "number" ||
			!base ||
			!last
		)
			throw new FormatError(
				"a scheduler's state dict has last_epoch, _step_count, base_lrs and _last_lr",
			);
		const options = { ...this.options } as Record<string, unknown>;
		for (const [key, value] of saved) {
			const name = READ[String(key)] ?? camelCase(String(key));
			if (name in options && typeof value === typeof options[name])
				options[name] = value;
		}
		this.options = options as O;
		this.lastEpoch = epoch;
		this.stepCount = count;
		this.baseLrs = base;
		this.lastLr = last;
	}
}

/** @internal Python's `{:.4e}` */
export function exponential(x: number): string {
	return x.toExponential(4).replace(/e([+-])(\d)$/, "e$10$2");
}

/** @internal Python's `%.5d` of whole numbers, `%.2f` of others */
export function fiveDigits(epoch: number): string {
	return Number.isInteger(epoch)
		? String(epoch).padStart(5, "0")
		: epoch.toFixed(2);
}

function numbers(value: unknown): number[] | null {
	return Array.isArray(value) && value.every((v) => typeof v === "number")
		? (value.slice() as number[])
		: null;
}
