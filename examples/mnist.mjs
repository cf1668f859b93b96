// The two data sets, for the examples that train.
import * as torch from "torchlet";
import { datasets, transforms } from "torchlet/vision";

/** MNIST from a folder; the first `limit` images only, if there is a limit. */
export async function mnist(root, train, limit) {
	const transform = new transforms.Compose([
		new transforms.ToTensor(),
		new transforms.Normalize([0.1307], [0.3081]),
	]);
	const set = await datasets.MNIST.open({ root, train, transform });
	if (!limit) return set;
	return new torch.Subset(
		set,
		Array.from({ length: limit }, (_, i) => i),
	);
}
