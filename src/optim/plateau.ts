import { FormatError, TorchletError } from "../errors.js";
import type { Optimizer } from "./optimizer.js";
import {
	exponential,
	fiveDigits,
	perGroup,
	type SchedulerState,
} from "./scheduler.js";

/** What `Plateau` takes besides its positional arguments. */
export interface PlateauOptions {
	/** Whether the metric should fall or rise. */
	readonly mode?: "min" | "max";
	/** What the learning rate is multiplied by; below 1. */
	readonly factor?: number;
	/** Epochs without improvement that are borne. */
	readonly patience?: number;
	/** The least change that counts. */
	readonly threshold?: number;
	/** Whether the threshold is a share of the best value. */
	readonly thresholdMode?: "rel" | "abs";
	/** Epochs after a reduction in which nothing is counted. */
	readonly cooldown?: number;
	/** The learning rate goes no lower. */
	readonly minLr?: number | readonly number[];
	/** Reductions by less than this are left out. */
	readonly eps?: number;
	/** Whether each reduction is printed. */
	readonly verbose?: boolean;
}

/**
 * Reduces the learning rate when a metric stops getting better.
 * PyTorch: `torch.optim.lr_scheduler.ReduceLROnPlateau`.
 */
export class ReduceLROnPlateau {
	/** Steps so far. */
	lastEpoch = 0;
	/** The best metric so far. */
	best: number;
	/** Steps without improvement so far. */
	numBadEpochs = 0;
	private cooldownCounter = 0;
	private lastLr: number[] = [];
	private readonly options: Required<Omit<PlateauOptions, "minLr">>;
	private readonly minLrs: readonly number[];

	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		/** Whose learning rates are set. */
		readonly optimizer: Optimizer,
		mode: "min" | "max" | PlateauOptions = {},
		options: PlateauOptions = {},
	) {
		const o = typeof mode === "string" ? { ...options, mode } : mode;
		this.options = {
			mode: o.mode ?? "min",
			factor: o.factor ?? 0.1,
			patience: o.patience ?? 10,
			threshold: o.threshold ?? 1e-4,
			thresholdMode: o.thresholdMode ?? "rel",
			cooldown: o.cooldown ?? 0,
			eps: o.eps ?? 1e-8,
			verbose: o.verbose ?? false,
		};
		const { factor, thresholdMode } = this.options;
		if (factor >= 1) throw new TorchletError("Factor should be < 1.0.");
		this.minLrs = perGroup<number>(
			optimizer,
			o.minLr ?? 0,
			(groups, given) => `expected ${groups} min_lrs, got ${given}`,
		);
		const wanted = this.options.mode;
		if (wanted !== "min" && wanted !== "max")
			throw new TorchletError(`mode ${String(wanted)} is unknown!`);
		if (thresholdMode !== "rel" && thresholdMode !== "abs")
			throw new TorchletError(
				`threshold mode ${String(thresholdMode)} is unknown!`,
			);
		this.best = wanted === "min" ? Infinity : -Infinity;
	}

	private isBetter(metric: number): boolean {
		const { mode, threshold, thresholdMode } = this.options;
		const sign = mode === "min" ? -1 : 1;
		const bar =
			thresholdMode === "rel"
				? this.best * (1 + sign * threshold)
				: this.best + sign * threshold;
		return mode === "min" ? metric < bar : metric > bar;
	}

	/** The end of an epoch. @param metric as `await loss.item()` gives it */
	step(metric: number): void {
		if (typeof metric !== "number")
			throw new TorchletError(
				`step() takes the metric as a number, but got ${typeof metric}. Await its item() first`,
			);
		this.lastEpoch++;
		if (this.isBetter(metric)) {
			this.best = metric;
			this.numBadEpochs = 0;
		} else this.numBadEpochs++;
		if (this.cooldownCounter > 0) {
			this.cooldownCounter--;
			this.numBadEpochs = 0;
		}
		if (this.numBadEpochs > this.options.patience) {
			this.reduce();
			this.cooldownCounter = this.options.cooldown;
			this.numBadEpochs = 0;
		}
		this.lastLr = this.optimizer.paramGroups.map((group) => group.lr);
	}

	private reduce(): void {
		const { factor, eps, verbose } = this.options;
		this.optimizer.paramGroups.forEach((group, i) => {
			const lr = Math.max(group.lr * factor, this.minLrs[i] as number);
			if (group.lr - lr <= eps) return;
			group.lr = lr;
			if (verbose)
				console.log(
					`Epoch ${fiveDigits(this.lastEpoch)}: reducing learning rate of group ${i} to ${exponential(lr)}.`,
				);
		});
	}

	/** Whether a reduction was so short ago that nothing is counted. */
	get inCooldown(): boolean {
		return this.cooldownCounter > 0;
	}

	/** The learning rates after the last `step`, by group. */
	getLastLr(): number[] {
		return this.lastLr.slice();
	}

	/** The scheduler's own state: numbers only. */
	stateDict(): SchedulerState {
		const { mode, factor, patience, threshold, thresholdMode, cooldown, eps } =
			this.options;
		const { verbose } = this.options;
		return {
			factor,
			min_lrs: this.minLrs.slice(),
			patience,
			verbose,
			cooldown,
			cooldown_counter: this.cooldownCounter,
			mode,
			threshold,
			threshold_mode: thresholdMode,
			best: this.best,
			num_bad_epochs: this.numBadEpochs,
			mode_worse: mode === "min" ? Infinity : -Infinity,
			eps,
			last_epoch: this.lastEpoch,
			...(this.lastLr.length > 0 ? { _last_lr: this.getLastLr() } : {}),
		};
	}

	/** Takes over the progress. @throws FormatError; then nothing was changed */
	loadStateDict(state: unknown): void {
		const saved = new Map<unknown, unknown>(
			state instanceof Map ? state : Object.entries(state ?? {}),
		);
		const number = (key: string): number => {
			const value = saved.get(key);
			if (typeof value !== "number")
				throw new FormatError(
					`a ReduceLROnPlateau's state dict has a number ${key}`,
				);
			return value;
		};
		const best = number("best");
		const bad = number("num_bad_epochs");
		const cooldown = number("cooldown_counter");
		this.lastEpoch = number("last_epoch");
		this.best = best;
		this.numBadEpochs = bad;
		this.cooldownCounter = cooldown;
		const last = saved.get("_last_lr");
		if (Array.isArray(last)) this.lastLr = last.map(Number);
	}
}
