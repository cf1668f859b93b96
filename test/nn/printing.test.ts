import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn, optim } = torch;

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(784, 128);
	fc2 = new nn.Linear(128, 10);
}

class Nested extends nn.Module {
	body = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new SimpleNet());
	heads = new nn.ModuleList([new nn.Linear(3, 2), new nn.Linear(3, 2)]);
	drop = new nn.Dropout(0.1);
}

class Empty extends nn.Module {}

interface Row {
	readonly js: string;
	readonly expect: string;
}
const fixture = JSON.parse(
	readFileSync(
		new URL("../../fixtures/printing.json", import.meta.url),
		"utf8",
	),
) as { modules: Row[]; optimizers: Row[] };

const scope = {
	torch,
	nn,
	optim,
	SimpleNet,
	Nested,
	Empty,
	params: [new nn.Parameter(torch.zeros(2))],
};

/** The fixture's expressions are JavaScript over these names. */
const evaluate = (js: string): unknown =>
	new Function(...Object.keys(scope), `return ${js}`)(...Object.values(scope));

test.each([...fixture.modules, ...fixture.optimizers])(
	"$js prints as in PyTorch",
	({ js, expect: want }) => {
		expect(String(evaluate(js))).toBe(want);
	},
);
