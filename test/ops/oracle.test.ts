import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { build, type Case, call, problems, readOracle } from "./oracle.js";

const { cases, refused } = readOracle();

const groups = new Map<string, Case[]>();
for (const c of cases) {
	const group = c.group ?? c.op;
	groups.set(group, [...(groups.get(group) ?? []), c]);
}

describe.each(["cpu"] as const)("PyTorch's answers on %s", (device) => {
	test.each([...groups])("%s", async (_name, list) => {
		const failures: string[] = [];
		for (const c of list) {
			const label = `${c.op}(${JSON.stringify(c.args)}) ${c.inputs.map((i) => `${i.dtype}[${i.shape}]${i.layout ? JSON.stringify(i.layout) : ""}`)}`;
			try {
				for (const problem of await problems(c, device))
					failures.push(`${label}: ${problem}`);
			} catch (error) {
				failures.push(`${label}: ${String(error)}`);
			}
		}
		expect(failures).toEqual([]);
	});

	test("every op has at least 8 cases", () => {
		for (const [name, list] of groups)
			expect(list.length, name).toBeGreaterThanOrEqual(8);
	});

	test.each(
		refused.map(
			(c) =>
				[
					`${c.op} ${JSON.stringify(c.args)} ${c.inputs.map((i) => i.dtype)}`,
					c,
				] as const,
		),
	)("refuses %s", (_name, c) => {
		const inputs = c.inputs.map((p, i) => {
			const t = build(p, device);
			return i === 0 && c.op.endsWith("_") ? t.clone() : t;
		});
		let message = "nothing was thrown";
		try {
			call(c, inputs);
		} catch (error) {
			expect(error).toBeInstanceOf(torch.TorchletError);
			message = (error as Error).message;
		}
		expect(message).toContain(c.error);
	});
});
