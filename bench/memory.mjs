// What a process holds with a predictor in it, above a bare one.
import { fileURLToPath } from "node:url";
import { reasonOf } from "./lib/measure.mjs";
import { node } from "./lib/node.mjs";
import { spread } from "./lib/stats.mjs";

const ROUNDS = 7;
const LIMIT = 4;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function resident(program, data) {
	const args = ["--expose-gc", here("programs/resident.mjs"), program];
	return JSON.parse(await node(args, { BENCH_DATA: data }));
}

const PROGRAMS = [
	["Torchlet, torchlet/predictor", "first-predictor"],
	["Torchlet", "first-torchlet"],
	["onnxruntime-node", "first-onnxruntime-node"],
];

export async function memoryLines({ data, rounds = ROUNDS }) {
	console.error("Memory …");
	const own = [];
	const all = [];
	const missing = [];
	for (const [name, program] of PROGRAMS) {
		try {
			const pairs = [];
			for (let i = 0; i < rounds; i++) {
				const bare = await resident("bare", data);
				const full = await resident(program, data);
				pairs.push({ own: full.own - bare.own, all: full.all - bare.all });
			}
			const add = (list, key, suffix) => {
				const times = pairs.map((pair) => pair[key]);
				list.push({ name: name + suffix, ...spread(times), times });
			};
			add(own, "own", "");
			// mostly the parts of the engine that are now in use, clean and shared
			add(all, "all", ", executable's pages included");
		} catch (error) {
			missing.push({ name, reason: reasonOf(error) });
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
