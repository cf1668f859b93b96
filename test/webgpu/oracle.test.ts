import { beforeAll, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";
import { type Case, problems, readOracle } from "../ops/oracle.js";

const { cases } = readOracle();

const groups = new Map<string, Case[]>();
for (const c of cases) {
	const group = c.group ?? c.op;
	groups.set(group, [...(groups.get(group) ?? []), c]);
}

/**
 * Results whose size, or whose plain number, depends on values that only an
 * await can bring from a GPU: these refuse, and say what to await instead.
 */
function needsRead(c: Case): boolean {
	const takesMask = c.inputs.slice(1).some((i) => i.dtype === "bool");
	switch (c.op) {
		case "equal":
			return String(c.inputs[0]?.shape) === String(c.inputs[1]?.shape);
		case "allclose":
		case "nonzero":
		case "maskedSelect":
			return true;
		case "index":
			return takesMask;
		case "indexPut_":
			// one value for each place where the mask holds
			return takesMask && c.inputs[2]?.shape.join() === "2,4";
		case "repeatInterleave":
			return c.inputs.length > 1;
		case "oneHot":
			return c.args.length === 1;
		default:
			return false;
	}
}

const AWAITED = ["equal", "allclose", "nonzero", "maskedSelect", "index"];

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	await torch.tensor([0]).to("webgpu");
});

test.each([...groups])("%s on webgpu", async (_name, list) => {
	const failures: string[] = [];
	for (const c of list) {
		const label = `${c.op}(${JSON.stringify(c.args)}) ${c.inputs.map((i) => `${i.dtype}[${i.shape}]${i.layout ? JSON.stringify(i.layout) : ""}`)}`;
		try {
			for (const problem of await problems(c, "webgpu"))
				failures.push(`${label}: ${problem}`);
			if (needsRead(c)) failures.push(`${label}: did not refuse`);
		} catch (error) {
			if (!(needsRead(c) && error instanceof torch.DeviceError)) {
				failures.push(`${label}: ${String(error)}`);
				continue;
			}
			if (!AWAITED.includes(c.op)) {
				expect(error.message).toMatch(/await/);
				continue;
			}
			expect(error.message).toContain(`await t.${c.op}Async(`);
			const instead: Case = { ...c, call: "method", op: `${c.op}Async` };
			for (const problem of await problems(instead, "webgpu"))
				failures.push(`${label}, awaited: ${problem}`);
		}
	}
	expect(failures).toEqual([]);
});
