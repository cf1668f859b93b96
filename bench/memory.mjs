// What a process holds with a predictor in it, above a bare one.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spread } from "./lib/measure.mjs";

const ROUNDS = 7;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function resident(file, data) {
	const env = { ...process.env, BENCH_DATA: data };
	const args = ["--expose-gc", here("programs/resident.mjs"), file];
	const text = execFileSync(process.execPath, args, { env, encoding: "utf8" });
	return Number(text);
}

export function memoryLines({ data }) {
	console.error("Memory …");
	const contenders = [
		["Torchlet, torchlet/predictor, int16", "first-predictor"],
		["Torchlet", "first-torchlet"],
		["onnxruntime-node", "first-onnxruntime-node"],
	].map(([name, program]) => {
		const times = [];
		for (let i = 0; i < ROUNDS; i++)
			times.push(resident(program, data) - resident("bare", data));
		return { name, ...spread(times), times };
	});
	const [{ name: ours, median: value }] = contenders;
	return [
		{
			id: "memory",
			title: "Resident memory of a process after a first label, above a bare one",
			unit: "MiB",
			contenders,
			missing: [],
			targets: [{ ours, atMost: 4, value, met: value <= 4 }],
		},
	];
}
