// From the start of a process to the first label, above what a bare one takes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spread } from "./lib/stats.mjs";

const ROUNDS = 20;

const PROGRAMS = [
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
			const times = [];
			for (let i = 0; i < ROUNDS; i++) {
				const bare = time(["-e", "0"], data);
				times.push(time([path], data) - bare);
			}
			contenders.push({ name, ...spread(times), times });
		} catch (error) {
			missing.push({ name, reason: error.message.split("\n")[0] });
		}
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
