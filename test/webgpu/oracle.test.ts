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
		} catch (error) {
			failures.push(`${label}: ${String(error)}`);
		}
	}
	expect(failures).toEqual([]);
});
