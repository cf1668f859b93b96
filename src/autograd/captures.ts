import type { Tensor } from "../tensor.js";
import type { GradNode } from "./node.js";

/** The gradients with respect to `inputs`, kept as a backward pass comes by. */
export class Captures {
	/** By the node and the output of it that an input is. */
	private readonly wanted = new Map<string, Tensor | null>();

	constructor(inputs: readonly Tensor[]) {
		for (const input of inputs) this.wanted.set(keyOf(input), null);
	}

	/** Keeps what has arrived for wanted outputs of `node`. @returns whether there is any */
	capture(node: GradNode): boolean {
		let isInput = false;
		for (let nr = 0; nr < node.places; nr++) {
			const key = `${node.seq}:${nr}`;
			const grad = node.arrived(nr);
			if (!grad || !this.wanted.has(key)) continue;
			grad.holds++;
			this.wanted.set(key, grad);
			isInput = true;
		}
		return isInput;
	}

	/** The gradient of an input; null if none arrived. */
	of(input: Tensor): Tensor | null {
		return this.wanted.get(keyOf(input)) ?? null;
	}
}

function keyOf(t: Tensor): string {
	return `${(t.gradEdge() as GradNode).seq}:${t.outputNr}`;
}
