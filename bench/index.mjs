// The benchmarks. Peers are installed when they are missing, and answers are
// compared before anything is timed. `node bench/index.mjs --help`
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { CommanderError } from "commander";
import { lineChart } from "./lib/charts.mjs";
import { compareWith } from "./lib/compare.mjs";
import { runtimeName } from "./lib/contender.mjs";
import { prepareData } from "./lib/data.mjs";
import { installPeers } from "./lib/install.mjs";
import { machine } from "./lib/machine.mjs";
import { measure } from "./lib/measure.mjs";
import { readOptions, UsageError } from "./lib/options.mjs";
import { closeBrowser } from "./lib/page.mjs";
import { markdown } from "./lib/report.mjs";

/**
 * `lines` is for what contenders compete in; `all` measures by itself, in
 * Node, the lines that `ids` names. `named`: only if it is.
 */
const GROUPS = {
	train: {
		about: "training steps of 784-128-10, an epoch from the loader, threads",
		lines: async (runtime) => (await import("./train.mjs")).trainLines(runtime),
	},
	lenet: {
		about: "training steps of two convolutions and two linear layers",
		lines: async (runtime) => (await import("./train.mjs")).lenetLines(runtime),
	},
	predict: {
		about: "rows or pixels in, labels out",
		lines: async () => (await import("./predict.mjs")).predictLines(),
	},
	memory: {
		about: "what a process with a predictor holds",
		only: "node",
		ids: ["memory"],
		all: async (how) => (await import("./memory.mjs")).memoryLines(how),
	},
	kernels: {
		about: "matrix products against the peak of multiply-add in registers",
		only: "node",
		ids: ["kernels-plain", "kernels-relaxed"],
		alone: true,
		all: async (how) => (await import("./programs.mjs")).kernelLines(how),
	},
	micro: {
		about: "what single calls cost",
		only: "node",
		ids: ["micro"],
		alone: true,
		all: async (how) => (await import("./programs.mjs")).microLines(how),
	},
	start: {
		about: "from the start of a process to the first label",
		only: "node",
		ids: ["start"],
		all: async (how) => (await import("./start.mjs")).startLines(how),
	},
	size: {
		about: "what an app gets bigger by",
		only: "node",
		ids: ["size"],
		all: async (how) => (await import("./size.mjs")).sizeLines(how),
	},
	webgpu: {
		about: "training and a large product on WebGPU, all in one page",
		only: "page",
		named: true,
		lines: async () => (await import("./webgpu.mjs")).webgpuLines(),
	},
};

/** The lines that are asked for, by group. */
async function plan({ groups, line: wanted, runtime }) {
	const known = [];
	const steps = [];
	for (const name of groups) {
		const { lines, ids } = GROUPS[name];
		const found = lines ? await lines(runtime) : ids.map((id) => ({ id }));
		known.push(...found.map(({ id }) => id));
		const asked = found.filter(({ id }) => !wanted || wanted.includes(id));
		if (asked.length) steps.push({ name, lines: asked });
	}
	for (const id of wanted ?? [])
		if (!known.includes(id))
			throw new UsageError(
				`--line ${id}: there is none in ${groups.join(", ")}; there are ${known.join(", ")}`,
			);
	return steps;
}

async function run(options) {
	const { runtime, clock, rounds, old, install } = options;
	const steps = await plan(options);
	if (!existsSync(new URL("../dist/index.js", import.meta.url)))
		throw new UsageError("nothing is built yet: npm run build");
	const name = await runtimeName(runtime);
	const needy = steps.some((step) => !GROUPS[step.name].alone);
	if (needy && install) installPeers();
	const data = needy ? await prepareData() : undefined;
	const lines = [];
	for (const step of steps) {
		const { all } = GROUPS[step.name];
		if (all) {
			const asked = step.lines.map(({ id }) => id);
			const measured = await all({ data, clock, rounds });
			lines.push(...measured.filter(({ id }) => asked.includes(id)));
			continue;
		}
		for (const line of step.lines) {
			console.error(`${line.title} …`);
			const where = { runtime, data };
			lines.push(await measure(line, { where, rounds, clock }));
		}
	}
	const result = { machine: machine(), runtime: name, clock, lines };
	const slower = old ? compareWith(result, old) : [];
	const text = markdown(result);
	save(result, text, options);
	console.log(text);
	for (const text of slower) console.error(text);
	if (slower.length) process.exitCode = 1;
}

function save(result, text, { out, runtime, groups, named }) {
	const name = `${runtime}-${named ? groups.join("-") : "all"}`;
	const files = {
		[`${name}.md`]: text,
		[`${name}.json`]: `${JSON.stringify(result)}\n`,
	};
	for (const line of result.lines)
		if (line.contenders.length > 1 && !line.higherIsBetter)
			files[`${runtime}-${line.id}.svg`] = lineChart(line);
	mkdirSync(out, { recursive: true });
	for (const [file, text] of Object.entries(files))
		writeFileSync(join(out, file), text);
	console.error(
		`written to ${relative("", out) || "."}: ${Object.keys(files).join(", ")}\n`,
	);
}

function fail(error) {
	process.exitCode = error instanceof UsageError ? 2 : 1;
	// it has said so itself
	if (error instanceof CommanderError)
		process.exitCode = error.exitCode === 0 ? 0 : 2;
	else
		console.error(
			`bench: ${error instanceof UsageError ? error.message : error.stack}`,
		);
}

// their folder of data goes at exit; contenders end when their input does
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
	process.once(signal, () => {
		console.error("bench: interrupted, nothing was written");
		process.exit(code);
	});
// `npm run bench | head`: who reads may stop
process.stdout.on("error", () => process.exit());

try {
	await run(readOptions(process.argv.slice(2), GROUPS));
} catch (error) {
	fail(error);
} finally {
	await closeBrowser();
}
