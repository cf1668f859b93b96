import {
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareWith } from "../../bench/lib/compare.mjs";
import { prepareData } from "../../bench/lib/data.mjs";
import { measure } from "../../bench/lib/measure.mjs";
import { markdown } from "../../bench/lib/report.mjs";
import { quantile, spread } from "../../bench/lib/stats.mjs";
import { node, PROJECT } from "../cli/support.js";
import { temporaryFolder } from "../helpers/folder.js";

const folder = temporaryFolder();
const bench = (...args: string[]) =>
	node([join(PROJECT, "bench/index.mjs"), ...args], folder);

// numpy.quantile(list, q)
test.each([
	[[3, 1, 2], 0.5, 2],
	[[4, 1, 3, 2], 0.5, 2.5],
	[[4, 1, 3, 2], 0.25, 1.75],
	[[10, 20], 0.9, 19],
	[[7], 0.75, 7],
])("quantile of %j at %f is %f", (numbers, q, want) => {
	expect(quantile(numbers, q)).toBeCloseTo(want, 12);
});

const line = (name: string, times: number[], more = {}) => ({
	id: "step",
	title: "Step",
	unit: "ms",
	contenders: [{ name, ...spread(times), times, busy: 1 }],
	missing: [],
	targets: [],
	...more,
});
const result = (...lines: object[]) => ({
	machine: { cpu: "A", cores: 2, node: "20", load: [0] },
	runtime: "node",
	clock: "wall",
	lines,
});
const around = (middle: number) =>
	[0.98, 0.99, 1, 1.01, 1.02].map((x) => x * middle);

describe("a comparison", () => {
	const told = (now: object, then: object) => {
		const result_ = result(now);
		const slower = compareWith(result_, result(then));
		const [{ change }] = (result_.lines[0] as ReturnType<typeof line>)
			.contenders as unknown as [{ change: string }];
		return { slower, change };
	};

	test.each([
		[2, 1, "+100 %, WORSE"],
		[1, 2, "-50 %, better"],
		[1.04, 1, "+4 %, noise"],
	])("of %f with %f before says %s", (now, then, change) => {
		const found = told(
			line("Torchlet", around(now)),
			line("Torchlet", around(then)),
		);
		expect(found.change).toBe(change);
		expect(found.slower.length).toBe(change.includes("WORSE") ? 1 : 0);
	});

	test("takes what a spread covers for noise", () => {
		const wide = [1, 1, 2, 3, 3];
		expect(
			told(line("Torchlet", wide), line("Torchlet", around(1.2))).change,
		).toBe("+67 %, noise");
	});

	test("knows what is better when more", () => {
		const up = { higherIsBetter: true };
		const found = told(
			line("Torchlet", around(2), up),
			line("Torchlet", around(1), up),
		);
		expect(found.change).toBe("+100 %, better");
	});

	test("does not judge few rounds, nor a machine that others used", () => {
		const few = told(line("Torchlet", [2]), line("Torchlet", [1]));
		expect(few.change).toBe("+100 %, too few rounds to tell");
		const shared = line("Torchlet", around(2));
		(shared.contenders[0] as { busy: number }).busy = 0.5;
		expect(told(shared, line("Torchlet", around(1))).change).toBe(
			"+100 %, but others used the machine",
		);
	});

	test("blames peers for nothing, and tells of what is lost", () => {
		const peer = told(line("PyTorch", around(2)), line("PyTorch", around(1)));
		expect(peer).toEqual({ slower: [], change: "+100 %, WORSE" });
		const lost = result(line("PyTorch", around(1)));
		const slower = compareWith(lost, result(line("Torchlet", around(1))));
		expect(slower).toEqual(["lost: Step: Torchlet was there, and did not run"]);
	});

	test("says on top what makes two results unlike", () => {
		const now = result(line("Torchlet", around(1)));
		const then = { ...result(line("Torchlet", around(1))), runtime: "bun 1.4" };
		compareWith(now, then);
		expect(markdown(now)).toContain(
			"not alike: runtime bun 1.4 then, node now",
		);
	});
});

test.each([
	[["nonsense"], "train, lenet, predict"],
	[["train", "--line", "nonsense"], "step-mnist"],
	[["train", "--rounds", "0"], "from 1 on"],
	[["--runtime", "nonsense"], "node, deno, bun, page"],
	[["train", "--clock", "sun"], "wall, cpu"],
	[["kernels", "--runtime", "deno"], "kernels is of --runtime node only"],
	[["webgpu"], "webgpu is of --runtime page only"],
	[["train", "--compare", "none.json"], "there is no such file"],
	[["train", "--compare", "text.json"], "text.json: "],
	[["train", "--compare", "other.json"], "no result of these benchmarks"],
	[["--nonsense"], "--nonsense"],
])("%j is refused with exit code 2 before anything runs", (args, named) => {
	writeFileSync(join(folder, "text.json"), "no JSON");
	writeFileSync(join(folder, "other.json"), '{"lines": [1]}');
	const { status, stdout, stderr } = bench(...args);
	expect(stderr).toContain(named);
	expect(stderr).not.toMatch(/^\s+at /m);
	expect(status).toBe(2);
	expect(stdout).toBe("");
});

test("every script helps", () => {
	for (const script of ["index", "kernels"]) {
		const { status, stdout } = node(
			[join(PROJECT, `bench/${script}.mjs`), "--help"],
			folder,
		);
		expect(status).toBe(0);
		expect(stdout).toContain("--rounds");
	}
});

test("a run writes its result, and compares it with an older one", () => {
	const out = join(folder, "out");
	mkdirSync(out);
	const args = ["size", "--no-install", "--out", out];
	const first = bench(...args);
	expect(first.stderr).toContain("node-size.json");
	expect(first.status).toBe(0);
	expect(first.stdout).toMatch(/^# Torchlet's benchmarks, node\n\n.* × /);
	expect(readdirSync(out).sort()).toEqual(
		["json", "md", "svg"].map((kind) => `node-size.${kind}`),
	);
	const old = JSON.parse(readFileSync(join(out, "node-size.json"), "utf8"));
	for (const c of old.lines[0].contenders) c.median /= 2;
	const path = join(folder, "old.json");
	writeFileSync(path, JSON.stringify(old));
	const second = bench(...args, "--compare", path);
	expect(second.stdout).toContain("+100 %, WORSE");
	expect(second.stderr).toContain("slower: Bundled");
	expect(second.status).toBe(1);
});

describe("a line", () => {
	let data = "";
	beforeAll(async () => {
		data = await prepareData();
	});
	// vitest ends its workers without the event that would do it
	afterAll(() => rmSync(data, { recursive: true }));

	const ours = { name: "Torchlet", peer: "torchlet", options: {} };
	const competition = (contenders: object[], options = {}) =>
		measure(
			{
				id: "rows",
				title: "Rows",
				unit: "ms",
				task: "predict",
				options: { input: "mnist", rows: 1000, ...options },
				check: { count: true, allowed: 1 },
				contenders,
				targets: [{ ours: "Torchlet", against: "again", atLeast: 0.01 }],
			},
			{ where: { runtime: "node", data }, rounds: 2, clock: "wall", turn: 1 },
		);

	test("has times of all who agree, in pairs", async () => {
		const found = await competition([ours, { ...ours, name: "again" }]);
		expect(found.missing).toEqual([]);
		for (const { median, times, apart } of found.contenders) {
			expect(median).toBeGreaterThan(0);
			expect(times).toHaveLength(2);
			expect(apart).toBe(0);
		}
		expect(found.targets[0].met).toBe(true);
	});

	test("leaves out who answers otherwise, or cannot be had", async () => {
		const found = await competition([
			ours,
			{ ...ours, name: "wrong", options: { input: "dense" } },
			{ ...ours, name: "again", peer: "nobody" },
		]);
		expect(found.contenders.map((c: { name: string }) => c.name)).toEqual([
			"Torchlet",
		]);
		const [wrong, nobody] = found.missing;
		expect(wrong.reason).toMatch(/answers differ from the first's by \d{4}/);
		expect(nobody.reason).toContain("Cannot find module");
		expect(found.targets[0].ratio).toBeNull();
	});
});
