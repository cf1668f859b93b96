import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileToTable } from "../../src/vision/table.js";
import {
	Compose,
	Lambda,
	Normalize,
	ToTensor,
} from "../../src/vision/transforms.js";

interface Case {
	channels: number;
	steps: [mean: number[], std: number[]][];
	bits: string;
}

const cases: Case[] = JSON.parse(
	readFileSync(
		new URL("../../fixtures/vision/transforms.json", import.meta.url),
		"utf8",
	),
);

const normalize = new Normalize([0.1307], [0.3081]);

describe("compileToTable", () => {
	test.each(cases)("case %#: PyTorch's bits", ({ channels, steps, bits }) => {
		const transform = new Compose([
			new ToTensor(),
			...steps.map(([mean, std]) => new Normalize(mean, std)),
		]);
		const table = compileToTable(transform, channels) as Float32Array;
		const expected = Buffer.from(bits, "base64");
		expect(expected.length).toBe(channels * 256 * 4);
		expect(Buffer.from(table.buffer).equals(expected)).toBe(true);
	});

	test("ToTensor alone, and Compose within Compose", () => {
		const alone = compileToTable(new ToTensor());
		expect(alone?.[255]).toBe(1);
		expect(alone?.[51]).toBe(Math.fround(0.2));
		const nested = new Compose([
			new Compose([new ToTensor()]),
			new Compose([normalize]),
		]);
		expect(compileToTable(nested)).toEqual(
			compileToTable(new Compose([new ToTensor(), normalize])),
		);
	});

	test("null for whatever is more than a table", () => {
		class Flip extends ToTensor {}
		class Noise extends Normalize {}
		const others = [
			new Compose([]),
			normalize,
			new Compose([normalize, new ToTensor()]),
			new Compose([new ToTensor(), new Lambda((x) => x)]),
			new Compose([new ToTensor(), new ToTensor()]),
			new Flip(),
			new Compose([new ToTensor(), new Noise(0.5, 0.5)]),
			(x: unknown) => x,
			new Compose([new ToTensor(), new Normalize([0.1, 0.2], [1, 1])]),
			new Compose([new ToTensor(), new Normalize([0.1], [1, 1])]),
		];
		for (const transform of others) {
			expect(compileToTable(transform)).toBe(null);
		}
	});
});
