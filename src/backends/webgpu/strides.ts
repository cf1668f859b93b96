import type { Shape } from "../../layout.js";
import type { View } from "../backend.js";
import { u } from "./program.js";

/**
 * Loops over a shape that some operands share, in as few dimensions as their
 * strides allow. Strides count elements.
 */
export class Loops {
	readonly sizes: number[] = [];
	/** Of each dimension, one stride for each operand. */
	readonly strides: number[][] = [];

	constructor(private readonly operands: number) {}

	/** Adds a dimension inside those there are. */
	add(size: number, ...strides: number[]): void {
		if (size === 1) return;
		const last = this.sizes.length - 1;
		const outer = this.strides[last];
		if (outer?.every((s, k) => s === size * (strides[k] as number))) {
			this.sizes[last] = (this.sizes[last] as number) * size;
			this.strides[last] = strides;
		} else {
			this.sizes.push(size);
			this.strides.push(strides);
		}
	}

	/** All dimensions of views, in the order in which the last one, which is written, lies in memory. */
	static along(views: readonly Pick<View, "layout">[]): Loops {
		const { shape, strides, isContiguous } = (
			views[views.length - 1] as Pick<View, "layout">
		).layout;
		if (isContiguous) return Loops.over(shape, views);
		const loops = new Loops(views.length);
		const order = shape.map((_, d) => d);
		order.sort((a, b) => (strides[b] as number) - (strides[a] as number));
		for (const d of order)
			loops.add(
				shape[d] as number,
				...views.map((v) => v.layout.strides[d] as number),
			);
		return loops;
	}

	/** All dimensions of views that have one shape; `skip` says which are left out. */
	static over(
		shape: Shape,
		views: readonly Pick<View, "layout">[],
		skip?: (dim: number) => boolean,
	): Loops {
		const loops = new Loops(views.length);
		for (let d = 0; d < shape.length; d++)
			if (!skip?.(d))
				loops.add(
					shape[d] as number,
					...views.map((v) => v.layout.strides[d] as number),
				);
		return loops;
	}

	get count(): number {
		return this.sizes.reduce((n, size) => n * size, 1);
	}

	/** What kernels over these loops must differ in. */
	get key(): string {
		return `${this.sizes.length}`;
	}

	words(): number[] {
		return this.sizes.flatMap((size, d) => [
			size,
			...(this.strides[d] as number[]),
		]);
	}

	/**
	 * Text that adds to the variables `offsets` what the place number `index`
	 * in row-major order means; `at` is the first of these loops' words.
	 */
	text(index: string, at: number, offsets: readonly string[]): string {
		const step = this.operands + 1;
		let text = `var rest = ${index};\n`;
		for (let d = this.sizes.length - 1; d >= 0; d--) {
			const word = at + d * step;
			const place = d > 0 ? "k" : "rest";
			if (d > 0)
				text += `{ let above = rest / ${u(word)}; let k = rest - above * ${u(word)}; `;
			offsets.forEach((name, o) => {
				text += `${name} += ${place} * ${u(word + 1 + o)}; `;
			});
			if (d > 0) text += "rest = above; }\n";
		}
		return `{ ${text} }\n`;
	}
}
