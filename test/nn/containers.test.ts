import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { evaluate, fixture } from "./support.js";

const { nn } = torch;

test("Sequential runs in order, and is read, appended and named", () => {
	const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
	expect(model.length).toBe(2);
	model.append(new nn.Linear(3, 1));
	expect([...model].map((m) => m.constructor.name)).toEqual([
		"Linear",
		"ReLU",
		"Linear",
	]);
	expect(model.at(-1)).toBe(model.at(2));
	expect(() => model.at(3)).toThrow("index 3 is out of range");
	const x = torch.rand(4, 2);
	const [first, , last] = [...model] as [
		torch.nn.Linear,
		torch.nn.ReLU,
		torch.nn.Linear,
	];
	const want = last.forward(first.forward(x).relu());
	expect(model.forward(x).tolistSync()).toEqual(want.tolistSync());
	expect(Object.keys(model.stateDict())).toEqual([
		"0.weight",
		"0.bias",
		"2.weight",
		"2.bias",
	]);
	const named = new nn.Sequential({
		hidden: first,
		act: new nn.ReLU(),
		out: last,
	});
	expect(Object.keys(named.stateDict())[2]).toBe("out.weight");
	expect(named.forward(x).tolistSync()).toEqual(want.tolistSync());
});

test("eleven layers and more stay in order", () => {
	const model = new nn.Sequential(
		...Array.from({ length: 12 }, () => new nn.Linear(1, 1)),
	);
	expect(model.namedChildren().map(([n]) => n)).toEqual(
		Array.from({ length: 12 }, (_, i) => String(i)),
	);
});

test("ModuleList registers, ModuleDict names", () => {
	const list = new nn.ModuleList([new nn.Linear(2, 2)]);
	list.append(new nn.Linear(2, 1)).insert(0, new nn.Linear(1, 2));
	expect([...list].map((m) => m.inFeatures)).toEqual([1, 2, 2]);
	expect(list.parameters().length).toBe(6);
	expect(list.at(1).outFeatures).toBe(2);
	const dict = new nn.ModuleDict<torch.nn.Module>({ a: new nn.ReLU() });
	dict.set("b", new nn.Linear(1, 1)).set("a", new nn.Tanh());
	expect(dict.keys()).toEqual(["a", "b"]);
	expect(String(dict.get("a"))).toBe("Tanh()");
	expect([...dict].length).toBe(2);
	expect(dict.parameters().length).toBe(2);
	expect(dict.delete("b") && !dict.has("b")).toBe(true);
	expect(() => dict.set("keys", new nn.ReLU())).toThrow(
		"attribute 'keys' already exists",
	);
});

test("ParameterList registers, and makes parameters of tensors", () => {
	const list = new nn.ParameterList([
		torch.ones(2),
		new nn.Parameter(torch.ones(1)),
	]);
	list.append(torch.zeros(3));
	expect(list.length).toBe(3);
	expect(list.at(-1).shape).toEqual([3]);
	expect(list.at(0).requiresGrad).toBe(true);
	expect(list.namedParameters().map(([n]) => n)).toEqual(["0", "1", "2"]);
});

test("a Sequential takes names from a Map too", () => {
	const model = new torch.nn.Sequential(new Map([["a", new torch.nn.ReLU()]]));
	expect(String(model)).toBe("Sequential(\n  (a): ReLU()\n)");
});

test("loadStateDict's answer prints as PyTorch's", () => {
	const model = new torch.nn.Linear(3, 2);
	const { weight, bias } = model.stateDict();
	expect(String(model.loadStateDict({ weight, bias }))).toBe(
		"<All keys matched successfully>",
	);
	const partly = model.loadStateDict({ weight, x: bias }, { strict: false });
	expect(String(partly)).toBe(
		"_IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['x'])",
	);
});

interface Change {
	readonly js: string;
	readonly value?: string;
	readonly error?: string;
}

test.each(fixture<{ changes: Change[] }>("nn.json").changes)(
	"$js as in PyTorch",
	({ js, value, error }) => {
		const three = [new nn.ReLU(), new nn.Sigmoid(), new nn.Identity()] as const;
		const [x, y, z] = three;
		const names = {
			nn,
			q: new nn.Sequential(...three),
			n: new nn.Sequential({ x, y, z }),
			l: new nn.ModuleList<torch.nn.Module>(three),
			d: new nn.ModuleDict<torch.nn.Module>({ a: x, b: y }),
		};
		if (error === undefined) expect(String(evaluate(js, names))).toBe(value);
		else expect(() => evaluate(js, names)).toThrow(error);
	},
);
