import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { build, call, type Refused, valuesOf } from "./oracle.js";

const { cases }: { cases: Refused[] } = JSON.parse(
	readFileSync(new URL("../../fixtures/errors.json", import.meta.url), "utf8"),
);

/** PyTorch's words with our names: an int32 stands for an int64. */
function ours(error: string): string {
	return error.replaceAll("torch.int64", "torch.int32");
}

test("there are at least 150 wrong calls", () => {
	expect(cases.length).toBeGreaterThanOrEqual(150);
});

test.each(
	cases.map(
		(c) =>
			[
				`${c.op} ${JSON.stringify(c.args)} ${c.inputs.map((i) => `${i.dtype}[${i.shape}]`)}`,
				c,
			] as const,
	),
)("%s", (_name, c) => {
	torch.scope(() => {
		const inputs = c.inputs.map((p) => build(p, "cpu"));
		const before = torch.memory().tensors;
		let thrown: unknown = null;
		torch.scope(() => {
			try {
				call(c, inputs);
			} catch (error) {
				thrown = error;
			}
		});
		expect(thrown, "nothing was thrown").toBeInstanceOf(torch.TorchletError);
		expect((thrown as Error).message).toContain(ours(c.error));
		// nothing was changed, and nothing is left behind
		expect(torch.memory().tensors).toBe(before);
		inputs.forEach((t, i) => {
			if (!c.inputs[i]?.layout)
				expect([...t.dataSync()]).toEqual(
					valuesOf(c.inputs[i] as (typeof c.inputs)[number]),
				);
		});
	});
});
