import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { TensorArithmetic } from "./arithmetic.js";

/** Functions of each element. */
export abstract class TensorUnary extends TensorArithmetic {
	/**
	 * -x. PyTorch: `torch.Tensor.neg`.
	 * @throws DTypeError on bool
	 */
	neg(): Tensor {
		return this.unary("neg");
	}

	/** Absolute values. PyTorch: `torch.Tensor.abs`. */
	abs(): Tensor {
		return this.unary("abs");
	}

	/** -1, 0 or 1. PyTorch: `torch.Tensor.sign`. */
	sign(): Tensor {
		return this.unary("sign");
	}

	/** Square root; float32, NaN below 0. PyTorch: `torch.Tensor.sqrt`. */
	sqrt(): Tensor {
		return this.unary("sqrt");
	}

	/** 1 / sqrt(x); float32. PyTorch: `torch.Tensor.rsqrt`. */
	rsqrt(): Tensor {
		return this.unary("rsqrt");
	}

	/** 1 / x; float32. PyTorch: `torch.Tensor.reciprocal`. */
	reciprocal(): Tensor {
		return this.unary("reciprocal");
	}

	/** e to the power of the elements; float32. PyTorch: `torch.Tensor.exp`. */
	exp(): Tensor {
		return this.unary("exp");
	}

	/** exp(x) - 1, exact near 0; float32. PyTorch: `torch.Tensor.expm1`. */
	expm1(): Tensor {
		return this.unary("expm1");
	}

	/** Natural logarithm; float32. PyTorch: `torch.Tensor.log`. */
	log(): Tensor {
		return this.unary("log");
	}

	/** log(1 + x), exact near 0; float32. PyTorch: `torch.Tensor.log1p`. */
	log1p(): Tensor {
		return this.unary("log1p");
	}

	/** Logarithm to base 2; float32. PyTorch: `torch.Tensor.log2`. */
	log2(): Tensor {
		return this.unary("log2");
	}

	/** Sine of angles in radians; float32. PyTorch: `torch.Tensor.sin`. */
	sin(): Tensor {
		return this.unary("sin");
	}

	/** Cosine of angles in radians; float32. PyTorch: `torch.Tensor.cos`. */
	cos(): Tensor {
		return this.unary("cos");
	}

	/** Hyperbolic tangent; float32. PyTorch: `torch.Tensor.tanh`. */
	tanh(): Tensor {
		return this.unary("tanh");
	}

	/** 1 / (1 + exp(-x)); float32. PyTorch: `torch.Tensor.sigmoid`. */
	sigmoid(): Tensor {
		return this.unary("sigmoid");
	}

	/** The error function; float32. PyTorch: `torch.Tensor.erf`. */
	erf(): Tensor {
		return this.unary("erf");
	}

	/** x · x. PyTorch: `torch.Tensor.square`. */
	square(): Tensor {
		// PyTorch's square is pow(2), which lifts bool to integers.
		return this.dtype === "bool" ? this.self.to("int32") : this.unary("square");
	}

	/**
	 * Rounded down. PyTorch: `torch.Tensor.floor`.
	 * @throws DTypeError on bool
	 */
	floor(): Tensor {
		return this.rounded("floor");
	}

	/**
	 * Rounded up. PyTorch: `torch.Tensor.ceil`.
	 * @throws DTypeError on bool
	 */
	ceil(): Tensor {
		return this.rounded("ceil");
	}

	/** To the nearest whole number, halves to even. */
	round(): Tensor {
		return this.rounded("round");
	}

	/** Towards zero. */
	trunc(): Tensor {
		return this.rounded("trunc");
	}

	private rounded(name: "floor" | "ceil" | "round" | "trunc"): Tensor {
		if (this.dtype === "float32") return this.unary(name);
		this.assertRoundable(name);
		return this.self.clone();
	}

	/** @internal @throws DTypeError */
	assertRoundable(name: string): void {
		if (this.dtype === "bool")
			throw new DTypeError(`"${name}_vml_cpu" not implemented for 'Bool'`);
	}

	/** max(x, 0); the gradient at 0 is 0. */
	relu(): Tensor {
		if (this.dtype === "float32") return this.unary("relu");
		this.assertNotBool();
		return this.maximum(0);
	}

	/** @internal @throws DTypeError */
	assertNotBool(): void {
		if (this.dtype === "bool")
			throw new DTypeError("Boolean inputs not supported for relu");
	}
}
