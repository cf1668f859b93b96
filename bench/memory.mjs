// What a process holds with a predictor in it, above a bare one.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spread } from "./lib/stats.mjs";

const ROUNDS = 7;
const LIMIT = 4;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function resident(program, data) {
	const env = { ...process.env, BENCH_DATA: data };
	const args = ["--expose-gc", here("programs/resident.mjs"), program];
	const text = execFileSync(process.execPath, args, { env, encoding: "utf8" });
	return JSON.parse(text);
}

const PROGRAMS = [
	["Torchlet, torchlet/predictor", "first-predictor"],
	["Torchlet", "first-torchlet"],
	["onnxruntime-node", "first-onnxruntime-node"],
];

export function memoryLines({ data }) {
	console.error("Memory …");
	const own = [];
	const all = [];
	const missing = [];
	for (const [name, program] of PROGRAMS) {
		try {
			const pairs = Array.from({ length: ROUNDS }, () => {
				const bare = resident("bare", data);
				const full = resident(program, data);
				return { own: full.own - bare.own, all: full.all - bare.all };
			});
			const add = (list, key, suffix) => {
				const times = pairs.map((pair) => pair[key]);
				list.push({ name: name + suffix, ...spread(times), times });
			};
			add(own, "own", "");
			// mostly the parts of the engine that are now in use, clean and shared
			add(all, "all", ", executable's pages included");
		} catch (error) {
			missing.push({ name, reason: error.message.split("\n")[0] });
		}
	}
	const ours = own.find(({ name }) => name === PROGRAMS[0][0]);
	const value = ours?.median;
	return [
		{
			id: "memory",
			title: "Memory of a process after its first label, above a bare one",
			unit: "MiB",
			contenders: [...own, ...all],
			missing,
			targets: ours
				? [{ ours: ours.name, atMost: LIMIT, value, met: value <= LIMIT }]
				: [],
		},
	];
}
