import type { DeviceName } from "../../backends/backend.js";
import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import type { Shape } from "../../layout.js";
import type { NeedsFloat } from "../../tensor/dtype-types.js";
import type { Ending, EndsIn } from "../../tensor/shape-types.js";
import type { Tensor } from "../../tensor.js";
import { linear } from "../functional.js";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "../init.js";
import { Module } from "../module.js";
import { emptyParameter, type Parameter } from "../parameter.js";
import { bool } from "../repr.js";

/** What `Linear` takes besides its positional arguments. */
export interface LinearOptions {
	/** Whether a bias is added; true unless said otherwise. */
	readonly bias?: boolean;
	/** Where the parameters are made. */
	readonly device?: DeviceName;
}

/**
 * @internal PyTorch's initial weights of linear and convolution layers, drawn
 * in its order: the weight, then the bias, uniform within ±1/√fanIn.
 */
export function resetWeightAndBias(
	weight: Parameter,
	bias: Parameter | null,
): void {
	kaimingUniform_(weight, Math.sqrt(5));
	if (bias === null) return;
	const [fanIn] = calculateFanInAndFanOut(weight);
	const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
	uniform_(bias, -bound, bound);
}

/** @internal @throws ShapeError unless a whole number of at least `min` */
export function assertCount(name: string, value: number, min = 0): void {
	if (!Number.isInteger(value) || value < min)
		throw new ShapeError(
			`${name} must be a whole number of at least ${min}, but is ${String(value)}`,
		);
}

/**
 * y = x · weightᵀ + bias, from [N…, inFeatures] to [N…, outFeatures].
 * PyTorch: `torch.nn.Linear`.
 */
export class Linear<
	out I extends number = number,
	out O extends number = number,
> extends Module {
	/** [outFeatures, inFeatures] */
	weight: Parameter;
	/** [outFeatures] */
	bias: Parameter | null;
	/** Size of an input's last dimension. */
	readonly inFeatures: I;
	/** Size of a result's last dimension. */
	readonly outFeatures: O;

	/**
	 * `Linear(4, 2, false)` = `Linear(4, 2, { bias: false })`
	 * @throws ShapeError unless both sizes are whole numbers
	 */
	constructor(
		inFeatures: I,
		outFeatures: O,
		bias: boolean | LinearOptions = {},
	) {
		super();
		const { bias: hasBias = true, ...options } =
			typeof bias === "object" ? bias : { bias };
		assertCount("in_features", inFeatures);
		assertCount("out_features", outFeatures);
		this.inFeatures = inFeatures;
		this.outFeatures = outFeatures;
		this.weight = emptyParameter([outFeatures, inFeatures], options);
		this.bias = hasBias ? emptyParameter([outFeatures], options) : null;
		this.resetParameters();
	}

	/** Draws initial weights anew, as PyTorch. */
	resetParameters(): void {
		resetWeightAndBias(this.weight, this.bias);
	}

	override forward<
		A extends number,
		B extends number,
		D extends DType,
		S extends Shape,
	>(
		this: Linear<A, B>,
		x: Tensor<D, S> & NoInfer<NeedsFloat<D, "linear">> & NoInfer<EndsIn<S, A>>,
	): Tensor<"float32", Ending<S, B>> {
		return linear(x as Tensor, this.weight, this.bias) as never;
	}

	override extraRepr(): string {
		return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bool(this.bias !== null)}`;
	}
}

/** Gives back what it gets; takes any arguments. PyTorch: `torch.nn.Identity`. */
export class Identity extends Module {
	// Arguments are swallowed, so that it can stand in for any layer.
	constructor(..._ignored: readonly unknown[]) {
		super();
	}

	override forward<T extends Tensor>(x: T): T {
		return x;
	}
}
