import { afterAll, describe, expect, test } from "vitest";
import type { GradNode } from "../../src/autograd/node.js";
import * as torch from "../../src/index.js";
import { rows } from "./gradients.js";

interface Entry {
	readonly name: string;
	readonly forward: unknown;
	readonly backward?: unknown;
}

function isEntry(value: unknown): value is Entry {
	return typeof value === "object" && value !== null && "forward" in value;
}

/** Every entry of src/ops, by file and export. */
function registry(): Map<string, Entry> {
	const files = import.meta.glob("../../src/ops/*.ts", { eager: true });
	const entries = new Map<string, Entry>();
	for (const [path, exported] of Object.entries(files)) {
		const file = path.replace(/.*\/(.*)\.ts$/, "$1");
		for (const [name, value] of Object.entries(exported as object)) {
			if (isEntry(value)) entries.set(`${file}.${name}`, value);
			else if (typeof value === "object" && value !== null)
				for (const [key, inner] of Object.entries(value))
					if (isEntry(inner)) entries.set(`${file}.${name}.${key}`, inner);
		}
	}
	return entries;
}

/** Whether `entry` made a node of the graphs of `outputs`. */
function takesPart(entry: Entry, outputs: readonly torch.Tensor[]): boolean {
	const seen = new Set<GradNode>();
	const stack: (GradNode | null)[] = outputs.map((t) => t.gradFn);
	for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
		if (node === null || seen.has(node)) continue;
		if ((node.op as Entry | null) === entry) return true;
		seen.add(node);
		stack.push(...node.edges, node.inner);
	}
	return false;
}

/** PyTorch has no gradient with respect to the number of a conversion, so float32 to float32 only. */
const NEVER_RECORDED = new Set(["unary.toCopy"]);

/** Their backward says, as PyTorch's, that there is none. */
const REFUSED = new Set(["binary.binaries.floorDivision"]);

const differentiable = [...registry()].filter(
	([key, entry]) => entry.backward !== undefined && !REFUSED.has(key),
);

describe("gradients of every operation, against differences", () => {
	test("the registry was found", () => {
		expect(differentiable.length).toBeGreaterThan(100);
	});

	test.each(differentiable)("%s", async (key, entry) => {
		const list = rows[key];
		expect(list, `no row for ${key} in test/ops/gradients.ts`).toBeDefined();
		if (NEVER_RECORDED.has(key)) return;
		expect(list?.length).toBeGreaterThan(0);
		let used = false;
		for (const { run, inputs, name } of list ?? []) {
			const make = inputs();
			const result = run(...make);
			const outputs = Array.isArray(result) ? result : [result as torch.Tensor];
			used ||= takesPart(entry, outputs);
			await torch.autograd
				.gradcheck(run, make)
				.catch((error: Error) => expect.fail(`${name}: ${error.message}`));
			await torch.autograd
				.gradgradcheck(run, make)
				.catch((error: Error) =>
					expect.fail(`${name}, second derivative: ${error.message}`),
				);
		}
		expect(used, `no row of ${key} runs it`).toBe(true);
	});

	test("no row is left over", () => {
		const known = new Set(differentiable.map(([key]) => key));
		expect(Object.keys(rows).filter((key) => !known.has(key))).toEqual([]);
	});

	afterAll(() => {
		expect(torch.isGradEnabled()).toBe(true);
	});
});
