import { describe, expect, test } from "vitest";
import { Choice } from "../../../src/backends/cpu/team-choice.js";

/** Kinds of calls of a training step: work, and time for it by one thread. */
const KINDS = [
	{ work: 2e6, alone: 0.05 },
	{ work: 40e6, alone: 0.35 },
	{ work: 41e6, alone: 0.4 },
];

/** Share of so many calls that were shared, if sharing takes `ratio` of the time. */
function shareOf(
	choice: Choice,
	calls: number,
	ratio: (call: number) => number,
): number {
	let shared = 0;
	for (let i = 0; i < calls; i++) {
		const kind = i % KINDS.length;
		const { work, alone } = KINDS[kind] as (typeof KINDS)[number];
		if (choice.isShared) shared++;
		choice.record(kind, work, choice.isShared ? alone * ratio(i) : alone);
	}
	return shared / calls;
}

describe("a team", () => {
	test("works where it saves time", () => {
		const choice = new Choice();
		shareOf(choice, 1000, () => 0.6);
		expect(shareOf(choice, 20_000, () => 0.6)).toBeGreaterThan(0.97);
	});

	test("rests where it costs time, but for trials", () => {
		const choice = new Choice();
		expect(shareOf(choice, 1000, () => 1.5)).toBeLessThan(0.3);
		expect(shareOf(choice, 20_000, () => 1.5)).toBeLessThan(0.05);
	});

	test.each([
		["less", 0.95, 0.97, 1],
		["more", 1.05, 0, 0.05],
	])("is judged by a little %s as well", (_, ratio, least, most) => {
		const choice = new Choice();
		shareOf(choice, 2000, () => ratio);
		const share = shareOf(choice, 20_000, () => ratio);
		expect(share).toBeGreaterThanOrEqual(least);
		expect(share).toBeLessThanOrEqual(most);
	});

	test("rests soon after its processor is taken, and is back when it is free again", () => {
		const choice = new Choice();
		shareOf(choice, 20_000, () => 0.6);
		expect(shareOf(choice, 300, () => 1.8)).toBeLessThan(0.4);
		shareOf(choice, 20_000, () => 1.8);
		shareOf(choice, 1200, () => 0.6);
		expect(shareOf(choice, 5000, () => 0.6)).toBeGreaterThan(0.9);
	});

	test("is not sent home by a single interruption", () => {
		const choice = new Choice();
		const ratio = (i: number) => (i % 500 === 499 ? 10 : 0.6);
		shareOf(choice, 2000, ratio);
		expect(shareOf(choice, 20_000, ratio)).toBeGreaterThan(0.85);
	});

	test("is judged by kinds of calls as they are mixed", () => {
		const choice = new Choice();
		// stretches of cheap calls and of dear ones: which of them a window falls on says nothing
		const calls = 20_000;
		let shared = 0;
		for (let i = 0; i < calls; i++) {
			const isDear = Math.floor(i / 40) % 2 === 0;
			const alone = isDear ? 4 : 0.01;
			if (choice.isShared) shared++;
			choice.record(Number(isDear), 1e6, choice.isShared ? alone * 0.7 : alone);
		}
		expect(shared / calls).toBeGreaterThan(0.9);
	});

	test("goes on as it is where the clock tells nothing", () => {
		expect(shareOf(new Choice(), 10_000, () => 0)).toBe(1);
	});
});
