import { apply } from "../autograd/apply.js";
import { ShapeError } from "../errors.js";
import * as products from "../ops/matmul.js";
import { matmul } from "../ops/matmul-ranks.js";
import type { Tensor } from "../tensor.js";
import type { AddmmOptions } from "./arguments.js";
import { TensorIndexing } from "./indexing.js";

/** Methods of linear algebra. */
export abstract class TensorProducts extends TensorIndexing {
	/** Product of matrices, vectors and batches of them. PyTorch: `torch.matmul`. */
	matmul(other: Tensor): Tensor {
		return matmul(this.self, other);
	}

	/** Product of two matrices. */
	mm(other: Tensor): Tensor {
		return apply(products.mm, [this.self, other], undefined);
	}

	/** Product of a matrix and a vector. */
	mv(vector: Tensor): Tensor {
		return apply(products.mv, [this.self, vector], undefined);
	}

	/** Sum of the products of two vectors' entries. */
	dot(other: Tensor): Tensor {
		return apply(products.dot, [this.self, other], undefined);
	}

	/** Products of two batches of matrices. */
	bmm(other: Tensor): Tensor {
		return apply(products.bmm, [this.self, other], undefined);
	}

	/** All products of two vectors' entries, as a matrix. */
	outer(other: Tensor): Tensor {
		for (const v of [this.self, other])
			if (v.shape.length !== 1)
				throw new ShapeError(
					`outer: Expected 1-D argument ${v === other ? "vec2" : "self"}, but got ${v.shape.length}-D`,
				);
		return this.unsqueeze(1).mul(other);
	}

	/** beta · this + alpha · a · b, for matrices a and b. */
	addmm(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return apply(products.addmm, [this.self, a, b], { beta, alpha });
	}

	/** beta · this + alpha · a · b, for batches of matrices. */
	baddbmm(
		a: Tensor,
		b: Tensor,
		{ beta = 1, alpha = 1 }: AddmmOptions = {},
	): Tensor {
		return apply(products.baddbmm, [this.self, a, b], { beta, alpha });
	}
}
