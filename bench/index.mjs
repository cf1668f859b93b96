// The benchmarks. Peers are installed when they are missing, and answers are
// compared before anything is timed.
//
//   node bench/index.mjs [GROUP …] [--runtime node|deno|bun|page] [--line ID]
//     [--rounds N] [--clock wall|cpu] [--out FOLDER] [--compare OLD.json]
//
// GROUP: train, lenet, predict, kernels, micro, start, size; all of these if none is named;
// or webgpu, whose contenders share a page. The variable WEBGPU_ADAPTER says
// which adapter Chromium takes: swiftshader, or default for what the machine has.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { lineChart } from "./lib/charts.mjs";
import { compareWith } from "./lib/compare.mjs";
import { prepareData } from "./lib/data.mjs";
import { installPeers } from "./lib/install.mjs";
import { machine } from "./lib/machine.mjs";
import { measure } from "./lib/measure.mjs";
import { browserVersion, closeBrowser } from "./lib/page.mjs";
import { markdown } from "./lib/report.mjs";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		runtime: { type: "string", default: "node" },
		line: { type: "string", multiple: true },
		rounds: { type: "string", default: "15" },
		clock: { type: "string", default: "wall" },
		out: {
			type: "string",
			default: fileURLToPath(new URL("results", import.meta.url)),
		},
		compare: { type: "string" },
	},
});
const { runtime, clock } = values;

/** Lines that contenders compete in; the rest is of Node alone. */
const COMPETITIONS = {
	train: async () => (await import("./train.mjs")).trainLines(runtime),
	lenet: async () => (await import("./train.mjs")).lenetLines(runtime),
	predict: async () => (await import("./predict.mjs")).predictLines(runtime),
};
/** Only if named: a machine without WebGPU has the rest. */
const NAMED = {
	webgpu: async () => (await import("./webgpu.mjs")).webgpuLines(),
};
const OTHERS = {
	memory: async () => (await import("./memory.mjs")).memoryLines,
	kernels: async () => (await import("./programs.mjs")).kernelLines,
	micro: async () => (await import("./programs.mjs")).microLines,
	start: async () => (await import("./start.mjs")).startLines,
	size: async () => (await import("./size.mjs")).sizeLines,
};

async function run() {
	const usual = Object.keys({ ...COMPETITIONS, ...OTHERS });
	const known = [...usual, ...Object.keys(NAMED)];
	const groups = positionals.length
		? positionals
		: runtime === "node"
			? usual
			: Object.keys(COMPETITIONS);
	for (const group of groups)
		if (!known.includes(group))
			throw new Error(`no group ${group}: there are ${known.join(", ")}`);
	installPeers();
	const data = await prepareData();
	const where = { runtime, data };
	const lines = [];
	const wanted = ({ id }) => !values.line || values.line.includes(id);
	for (const group of groups) {
		if (OTHERS[group]) {
			lines.push(...(await (await OTHERS[group]())({ data, clock })));
			continue;
		}
		for (const line of (await { ...COMPETITIONS, ...NAMED }[group]()).filter(
			wanted,
		)) {
			console.error(`${line.title} …`);
			const rounds = Number(values.rounds);
			lines.push(await measure(line, { where, rounds, clock }));
		}
	}
	const name =
		runtime === "page" ? `Chromium ${await browserVersion()}` : runtime;
	const result = { machine: machine(), runtime: name, clock, lines };
	const slower = values.compare
		? compareWith(result, JSON.parse(readFileSync(values.compare, "utf8")))
		: [];
	const text = markdown(result);
	console.log(text);
	save(
		result,
		text,
		`${runtime}-${positionals.length ? groups.join("-") : "all"}`,
	);
	for (const text of slower) console.error(`slower: ${text}`);
	if (slower.length) process.exitCode = 1;
}

function save(result, text, name) {
	const { out } = values;
	mkdirSync(out, { recursive: true });
	writeFileSync(join(out, `${name}.md`), text);
	writeFileSync(join(out, `${name}.json`), `${JSON.stringify(result)}\n`);
	for (const line of result.lines)
		if (line.contenders.length > 1 && !line.higherIsBetter)
			writeFileSync(join(out, `${runtime}-${line.id}.svg`), lineChart(line));
}

try {
	await run();
} finally {
	await closeBrowser();
}
