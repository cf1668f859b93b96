// Matrix products of the core against the most that multiply-add can do in
// registers on this processor, in the same run, on one thread.
//
//   npm run build
//   node bench/kernels.mjs --help
//   node --experimental-wasm-relaxed-simd bench/kernels.mjs   (Node 20)
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { clockOption, positive } from "./lib/options.mjs";
import { quantile } from "./lib/stats.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** [name, rows, columns, length of the sums] */
const SIZES = [
	["64×784×128", 64, 128, 784],
	["1000×784×128", 1000, 128, 784],
	["10000×784×128", 10000, 128, 784],
	["512³", 512, 512, 512],
	["63×783×127, ragged", 63, 127, 783],
	["511³, ragged", 511, 511, 511],
];
/** How a and b lie in memory: as they are, or transposed. */
const FORMS = [
	["a·b", false, false],
	["a·bᵀ", false, true],
	["aᵀ·b", true, false],
];
/** Share of a digit's pixels that are ink. */
const INK = 0.19;

/** Compiles the peak, which no package ships, with the core's own settings. */
function peakModule(relaxed) {
	const folder = mkdtempSync(join(tmpdir(), "torchlet-peak-"));
	const file = join(folder, "peak.wasm");
	const compiler = createRequire(import.meta.url).resolve(
		"assemblyscript/bin/asc.js",
	);
	try {
		execFileSync(process.execPath, [
			compiler,
			here("../assembly/peak.ts"),
			...["--config", "none", "--runtime", "stub", "-O3", "--noAssert"],
			...["--enable", "simd", ...(relaxed ? ["--enable", "relaxed-simd"] : [])],
			...["-o", file],
		]);
		return new WebAssembly.Module(readFileSync(file));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function noise(n) {
	let s = 1;
	return Float32Array.from({ length: n }, () => {
		s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
		return s / 2 ** 31 - 1;
	});
}

/** A product as a function to be timed, and its floating-point operations. */
function product(core, [, m, n, k], [, flipA, flipB]) {
	const put = (count) => {
		const at = core.alloc(count * 4) >>> 0;
		new Float32Array(core.memory.buffer, at, count).set(noise(count));
		return at;
	};
	const [a, b, bias] = [put(m * k), put(k * n), put(n)];
	const [y, work] = [put(m * n), core.alloc(core.gemmWorkspace(m, n, k, 0))];
	const [aRow, aColumn] = flipA ? [4, m * 4] : [k * 4, 4];
	const [bRow, bColumn] = flipB ? [4, k * 4] : [n * 4, 4];
	return {
		flops: 2 * m * n * k,
		// biome-ignore format: as the kernel names them
		run: () => core.gemm(a, aRow, aColumn, b, bRow, bColumn, y, n * 4, 4, bias, 4, m, n, k, 1, work),
	};
}

/** Both products of a batch of digits with fc1, by the entries that are not background. */
function sparse(core) {
	const [m, k, n] = [64, 784, 128];
	const chance = noise(m * k).map((v) => (v + 1) / 2);
	const put = (values) => {
		const at = core.alloc(values.length * 4) >>> 0;
		new Float32Array(core.memory.buffer, at, values.length).set(values);
		return at;
	};
	const x = put(noise(m * k).map((v, i) => (chance[i] < INK ? v : -0.4242)));
	const [w, bias, g] = [put(noise(n * k)), put(noise(n)), put(noise(m * n))];
	const [y, dw] = [core.alloc(m * n * 4), core.alloc(n * k * 4)];
	const limit = Math.floor(m * k * 0.45);
	const lists = core.alloc(core.probeBackground(x, m, k, limit));
	const work = core.alloc(core.backgroundWorkspace(m, k, n, limit));
	return {
		flops: 4 * m * n * k,
		// biome-ignore format: as the kernels name them
		run: () => {
			const isDone =
				core.listBackground(x, m, k, 0, m, m, 0, lists, limit, work) &&
				core.backgroundLinear(lists, m, k, w, k * 4, bias, 4, y, n * 4, n, 0, work) &&
				core.backgroundWeightGrad(x, lists, m, k, 0, k, g, n * 4, 4, dw, k * 4, n, limit, work, 0);
			if (!isDone) throw new Error("the core took no background for granted");
		},
	};
}

/** Milliseconds by a clock; "cpu" where others use the processor too. */
const CLOCKS = {
	wall: () => performance.now(),
	cpu: () => {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1000;
	},
};

/** Times `run` for about `milliseconds` and gives GFLOPS. */
function gflops({ run, flops }, milliseconds, now) {
	const start = now();
	let runs = 0;
	let end = start;
	for (; end - start < milliseconds; end = now()) {
		run();
		runs++;
	}
	return (runs * flops) / (end - start) / 1e6;
}

/** All of a build's rows, each {form, size, gflops, share of the peak}. */
export function measureBuild(kind, rounds, clock = "wall") {
	const now = CLOCKS[clock];
	const bytes = readFileSync(
		here(`../dist/core${kind === "relaxed" ? "-relaxed" : ""}.wasm`),
	);
	if (!WebAssembly.validate(bytes)) return null;
	const core = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
	const { peakMadd, FLOPS } = new WebAssembly.Instance(
		peakModule(kind === "relaxed"),
		{ env: { abort() {} } },
	).exports;
	const peak = { run: () => peakMadd(20_000), flops: 20_000 * FLOPS.value };
	const rows = [];
	for (const size of SIZES)
		for (const form of FORMS)
			rows.push({ form: form[0], size: size[0], ...product(core, size, form) });
	rows.push({
		form: "forward and gradient, as if dense",
		size: "64×784×128, 19 % ink",
		...sparse(core),
	});
	// the compilers' turn
	for (const row of [peak, ...rows]) gflops(row, 60, now);
	const times = rows.map(() => ({ own: [], peaks: [] }));
	for (let round = 0; round < rounds; round++)
		rows.forEach((row, i) => {
			times[i].peaks.push(gflops(peak, 8, now));
			times[i].own.push(gflops(row, 25, now));
		});
	// Whatever else the machine does only ever takes away.
	const best = (list) => quantile(list, 0.9);
	const top = best(times.flatMap(({ peaks }) => peaks));
	return {
		kind,
		peak: top,
		rows: rows.map(({ form, size }, i) => ({
			form,
			size,
			gflops: best(times[i].own),
			share: best(times[i].own) / top,
		})),
	};
}

function markdown({ kind, peak, rows }) {
	const lines = rows.map(
		(r) =>
			`| ${r.size} | ${r.form} | ${r.gflops.toFixed(1)} | ${(r.share * 100).toFixed(0)} % |`,
	);
	return [
		`Core: ${kind}. Peak of multiply-add in registers: ${peak.toFixed(1)} GFLOPS.`,
		"",
		"| size | form | GFLOPS | of the peak |",
		"| --- | --- | ---: | ---: |",
		...lines,
		"",
	].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const values = new Command("node bench/kernels.mjs")
		.description(
			"Matrix products against the peak of multiply-add in registers.",
		)
		.option("--rounds <n>", "how often each has its turn", positive, 9)
		.addOption(clockOption())
		.option("--json", "not a table, but what bench/index.mjs reads")
		.parse()
		.opts();
	const results = ["simd", "relaxed"]
		.map((kind) => measureBuild(kind, values.rounds, values.clock))
		.filter((result) => result !== null);
	if (values.json) console.log(JSON.stringify(results));
	else for (const result of results) console.log(markdown(result));
}
