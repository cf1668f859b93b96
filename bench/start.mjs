// From the start of a process to the first label, above what a bare one takes. Bare
// is `node -e 0`, which loads no module; what an empty module takes above it, and one
// that reads the weights, is listed too: part of every figure, and nobody's own.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
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

function time(args, data) {
	const env = { ...process.env, BENCH_DATA: data };
	// certificates that a machine adds take longer than all of a bare start
	delete env.NODE_EXTRA_CA_CERTS;
	const started = performance.now();
	const { status, stderr } = spawnSync(process.execPath, args, { env });
	const wall = performance.now() - started;
	if (status !== 0) throw new Error(String(stderr).trim());
	return wall;
}

export function startLines({ data }) {
	console.error("Start …");
	const missing = [];
	const contenders = [];
	for (const { name, program } of PROGRAMS) {
		const path = fileURLToPath(
			new URL(`programs/${program}.mjs`, import.meta.url),
		);
		try {
			time([path], data);
			contenders.push({ name, path, times: [] });
		} catch (error) {
			missing.push({ name, reason: error.message.split("\n")[0] });
		}
	}
	for (let i = 0; i < ROUNDS; i++)
		for (const { path, times } of contenders) {
			const bare = time(["-e", "0"], data);
			times.push(time([path], data) - bare);
		}
	for (const contender of contenders) {
		delete contender.path;
		Object.assign(contender, spread(contender.times));
	}
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
			title: "Import to first label in a new process, above `node -e 0`",
			unit: "ms",
			contenders,
			missing,
			targets,
		},
	];
}
