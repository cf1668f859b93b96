import { fileURLToPath } from "node:url";
import { openContender } from "./contender.mjs";
import { peerVersion } from "./machine.mjs";
import { spread } from "./stats.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const ROUNDS = 15;

/** Turns that do not count, if the line does not say how many. */
const WARM_UP = 2;

/** Milliseconds that a contender works before it is the next one's turn. */
const TURN = 150;

/** How far two answers are apart: the largest difference, or how many differ. */
function distance(got, want, check) {
	if (got.length !== want.length) return Number.POSITIVE_INFINITY;
	const apart = got.map((v, i) => Math.abs(v - want[i]));
	if (check.count) return apart.filter((d) => d !== 0).length;
	return apart.some(Number.isNaN) ? Number.NaN : Math.max(...apart);
}

/** A line of what may be a stack. */
export function reasonOf({ message }) {
	const lines = message.split("\n").map((line) => line.trim());
	const reason =
		lines.find((line) => /Error|ERROR|differ/.test(line)) ?? lines[0];
	return reason.replaceAll(ROOT, "");
}

async function start(line, contender, where) {
	const options = { ...line.options, ...contender.options };
	const opened = await openContender(
		{ ...contender, task: line.task, options },
		{ ...where, together: line.together },
	);
	const { core } = contender.options ?? {};
	if (core && opened.about.core !== core) {
		await opened.end();
		throw new Error(`here it runs on the ${opened.about.core} core`);
	}
	return opened;
}

/**
 * Starts a line's contenders, each in a process of its own, compares their
 * answers with the first one's, then times them in turn, so that whatever else
 * the machine does hits all of them alike.
 *
 * @param rounds how many turns each has, if not as many as the line says
 * @param clock "wall", or "cpu" for machines that others use too
 */
export async function measure(line, { where, rounds, clock, turn = TURN }) {
	const entries = [];
	const missing = [];
	let want;
	try {
		for (const contender of line.contenders) {
			const { name, peer } = contender;
			try {
				const opened = await start(line, contender, where);
				entries.push({ name, peer, opened, walls: [], cpus: [] });
				const got = await opened.ask({ ask: "answer" });
				want ??= got;
				const apart = distance(got, want, line.check);
				const { allowed = line.check.allowed } = contender;
				if (!(apart <= allowed))
					throw new Error(`its answers differ from the first's by ${apart}`);
				Object.assign(entries.at(-1), {
					apart,
					version: opened.about.version ?? peerVersion(peer),
				});
			} catch (error) {
				const reason = reasonOf(error);
				missing.push({ name, reason });
				if (entries.at(-1)?.name === name) await entries.pop().opened.end();
			}
		}
		await timeAll(entries, {
			rounds: rounds ?? line.rounds ?? ROUNDS,
			turn,
			warmUp: line.warmUp ?? WARM_UP,
		});
	} finally {
		for (const { opened } of entries) await opened.end();
	}
	return summary(line, entries, missing, clock);
}

async function timeAll(entries, { rounds, turn, warmUp }) {
	for (const entry of entries) {
		// the first call may compile, the second tells how many fill a turn, and
		// the rest is for the compilers that watch; what is slow has no need of it
		const first = await entry.opened.ask({ ask: "run", n: 1 });
		if (first.wall > 4 * turn) {
			entry.n = 1;
			continue;
		}
		const { wall } = await entry.opened.ask({ ask: "run", n: 3 });
		entry.n = Math.max(1, Math.round(turn / wall));
		for (let i = 0; i < warmUp; i++)
			await entry.opened.ask({ ask: "run", n: entry.n });
	}
	for (let round = 0; round < rounds; round++)
		for (const { opened, n, walls, cpus } of entries) {
			const { wall, cpu } = await opened.ask({ ask: "run", n });
			walls.push(wall);
			cpus.push(cpu ?? wall);
		}
}

function summary(line, entries, missing, clock) {
	const times = ({ walls, cpus }) => (clock === "cpu" ? cpus : walls);
	const total = (numbers) => numbers.reduce((a, b) => a + b, 0);
	const contenders = entries.map((entry) => ({
		name: entry.name,
		version: entry.version,
		...spread(times(entry)),
		times: times(entry).map((t) => Number(t.toPrecision(5))),
		apart: entry.apart,
		/** Of the time, how much the processor was at work. */
		busy: total(entry.cpus) / total(entry.walls),
	}));
	const find = (name) => contenders.find((c) => c.name === name);
	const targets = line.targets.map((target) => {
		const ours = find(target.ours);
		const theirs = find(target.against);
		if (!ours || !theirs) return { ...target, ratio: null };
		const ratio = spread(theirs.times.map((t, i) => t / ours.times[i]));
		return {
			...target,
			ratio,
			met: ratio.median >= (target.atLeast ?? Number.NaN),
		};
	});
	const { id, title, unit } = line;
	return { id, title, unit, contenders, missing, targets };
}
