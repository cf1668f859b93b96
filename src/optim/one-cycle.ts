import { TorchletError } from "../errors.js";
import { snakeCase } from "./names.js";
import type { Optimizer } from "./optimizer.js";
import {
	LRScheduler,
	perGroup,
	required,
	type SchedulerOptions,
	type SchedulerState,
} from "./scheduler.js";

/** What `OneCycle` takes besides its positional arguments. */
export interface OneCycleOptions extends SchedulerOptions {
	/** Number of steps; or say `epochs` and `stepsPerEpoch`. */
	readonly totalSteps?: number;
	/** Epochs, which with `stepsPerEpoch` make the number of steps. */
	readonly epochs?: number;
	/** Steps of an epoch. */
	readonly stepsPerEpoch?: number;
	/** Share of the steps in which the rate rises; 0.3 unless said otherwise. */
	readonly pctStart?: number;
	/** Shape of the way down: "cos" or "linear". */
	readonly annealStrategy?: "cos" | "linear";
	/** Whether momentum (or beta1) goes the opposite way. */
	readonly cycleMomentum?: boolean;
	/** Least momentum. */
	readonly baseMomentum?: number | readonly number[];
	/** Greatest momentum. */
	readonly maxMomentum?: number | readonly number[];
	/** maxLr over the first learning rate; 25 unless said otherwise. */
	readonly divFactor?: number;
	/** First over last learning rate; 1e4 unless said otherwise. */
	readonly finalDivFactor?: number;
	/** Whether the last phase goes below the first learning rate. */
	readonly threePhase?: boolean;
}

interface Cycle {
	totalSteps: number;
	pctStart: number;
	annealStrategy: "cos" | "linear";
	cycleMomentum: boolean;
	threePhase: boolean;
	/** What the groups start with; a function, since it is not saved. */
	readonly start: () => {
		readonly maxLrs: readonly number[];
		readonly maxMomentums: readonly number[];
		readonly baseMomentums: readonly number[];
		readonly divFactor: number;
		readonly finalDivFactor: number;
	};
}

interface Phase {
	readonly end: number;
	readonly lr: readonly [from: string, to: string];
	readonly momentum: readonly [from: string, to: string];
}

function positive(name: string, value: number | undefined): number {
	if (value === undefined || !Number.isInteger(value) || value <= 0)
		throw new TorchletError(
			`Expected positive integer ${name}, but got ${String(value ?? null)}`,
		);
	return value;
}

function stepsOf({
	totalSteps,
	epochs,
	stepsPerEpoch,
}: OneCycleOptions): number {
	if (totalSteps !== undefined) return positive("total_steps", totalSteps);
	if (epochs === undefined && stepsPerEpoch === undefined)
		throw new TorchletError(
			"You must define either total_steps OR (epochs AND steps_per_epoch)",
		);
	return (
		positive("epochs", epochs) * positive("steps_per_epoch", stepsPerEpoch)
	);
}

/**
 * Up to `maxLr` and far down again, once; a step is a batch, not an epoch.
 * PyTorch: `torch.optim.lr_scheduler.OneCycleLR`.
 */
export class OneCycleLR extends LRScheduler<Cycle> {
	/** @throws TorchletError on options that do not fit together */
	constructor(
		optimizer: Optimizer,
		peak:
			| number
			| readonly number[]
			| (OneCycleOptions & { readonly maxLr: number | readonly number[] }),
		settings: number | OneCycleOptions = {},
	) {
		const [maxLr, options = {}] = required<
			number | readonly number[],
			OneCycleOptions & { readonly maxLr?: number | readonly number[] },
			"maxLr"
		>(peak, settings, "maxLr");
		const o: OneCycleOptions =
			typeof options === "number" ? { totalSteps: options } : options;
		const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true } = o;
		if (!(pctStart >= 0 && pctStart <= 1))
			throw new TorchletError(
				`Expected float between 0 and 1 pct_start, but got ${pctStart}`,
			);
		if (annealStrategy !== "cos" && annealStrategy !== "linear")
			throw new TorchletError(
				`anneal_strategy must by one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
			);
		const { defaults } = optimizer;
		if (cycleMomentum && !("momentum" in defaults || "betas" in defaults))
			throw new TorchletError(
				"optimizer must support momentum with `cycle_momentum` option enabled",
			);
		const list = (name: string, value: number | readonly number[]) =>
			perGroup<number>(
				optimizer,
				value,
				(groups, given) =>
					`expected ${groups} values for ${name}, got ${given}`,
			);
		const start = {
			maxLrs: list("max_lr", maxLr),
			maxMomentums: list("max_momentum", o.maxMomentum ?? 0.95),
			baseMomentums: list("base_momentum", o.baseMomentum ?? 0.85),
			divFactor: o.divFactor ?? 25,
			finalDivFactor: o.finalDivFactor ?? 1e4,
		};
		super(
			optimizer,
			{
				totalSteps: stepsOf(o),
				pctStart,
				annealStrategy,
				cycleMomentum,
				threePhase: o.threePhase ?? false,
				start: () => start,
			},
			o,
		);
	}

	protected override begin(anew: boolean): void {
		if (!anew) return;
		const start = this.options.start();
		this.groups.forEach((group, i) => {
			const maxLr = start.maxLrs[i] as number;
			group.initialLr = maxLr / start.divFactor;
			group.maxLr = maxLr;
			group.minLr = group.initialLr / start.finalDivFactor;
			if (!this.options.cycleMomentum) return;
			group.maxMomentum = start.maxMomentums[i];
			group.baseMomentum = start.baseMomentums[i];
			setMomentum(group, group.maxMomentum as number);
		});
	}

	override stateDict(): SchedulerState {
		return {
			...super.stateDict(),
			_schedule_phases: this.phases().map(({ end, lr, momentum }) => ({
				end_step: end,
				start_lr: snakeCase(lr[0]),
				end_lr: snakeCase(lr[1]),
				...(this.options.cycleMomentum
					? {
							start_momentum: snakeCase(momentum[0]),
							end_momentum: snakeCase(momentum[1]),
						}
					: null),
			})),
		};
	}

	/**
	 * PyTorch's files say how the rates go by their phases and by the method's name.
	 * @throws FormatError if it is no scheduler's state; then nothing was changed
	 */
	override loadStateDict(state: unknown): void {
		super.loadStateDict(state);
		const saved = new Map<unknown, unknown>(
			state instanceof Map ? state : Object.entries(state ?? {}),
		);
		const phases = saved.get("_schedule_phases");
		const method = String(saved.get("anneal_func") ?? "");
		const { options } = this;
		if (method.startsWith("_annealing_"))
			options.annealStrategy = method.endsWith("linear") ? "linear" : "cos";
		if (!Array.isArray(phases)) return;
		const end = Number(phases[0]?.end_step);
		if (Number.isFinite(end)) options.pctStart = (end + 1) / options.totalSteps;
		options.threePhase = phases.length === 3;
	}

	private phases(): Phase[] {
		const { pctStart, totalSteps, threePhase } = this.options;
		const last = totalSteps - 1;
		const rise: Phase = {
			end: pctStart * totalSteps - 1,
			lr: ["initialLr", "maxLr"],
			momentum: ["maxMomentum", "baseMomentum"],
		};
		if (!threePhase)
			return [
				rise,
				{
					end: last,
					lr: ["maxLr", "minLr"],
					momentum: ["baseMomentum", "maxMomentum"],
				},
			];
		return [
			rise,
			{
				end: 2 * pctStart * totalSteps - 2,
				lr: ["maxLr", "initialLr"],
				momentum: ["baseMomentum", "maxMomentum"],
			},
			{
				end: last,
				lr: ["initialLr", "minLr"],
				momentum: ["maxMomentum", "maxMomentum"],
			},
		];
	}

	protected override getLr(): number[] {
		const { totalSteps, annealStrategy, cycleMomentum } = this.options;
		const step = this.lastEpoch;
		if (step > totalSteps)
			throw new TorchletError(
				`Tried to step ${step + 1} times. The specified number of total steps is ${totalSteps}`,
			);
		const phases = this.phases();
		const found = phases.findIndex((p) => step <= p.end);
		const at = found < 0 ? phases.length - 1 : found;
		const { end, lr, momentum } = phases[at] as Phase;
		const from = at === 0 ? 0 : (phases[at - 1] as Phase).end;
		const pct = (step - from) / (end - from);
		const anneal = annealStrategy === "cos" ? cosine : linear;
		return this.groups.map((group) => {
			const between = ([a, b]: readonly [string, string]) =>
				anneal(group[a] as number, group[b] as number, pct);
			if (cycleMomentum) setMomentum(group, between(momentum));
			return between(lr);
		});
	}
}

function setMomentum(group: Record<string, unknown>, value: number): void {
	if (Array.isArray(group.betas))
		group.betas = [value, ...group.betas.slice(1)];
	else group.momentum = value;
}

function cosine(start: number, end: number, pct: number): number {
	return end + ((start - end) / 2) * (Math.cos(Math.PI * pct) + 1);
}

function linear(start: number, end: number, pct: number): number {
	return (end - start) * pct + start;
}
