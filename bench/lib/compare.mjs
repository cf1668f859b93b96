/** Changes below this share are never called slower, however steady they are. */
const LEAST = 0.05;

/** Of one contender's times, whether the two middle halves are apart. */
function change(now, then, higherIsBetter) {
	const ratio = now.median / then.median;
	const percent = `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(0)} %`;
	const above = (a, b) => (a.low ?? a.median) > (b.high ?? b.median);
	const more = ratio > 1 + LEAST && above(now, then);
	const less = ratio < 1 - LEAST && above(then, now);
	if (!more && !less) return `${percent}, noise`;
	return more === Boolean(higherIsBetter)
		? `${percent}, better`
		: `${percent}, WORSE`;
}

/**
 * Writes into each contender how it changed since an older result of the same
 * runtime.
 *
 * @returns what became slower beyond noise, a text for each. What peers lost is
 * told in the table but is no fault of ours: if they all did, so did the machine.
 */
export function compareWith(result, old) {
	const slower = [];
	for (const line of result.lines) {
		const then = old.lines.find(({ id }) => id === line.id);
		for (const contender of line.contenders) {
			const before = then?.contenders.find((c) => c.name === contender.name);
			if (!before) continue;
			contender.change = change(contender, before, line.higherIsBetter);
			if (
				contender.change.includes("WORSE") &&
				/^Torchlet/.test(contender.name)
			)
				slower.push(`${line.title}: ${contender.name}: ${contender.change}`);
		}
	}
	return slower;
}
