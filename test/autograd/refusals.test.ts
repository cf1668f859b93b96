import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { autograd } = torch;
const { Function: AutogradFunction } = autograd;
const leaf = () => torch.tensor([1, 2, 3], { requiresGrad: true });
const inferred = () => autograd.inferenceMode(() => torch.ones(3).mul(2));

describe("what inference mode made", () => {
	test("is known, and its clone is a tensor as others", () => {
		const y = inferred();
		expect(y.isInference()).toBe(true);
		expect(y.narrow(0, 0, 1).isInference()).toBe(true);
		const copy = y.clone();
		expect(copy.isInference()).toBe(false);
		const x = leaf();
		copy.mul(x).sum().backward();
		expect(String(x.grad)).toBe("tensor([2., 2., 2.])");
	});

	test("may be computed with where nothing is saved", () => {
		const x = leaf();
		inferred().add(x).sum().backward();
		expect(String(x.grad)).toBe("tensor([1., 1., 1.])");
	});

	test("is neither saved, written nor made a leaf outside", () => {
		expect(() => inferred().mul(leaf())).toThrow(
			"Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in autograd.",
		);
		expect(() => inferred().add_(1)).toThrow(
			"Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
		);
		expect(() => inferred().requiresGrad_()).toThrow(
			"Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
		);
		const within = autograd.inferenceMode(() => torch.ones(2).add_(1));
		expect(String(within)).toBe("tensor([2., 2.])");
	});
});

test("one of several views that a call made is not written in place", () => {
	const words = (nr: number, node: string) =>
		`Output ${nr} of ${node} is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.`;
	const y = leaf().mul(1);
	expect(() => y.unbind()[1]?.mul_(2)).toThrow(words(1, "UnbindBackward0"));
	expect(() => y.split(1)[2]?.mul_(2)).toThrow(words(2, "SplitBackward0"));
	expect(() => y.split([1, 2])[1]?.zero_()).toThrow(
		words(1, "SplitWithSizesBackward0"),
	);
	torch.noGrad(() => y.unbind()[1]?.mul_(2));
	expect(String(y.detach())).toBe("tensor([1., 4., 3.])");
	torch.ones(3).unbind()[0]?.mul_(2);
});

test("versions count writes, whichever view makes them", () => {
	const b = leaf().mul(2);
	expect([
		b._version,
		b.add_(1)._version,
		b.narrow(0, 0, 1).mul_(2)._version,
		b._version,
		b.detach()._version,
	]).toEqual([0, 1, 2, 2, 2]);
});

test("a gradient that is assigned has the tensor's shape and type", () => {
	expect(() => {
		leaf().grad = torch.ones(2);
	}).toThrow("assigned grad has data of a different size");
	expect(() => {
		leaf().grad = torch.ones(3, { dtype: "int32" });
	}).toThrow("assigned grad has data of a different type");
	const x = leaf();
	x.grad = torch.ones(3);
	x.mul(2).sum().backward();
	expect(String(x.grad)).toBe("tensor([3., 3., 3.])");
});

test("retainsGrad is true after retainGrad", () => {
	const b = leaf().mul(2);
	expect(b.retainsGrad).toBe(false);
	b.retainGrad();
	expect(b.retainsGrad).toBe(true);
});

class Doubled extends AutogradFunction {
	static override forward(
		context: torch.autograd.FunctionContext,
		x: torch.Tensor,
	) {
		x.mul_(2);
		context.markDirty(x);
		return x;
	}

	static override backward(
		_context: torch.autograd.FunctionContext,
		g: torch.Tensor,
	) {
		return g.mul(2);
	}
}

test("a function that writes its input goes on from there", () => {
	const x = leaf();
	const b = x.mul(1);
	const c = Doubled.apply(b);
	expect(c).toBe(b);
	expect(String(b)).toBe("tensor([2., 4., 6.], grad_fn=<DoubledBackward>)");
	c.sum().backward();
	expect(String(x.grad)).toBe("tensor([2., 2., 2.])");
	expect(() => Doubled.apply(leaf())).toThrow(
		"a leaf Variable that requires grad is being used in an in-place operation.",
	);
});

test("functional calls say what does not fit", () => {
	const x = torch.tensor([1, 2]);
	expect(() =>
		autograd.jacobian(() => torch.ones(2), x, { strict: true }),
	).toThrow(
		"Output 0 of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.",
	);
	for (const f of [autograd.vjp, autograd.jvp])
		expect(() => f((a: torch.Tensor) => a.exp(), x, torch.ones(3))).toThrow(
			"v has invalid size: should be torch.Size([2]) but got torch.Size([3]).",
		);
	expect(() => autograd.jacobian(() => 3 as never, x)).toThrow(
		"The outputs of the user-provided function given to jacobian must be either a Tensor or a tuple of Tensors",
	);
});

test("checkpoint takes PyTorch's options", () => {
	const x = leaf();
	const f = (a: torch.Tensor) => a.exp().sin();
	const y = autograd.checkpoint(f, x, { useReentrant: false });
	y.sum().backward();
	const z = leaf();
	f(z).sum().backward();
	expect(x.grad?.equal(z.grad as torch.Tensor)).toBe(true);
});

test("floor_divide has no gradient, as in PyTorch", () => {
	const y = leaf().floorDivide(2);
	expect(String(y)).toBe("tensor([0., 1., 1.], grad_fn=<NotImplemented>)");
	expect(() => y.sum().backward()).toThrow(
		"derivative for aten::floor_divide is not implemented",
	);
});
