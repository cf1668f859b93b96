/** The value below which `q` of the numbers lie. */
export function quantile(numbers, q) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)];
	return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

/** The median, and where the middle half lies. */
export const spread = (numbers) => ({
	median: quantile(numbers, 0.5),
	low: quantile(numbers, 0.25),
	high: quantile(numbers, 0.75),
});
