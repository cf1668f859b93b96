/** Changes below this share are never called slower, however steady they are. */
const LEAST = 0.05;

/** Fewer rounds than these have no spread to speak of. */
const ROUNDS = 5;

/** Less at work than this share of what it was: others used the machine. */
const SHARED = 0.9;

/** Of one contender's times, whether the two middle halves are apart. */
function change(now, then, higherIsBetter) {
	const ratio = now.median / then.median;
	const percent = `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(0)} %`;
	const few = ({ low, times }) => low !== undefined && times?.length < ROUNDS;
	if (few(now) || few(then)) return `${percent}, too few rounds to tell`;
	if (now.busy < then.busy * SHARED)
		return `${percent}, but others used the machine`;
	const above = (a, b) => (a.low ?? a.median) > (b.high ?? b.median);
	const more = ratio > 1 + LEAST && above(now, then);
	const less = ratio < 1 - LEAST && above(then, now);
	if (!more && !less) return `${percent}, noise`;
	return more === Boolean(higherIsBetter)
		? `${percent}, better`
		: `${percent}, WORSE`;
}

/**
 * Writes into each contender how it changed since an older result, and into
 * the result what makes the two unlike.
 *
 * @returns what became slower beyond noise or is lost, a text for each. What peers lost is
 * told in the table but is no fault of ours: if they all did, so did the machine.
 */
export function compareWith(result, old) {
	const slower = [];
	result.unlike = unlike(result, old);
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
				slower.push(
					`slower: ${line.title}: ${contender.name}: ${contender.change}`,
				);
		}
		for (const { name } of then?.contenders ?? [])
			if (
				/^Torchlet/.test(name) &&
				!line.contenders.some((c) => c.name === name)
			)
				slower.push(`lost: ${line.title}: ${name} was there, and did not run`);
	}
	return slower;
}

/** What of two results' circumstances differs, so that times may differ for no fault. */
function unlike(now, then) {
	const circumstances = ({ runtime, clock, machine }) => ({
		runtime,
		clock,
		cpu: machine?.cpu,
		cores: machine?.cores,
		node: machine?.node,
	});
	const [a, b] = [circumstances(now), circumstances(then)];
	return Object.keys(a)
		.filter((key) => a[key] !== b[key])
		.map((key) => `${key} ${b[key]} then, ${a[key]} now`);
}
