// Programs that measure by themselves: single calls, and the core's kernels.
import { fileURLToPath } from "node:url";
import { node } from "./lib/node.mjs";
import { spread } from "./lib/stats.mjs";
import { variants } from "./lib/variants.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function microLines({ clock }) {
	console.error("Single calls …");
	const results = JSON.parse(await node([here("programs/micro.mjs")]));
	const contenders = results.map(({ name, times }) => ({
		name: `Torchlet, ${name}`,
		...spread(times),
		times: times.map((t) => Number(t.toPrecision(4))),
	}));
	const step = contenders.find(({ name }) => /whole training step/.test(name));
	return [
		{
			id: "micro",
			title: `Single calls${clock === "cpu" ? ", wall time" : ""}`,
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
export async function kernelLines({ clock, rounds }) {
	console.error("Kernels …");
	const { flags = [] } = variants("node").relaxed;
	const args = [...flags, here("kernels.mjs"), "--json", "--clock", clock];
	if (rounds) args.push("--rounds", String(rounds));
	return JSON.parse(await node(args)).map(({ kind, peak, rows }) => {
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
