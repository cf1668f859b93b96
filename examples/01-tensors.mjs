// Creating tensors, and what can be asked of one.
import * as torch from "torchlet";

const x = torch.tensor([
	[1, 2, 3],
	[4, 5, 6],
]);
console.log(String(x));
console.log("shape", ...x.shape);
console.log("dimensions", x.dim(), "elements", x.numel());
console.log("dtype", x.dtype, "device", x.device);

console.log(String(torch.zeros(2, 3)));
console.log(String(torch.ones(2)));
console.log(String(torch.full([2, 2], 0.5)));
console.log(String(torch.eye(3)));
console.log(String(torch.arange(0, 10, 2)));
console.log(String(torch.linspace(0, 1, 5)));

// Same seed, same numbers as PyTorch.
torch.manualSeed(0);
console.log(String(torch.rand(2, 3)));
console.log(String(torch.randn(2, 3)));
console.log(String(torch.randint(0, 10, [5])));
console.log(String(torch.randperm(6)));

console.log(String(x.add(10)));
console.log(String(x.mul(x)));
console.log(String(x.matmul(x.t())));
console.log(String(x.gt(3)));
