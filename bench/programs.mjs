// Programs that measure by themselves: single calls, and the core's kernels.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spread } from "./lib/stats.mjs";
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

/** The products of the promise, and how near the peak of the registers they come. */
const PROMISED = ["512³", "1000×784×128"];
const SHARE = { simd: 0.8, relaxed: 0.9 };

/** GEMM and its like against the peak of the registers, plain and relaxed. */
export function kernelLines({ clock }) {
	console.error("Kernels …");
	const { flags = [] } = variants("node").relaxed;
	const args = [...flags, here("kernels.mjs"), "--json", "--clock", clock];
	return JSON.parse(run(...args)).map(({ kind, peak, rows }) => {
		const core = kind === "simd" ? "plain" : kind;
		const contenders = [
			{ name: "multiply-add in registers", median: 1, times: [1] },
			...rows.map(({ form, size, share }) => ({
				name: `Torchlet, ${form}, ${size}`,
				median: share,
				times: [share],
			})),
		];
		const targets = rows
			.filter(({ size }) => PROMISED.includes(size))
			.map(({ form, size, share }) => ({
				ours: `${form}, ${size}`,
				share,
				atLeast: SHARE[kind],
				met: share >= SHARE[kind],
			}));
		return {
			id: `kernels-${core}`,
			title: `Kernels, ${core}`,
			unit: `of the peak, ${peak.toFixed(1)} GFLOPS`,
			higherIsBetter: true,
			contenders,
			missing: [],
			targets,
		};
	});
}
