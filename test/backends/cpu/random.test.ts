import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { View } from "../../../src/backends/backend.js";
import { CpuRandom } from "../../../src/backends/cpu/random.js";
import { FormatError } from "../../../src/errors.js";
import { Device, openCore } from "./support.js";

interface Fixture {
	seeds: {
		seed: number;
		draws: Record<string, number[]>;
		sequence: [string, number[]][];
	}[];
}

const fixture: Fixture = JSON.parse(
	readFileSync(
		new URL("../../../fixtures/random.json", import.meta.url),
		"utf8",
	),
);

const device = new Device(openCore());
const random = new CpuRandom(device.core);

function drawn(
	n: number,
	draw: (y: View) => void,
	dtype: "float32" | "int32" = "float32",
): number[] {
	const y = device.view([n], dtype);
	draw(y);
	const out = device.get(y);
	device.free(y);
	return out;
}

/** PyTorch's call, as the fixture names it, by the kernels below it. */
function perform(call: string): number[] {
	const [, name = "", list = ""] = /^([\w().]+?)\((.*)\)$/.exec(
		call.replace(/^empty\((\d+)\)\.(\w+)\(/, "$2($1,"),
	) as RegExpExecArray;
	const args = list.replace(/[[\]]/g, "").split(",").map(Number) as [
		number,
		number,
		number,
	];
	switch (name) {
		case "rand":
			return drawn(args[0], (y) => random.uniform(y, 0, 1));
		case "randn":
			return drawn(args[0], (y) => random.normal(y, 0, 1));
		case "randint":
			return drawn(
				args[2],
				(y) => random.randint(y, args[0], args[1]),
				"int32",
			);
		case "randperm":
			return drawn(args[0], (y) => random.randperm(y), "int32");
		case "uniform_":
			return drawn(args[0], (y) => random.uniform(y, args[1], args[2]));
		case "normal_":
			return drawn(args[0], (y) => random.normal(y, args[1], args[2]));
		case "exponential_":
			return drawn(args[0], (y) => random.exponential(y, args[1]));
		case "bernoulli_":
			return drawn(args[0], (y) => random.bernoulli(y, args[1]));
		default:
			throw new Error(`no kernel for ${call}`);
	}
}

const INTEGERS = /^(randint|randperm|.*bernoulli_)\(/;
/** Calls that are made of several kernels are tested where they are made. */
const COMPOSED = /^(bernoulli|dropout|multinomial)\(/;

function compare(call: string, want: number[]): void {
	const got = perform(call);
	if (INTEGERS.test(call) || call.includes("bernoulli_")) {
		expect(got, call).toEqual(want);
		return;
	}
	const floats = [...new Float32Array(Uint32Array.from(want).buffer)];
	expect(got, call).toEqual(floats);
}

describe.each(fixture.seeds)("seed $seed", ({ seed, draws, sequence }) => {
	test.each(Object.keys(draws).filter((c) => !COMPOSED.test(c)))(
		"%s",
		(call) => {
			random.seed(seed);
			compare(call, draws[call] as number[]);
		},
	);

	test("a sequence of calls", () => {
		random.seed(seed);
		for (const [call, want] of sequence) compare(call, want);
	});
});

describe("state", () => {
	// hashlib.sha256(torch.get_rng_state().numpy().tobytes()), after each line
	test("has PyTorch's bytes", () => {
		const digest = () =>
			createHash("sha256").update(random.getState()).digest("hex");
		random.seed(5);
		expect(digest()).toBe(STATES[0]);
		drawn(700, (y) => random.uniform(y, 0, 1));
		expect(digest()).toBe(STATES[1]);
		random.seed(-3);
		expect(digest()).toBe(STATES[2]);
	});

	test("is restored, with the waiting normal value", () => {
		random.seed(11);
		drawn(3, (y) => random.normal(y, 0, 1));
		const state = random.getState();
		const other = new CpuRandom(device.core);
		other.setState(state);
		expect(other.getState()).toEqual(state);
		const next = (r: CpuRandom) => [
			...drawn(2, (y) => r.normal(y, 0, 1)),
			...drawn(900, (y) => r.uniform(y, 0, 1)),
		];
		expect(next(other)).toEqual(next(random));
		const live = device.core.liveBytes;
		other.dispose();
		expect(device.core.liveBytes).toBeLessThan(live);
	});

	test("refuses what is none, changing nothing", () => {
		random.seed(1);
		const before = random.getState();
		expect(() => random.setState(new Uint8Array(5055))).toThrow(FormatError);
		expect(() => random.setState(new Uint8Array(5056))).toThrow(FormatError);
		expect(random.getState()).toEqual(before);
	});
});

test("a range of 2^32 takes 64 bits a draw", () => {
	random.seed(3);
	const words = [random.random32(), random.random32()];
	random.seed(3);
	const got = drawn(1, (y) => random.randint(y, -(2 ** 31), 2 ** 31), "int32");
	expect(got).toEqual([(words[1] as number) - 2 ** 31]);
});

const STATES = [
	"f4ef6f460154679cfe881f5d260e16f8ed904898fabc025c755a71e2692eb75c",
	"4813909976d4960b1e7f8b767acce1e4389e78cde131dcaa25b453a0214eda50",
	"1560afda8fe69851de2963d14ba561e791c8815abbfaaf4194c6df4826e1db19",
];
