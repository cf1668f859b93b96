// In a second process: the same network again, from the file that Torchlet or
// PyTorch saved.
//
//   node examples/09-load.mjs FILE.pth
import * as torch from "torchlet";

const { nn } = torch;
const [file = "simple.pth"] = process.argv.slice(2);

const model = new nn.Sequential(
	new nn.Linear(784, 128),
	new nn.ReLU(),
	new nn.Linear(128, 10),
);
const { missingKeys, unexpectedKeys } = model.loadStateDict(
	await torch.load(file),
);
console.log(...missingKeys, ...unexpectedKeys, "loaded");
model.eval();
for (const [name, tensor] of model.namedParameters()) {
	const sum = await tensor.abs().sum().item();
	console.log(name, ...tensor.shape, sum.toFixed(2));
}
const x = torch.linspace(-1, 1, 784).view(1, 784);
console.log(String(torch.noGrad(() => model.forward(x))));
