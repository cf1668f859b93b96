import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { formatHeader } from "../../src/format.js";
import * as torch from "../../src/index.js";
import { python } from "../helpers/python.js";
import { type Case, run } from "../ops/oracle.js";
import { binary, PROJECT } from "../runtimes/support.js";

interface Call extends Case {
	readonly expect: string[];
	readonly gradFn: (string | null)[];
}

const { calls }: { calls: Call[] } = JSON.parse(
	readFileSync(
		new URL("../../fixtures/printing.json", import.meta.url),
		"utf8",
	),
);

describe("results print as PyTorch's, history included", () => {
	test.each(calls.map((c, i) => [`${i}: ${c.op}`, c] as const))(
		"%s",
		async (_, c) => {
			const { outputs } = await run(c, "cpu");
			expect(outputs.map(String)).toEqual(c.expect);
			for (const [i, name] of c.gradFn.entries())
				expect((outputs[i] as torch.Tensor).gradFn?.name ?? null).toBe(name);
		},
	);
});

test("a tensor without its elements prints as PyTorch's meta tensors", () => {
	const told: string[] = JSON.parse(
		python(`
import json, torch
def m(*s, **k): return torch.zeros(*s, device="meta", **k)
print(json.dumps([str(t) for t in [m(3), m(()), m(3, 2, dtype=torch.int64), m(2, dtype=torch.bool), m(0, 2, dtype=torch.uint8), m(2, requires_grad=True), m(2, 30, requires_grad=True) * 1]]))`),
	);
	const device = "meta";
	expect([
		formatHeader([3], "float32", { device }),
		formatHeader([], "float32", { device }),
		formatHeader([3, 2], "int32", { device }),
		formatHeader([2], "bool", { device }),
		formatHeader([0, 2], "uint8", { device }),
		formatHeader([2], "float32", { device, requiresGrad: true }),
		formatHeader([2, 30], "float32", { device, gradFn: "MulBackward0" }),
	]).toEqual(told);
});

const SHOWN = `
import * as torch from ${JSON.stringify(pathToFileURL(join(PROJECT, "dist/index.js")).href)};
const x = torch.tensor([[1, 2.5], [-3, 4]], { requiresGrad: true });
console.log(x);
console.log(x.mul(2));
console.log(new torch.nn.Linear(2, 3));
console.log(new torch.optim.SGD([x], { lr: 0.01 }));
`;

const WANTED = `tensor([[ 1.0000,  2.5000],
        [-3.0000,  4.0000]], requires_grad=True)
tensor([[ 2.,  5.],
        [-6.,  8.]], grad_fn=<MulBackward0>)
Linear(in_features=2, out_features=3, bias=True)
SGD (
Parameter Group 0
    dampening: 0
    differentiable: False
    foreach: None
    lr: 0.01
    maximize: False
    momentum: 0
    nesterov: False
    weight_decay: 0
)
`;

describe("console.log prints what PyTorch's print does", () => {
	test("nested, in Node", () => {
		const x = torch.tensor([1, 2]);
		expect(inspect({ x })).toBe("{ x: tensor([1., 2.]) }");
	});

	test.each([
		["node", process.execPath, ["--input-type=module", "-e", SHOWN]],
		["deno", binary("deno"), ["eval", SHOWN]],
		["bun", binary("bun"), ["-e", SHOWN]],
	] as const)("in %s", (name, command, args) => {
		let out: string;
		try {
			out = execFileSync(command, args, { encoding: "utf8" });
		} catch (error) {
			const missing = (error as { code?: string }).code === "ENOENT";
			if (!missing || process.env.CI) throw error;
			console.warn(`not tested: console.log in ${name}, which is not there`);
			return;
		}
		expect(out).toBe(WANTED);
	});
});
