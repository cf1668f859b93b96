/** The value below which `q` of the sorted numbers lie. */
export function quantile(numbers, q) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)];
	return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

/**
 * Runs all contenders in turn, so that whatever else the machine does hits
 * all of them, and gives their times in milliseconds.
 *
 * @param contenders {name, run}: `run(n)` does n repetitions and gives milliseconds for one
 */
export async function interleave(contenders, { rounds, repetitions }) {
	const times = new Map(contenders.map(({ name }) => [name, []]));
	for (const { run } of contenders) await run(repetitions);
	for (let round = 0; round < rounds; round++)
		for (const { name, run } of contenders)
			times.get(name).push(await run(repetitions));
	return times;
}

/** Medians with quartiles, and the ratio of each to the first. */
export function table(title, times) {
	const own = quantile([...times.values()][0], 0.5);
	const rows = [...times].map(([name, all]) => {
		const median = quantile(all, 0.5);
		const spread = `${show(quantile(all, 0.25))} to ${show(quantile(all, 0.75))}`;
		return [name, show(median), spread, `${(median / own).toFixed(2)} ×`];
	});
	const lines = [["", "median, ms", "middle half", "to the first"], ...rows];
	const widths = lines[0].map((_, i) =>
		Math.max(...lines.map((l) => l[i].length)),
	);
	const text = lines.map(
		(line) =>
			`| ${line.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`,
	);
	const rule = `| ${widths.map((w) => "-".repeat(w)).join(" | ")} |`;
	return [title, "", text[0], rule, ...text.slice(1)].join("\n");
}

function show(ms) {
	return ms.toFixed(3);
}
