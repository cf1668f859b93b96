// A tensor is on one device, and an op's tensors must all be on the same one.
import * as torch from "torchlet";

const cpu = torch.tensor([1, 2, 3]);
console.log(cpu.device, String(cpu.mul(2)));

// Already there: the same tensor, nothing is copied.
console.log((await cpu.to("cpu")) === cpu);

try {
	const gpu = await cpu.to("webgpu");
	console.log(gpu.device);
	console.log(String(gpu.add(cpu)));
} catch (error) {
	// With a GPU: the two devices; without: there is none.
	console.log(`${error.name}: ${error.message}`);
}
