import {
	check,
	Optimizer,
	type ParamGroup,
	type ParamsInput,
	withRate,
} from "./optimizer.js";
import type { Run } from "./plan.js";
import type { StepCount } from "./state.js";

/** A group of parameters and RMSprop's settings for it. */
export interface RMSpropGroup extends ParamGroup {
	/** Share of the last step in this one. */
	momentum: number;
	/** Decay of the running mean of squares. */
	alpha: number;
	/** Added to denominators, against division by 0. */
	eps: number;
	/** Whether the gradient's variance is estimated instead of its square. */
	centered: boolean;
	/** Factor of the L2 penalty. */
	weightDecay: number;
	/** Whether the loss is made greater instead. */
	maximize: boolean;
	/** PyTorch's, for its files; without effect here. */
	foreach: boolean | null;
	/** PyTorch's, for its files; without effect here. */
	differentiable: boolean;
}

/** What `RMSprop` takes besides its positional arguments. */
export interface RMSpropOptions {
	/** Learning rate. */
	readonly lr?: number;
	/** Decay of the average of squared gradients. */
	readonly alpha?: number;
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
	/** Factor of the L2 penalty. */
	readonly weightDecay?: number;
	/** Share of the last step in this one. */
	readonly momentum?: number;
	/** Divide by the standard deviation, not the root of the mean square. */
	readonly centered?: boolean;
	/** Whether the loss is made greater instead. */
	readonly maximize?: boolean;
	/** PyTorch's, kept and saved; without effect here. */
	readonly foreach?: boolean | null;
	/** PyTorch's, kept and saved; without effect here. */
	readonly differentiable?: boolean;
}

const MOMENTUM = 1;
const CENTERED = 2;
const NONE: never[] = [];

/** PyTorch: `torch.optim.RMSprop`. */
export class RMSprop extends Optimizer<RMSpropGroup> {
	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		params: ParamsInput<RMSpropGroup>,
		options: number | RMSpropOptions = {},
	) {
		const {
			lr = 1e-2,
			alpha = 0.99,
			eps = 1e-8,
			weightDecay = 0,
			momentum = 0,
			centered = false,
			maximize = false,
			foreach = null,
			differentiable = false,
		} = withRate<RMSpropOptions>(options);
		check("learning rate", lr, lr >= 0);
		check("epsilon value", eps, eps >= 0);
		check("momentum value", momentum, momentum >= 0);
		check("weight_decay value", weightDecay, weightDecay >= 0);
		check("alpha value", alpha, alpha >= 0);
		super(params, {
			lr,
			momentum,
			alpha,
			eps,
			centered,
			weightDecay,
			foreach,
			maximize,
			differentiable,
		});
	}

	protected override get counts(): StepCount {
		return "number";
	}

	protected override flags(group: RMSpropGroup): number {
		return (
			(group.momentum > 0 ? MOMENTUM : 0) | (group.centered ? CENTERED : 0)
		);
	}

	protected override columns(flags: number): readonly string[] {
		const names = ["squareAvg"];
		if (flags & MOMENTUM) names.push("momentumBuffer");
		if (flags & CENTERED) names.push("gradAvg");
		return names;
	}

	protected override update(group: RMSpropGroup, run: Run): void {
		const [squares = NONE, second = NONE, third = NONE] = run.columns;
		const buffered = group.momentum > 0;
		run.backend.rmsprop(
			run.params,
			run.grads,
			squares,
			buffered ? second : NONE,
			group.centered ? (buffered ? third : second) : NONE,
			{
				lr: group.lr,
				alpha: group.alpha,
				eps: group.eps,
				weightDecay: group.weightDecay,
				momentum: group.momentum,
				centered: group.centered,
				maximize: group.maximize,
			},
		);
	}
}
