import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (values: number[] | number[][], shape?: number[]) => {
	const t = torch.tensor(values, { requiresGrad: false });
	return (shape ? t.view(shape) : t).detach().requiresGrad_(true);
};

const list = (t: torch.Tensor | null) => t?.tolistSync();

describe("backward", () => {
	test("the chapter's w * x + 2", () => {
		const x = torch.tensor([2, 3]);
		const w = torch.tensor([4, 5], { requiresGrad: true });
		const y = w.mul(x).add(2);
		expect(y.gradFn?.name).toBe("AddBackward0");
		expect(String(y)).toBe("tensor([10., 17.], grad_fn=<AddBackward0>)");
		y.sum().backward();
		expect(list(w.grad)).toEqual([2, 3]);
		expect(x.grad).toBeNull();
	});

	test("gradients accumulate until they are taken away", () => {
		const w = leaf([1, 2]);
		w.mul(3).sum().backward();
		w.mul(3).sum().backward();
		expect(list(w.grad)).toEqual([6, 6]);
		w.grad = null;
		w.mul(5).sum().backward();
		expect(list(w.grad)).toEqual([5, 5]);
	});

	test("one tensor used several times collects all its gradients", () => {
		const x = leaf([2, 3]);
		const y = x.mul(x).add(x).sum().add(x.sum());
		y.backward();
		expect(list(x.grad)).toEqual([6, 8]);
	});

	test("sums of sums: expanded gradients do not overwrite each other", () => {
		const x = leaf([
			[1, 2],
			[3, 4],
		]);
		const h = x.mul(1);
		h.sum().add(h.sum()).add(h.mul(h).sum()).backward();
		expect(list(x.grad)).toEqual([
			[4, 6],
			[8, 10],
		]);
	});

	test("broadcast operands get sums", () => {
		const a = leaf([[1], [2]]);
		const b = leaf([1, 2, 3]);
		a.mul(b).sum().backward();
		expect(list(a.grad)).toEqual([[6], [6]]);
		expect(list(b.grad)).toEqual([3, 3, 3]);
	});

	test("a gradient may be handed in", () => {
		const x = leaf([1, 2, 3]);
		x.mul(2).backward(torch.tensor([1, 10, 100]));
		expect(list(x.grad)).toEqual([2, 20, 200]);
	});

	test("a graph 20,000 operations deep does not overflow the stack", () => {
		const x = leaf([1]);
		torch.scope(() => {
			let y: torch.Tensor = x;
			for (let i = 0; i < 20_000; i++) y = y.add(1);
			y.sum().backward();
		});
		expect(list(x.grad)).toEqual([1]);
	});

	test("retainGraph allows a second pass", () => {
		const x = leaf([3]);
		const y = x.mul(x);
		y.backward(null, { retainGraph: true });
		y.backward();
		expect(list(x.grad)).toEqual([12]);
	});

	test("createGraph differentiates gradients", () => {
		const x = leaf([2]);
		x.pow(3).sum().backward(null, { createGraph: true });
		const g = x.grad as torch.Tensor;
		expect(list(g)).toEqual([12]);
		expect(g.requiresGrad).toBe(true);
		x.grad = null;
		g.sum().backward();
		expect(list(x.grad)).toEqual([12]);
	});

	test("nothing is written to any grad if it throws half-way", () => {
		const a = leaf([1, 2]);
		const b = leaf([1, 2]);
		const h = b.exp();
		const y = h.mul(a.mul(2));
		const z = h.exp();
		h.add_(1);
		expect(() => y.add(z).sum().backward()).toThrow(torch.AutogradError);
		expect(a.grad).toBeNull();
		expect(b.grad).toBeNull();
	});
});

describe("modes", () => {
	test("noGrad records nothing and comes back after an error", () => {
		const x = leaf([1]);
		expect(torch.noGrad(() => x.mul(2)).requiresGrad).toBe(false);
		expect(() =>
			torch.noGrad(() => {
				throw new Error("inside");
			}),
		).toThrow("inside");
		expect(torch.isGradEnabled()).toBe(true);
		expect(x.mul(2).requiresGrad).toBe(true);
		expect(
			torch.noGrad(() => torch.enableGrad(() => x.mul(2))).requiresGrad,
		).toBe(true);
	});

	test("a callback that returns a promise is refused", () => {
		expect(() => torch.noGrad((async () => 1) as never)).toThrow(
			torch.AutogradError,
		);
		expect(torch.isGradEnabled()).toBe(true);
	});

	test("inferenceMode and setGradEnabled", () => {
		const x = leaf([1]);
		expect(torch.inferenceMode(() => x.mul(2)).requiresGrad).toBe(false);
		torch.setGradEnabled(false);
		try {
			expect(x.mul(2).requiresGrad).toBe(false);
		} finally {
			torch.setGradEnabled(true);
		}
	});
});

describe("leaves", () => {
	test("isLeaf, requiresGrad, detach", () => {
		const x = leaf([1, 2]);
		const y = x.mul(2);
		expect([x.isLeaf, y.isLeaf]).toEqual([true, false]);
		expect(y.detach().requiresGrad).toBe(false);
		expect(y.detach().isLeaf).toBe(true);
		expect(torch.tensor([1]).isLeaf).toBe(true);
	});

	test("requiresGrad_ refuses integers and results", () => {
		expect(() => torch.tensor([1]).int().requiresGrad_()).toThrow(
			"only Tensors of floating point dtype can require gradients",
		);
		expect(() => leaf([1]).mul(2).requiresGrad_(false)).toThrow(
			"you can only change requires_grad flags of leaf variables",
		);
	});

	test("a detached tensor shares memory and version", () => {
		const x = leaf([1, 2]);
		const y = x.exp();
		const d = y.detach();
		d.zero_();
		expect(() => y.sum().backward()).toThrow(
			"modified by an inplace operation",
		);
	});
});

describe("refusals", () => {
	test("backward twice", () => {
		const y = leaf([1]).exp();
		y.backward();
		expect(() => y.backward()).toThrow(
			"Trying to backward through the graph a second time",
		);
	});

	test("through a non-scalar", () => {
		expect(() => leaf([1, 2]).mul(2).backward()).toThrow(
			"grad can be implicitly created only for scalar outputs",
		);
	});

	test("without history", () => {
		expect(() => torch.tensor([1]).sum().backward()).toThrow(
			"element 0 of tensors does not require grad and does not have a grad_fn",
		);
	});

	test("a gradient of another shape", () => {
		expect(() => leaf([1, 2]).mul(2).backward(torch.ones(3))).toThrow(
			"Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).",
		);
	});

	test("in place on a leaf that requires grad, or a view of it", () => {
		const x = leaf([1, 2]);
		expect(() => x.add_(1)).toThrow(
			"a leaf Variable that requires grad is being used in an in-place operation.",
		);
		expect(() => x.view(2, 1).add_(1)).toThrow(
			"a view of a leaf Variable that requires grad is being used in an in-place operation.",
		);
		expect(list(x)).toEqual([1, 2]);
		torch.noGrad(() => x.add_(1));
		expect(list(x)).toEqual([2, 3]);
	});

	test("a saved tensor that was changed since, in PyTorch's words", () => {
		const x = leaf([1, 2]);
		const y = x.exp();
		const z = y.mul(2);
		y.add_(1);
		expect(() => z.sum().backward()).toThrow(
			/one of the variables needed for gradient computation has been modified by an inplace operation: \[torch\.FloatTensor \[2\]\], which is output 0 of (ExpBackward0|AddBackward0), is at version 1; expected version 0 instead\. Hint:/,
		);
	});

	test("an input that the gradient does not need may change", () => {
		const x = leaf([1, 2]);
		const c = torch.tensor([3, 4]);
		const y = x.mul(2);
		const z = y.mul(c);
		y.add_(1);
		z.sum().backward();
		expect(list(x.grad)).toEqual([6, 8]);
	});

	test("use after dispose names the operation", () => {
		const y = leaf([1]).exp();
		y.dispose();
		expect(() => y.add(1)).toThrow(torch.TensorDisposedError);
		expect(() => y.add(1)).toThrow(/made by exp.*keep\(\)/);
		expect(() => y.sum().backward()).toThrow(torch.TensorDisposedError);
		y.dispose();
	});
});

describe("hooks", () => {
	test("a hook sees and may replace the gradient of a result", () => {
		const x = leaf([1, 2]);
		const y = x.mul(2);
		let seen: torch.Tensor | null = null;
		y.registerHook((g) => {
			seen = g;
			return g.mul(10);
		});
		y.sum().backward();
		expect(list(seen)).toEqual([1, 1]);
		expect(list(x.grad)).toEqual([20, 20]);
	});

	test("on a leaf, before it accumulates; removed hooks are not called", () => {
		const x = leaf([1, 2]);
		const handle = x.registerHook((g) => g.neg());
		x.mul(2).sum().backward();
		expect(list(x.grad)).toEqual([-2, -2]);
		handle.remove();
		x.grad = null;
		x.mul(2).sum().backward();
		expect(list(x.grad)).toEqual([2, 2]);
	});

	test("retainGrad keeps the gradient of a result", () => {
		const x = leaf([1, 2]);
		const y = x.mul(3);
		y.retainGrad();
		y.mul(y).sum().backward();
		expect(list(y.grad)).toEqual([6, 12]);
		expect(list(x.grad)).toEqual([18, 36]);
		expect(() => torch.tensor([1]).retainGrad()).toThrow(
			"can't retain_grad on Tensor that has requires_grad=False",
		);
	});
});

describe("autograd.grad", () => {
	test("gives gradients and leaves grad alone", () => {
		const x = leaf([1, 2]);
		const y = leaf([3, 4]);
		const h = x.mul(y);
		const [gx, gh] = torch.autograd.grad(h.mul(h).sum(), [x, h]);
		expect(list(gx as torch.Tensor)).toEqual([18, 64]);
		expect(list(gh as torch.Tensor)).toEqual([6, 16]);
		expect(x.grad).toBeNull();
		expect(y.grad).toBeNull();
	});

	test("unused inputs are refused, unless allowed", () => {
		const x = leaf([1]);
		const y = leaf([1]);
		expect(() => torch.autograd.grad(x.mul(2), [y])).toThrow(
			"One of the differentiated Tensors appears to not have been used in the graph.",
		);
		const grads = torch.autograd.grad(x.mul(2), [x, y], { allowUnused: true });
		expect(list(grads[0] as torch.Tensor)).toEqual([2]);
		expect(grads[1]).toBeNull();
	});

	test("higher derivatives", () => {
		const x = leaf([2]);
		const y = x.pow(4);
		const [d1] = torch.autograd.grad(y, x, { createGraph: true });
		const [d2] = torch.autograd.grad(d1 as torch.Tensor, x, {
			createGraph: true,
		});
		const [d3] = torch.autograd.grad(d2 as torch.Tensor, x);
		expect([d1, d2, d3].map((t) => list(t as torch.Tensor))).toEqual([
			[32],
			[48],
			[48],
		]);
	});

	test("several outputs with their gradients", () => {
		const x = leaf([1, 2]);
		const [g] = torch.autograd.grad([x.mul(2), x.mul(x)], [x], {
			gradOutputs: [torch.tensor([1, 1]), torch.tensor([10, 10])],
		});
		expect(list(g as torch.Tensor)).toEqual([22, 42]);
	});
});

test("options may stand where the gradient would", () => {
	const x = torch.tensor([1, 2], { requiresGrad: true });
	const y = x.mul(x);
	y.sum().backward({ retainGraph: true });
	y.backward({ gradient: torch.tensor([1, 10]), retainGraph: true });
	expect(x.grad?.tolistSync()).toEqual([4, 44]);
	const [g] = torch.autograd.grad(y, x, torch.tensor([1, 10]), {
		retainGraph: true,
	});
	expect(g?.tolistSync()).toEqual([2, 40]);
});

test("setGradEnabled holds for a callback only, if given one", () => {
	expect(torch.setGradEnabled(false, () => torch.isGradEnabled())).toBe(false);
	expect(torch.isGradEnabled()).toBe(true);
	const later = async () => 1;
	expect(() => torch.setGradEnabled(false, later as never)).toThrow(
		torch.AutogradError,
	);
	expect(torch.isGradEnabled()).toBe(true);
});
