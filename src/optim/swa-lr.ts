import { TorchletError } from "../errors.js";
import type { Optimizer } from "./optimizer.js";
import {
	LRScheduler,
	perGroup,
	required,
	type SchedulerOptions,
} from "./scheduler.js";

/** What `new SWALR(optimizer, options)` takes. */
export interface SWAOptions extends SchedulerOptions {
	/** Epochs until the rate is reached; 10 unless said otherwise. */
	readonly annealEpochs?: number;
	/** Shape of the way: "cos" or "linear". */
	readonly annealStrategy?: "cos" | "linear";
}

interface Annealing {
	annealEpochs: number;
	annealStrategy: "cos" | "linear";
	readonly swaLrs: () => readonly number[];
}

/** Leads the learning rate to a fixed one, for averaging. PyTorch: `SWALR`. */
export class SWALR extends LRScheduler<Annealing> {
	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		optimizer: Optimizer,
		rate:
			| number
			| readonly number[]
			| (SWAOptions & { readonly swaLr: number | readonly number[] }),
		settings: SWAOptions = {},
	) {
		const [swaLr, rest] = required<
			number | readonly number[],
			SWAOptions & { readonly swaLr?: number | readonly number[] },
			"swaLr"
		>(rate, settings, "swaLr");
		const options = rest as SWAOptions;
		const { annealEpochs = 10, annealStrategy = "cos" } = options;
		if (annealStrategy !== "cos" && annealStrategy !== "linear")
			throw new TorchletError(
				`anneal_strategy must by one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
			);
		if (!Number.isInteger(annealEpochs) || annealEpochs < 0)
			throw new TorchletError(
				`anneal_epochs must be equal or greater than 0, got ${annealEpochs}`,
			);
		const lrs = perGroup<number>(
			optimizer,
			swaLr,
			(groups, given) =>
				`swa_lr must have the same length as optimizer.param_groups: swa_lr has ${given}, optimizer.param_groups has ${groups}`,
		);
		super(
			optimizer,
			{ annealEpochs, annealStrategy, swaLrs: () => lrs },
			options,
		);
	}

	protected override begin(): void {
		const lrs = this.options.swaLrs();
		this.groups.forEach((group, i) => {
			group.swaLr = lrs[i];
		});
	}

	/** Share of the fixed rate after `steps` of the annealing. */
	private share(steps: number): number {
		const { annealEpochs, annealStrategy } = this.options;
		const t = Math.max(0, Math.min(1, steps / Math.max(1, annealEpochs)));
		return annealStrategy === "linear" ? t : (1 - Math.cos(Math.PI * t)) / 2;
	}

	protected override getLr(): number[] {
		let step = this.stepCount - 1;
		if (this.options.annealEpochs === 0) step = Math.max(1, step);
		const before = this.share(step - 1);
		const now = this.share(step);
		return this.groups.map((group) => {
			const goal = group.swaLr as number;
			const start =
				before === 1 ? goal : (group.lr - before * goal) / (1 - before);
			return goal * now + start * (1 - now);
		});
	}
}
