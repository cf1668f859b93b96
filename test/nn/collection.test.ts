import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn, optim } = torch;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function collected(): Promise<torch.MemoryStats> {
	for (let i = 0; i < 6; i++) {
		collect();
		// finalizers run in turns of their own
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	return torch.memory();
}

function trainAndForget(): void {
	const model = new nn.Linear(100, 100);
	const optimizer = new optim.Adam(model.parameters());
	for (let i = 0; i < 3; i++) {
		optimizer.zeroGrad();
		model.forward(torch.ones(2, 100)).sum().backward();
		optimizer.step();
	}
}

test("a model that nobody has any more gives its memory back: weights, gradients, state", async () => {
	trainAndForget();
	const before = await collected();
	for (let i = 0; i < 10; i++) trainAndForget();
	const after = await collected();
	expect(after.tensors).toBeLessThanOrEqual(before.tensors);
	expect(after.bytes).toBeLessThanOrEqual(before.bytes);
});

test("a gradient outlives its parameter if the user has it", async () => {
	const gradient = (() => {
		const w = new nn.Parameter(torch.ones(3));
		w.mul(2).sum().backward();
		return w.grad as torch.Tensor;
	})();
	await collected();
	expect(gradient.tolistSync()).toEqual([2, 2, 2]);
});
