// Programs that measure by themselves: single calls, and the core's kernels.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spread } from "./lib/measure.mjs";
import { variants } from "./lib/variants.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = (...args) =>
	execFileSync(process.execPath, args, {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	});

export function microLines() {
	console.error("Single calls …");
	const results = JSON.parse(run(here("programs/micro.mjs")));
	const contenders = results.map(({ name, times }) => ({
		name: `Torchlet, ${name}`,
		...spread(times),
		times: times.map((t) => Number(t.toPrecision(4))),
	}));
	const step = contenders.find(({ name }) => /whole training step/.test(name));
	return [
		{
			id: "micro",
			title: "Single calls",
			unit: "µs",
			contenders,
			missing: [],
			targets: [
				{
					ours: step.name,
					atMost: 25,
					value: step.median,
					met: step.median <= 25,
				},
			],
		},
	];
}

/** GEMM and its like against the peak of the registers, plain and relaxed. */
export function kernelLines() {
	const program = here("kernels.mjs");
	if (!existsSync(program)) return [];
	const { plain, relaxed } = variants("node");
	return [plain, relaxed].map(({ name, flags = [] }) => {
		console.error(`Kernels, ${name} …`);
		return {
			id: `kernels-${name}`,
			title: `Kernels: ${name}`,
			unit: "",
			contenders: [],
			missing: [],
			targets: [],
			text: `\`\`\`\n${run(...flags, program).trim()}\n\`\`\``,
		};
	});
}
