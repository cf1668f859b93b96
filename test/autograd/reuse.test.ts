/**
 * The graph's nodes, memory's counters and handles of gradients serve again.
 * Nothing of that may show: what a user has stays what it was, or says that it was freed.
 */
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn, optim } = torch;
const F = nn.functional;

const first = new nn.Linear(6, 5);
const model = new nn.Sequential(first, new nn.ReLU(), new nn.Linear(5, 3));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const x = torch.rand(4, 6);
const t = torch.tensor([0, 2, 1, 2], { dtype: "int32" });

/** Enough to take whatever is there to be used again. */
function train(steps = 20): void {
	for (let i = 0; i < steps; i++)
		torch.scope(() => {
			optimizer.zeroGrad();
			F.crossEntropy(model.forward(x), t).backward();
			optimizer.step();
		});
}

test("a node that was looked at stays what it was", () => {
	const names = (node: torch.Tensor["gradFn"]): string =>
		node === null
			? "-"
			: `${node.name}(${node.nextFunctions.map(names).join(", ")})`;
	train();
	const { node, inner, shown } = torch.scope(() => {
		const node = F.crossEntropy(model.forward(x), t).gradFn;
		const inner = node?.nextFunctions[0] ?? null;
		return { node, inner, shown: names(node) };
	});
	expect(shown).toContain("NllLossBackward0(AddmmBackward0(");
	// other operations with two and three inputs
	for (let i = 0; i < 20; i++)
		torch.scope(() => {
			const w = first.weight.mul(first.weight).sub(first.weight);
			torch.where(w.gt(0), w, first.weight).sum().backward();
		});
	expect(node?.name).toBe("NllLossBackward0");
	expect(inner?.name).toBe("AddmmBackward0");
});

test("a graph that is kept gives the same gradients after other passes", () => {
	const w = torch.rand(3, 6).requiresGrad_(true);
	const y = F.crossEntropy(F.linear(x, w).relu(), t);
	const once = (): number[] => {
		w.grad = null;
		y.backward(null, { retainGraph: true });
		return [...((w.grad as torch.Tensor | null)?.dataSync() ?? [])];
	};
	const before = once();
	expect(before.some((g) => g !== 0)).toBe(true);
	train();
	expect(once()).toEqual(before);
});

test("a gradient that was seen outlives zeroGrad", () => {
	train(1);
	torch.scope(() => {
		F.crossEntropy(model.forward(x), t).backward();
	});
	const seen = first.weight.grad as torch.Tensor;
	const values = [...seen.dataSync()];
	optimizer.zeroGrad();
	train();
	expect([...seen.dataSync()]).toEqual(values);
});

test("what a hook got stays as it was", () => {
	const got: torch.Tensor[] = [];
	const values: number[][] = [];
	const h = F.linear(x, torch.rand(3, 6).requiresGrad_(true));
	h.registerHook((g) => {
		got.push(g);
		values.push([...g.dataSync()] as number[]);
	});
	F.crossEntropy(h.relu(), t).backward();
	train();
	expect(got.map((g) => [...g.dataSync()])).toEqual(values);
});

test("what a Function's backward kept is freed, and is never another tensor", () => {
	const kept: torch.Tensor[] = [];
	class Spy extends torch.autograd.Function {
		static override forward(
			_c: torch.autograd.FunctionContext,
			a: torch.Tensor,
		) {
			return a.mul(2);
		}
		static override backward(
			_c: torch.autograd.FunctionContext,
			g: torch.Tensor,
		) {
			const made = g.mul(2);
			kept.push(g, made);
			return made;
		}
	}
	const w = torch.rand(3, 6).requiresGrad_(true);
	const through = (a: torch.Tensor) => Spy.apply(a);
	for (const wrap of [
		through,
		(a: torch.Tensor) => torch.autograd.checkpoint(through, a),
	])
		torch.scope(() => {
			F.crossEntropy(wrap(F.linear(x, w)).relu(), t).backward();
		});
	expect(kept.length).toBe(4);
	train();
	for (const g of kept)
		expect(() => g.add(1)).toThrow(torch.TensorDisposedError);
});

test("what a scope freed says so, however much was made since", () => {
	const leaked: torch.Tensor[] = [];
	torch.scope(() => {
		const h = model.forward(x).relu();
		const loss = F.crossEntropy(h, t);
		loss.backward();
		leaked.push(h, loss);
	});
	train();
	for (const g of leaked) {
		expect(g.isDisposed).toBe(true);
		expect(() => g.add(1)).toThrow(torch.TensorDisposedError);
	}
});

test("a gradient that is a view of one that was freed has no other's history", () => {
	const w = torch.rand(3, 6).requiresGrad_(true);
	const used: torch.Tensor[] = [];
	torch.scope(() => {
		w.view(6, 3).mul(2).sum().backward();
	});
	// whatever handle is to be used again is a result with a history now
	torch.scope(() => {
		for (let i = 0; i < 20; i++) used.push(w.mul(3));
		const grad = w.grad as torch.Tensor;
		grad.mul_(0.5);
		expect(grad.gradFn).toBeNull();
		expect([...grad.dataSync()]).toEqual(new Array(18).fill(1));
	});
});

const values = (a: torch.Tensor | null): number[] => [...(a?.dataSync() ?? [])];

test("the handle of the first gradient serves again, and is no 1 then", () => {
	const w = torch.rand(4, 3).requiresGrad_(true);
	const gradient = (times: number): number[] => {
		w.grad = null;
		torch.scope(() => {
			let loss = F.crossEntropy(w, t);
			for (let i = 0; i < times; i++) loss = loss.mul(2);
			loss.backward();
		});
		return values(w.grad);
	};
	const once = gradient(0);
	for (let times = 1; times < 5; times++)
		expect(gradient(times)).toEqual(once.map((g) => g * 2 ** times));
});

test("memory that inference mode had is anybody's afterwards", () => {
	const w = torch.tensor([1, 2, 3]).requiresGrad_(true);
	torch.scope(() =>
		torch.inferenceMode(() => {
			for (let i = 0; i < 10; i++) w.mul(2);
		}),
	);
	torch.scope(() => {
		for (let i = 0; i < 10; i++) {
			const h = w.mul(2);
			expect(h.isInference()).toBe(false);
			h.mul(h).sum().backward();
		}
	});
	expect(values(w.grad)).toEqual([80, 160, 240]);
});

test("a view goes on after what it is a view of was freed", () => {
	const w = torch.tensor([1, 2, 3, 4]).requiresGrad_(true);
	const written = torch.scope(() => w.mul(2).view(2, 2));
	written.mul_(3);
	written.sum().backward();
	expect(values(w.grad)).toEqual([6, 6, 6, 6]);

	// what was written through another view, before and after
	for (const isFirst of [true, false]) {
		w.grad = null;
		const base = w.mul(2);
		const [a, b] = [base.view(2, 2), base.view(4)];
		if (isFirst) b.mul_(3);
		base.dispose();
		if (!isFirst) b.mul_(3);
		b.dispose();
		a.sum().backward();
		expect(values(w.grad)).toEqual([6, 6, 6, 6]);
	}
});

test("the last view lets go of the history of what it was a view of", () => {
	const w = torch.rand(8).requiresGrad_(true);
	const before = torch.memory().tensors;
	for (let i = 0; i < 3; i++)
		torch.scope(() => {
			const [a, b] = torch.scope(() => {
				const base = w.exp().mul(w);
				return [base.view(2, 4), base.view(4, 2)];
			});
			a?.mul_(2);
			a?.dispose();
			b?.mul_(2);
		});
	expect(torch.memory().tensors).toBe(before);
});

test("a Function that writes a view gets its gradient, and keeps it to itself", () => {
	const kept: torch.Tensor[] = [];
	class Triple extends torch.autograd.Function {
		static override forward(
			c: torch.autograd.FunctionContext,
			a: torch.Tensor,
		) {
			a.mul_(3);
			c.markDirty(a);
			return a;
		}
		static override backward(
			_c: torch.autograd.FunctionContext,
			g: torch.Tensor,
		) {
			const made = g.mul(3);
			kept.push(g, made);
			return made;
		}
	}
	const w = torch.tensor([1, 2, 3, 4]).requiresGrad_(true);
	torch.scope(() => {
		const h = w.mul(2);
		Triple.apply(h.narrow(0, 1, 2));
		h.sum().backward();
	});
	expect(values(w.grad)).toEqual([2, 6, 6, 2]);
	train();
	for (const g of kept)
		expect(() => g.add(1)).toThrow(torch.TensorDisposedError);
});

test("a result that was freed is given no gradient to keep", () => {
	const w = torch.rand(8).requiresGrad_(true);
	const before = torch.memory().tensors;
	torch.scope(() => {
		const loss = torch.scope(() => {
			const h = w.mul(2);
			h.retainGrad();
			return h.sum();
		});
		loss.backward();
	});
	w.grad = null;
	expect(torch.memory().tensors).toBe(before);
});

test("a gradient that was disposed is not freed again with its tensor", () => {
	const w = torch.tensor([1, 2, 3]).requiresGrad_(true);
	const h = w.mul(2);
	h.retainGrad();
	h.sum().backward();
	const grad = h.grad as torch.Tensor;
	grad.dispose();
	// what the registry does once h was collected, with references of its own
	const { lease, storage } = h as unknown as {
		lease: { release(): void };
		storage: { retain(): void };
	};
	storage.retain();
	h.gradFn?.retain();
	lease.release();
	expect((grad as unknown as { lease: unknown }).lease).toBeNull();
	expect(() => {
		w.grad = grad;
	}).toThrow(torch.TensorDisposedError);
});

test("a checkpoint behind another one, differentiated with a graph", () => {
	const w = torch.tensor([0.5, -0.3]).requiresGrad_(true);
	const once = (wrap: (a: torch.Tensor) => torch.Tensor): number[][] => {
		const y = wrap(wrap(torch.tensor([0.7, 0.2])));
		const [g] = torch.autograd.grad(y.sum(), w, { createGraph: true });
		const [gg] = torch.autograd.grad((g as torch.Tensor).sum(), w);
		return [values(g ?? null), values(gg ?? null)];
	};
	const body = (a: torch.Tensor) => a.mul(w).mul(w).tanh();
	const expected = once(body).flat();
	const found = once((a) => torch.autograd.checkpoint(body, a)).flat();
	expected.forEach((v, i) => {
		expect(found[i]).toBeCloseTo(v, 5);
	});
});

test("hooks of what goes into a checkpoint, or is used in it, run once", () => {
	for (const createGraph of [false, true]) {
		const w = torch.tensor([1, 2]).requiresGrad_(true);
		const x = torch.tensor([3, 4]).requiresGrad_(true);
		const h = x.mul(1);
		for (const t of [w, h]) t.registerHook((g) => g.mul(2));
		torch.autograd
			.checkpoint((a) => a.mul(w), h)
			.sum()
			.backward(null, {
				createGraph,
			});
		expect(values(w.grad)).toEqual([6, 8]);
		expect(values(x.grad)).toEqual([2, 4]);
	}
});

test("a Function's context does not lead to its results' handles", () => {
	let context: unknown;
	class Twice extends torch.autograd.Function {
		static override forward(
			c: torch.autograd.FunctionContext,
			a: torch.Tensor,
		) {
			context = c;
			const y = a.mul(2);
			c.saveForBackward(a, y);
			return y;
		}
	}
	const a = torch.tensor([1, 2]).requiresGrad_(true);
	const y = Twice.apply(a);
	// the registry holds the node, and it the context: y would never be collected
	const { toSave, savedTensors } = context as {
		toSave: unknown[];
		savedTensors: torch.Tensor[];
	};
	expect(toSave).toEqual([null, null]);
	expect(savedTensors.map(values)).toEqual([values(a), values(y)]);
});
