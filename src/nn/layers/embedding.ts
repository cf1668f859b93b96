import type { DeviceName } from "../../backends/backend.js";
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import * as F from "../functional.js";
import { constant_, normal_ } from "../init.js";
import { Module } from "../module.js";
import { emptyParameter, Parameter } from "../parameter.js";
import { float } from "../repr.js";
import { assertCount } from "./linear.js";

/** What `Embedding` takes besides its positional arguments. */
export interface EmbeddingOptions {
	/** A row that starts at zero and is not trained; from the back if negative. */
	readonly paddingIdx?: number | null;
	/** Longer rows are shortened to it, in the weight itself, when looked up. */
	readonly maxNorm?: number | null;
	/** Order of that norm; 2 unless said otherwise. */
	readonly normType?: number;
	/** Gradients are divided by how often a row was looked up. */
	readonly scaleGradByFreq?: boolean;
	/** Where the parameters are made. */
	readonly device?: DeviceName;
}

/**
 * A row of `weight` for each index: int32 [*] to [*, embeddingDim].
 * PyTorch: `torch.nn.Embedding`.
 */
export class Embedding extends Module {
	/** [numEmbeddings, embeddingDim] */
	weight: Parameter;
	/** The row that gets no gradient, or null. */
	readonly paddingIdx: number | null;
	/** The greatest norm of a row, or null. */
	readonly maxNorm: number | null;
	/** Order of that norm. */
	readonly normType: number;
	/** Whether gradients are divided by how often a row was looked up. */
	readonly scaleGradByFreq: boolean;

	/**
	 * `Embedding(10, 3, 0)` = `Embedding(10, 3, { paddingIdx: 0 })`
	 * @throws ShapeError if `paddingIdx` is no row
	 */
	constructor(
		/** Number of rows. */
		readonly numEmbeddings: number,
		/** Length of a row. */
		readonly embeddingDim: number,
		padding: number | null | EmbeddingOptions = {},
		maximum: number | null = null,
		order = 2,
		byFrequency = false,
	) {
		super();
		const {
			paddingIdx = null,
			maxNorm = null,
			normType = 2,
			scaleGradByFreq = false,
			...options
		} = typeof padding === "object" && padding !== null
			? padding
			: {
					paddingIdx: padding,
					maxNorm: maximum,
					normType: order,
					scaleGradByFreq: byFrequency,
				};
		assertCount("num_embeddings", numEmbeddings);
		assertCount("embedding_dim", embeddingDim);
		if (
			paddingIdx !== null &&
			!(paddingIdx >= -numEmbeddings && paddingIdx < numEmbeddings)
		)
			throw new ShapeError("Padding_idx must be within num_embeddings");
		this.paddingIdx =
			paddingIdx !== null && paddingIdx < 0
				? paddingIdx + numEmbeddings
				: paddingIdx;
		this.maxNorm = maxNorm;
		this.normType = normType;
		this.scaleGradByFreq = scaleGradByFreq;
		this.weight = emptyParameter([numEmbeddings, embeddingDim], options);
		this.resetParameters();
	}

	/**
	 * With the rows of `embeddings` [n, dim], not trained unless `freeze` is
	 * false.
	 */
	static fromPretrained(
		embeddings: Tensor,
		{
			freeze = true,
			...options
		}: EmbeddingOptions & { readonly freeze?: boolean } = {},
	): Embedding {
		if (embeddings.dim() !== 2)
			throw new ShapeError(
				"Embeddings parameter is expected to be 2-dimensional",
			);
		const [rows, dim] = embeddings.shape as readonly [number, number];
		const { paddingIdx = null, ...others } = options;
		if (paddingIdx !== null && !(paddingIdx >= -rows && paddingIdx < rows))
			throw new ShapeError("Padding_idx must be within num_embeddings");
		const layer = new Embedding(0, dim, others);
		layer.weight.dispose();
		return Object.assign(layer, {
			numEmbeddings: rows,
			paddingIdx:
				paddingIdx !== null && paddingIdx < 0 ? paddingIdx + rows : paddingIdx,
			weight: new Parameter(embeddings, { requiresGrad: !freeze }),
		});
	}

	/** Draws initial weights anew, as PyTorch. */
	resetParameters(): void {
		normal_(this.weight);
		if (this.paddingIdx === null) return;
		const row = this.weight.detach().select(0, this.paddingIdx);
		constant_(row, 0);
		row.dispose();
	}

	override forward(index: Tensor): Tensor {
		const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
		return F.embedding(index, this.weight, {
			paddingIdx,
			maxNorm,
			normType,
			scaleGradByFreq,
		});
	}

	override extraRepr(): string {
		const padding =
			this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
		const { maxNorm, normType } = this;
		const longest = maxNorm === null ? "" : `, max_norm=${float(maxNorm)}`;
		const order = normType === 2 ? "" : `, norm_type=${float(normType)}`;
		const scaled = this.scaleGradByFreq ? ", scale_grad_by_freq=True" : "";
		return `${this.numEmbeddings}, ${this.embeddingDim}${padding}${longest}${order}${scaled}`;
	}
}
