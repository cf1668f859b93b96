import { globalGenerator } from "../generator.js";

/**
 * Single numbers from the global generator, as PyTorch draws them: how the
 * random transforms choose the parameters of an image.
 */

/** In [from, to): `torch.empty(1).uniform_(from, to).item()`. */
export function uniform(from: number, to: number): number {
	const low = Math.fround(from);
	const range = Math.fround(Math.fround(to) - low);
	const unit = (globalGenerator().draw.random32() & 0xffffff) / 0x1000000;
	return Math.fround(unit * range + low);
}

/** 0 … n - 1: `torch.randint(0, n, (1,)).item()`. */
export function below(n: number): number {
	return globalGenerator().draw.random32() % n;
}

/** Whether `torch.rand(1) < p`. */
export function happens(p: number): boolean {
	return uniform(0, 1) < Math.fround(p);
}

/** Halves go to the even neighbour, and there is no -0: Python's `round`. */
export function roundEven(x: number): number {
	const floor = Math.floor(x);
	const rest = x - floor;
	if (rest !== 0.5) return Math.round(x) + 0;
	return floor % 2 === 0 ? floor : floor + 1;
}
