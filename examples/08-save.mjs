// Saving a model's parameters in a file that PyTorch's torch.load opens too.
//
//   node examples/08-save.mjs FILE.pth
import * as torch from "torchlet";

const { nn } = torch;
const [file = "simple.pth"] = process.argv.slice(2);

torch.manualSeed(0);
const model = new nn.Sequential(
	new nn.Linear(784, 128),
	new nn.ReLU(),
	new nn.Linear(128, 10),
);
const state = model.stateDict();
for (const [name, tensor] of Object.entries(state)) {
	const sum = await tensor.abs().sum().item();
	console.log(name, ...tensor.shape, sum.toFixed(2));
}
const x = torch.linspace(-1, 1, 784).view(1, 784);
console.log(String(torch.noGrad(() => model.forward(x))));

await torch.save(state, file);
