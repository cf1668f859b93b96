// From the start of a process to the first label, above what a bare one takes. Bare
// is `node -e 0`, which loads no module; what an empty module takes above it, and one
// that reads the weights, is listed too: part of every figure, and nobody's own.
import { fileURLToPath } from "node:url";
import { reasonOf } from "./lib/measure.mjs";
import { node } from "./lib/node.mjs";
import { spread } from "./lib/stats.mjs";

const ROUNDS = 40;

const PROGRAMS = [
	{ name: "nothing: an empty module", program: "first-empty" },
	{ name: "nothing: node:fs reads the weights", program: "first-read" },
	{ name: "Torchlet", program: "first-torchlet", atMost: 40 },
	{
		name: "Torchlet, torchlet/predictor",
		program: "first-predictor",
		atMost: 15,
	},
	{ name: "onnxruntime-node", program: "first-onnxruntime-node" },
	{ name: "onnxruntime-web", program: "first-onnxruntime-web" },
	{ name: "tfjs-wasm", program: "first-tfjs" },
];

async function time(args, data) {
	const started = performance.now();
	await node(args, { BENCH_DATA: data });
	return performance.now() - started;
}

export async function startLines({ data, clock, rounds = ROUNDS }) {
	console.error("Start …");
	const missing = [];
	const running = [];
	for (const { name, program } of PROGRAMS) {
		const path = fileURLToPath(
			new URL(`programs/${program}.mjs`, import.meta.url),
		);
		try {
			// the files are in the system's memory from here on
			await time([path], data);
			running.push({ name, path, times: [] });
		} catch (error) {
			missing.push({ name, reason: reasonOf(error) });
		}
	}
	for (let round = 0; round < rounds; round++)
		for (const { path, times } of running) {
			const bare = await time(["-e", "0"], data);
			times.push((await time([path], data)) - bare);
		}
	const contenders = running.map(({ name, times }) => ({
		name,
		...spread(times),
		times,
	}));
	const targets = PROGRAMS.filter(({ atMost }) => atMost).flatMap(
		({ name, atMost }) => {
			const found = contenders.find((c) => c.name === name);
			if (!found) return [];
			const value = found.median;
			return { ours: name, atMost, value, met: value <= atMost };
		},
	);
	return [
		{
			id: "start",
			title: `Import to first label in a new process, above \`node -e 0\`${clock === "cpu" ? ", wall time" : ""}`,
			unit: "ms",
			contenders,
			missing,
			targets,
		},
	];
}
