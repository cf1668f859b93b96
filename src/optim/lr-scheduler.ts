/** Learning rates that follow a plan. PyTorch: `torch.optim.lr_scheduler`. */
import { TorchletError } from "../errors.js";
import type { Optimizer } from "./optimizer.js";
import {
	LRScheduler,
	optionsOf,
	perGroup,
	required,
	type SchedulerOptions,
} from "./scheduler.js";

export { OneCycleLR, type OneCycleOptions } from "./one-cycle.js";
export { type PlateauOptions, ReduceLROnPlateau } from "./plateau.js";
export {
	LRScheduler,
	type SchedulerOptions,
	type SchedulerState,
} from "./scheduler.js";

/** What `Gamma` takes besides its positional arguments. */
export interface GammaOptions extends SchedulerOptions {
	/** Factor of each decay; 0.1 unless said otherwise. */
	readonly gamma?: number;
}

/** Times gamma after every `stepSize` epochs. */
export class StepLR extends LRScheduler<{ stepSize: number; gamma: number }> {
	constructor(
		optimizer: Optimizer,
		size: number | (GammaOptions & { readonly stepSize: number }),
		gamma?: number | GammaOptions,
	) {
		const [stepSize, rest] = required<
			number,
			GammaOptions & { readonly stepSize?: number },
			"stepSize"
		>(size, gamma, "stepSize");
		const options = optionsOf(rest, "gamma");
		super(optimizer, { stepSize, gamma: options.gamma ?? 0.1 }, options);
	}

	protected override getLr(): number[] {
		const { stepSize, gamma } = this.options;
		const decays = this.lastEpoch !== 0 && this.lastEpoch % stepSize === 0;
		return this.groups.map(({ lr }) => (decays ? lr * gamma : lr));
	}
}

interface Milestones {
	/** How often each epoch was named. */
	milestones: Map<number, number>;
	gamma: number;
}

/** Times gamma when the epoch is one of `milestones`. */
export class MultiStepLR extends LRScheduler<Milestones> {
	constructor(
		optimizer: Optimizer,
		epochs:
			| readonly number[]
			| (GammaOptions & { readonly milestones: readonly number[] }),
		gamma?: number | GammaOptions,
	) {
		const [milestones, rest] = required<
			readonly number[],
			GammaOptions & { readonly milestones?: readonly number[] },
			"milestones"
		>(epochs, gamma, "milestones");
		const options = optionsOf(rest, "gamma");
		const counts = new Map<number, number>();
		for (const epoch of milestones)
			counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
		super(
			optimizer,
			{ milestones: counts, gamma: options.gamma ?? 0.1 },
			options,
		);
	}

	protected override getLr(): number[] {
		const { milestones, gamma } = this.options;
		const times = milestones.get(this.lastEpoch) ?? 0;
		return this.groups.map(({ lr }) => (times ? lr * gamma ** times : lr));
	}
}

/** Times gamma after every epoch. */
export class ExponentialLR extends LRScheduler<{ gamma: number }> {
	constructor(
		optimizer: Optimizer,
		gamma: number | (SchedulerOptions & { readonly gamma: number }),
		options?: SchedulerOptions,
	) {
		if (typeof gamma === "object")
			super(optimizer, { gamma: gamma.gamma }, gamma);
		else super(optimizer, { gamma }, options);
	}

	protected override getLr(): number[] {
		const { gamma } = this.options;
		return this.groups.map(({ lr }) =>
			this.lastEpoch === 0 ? lr : lr * gamma,
		);
	}
}

/** What `Cosine` takes besides its positional arguments. */
export interface CosineOptions extends SchedulerOptions {
	/** Least learning rate; 0 unless said otherwise. */
	readonly etaMin?: number;
}

/** Half a cosine down to etaMin in `tMax` epochs, and up again. */
export class CosineAnnealingLR extends LRScheduler<{
	tMax: number;
	etaMin: number;
}> {
	constructor(
		optimizer: Optimizer,
		epochs: number | (CosineOptions & { readonly tMax: number }),
		etaMin?: number | CosineOptions,
	) {
		const [tMax, rest] = required<
			number,
			CosineOptions & { readonly tMax?: number },
			"tMax"
		>(epochs, etaMin, "tMax");
		const options = optionsOf(rest, "etaMin");
		super(optimizer, { tMax, etaMin: options.etaMin ?? 0 }, options);
	}

	protected override getLr(): number[] {
		const { tMax, etaMin } = this.options;
		const epoch = this.lastEpoch;
		const at = (e: number) => 1 + Math.cos((Math.PI * e) / tMax);
		return this.groups.map(({ lr }, i) => {
			const range = (this.baseLrs[i] as number) - etaMin;
			if (epoch === 0) return lr;
			if (this.stepCount === 1) return etaMin + (range * at(epoch)) / 2;
			if ((epoch - 1 - tMax) % (2 * tMax) === 0)
				return lr + (range * (1 - Math.cos(Math.PI / tMax))) / 2;
			return (at(epoch) / at(epoch - 1)) * (lr - etaMin) + etaMin;
		});
	}
}

/** What `Linear` takes besides its positional arguments. */
export interface LinearOptions extends SchedulerOptions {
	/** Factor at the start; 1/3 unless said otherwise. */
	readonly startFactor?: number;
	/** Factor from `totalIters` on; 1 unless said otherwise. */
	readonly endFactor?: number;
	/** 5 unless said otherwise. */
	readonly totalIters?: number;
}

/** A factor that grows linearly: a warm-up. */
export class LinearLR extends LRScheduler<{
	startFactor: number;
	endFactor: number;
	totalIters: number;
}> {
	/** `LinearLR(o, 0.5, 1, 4)` = `LinearLR(o, { startFactor: 0.5, totalIters: 4 })` */
	constructor(
		optimizer: Optimizer,
		start?: number | LinearOptions,
		end?: number,
		total?: number,
	) {
		const options = optionsOf(start, "startFactor");
		const startFactor = options.startFactor ?? 1 / 3;
		const endFactor = options.endFactor ?? end ?? 1;
		if (startFactor > 1 || startFactor < 0)
			throw new TorchletError(
				"Starting multiplicative factor expected to be between 0 and 1.",
			);
		if (endFactor > 1 || endFactor < 0)
			throw new TorchletError(
				"Ending multiplicative factor expected to be between 0 and 1.",
			);
		const totalIters = options.totalIters ?? total ?? 5;
		super(optimizer, { startFactor, endFactor, totalIters }, options);
	}

	protected override getLr(): number[] {
		const { startFactor, endFactor, totalIters } = this.options;
		const epoch = this.lastEpoch;
		const rise = endFactor - startFactor;
		return this.groups.map(({ lr }) => {
			if (epoch === 0) return lr * startFactor;
			if (epoch > totalIters) return lr;
			return lr * (1 + rise / (totalIters * startFactor + (epoch - 1) * rise));
		});
	}
}

/** Gives the factor of an epoch, counted from 0. */
export type LrLambda = (epoch: number) => number;

/** The first learning rate times what a function says of the epoch. */
export class LambdaLR extends LRScheduler<{
	readonly lrLambda: () => readonly LrLambda[];
}> {
	constructor(
		optimizer: Optimizer,
		factor:
			| LrLambda
			| readonly LrLambda[]
			| (SchedulerOptions & {
					readonly lrLambda: LrLambda | readonly LrLambda[];
			  }),
		settings?: SchedulerOptions,
	) {
		const [lrLambda, options] = required<
			LrLambda | readonly LrLambda[],
			SchedulerOptions & {
				readonly lrLambda?: LrLambda | readonly LrLambda[];
			},
			"lrLambda"
		>(factor, settings, "lrLambda");
		const lambdas = perGroup<LrLambda>(
			optimizer,
			lrLambda,
			(groups, given) => `Expected ${groups} lr_lambdas, but got ${given}`,
		);
		super(
			optimizer,
			{ lrLambda: () => lambdas },
			options as SchedulerOptions | undefined,
		);
	}

	protected override getLr(): number[] {
		const lambdas = this.options.lrLambda();
		return this.baseLrs.map(
			(base, i) => base * (lambdas[i] as LrLambda)(this.lastEpoch),
		);
	}

	/** Functions are not saved, as in PyTorch. */
	override stateDict() {
		return { ...super.stateDict(), lr_lambdas: this.baseLrs.map(() => null) };
	}
}
