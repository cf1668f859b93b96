import type * as torch from "../index.js";
import { judge, percentage } from "./accuracy.js";
import { type DataOptions, openDigits } from "./data.js";
import { Interruption } from "./interrupt.js";
import { readLayers, runLayers } from "./model.js";

/** `torchlet eval`: the accuracy of a saved network on MNIST's test images. */
export async function evaluate(
	file: string,
	options: DataOptions & { device: torch.DeviceName },
): Promise<void> {
	const interruption = new Interruption();
	try {
		const { device } = options;
		const saved = await readLayers(file);
		const layers = await Promise.all(
			saved.map(async ({ weight, bias }) => ({
				weight: await weight.to(device),
				bias: bias && (await bias.to(device)),
			})),
		);
		const verdict = await judge(
			(x) => runLayers(layers, x),
			await openDigits(false, options),
			device,
			() => interruption.rest(),
		);
		console.log(`Test accuracy: ${percentage(verdict)}`);
	} finally {
		interruption.end();
	}
}
