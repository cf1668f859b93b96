import {
	check,
	type GroupInput,
	Optimizer,
	type ParamGroup,
	type ParamsInput,
	withRate,
} from "./optimizer.js";
import type { Run } from "./plan.js";
import type { StepCount } from "./state.js";

/** A group of parameters and Adagrad's settings for it. */
export interface AdagradGroup extends ParamGroup {
	/** Decay of the learning rate with each step. */
	lrDecay: number;
	/** Added to denominators, against division by 0. */
	eps: number;
	/** Factor of the L2 penalty. */
	weightDecay: number;
	/** What the sums of squares start from. */
	initialAccumulatorValue: number;
	/** Whether the loss is made greater instead. */
	maximize: boolean;
	/** PyTorch's, for its files; without effect here. */
	foreach: boolean | null;
}

/** What `Adagrad` takes besides its positional arguments. */
export interface AdagradOptions {
	/** Learning rate. */
	readonly lr?: number;
	/** Decay of the learning rate with each step. */
	readonly lrDecay?: number;
	/** Factor of the L2 penalty. */
	readonly weightDecay?: number;
	/** What the sums of squares start from. */
	readonly initialAccumulatorValue?: number;
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
	/** Whether the loss is made greater instead. */
	readonly maximize?: boolean;
	/** PyTorch's, kept and saved; without effect here. */
	readonly foreach?: boolean | null;
}

const SUMS = ["sum"];

/** PyTorch: `torch.optim.Adagrad`. */
export class Adagrad extends Optimizer<AdagradGroup> {
	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		params: ParamsInput<AdagradGroup>,
		options: number | AdagradOptions = {},
	) {
		const {
			lr = 1e-2,
			lrDecay = 0,
			weightDecay = 0,
			initialAccumulatorValue = 0,
			eps = 1e-10,
			maximize = false,
			foreach = null,
		} = withRate<AdagradOptions>(options);
		check("learning rate", lr, lr >= 0);
		check("lr_decay value", lrDecay, lrDecay >= 0);
		check("weight_decay value", weightDecay, weightDecay >= 0);
		check(
			"initial_accumulator_value value",
			initialAccumulatorValue,
			initialAccumulatorValue >= 0,
		);
		check("epsilon value", eps, eps >= 0);
		super(params, {
			lr,
			lrDecay,
			eps,
			weightDecay,
			initialAccumulatorValue,
			foreach,
			maximize,
		});
	}

	/** As in PyTorch, the sums are there from the beginning. */
	override addParamGroup(input: GroupInput<AdagradGroup>): void {
		super.addParamGroup(input);
		const group = this.paramGroups.at(-1) as AdagradGroup;
		for (const p of group.params)
			this.state.set(p, {
				step: 0,
				sum: p.newFull(p.shape, this.initial(group)).keep(),
			});
	}

	protected override get counts(): StepCount {
		return "tensor";
	}

	protected override flags(): number {
		return 0;
	}

	protected override columns(): readonly string[] {
		return SUMS;
	}

	protected override initial(group: AdagradGroup): number {
		return group.initialAccumulatorValue;
	}

	protected override update(group: AdagradGroup, run: Run): void {
		run.backend.adagrad(run.params, run.grads, run.columns[0] ?? [], {
			lr: group.lr / (1 + (run.step - 1) * group.lrDecay),
			eps: group.eps,
			weightDecay: group.weightDecay,
			maximize: group.maximize,
		});
	}
}
