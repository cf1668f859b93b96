import { happens } from "./draws.js";
import type { ImageSize } from "./image-transform.js";
import { shown } from "./parameters.js";
import { allOf, type Picks, PickTransform } from "./picks.js";

abstract class RandomFlip extends PickTransform {
	/** Probability of a flip. */
	readonly p: number;

	constructor(p: number | { readonly p?: number } = 0.5) {
		super();
		this.p = typeof p === "number" ? p : (p.p ?? 0.5);
	}

	toString(): string {
		return `${this.constructor.name}(p=${shown(this.p)})`;
	}
}

/** Left and right exchanged, with probability `p`. torchvision: `transforms.RandomHorizontalFlip`. */
export class RandomHorizontalFlip extends RandomFlip {
	/** @internal */
	plan([, h, w]: ImageSize): Picks | null {
		return happens(this.p)
			? { rows: allOf(h), cols: allOf(w).reverse() }
			: null;
	}
}

/** Top and bottom exchanged, with probability `p`. torchvision: `transforms.RandomVerticalFlip`. */
export class RandomVerticalFlip extends RandomFlip {
	/** @internal */
	plan([, h, w]: ImageSize): Picks | null {
		return happens(this.p)
			? { rows: allOf(h).reverse(), cols: allOf(w) }
			: null;
	}
}
