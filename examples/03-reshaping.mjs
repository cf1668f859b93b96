// New shapes for the same numbers: views share memory with their tensor.
import * as torch from "torchlet";

const x = torch.arange(12);
console.log(String(x.view(3, 4)));
console.log(String(x.view(2, -1)));
console.log(String(x.reshape(2, 3, 2)));

const m = x.view(3, 4);
console.log(String(m.t()));
console.log("strides", ...m.stride(), "and", ...m.t().stride());
console.log(String(m.select(0, 1)));
console.log(String(m.narrow(1, 1, 2)));
console.log("unsqueezed", ...m.unsqueeze(0).shape);
console.log("flattened", ...m.flatten().shape);
console.log("permuted", ...torch.zeros(2, 3, 5).permute(2, 0, 1).shape);

// A batch of images becomes a batch of rows, as the MNIST network wants them.
console.log("batch", ...torch.zeros(64, 1, 28, 28).view(-1, 28 * 28).shape);

m.narrow(0, 0, 1).mul_(10);
console.log(String(x));

try {
	m.t().view(12);
} catch (error) {
	console.log(error.message);
}
console.log(String(m.t().reshape(12)));
