import type { DType } from "../dtype.js";
import { AutogradError } from "../errors.js";
import type { Layout } from "../layout.js";
import type { Arg } from "../ops/registry.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { isFromInference } from "./mode.js";
import type { GradNode } from "./node.js";

/**
 * What a node kept: a tensor's memory and history without a handle, a number,
 * or nothing. Nobody but nodes has one, so they serve again and again.
 */
export class Saved {
	storage: Storage | null = null;
	layout: Layout | null = null;
	dtype: DType = "float32";
	version = 0;
	/**
	 * History of an input; null for the node's own output and for no history.
	 * Leaves are handed out as they are, so that gradients reach them. Or a number that was kept.
	 */
	source: GradNode | Tensor | number | null = null;
	/** Which output of its node it is; of the node itself: -1 minus that. */
	nr = 0;
	/** The node's next one. */
	next: Saved | null = null;

	/** Gives it back, once what it holds was released; what came after it. */
	recycle(): Saved | null {
		const { next } = this;
		this.storage = null;
		this.layout = null;
		this.source = null;
		this.next = spareSaved;
		spareSaved = this;
		return next;
	}
}

export type SavedTensor = Saved & {
	readonly storage: Storage;
	readonly layout: Layout;
};

let spareSaved: Saved | null = null;

function newSaved(): Saved {
	const saved = spareSaved ?? new Saved();
	spareSaved = saved.next;
	saved.next = null;
	return saved;
}

/** @param output the node's own output, or all of them */
export function savedOf(
	value: Arg,
	output: Tensor | readonly Tensor[] | null,
): Saved {
	const saved = newSaved();
	if (value === null || typeof value === "number") {
		saved.source = value;
		return saved;
	}
	if (isFromInference(value.storage))
		throw new AutogradError(
			"Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in autograd.",
		);
	const nr = Array.isArray(output) ? output.indexOf(value) : -1;
	saved.nr = value.outputNr;
	if (value === output || nr >= 0) saved.nr = -1 - Math.max(nr, 0);
	else if (value.isLeaf && value.requiresGrad) saved.source = value;
	else {
		const node = value.gradHistory();
		node?.retain();
		saved.source = node;
	}
	saved.storage = value.storage.retain();
	saved.layout = value.layout;
	saved.dtype = value.dtype;
	saved.version = value.storage.version;
	return saved;
}

/** What was left out. */
export const NOTHING = new Saved();

export function isSavedTensor(saved: Saved): saved is SavedTensor {
	return saved.storage !== null;
}

export function isNothing(saved: Saved): boolean {
	return saved.storage === null && saved.source === null;
}
