import { TorchletError } from "../errors.js";
import {
	check,
	Optimizer,
	type ParamGroup,
	type ParamsInput,
	withRate,
} from "./optimizer.js";
import type { Run } from "./plan.js";

/** A group of parameters and SGD's settings for it. */
export interface SGDGroup extends ParamGroup {
	/** Share of the last step in this one. */
	momentum: number;
	/** What the gradient is multiplied by one minus, beside momentum. */
	dampening: number;
	/** Factor of the L2 penalty. */
	weightDecay: number;
	/** Whether Nesterov's momentum is used. */
	nesterov: boolean;
	/** Whether the loss is made greater instead. */
	maximize: boolean;
	/** PyTorch's, for its files; without effect here. */
	foreach: boolean | null;
	/** PyTorch's, for its files; without effect here. */
	differentiable: boolean;
}

/** What `SGD` takes besides its positional arguments. */
export interface SGDOptions {
	/** Required, unless every group has its own. */
	readonly lr?: number;
	/** Share of the last step in this one. */
	readonly momentum?: number;
	/** What the gradient is multiplied by one minus, beside momentum. */
	readonly dampening?: number;
	/** Factor of the L2 penalty. */
	readonly weightDecay?: number;
	/** Whether Nesterov's momentum is used. */
	readonly nesterov?: boolean;
	/** Whether the loss is made greater instead. */
	readonly maximize?: boolean;
	/** PyTorch's, kept and saved; without effect here. */
	readonly foreach?: boolean | null;
	/** PyTorch's, kept and saved; without effect here. */
	readonly differentiable?: boolean;
}

const BUFFERS = ["momentumBuffer"];

/**
 * Gradient descent, with momentum if asked for. PyTorch: `torch.optim.SGD`.
 */
export class SGD extends Optimizer<SGDGroup> {
	/** What the kernel is told, written anew for each call. */
	readonly #settings = {
		lr: 0,
		momentum: 0,
		dampening: 0,
		weightDecay: 0,
		nesterov: false,
		maximize: false,
		first: false,
	};

	/** @throws TorchletError on an invalid option, in PyTorch's words */
	constructor(
		params: ParamsInput<SGDGroup>,
		options: number | SGDOptions = {},
	) {
		const {
			lr,
			momentum = 0,
			dampening = 0,
			weightDecay = 0,
			nesterov = false,
			maximize = false,
			foreach = null,
			differentiable = false,
		} = withRate<SGDOptions>(options);
		if (lr !== undefined) check("learning rate", lr, !(lr < 0));
		check("momentum value", momentum, !(momentum < 0));
		check("weight_decay value", weightDecay, !(weightDecay < 0));
		if (nesterov && (momentum <= 0 || dampening !== 0))
			throw new TorchletError(
				"Nesterov momentum requires a momentum and zero dampening",
			);
		super(params, {
			lr: lr as number,
			momentum,
			dampening,
			weightDecay,
			nesterov,
			maximize,
			foreach,
			differentiable,
		});
	}

	protected override flags(group: SGDGroup): number {
		return group.momentum !== 0 ? 1 : 0;
	}

	protected override columns(flags: number): readonly string[] {
		return flags ? BUFFERS : [];
	}

	protected override update(group: SGDGroup, run: Run): void {
		const o = this.#settings;
		o.lr = group.lr;
		o.momentum = group.momentum;
		o.dampening = group.dampening;
		o.weightDecay = group.weightDecay;
		o.nesterov = group.nesterov;
		o.maximize = group.maximize;
		o.first = run.fresh;
		run.backend.sgd(run.params, run.grads, run.columns[0] ?? [], o);
	}
}
