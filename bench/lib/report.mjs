const three = (x) => {
	if (x >= 100) return x.toFixed(0);
	return x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x.toPrecision(3);
};

export function markdownTable(rows) {
	const widths = rows[0].map((_, i) =>
		Math.max(3, ...rows.map((row) => row[i].length)),
	);
	const text = rows.map(
		(row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`,
	);
	const rule = `| ${widths.map((w) => "-".repeat(w)).join(" | ")} |`;
	return [text[0], rule, ...text.slice(1)].join("\n");
}

function head(machine, runtime, clock) {
	const { cpu, cores, avx512, memoryGiB, system, node, v8 } = machine;
	const features = avx512 === undefined ? "" : avx512 ? ", AVX-512" : "";
	return [
		`# Torchlet's benchmarks, ${runtime}`,
		"",
		`${machine.date}, commit ${machine.commit}. ${cores} × ${cpu}${features}, ${memoryGiB} GiB, ${system}, load ${machine.load.join(" ")}. Node.js ${node}, V8 ${v8}.`,
		"",
		clock === "cpu"
			? "Processor time, because others used the machine too. Medians, and where the middle half of the rounds lies; ratios are those of neighbours in time."
			: "Wall time. Medians, and where the middle half of the rounds lies; ratios are those of neighbours in time.",
	];
}

/** "0.94 × (0.92 to 0.97)" */
const ratio = ({ median, low, high }) =>
	`${three(median)} × (${three(low)} to ${three(high)})`;

const percent = (share) => `${three(share * 100)} %`;

/** A target is a ratio of two contenders, a share of a peak, or a limit. */
function promise(title, unit, target) {
	const { ours, against, atLeast, atMost, share, value, ratio: r } = target;
	let wanted = atLeast === undefined ? "" : `≥ ${atLeast} ×`;
	let got = r ? ratio(r) : "–";
	let missing = r ? 1 - r.median / (atLeast ?? 0) : Number.NaN;
	if (share !== undefined) {
		wanted = `≥ ${percent(atLeast)}`;
		got = percent(share);
		missing = 1 - share / atLeast;
	} else if (atMost !== undefined) {
		wanted = `≤ ${atMost} ${unit}`;
		got = `${three(value)} ${unit}`;
		missing = value / atMost - 1;
	}
	let verdict = `misses by ${percent(missing)}`;
	if (target.met) verdict = "met";
	else if (Number.isNaN(missing)) verdict = "not measured";
	else if (wanted === "") verdict = "";
	const what = `${title}: ${ours}${against ? ` against ${against}` : ""}`;
	return [what, wanted, got, verdict];
}

/** Every promise, and what came of it. */
function promises(lines) {
	const rows = lines.flatMap(({ title, unit, targets }) =>
		targets.map((target) => promise(title, unit, target)),
	);
	return markdownTable([["what", "wanted", "measured", ""], ...rows]);
}

function details(line) {
	const rows = line.contenders.map((c) => [
		c.version ? `${c.name} (${c.version})` : c.name,
		three(c.median),
		c.low === undefined ? "" : `${three(c.low)} to ${three(c.high)}`,
		c.busy < 0.9 ? `only ${(c.busy * 100).toFixed(0)} % at work` : "",
		c.change ?? "",
	]);
	const used = [0, 1, 2, 3, 4].filter(
		(i) => i < 2 || rows.some((row) => row[i] !== ""),
	);
	const [rounds, ...others] = new Set(
		line.contenders.map((c) => c.times.length),
	);
	const titles = [
		"",
		line.unit,
		others.length ? "middle half" : `middle half of ${rounds}`,
		"",
		"since then",
	];
	const shown = [titles, ...rows].map((row) => used.map((i) => row[i]));
	return [
		"",
		`## ${line.title}`,
		"",
		...(rows.length ? [markdownTable(shown)] : []),
		...line.missing.map(({ name, reason }) => `\nNot run: ${name}: ${reason}`),
	];
}

export function markdown({ machine, runtime, clock, lines, unlike = [] }) {
	const promised = lines.some((line) => line.targets.length);
	return `${[
		...head(machine, runtime, clock),
		...(unlike.length
			? ["", `Compared with a result that is not alike: ${unlike.join("; ")}.`]
			: []),
		...(promised ? ["", promises(lines)] : []),
		...lines.flatMap(details),
	].join("\n")}\n`;
}
