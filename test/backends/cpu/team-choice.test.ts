import { describe, expect, test } from "vitest";
import { Choice } from "../../../src/backends/cpu/team-choice.js";

/** Kinds of calls of a training step: work, and time for it by one thread. */
const KINDS = [
	{ work: 2e6, alone: 0.05 },
	{ work: 40e6, alone: 0.35 },
	{ work: 41e6, alone: 0.4 },
];

let now = 0;

/**
 * Share of so many calls that were shared, if sharing takes `ratio` of the time,
 * and `between` milliseconds go by before each.
 */
function shareOf(
	choice: Choice,
	calls: number,
	ratio: (call: number) => number,
	between: (isShared: boolean, call: number) => number = () => 0,
): number {
	let shared = 0;
	for (let i = 0; i < calls; i++) {
		const kind = i % KINDS.length;
		const { work, alone } = KINDS[kind] as (typeof KINDS)[number];
		const { isShared } = choice;
		if (isShared) shared++;
		const start = now + between(isShared, i);
		now = start + (isShared ? alone * ratio(i) : alone);
		choice.record(kind, work, start, now);
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

	test("comes back for a tenth, not for a twentieth", () => {
		const choice = new Choice();
		shareOf(choice, 20_000, () => 1.5);
		expect(shareOf(choice, 20_000, () => 0.95)).toBeLessThan(0.05);
		shareOf(choice, 1200, () => 0.85);
		expect(shareOf(choice, 20_000, () => 0.85)).toBeGreaterThan(0.97);
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
			const start = now;
			now += choice.isShared ? alone * 0.7 : alone;
			choice.record(Number(isDear), 1e6, start, now);
		}
		expect(shared / calls).toBeGreaterThan(0.9);
	});

	test("rests where what it saves is lost between the calls", () => {
		// what a worker wrote is slow to read
		const between = (isShared: boolean) => (isShared ? 0.2 : 0.05);
		const choice = new Choice();
		shareOf(choice, 2000, () => 0.7, between);
		expect(shareOf(choice, 20_000, () => 0.7, between)).toBeLessThan(0.05);
	});

	test("is not judged by what others do between the calls", () => {
		const between = (_: boolean, i: number) => (i % 7 === 0 ? 50 * (i % 4) : 0);
		const choice = new Choice();
		shareOf(choice, 2000, () => 0.7, between);
		expect(shareOf(choice, 20_000, () => 0.7, between)).toBeGreaterThan(0.9);
	});

	test("goes on as it is where the clock tells nothing", () => {
		expect(shareOf(new Choice(), 10_000, () => 0)).toBe(1);
	});
});
