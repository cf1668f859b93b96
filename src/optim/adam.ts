import {
	check,
	Optimizer,
	type ParamGroup,
	type ParamsInput,
	withRate,
} from "./optimizer.js";
import type { Run } from "./plan.js";
import type { StepCount } from "./state.js";

/** A group of parameters and AdamW's settings for it. */
export interface AdamWGroup extends ParamGroup {
	/** Decay of the running mean and of the running mean of squares. */
	betas: readonly [number, number];
	/** Added to denominators, against division by 0. */
	eps: number;
	/** Factor of the L2 penalty. */
	weightDecay: number;
	/** Whether the greatest second moment so far is used. */
	amsgrad: boolean;
	/** Whether the loss is made greater instead. */
	maximize: boolean;
	/** PyTorch's, for its files; without effect here. */
	foreach: boolean | null;
	/** PyTorch's, for its files; without effect here. */
	capturable: boolean;
}

/** A group of parameters and Adam's settings for it. */
export interface AdamGroup extends AdamWGroup {
	/** PyTorch's, for its files; without effect here. */
	differentiable: boolean;
	/** PyTorch's, for its files; without effect here. */
	fused: boolean;
}

/** What `AdamW` takes besides its positional arguments. */
export interface AdamWOptions {
	/** Learning rate. */
	readonly lr?: number;
	/** Decay of the averages of the gradient and of its square. */
	readonly betas?: readonly [number, number];
	/** Added to denominators, against division by 0. */
	readonly eps?: number;
	/** Factor of the L2 penalty. */
	readonly weightDecay?: number;
	/** Divide by the greatest average so far. */
	readonly amsgrad?: boolean;
	/** Whether the loss is made greater instead. */
	readonly maximize?: boolean;
	/** PyTorch's, kept and saved; without effect here. */
	readonly foreach?: boolean | null;
	/** PyTorch's, kept and saved; without effect here. */
	readonly capturable?: boolean;
}

/** What `Adam` takes besides its positional arguments. */
export interface AdamOptions extends AdamWOptions {
	/** PyTorch's, kept and saved; without effect here. */
	readonly differentiable?: boolean;
	/** PyTorch's, kept and saved; without effect here. */
	readonly fused?: boolean;
}

const AVERAGES = ["expAvg", "expAvgSq"];
const WITH_MAXIMA = [...AVERAGES, "maxExpAvgSq"];

/** Options with defaults. @throws TorchletError in PyTorch's words */
function settings({
	lr = 1e-3,
	betas = [0.9, 0.999],
	eps = 1e-8,
	weightDecay = 0,
	amsgrad = false,
	maximize = false,
	foreach = null,
	capturable = false,
}: AdamWOptions): Omit<AdamWGroup, "params"> {
	check("learning rate", lr, lr >= 0);
	check("epsilon value", eps, eps >= 0);
	betas.forEach((beta, i) => {
		check(`beta parameter at index ${i}`, beta, beta >= 0 && beta < 1);
	});
	check("weight_decay value", weightDecay, weightDecay >= 0);
	return {
		lr,
		betas,
		eps,
		weightDecay,
		amsgrad,
		maximize,
		foreach,
		capturable,
	};
}

abstract class AdamFamily<G extends AdamWGroup> extends Optimizer<G> {
	/** @internal whether the weights decay, not the gradients */
	protected abstract get decoupled(): boolean;

	protected override get counts(): StepCount {
		return "tensor";
	}

	protected override flags(group: G): number {
		return group.amsgrad ? 1 : 0;
	}

	protected override columns(flags: number): readonly string[] {
		return flags ? WITH_MAXIMA : AVERAGES;
	}

	protected override update(group: G, run: Run): void {
		const [means = [], squares = [], maxima = []] = run.columns;
		run.backend.adam(run.params, run.grads, means, squares, maxima, {
			lr: group.lr,
			beta1: group.betas[0],
			beta2: group.betas[1],
			eps: group.eps,
			weightDecay: group.weightDecay,
			decoupled: this.decoupled,
			amsgrad: group.amsgrad,
			maximize: group.maximize,
			step: run.step,
		});
	}
}

/** PyTorch: `torch.optim.Adam`. */
export class Adam extends AdamFamily<AdamGroup> {
	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		params: ParamsInput<AdamGroup>,
		options: number | AdamOptions = {},
	) {
		const given = withRate<AdamOptions>(options);
		super(params, {
			...settings(given),
			differentiable: given.differentiable ?? false,
			fused: given.fused ?? false,
		});
	}

	protected override get decoupled(): boolean {
		return false;
	}
}

/** Adam whose weight decay is no part of the gradient. PyTorch: `torch.optim.AdamW`. */
export class AdamW extends AdamFamily<AdamWGroup> {
	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		params: ParamsInput<AdamWGroup>,
		options: number | AdamWOptions = {},
	) {
		const given = withRate<AdamWOptions>(options);
		const { maximize, capturable, ...rest } = settings({
			weightDecay: 1e-2,
			...given,
		});
		// the order of keys in PyTorch's files, which is not Adam's
		super(params, { ...rest, maximize, capturable });
	}

	protected override get decoupled(): boolean {
		return true;
	}
}
