import * as torch from "../index.js";
import { MEAN, STD } from "./data.js";
import { readDigit } from "./image.js";
import { PIXELS, readLayers, runLayers } from "./model.js";

/** `torchlet predict`: the digit in each image, and how sure the network is. */
export async function predict(file: string, images: string[]): Promise<void> {
	const layers = await readLayers(file);
	const pixels = new Float32Array(images.length * PIXELS);
	for (const [i, image] of images.entries()) {
		const grey = await readDigit(image);
		pixels.set(
			Float32Array.from(grey, (v) => (v / 255 - MEAN) / STD),
			i * PIXELS,
		);
	}
	const x = torch.fromArray(pixels, [images.length, PIXELS]);
	const { values, indices } = torch.noGrad(() =>
		torch.max(torch.nn.functional.softmax(runLayers(layers, x), 1), 1),
	);
	const confidences = await values.data();
	const digits = await indices.data();
	for (const [i, image] of images.entries()) {
		const sure = ((confidences[i] as number) * 100).toFixed(1);
		console.log(`${image}: ${digits[i]} (${sure} %)`);
	}
}
