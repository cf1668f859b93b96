import { globalGenerator } from "../generator.js";
import type { Op } from "../ops/registry.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { isTensor } from "../tensor-base.js";
import { grad } from "./engine.js";
import { isGradEnabled, withGrad } from "./mode.js";
import { GradNode } from "./node.js";

interface Segment {
	readonly fn: (...inputs: Tensor[]) => Tensor;
	readonly count: number;
	/** State of the generator before the forward, so that dropout draws the same again. */
	readonly random: Uint8Array;
}

const segment: Op<readonly Tensor[], Segment> = {
	name: "checkpoint",
	node: "CheckpointFunctionBackward",
	showsGradients: true,
	forward: (_x, inputs) => inputs[0] as Tensor,
	backward: (g, node) => {
		const { fn, count, random } = node.params;
		const createGraph = isGradEnabled();
		const inputs = node.edges.map((_, i) => node.tensor(i));
		const own = inputs.map((t, i) =>
			i >= count || createGraph ? t : t.detach().requiresGrad_(node.needs(i)),
		);
		const generator = globalGenerator();
		const now = generator.getState();
		generator.setState(random);
		let output: Tensor;
		try {
			output = withGrad(true, "checkpoint", () => fn(...own.slice(0, count)));
		} finally {
			generator.setState(now);
		}
		const wanted = own.filter((_, i) => node.needs(i));
		const grads = grad(output, wanted, {
			gradOutputs: g,
			createGraph,
			allowUnused: true,
			// which still have their histories if a graph is made
			stopsAtInputs: true,
		});
		let at = 0;
		return own.map((_, i) => (node.needs(i) ? (grads[at++] ?? null) : null));
	},
};

/** The leaves that `output` was computed from. */
function leavesOf(output: Tensor): Tensor[] {
	const leaves = new Set<Tensor>();
	const seen = new Set<GradNode>();
	const stack = [output.gradEdge()];
	for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
		if (node === null || seen.has(node)) continue;
		seen.add(node);
		const leaf = node.leaf?.deref();
		if (leaf) leaves.add(leaf);
		stack.push(...node.edges);
	}
	return [...leaves];
}

/** Options of PyTorch's that change nothing here. */
export interface CheckpointOptions {
	/** There is one implementation. */
	readonly useReentrant?: boolean;
	/** The generator's state always is. */
	readonly preserveRngState?: boolean;
}

/**
 * `fn(...inputs)`, of whose intermediate results nothing is kept: they are
 * computed again during backward. PyTorch: `torch.utils.checkpoint.checkpoint`.
 */
export function checkpoint(
	fn: (...inputs: Tensor[]) => Tensor,
	...args: readonly [...Tensor[]] | readonly [...Tensor[], CheckpointOptions]
): Tensor {
	const inputs = args.filter((arg) => isTensor(arg)) as Tensor[];
	const random = globalGenerator().getState();
	if (!isGradEnabled()) return fn(...inputs);
	// Recorded once, to learn which parameters take part, and let go of.
	const own = inputs.map((t) =>
		t.requiresGrad ? t.detach().requiresGrad_(true) : t,
	);
	const recorded = scope(() => fn(...own));
	const captured = leavesOf(recorded).filter((t) => !own.includes(t));
	const output = recorded.detach();
	recorded.dispose();
	const all = [...inputs, ...captured];
	if (!all.some((t) => t.requiresGrad)) return output;
	const node = new GradNode<Segment>(segment.node as string, segment as never, {
		fn,
		count: inputs.length,
		random,
	});
	node.connect(all);
	node.save(all, null);
	output.setHistory(node, 0);
	return output;
}
