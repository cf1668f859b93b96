import { fromArray, tensor } from "../creation.js";
import { ShapeError } from "../errors.js";
import { stack } from "../functions.js";
import { Tensor } from "../tensor.js";

/**
 * Samples as one batch: tensors are stacked, numbers and booleans become a
 * tensor, arrays and objects are collated entry by entry, and the rest stays a list.
 * PyTorch: `torch.utils.data.default_collate`.
 * @throws ShapeError if the samples' structure differs
 */
export function defaultCollate(samples: readonly unknown[]): unknown {
	const first = samples[0];
	if (first instanceof Tensor) return stack(samples as Tensor[], 0);
	if (typeof first === "number") {
		const numbers = samples as number[];
		return numbers.every(Number.isInteger)
			? fromArray(Int32Array.from(numbers))
			: tensor(numbers as number[]);
	}
	if (typeof first === "boolean") return tensor(samples as boolean[]);
	if (Array.isArray(first)) {
		const rows = samples as unknown[][];
		for (const row of rows)
			if (!Array.isArray(row) || row.length !== first.length)
				throw new ShapeError(
					`each element in list of batch should be of equal size: found ${first.length} and ${Array.isArray(row) ? row.length : typeof row}`,
				);
		return first.map((_, i) => defaultCollate(rows.map((row) => row[i])));
	}
	if (
		typeof first === "object" &&
		first !== null &&
		Object.getPrototypeOf(first) === Object.prototype
	) {
		const rows = samples as Record<string, unknown>[];
		return Object.fromEntries(
			Object.keys(first).map((key) => [
				key,
				defaultCollate(rows.map((row) => row[key])),
			]),
		);
	}
	return samples;
}
