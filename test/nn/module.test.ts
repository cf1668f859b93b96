import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { evaluate, fixture } from "./support.js";

const { nn } = torch;
const F = nn.functional;

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(784, 128);
	fc2 = new nn.Linear(128, 10);

	override forward(x: torch.Tensor): torch.Tensor {
		return this.fc2.forward(F.relu(this.fc1.forward(x)));
	}
}

class Mixed extends nn.Module {
	readonly size = 3;
	body = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4));
	scale = new nn.Parameter(torch.ones(1));
	notRegistered = torch.ones(2, { requiresGrad: true });
	list = [new nn.Linear(1, 1)];

	constructor() {
		super();
		this.registerBuffer("offset", torch.zeros(4));
		this.registerBuffer("cache", torch.zeros(4), { persistent: false });
	}
}

class Body extends nn.Module {
	body = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
	scale = new nn.Parameter(torch.ones(1));
}

class Shared extends nn.Module {
	one = new nn.Linear(1, 1);
	two = new nn.Sequential(this.one);
}

interface Path {
	readonly js: string;
	readonly value?: unknown;
	readonly error?: string;
}

test.each(fixture<{ paths: Path[] }>("nn.json").paths)(
	"$js as in PyTorch",
	({ js, value, error }) => {
		const names = { m: new Body(), s: new Shared(), nn, torch };
		if (error !== undefined) {
			expect(() => evaluate(js, names)).toThrow(error);
			expect(() => evaluate(js, names)).toThrow(torch.TorchletError);
			return;
		}
		const found = evaluate(js, names);
		expect(
			found instanceof torch.Tensor
				? [...found.shape]
				: Array.isArray(found)
					? found
					: String(found),
		).toEqual(value);
	},
);

test("what is registered must be what its kind says", () => {
	const m = new Body();
	expect(() => m.registerModule("x", torch.ones(1) as never)).toThrow(
		"Tensor is not a Module subclass",
	);
	expect(() => m.registerParameter("x", torch.ones(1) as never)).toThrow(
		"cannot assign 'Tensor' object to parameter 'x' (torch.nn.Parameter or None required)",
	);
	expect(() => m.registerBuffer("x", 3 as never)).toThrow(
		"cannot assign 'number' object to buffer 'x' (torch Tensor or None required)",
	);
	expect(() => m.registerBuffer(3 as never, torch.ones(1))).toThrow(
		"buffer name should be a string. Got number",
	);
	expect(m.namedParameters().map(([name]) => name)).toEqual(
		new Body().namedParameters().map(([name]) => name),
	);
	expect(m.getBuffer("body.1.runningMean")).toBe(
		m.getBuffer("body.1.running_mean"),
	);
});

describe("what a module consists of", () => {
	test("fields in order, whatever the syntax", () => {
		class Assigned extends nn.Module {
			constructor() {
				super();
				Object.assign(this, { first: new nn.Linear(2, 3) });
				Object.defineProperty(this, "second", {
					value: new nn.Linear(3, 1, { bias: false }),
					enumerable: true,
				});
			}
		}
		expect(new Assigned().namedParameters().map(([n]) => n)).toEqual([
			"first.weight",
			"first.bias",
			"second.weight",
		]);
	});

	test("names of parameters, buffers and modules, as PyTorch has them", () => {
		const m = new Mixed();
		expect(m.namedParameters().map(([n]) => n)).toEqual([
			"scale",
			"body.0.weight",
			"body.0.bias",
			"body.1.weight",
			"body.1.bias",
		]);
		expect(m.parameters(false).map((p) => p === m.scale)).toEqual([true]);
		expect(m.namedBuffers("m").map(([n]) => n)).toEqual([
			"m.offset",
			"m.cache",
			"m.body.1.running_mean",
			"m.body.1.running_var",
			"m.body.1.num_batches_tracked",
		]);
		expect(m.namedModules().map(([n]) => n)).toEqual([
			"",
			"body",
			"body.0",
			"body.1",
		]);
		expect(m.namedChildren().map(([n]) => n)).toEqual(["body"]);
		expect(Object.keys(m.stateDict())).toEqual([
			"scale",
			"offset",
			"body.0.weight",
			"body.0.bias",
			"body.1.weight",
			"body.1.bias",
			"body.1.running_mean",
			"body.1.running_var",
			"body.1.num_batches_tracked",
		]);
	});

	test("what is shared is listed once, but saved under each name", () => {
		class Tied extends nn.Module {
			a = new nn.Linear(2, 2);
			b = new nn.Linear(2, 2, { bias: false });
			again = this.a;

			constructor() {
				super();
				this.b.weight = this.a.weight;
			}
		}
		const m = new Tied();
		expect(m.namedParameters().map(([n]) => n)).toEqual(["a.weight", "a.bias"]);
		expect(m.children().length).toBe(2);
		expect(m.modules().length).toBe(3);
		expect(Object.keys(m.stateDict())).toEqual([
			"a.weight",
			"a.bias",
			"b.weight",
			"again.weight",
			"again.bias",
		]);
	});

	test("registering under a bad or taken name", () => {
		const m = new Mixed();
		expect(() => m.registerBuffer("a.b", torch.ones(1))).toThrow(
			`buffer name can't contain "."`,
		);
		expect(() => m.registerParameter("body", m.scale)).toThrow(
			"attribute 'body' already exists",
		);
		expect(() => m.registerModule("forward", new nn.ReLU())).toThrow(
			"attribute 'forward' already exists",
		);
		expect(() => m.registerModule("", new nn.ReLU())).toThrow(
			`module name can't be empty string ""`,
		);
	});
});

test("train, eval, requiresGrad_ and apply reach everything", () => {
	const m = new Mixed();
	expect(
		m
			.eval()
			.modules()
			.every((s) => !s.training),
	).toBe(true);
	m.train();
	expect(m.body.at(1).training).toBe(true);
	m.requiresGrad_(false);
	expect(m.parameters().some((p) => p.requiresGrad)).toBe(false);
	const seen: string[] = [];
	m.apply((s) => seen.push(s.constructor.name));
	expect(seen).toEqual(["Linear", "BatchNorm1d", "Sequential", "Mixed"]);
});

test("zeroGrad forgets gradients, or fills them with zeros", () => {
	const m = new nn.Linear(2, 1);
	m.forward(torch.ones(1, 2)).sum().backward();
	m.zeroGrad({ setToNone: false });
	expect(m.weight.grad?.tolistSync()).toEqual([[0, 0]]);
	m.zeroGrad();
	expect(m.weight.grad).toBeNull();
});

test("no scope frees parameters or buffers, those assigned later included", () => {
	const m = torch.scope(() => new Mixed());
	torch.scope(() => {
		(m as unknown as { offset: torch.Tensor }).offset = torch.ones(4).add(1);
		m.scale = new nn.Parameter(torch.full([1], 5));
	});
	expect(m.stateDict().offset?.tolistSync()).toEqual([2, 2, 2, 2]);
	expect(m.stateDict().scale?.tolistSync()).toEqual([5]);
	expect(m.body.forward(torch.ones(2, 3)).shape).toEqual([2, 4]);
});

test("a parameter shares the memory of its tensor", () => {
	const t = torch.tensor([1, 2]);
	const p = new nn.Parameter(t);
	torch.noGrad(() => t.add_(1));
	expect(p.tolistSync()).toEqual([2, 3]);
	expect(p.isLeaf && p.requiresGrad && p instanceof torch.Tensor).toBe(true);
	expect(() => new nn.Parameter(torch.ones(1, { dtype: "int32" }))).toThrow(
		/floating point dtype can require gradients/,
	);
	expect(
		new nn.Parameter(torch.ones(1), { requiresGrad: false }).requiresGrad,
	).toBe(false);
});

test("to: a no-op on the same device; setData keeps object and gradient", async () => {
	const m = new SimpleNet();
	const before = m.parameters();
	expect(await m.to("cpu")).toBe(m);
	expect(m.parameters().every((p, i) => p === before[i])).toBe(true);
	const w = m.fc2.bias as torch.nn.Parameter;
	w.mul(2).sum().backward();
	w.setData(torch.full([10], 3));
	expect(w.mean().itemSync()).toBe(3);
	expect(w.grad?.sum().itemSync()).toBe(20);
	expect(m.namedParameters().at(-1)?.[1]).toBe(w);
});

test("a module without forward says so", () => {
	class Nothing extends nn.Module {}
	expect(() => new Nothing().forward()).toThrow(
		'Module [Nothing] is missing the required "forward" function',
	);
});

describe("state dicts", () => {
	test("detached tensors over the same memory", () => {
		const m = new nn.Linear(2, 1);
		const state = m.stateDict({ prefix: "head." });
		expect(Object.keys(state)).toEqual(["head.weight", "head.bias"]);
		expect(state["head.weight"]?.requiresGrad).toBe(false);
		nn.init.ones_(m.weight);
		expect(state["head.weight"]?.tolistSync()).toEqual([[1, 1]]);
		expect(m.stateDict({ keepVars: true }).weight).toBe(m.weight);
	});

	test("go from model to model, as object, Map, or through bytes", () => {
		const a = new SimpleNet();
		const want = a.fc1.weight.dataSync();
		for (const state of [
			a.stateDict(),
			new Map(Object.entries(a.stateDict())),
			torch.decode(torch.encode(a.stateDict())) as Record<string, unknown>,
		]) {
			const b = new SimpleNet();
			const weight = b.fc1.weight;
			expect(b.loadStateDict(state)).toEqual({
				missingKeys: [],
				unexpectedKeys: [],
			});
			expect(b.fc1.weight).toBe(weight);
			expect(weight.dataSync()).toEqual(want);
			expect(weight.requiresGrad).toBe(true);
		}
	});

	// The texts are those that PyTorch 1.13 gives for the same classes and dicts.
	test("missing, unexpected and mis-shaped keys, in PyTorch's words", () => {
		const m = new SimpleNet();
		const before = m.fc2.weight.dataSync();
		const state: Record<string, torch.Tensor> = {
			...m.stateDict(),
			"fc1.weight": torch.zeros(128, 100),
			"fc2.weight": torch.zeros(10, 128),
			"fc3.weight": torch.zeros(1),
		};
		delete state["fc1.bias"];
		expect(() => m.loadStateDict(state)).toThrow(
			new torch.ShapeError(
				'Error(s) in loading state_dict for SimpleNet:\n\tMissing key(s) in state_dict: "fc1.bias". \n\tUnexpected key(s) in state_dict: "fc3.weight". \n\tsize mismatch for fc1.weight: copying a param with shape torch.Size([128, 100]) from checkpoint, the shape in current model is torch.Size([128, 784]).',
			),
		);
		expect(m.fc2.weight.dataSync()).toEqual(before);
		expect(() => m.loadStateDict({})).toThrow(torch.FormatError);
		expect(() => m.loadStateDict({ ...m.stateDict(), "fc1.bias": 3 })).toThrow(
			/While copying the parameter named "fc1.bias", expected torch.Tensor/,
		);
		expect(() => m.loadStateDict(3 as unknown as object as never)).toThrow(
			"Expected state_dict to be dict-like, got number.",
		);
	});

	test("strict: false takes what fits by name, but sizes must", () => {
		const m = new SimpleNet();
		const result = m.loadStateDict(
			{ "fc1.bias": torch.ones(128), other: torch.ones(1) },
			{ strict: false },
		);
		expect(result.missingKeys).toEqual([
			"fc1.weight",
			"fc2.weight",
			"fc2.bias",
		]);
		expect(result.unexpectedKeys).toEqual(["other"]);
		expect(m.fc1.bias?.sum().itemSync()).toBe(128);
		expect(() =>
			m.loadStateDict({ "fc1.bias": torch.ones(3) }, { strict: false }),
		).toThrow(/size mismatch for fc1.bias/);
	});

	test("a freed tensor is refused before anything is written", () => {
		const m = new nn.Linear(1, 1);
		const state = { weight: torch.full([1, 1], 9), bias: torch.zeros(1) };
		state.bias.dispose();
		const before = m.weight.itemSync();
		expect(() => m.loadStateDict(state)).toThrow(torch.TensorDisposedError);
		expect(m.weight.itemSync()).toBe(before);
	});

	test("BatchNorm without a count of batches, as files before PyTorch 0.4.1", () => {
		const m = new nn.BatchNorm1d(2);
		const { num_batches_tracked: _, ...state } = m.stateDict();
		expect(m.loadStateDict(state).missingKeys).toEqual([]);
		expect(() => m.loadStateDict({})).toThrow(
			'Missing key(s) in state_dict: "weight", "bias", "running_mean", "running_var". ',
		);
	});

	test("loading costs no memory that stays", () => {
		const m = new SimpleNet();
		const state = m.stateDict();
		m.loadStateDict(state);
		const before = torch.memory();
		for (let i = 0; i < 20; i++) m.loadStateDict(state);
		expect(torch.memory().tensors).toBe(before.tensors);
		expect(torch.memory().bytes).toBe(before.bytes);
	});
});
