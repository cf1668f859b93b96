import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

class Product extends nn.Module {
	override forward(a: torch.Tensor, b: torch.Tensor): torch.Tensor {
		return a.mul(b);
	}
}

test("forward hooks run under call, not under forward, and may replace", () => {
	const layer = new nn.Linear(1, 1);
	nn.init.ones_(layer.weight);
	nn.init.zeros_(layer.bias as torch.nn.Parameter);
	const seen: string[] = [];
	const before = layer.registerForwardPreHook((m, [x]) => {
		seen.push(`before ${m === layer}`);
		return (x as torch.Tensor).mul(2);
	});
	const after = layer.registerForwardHook((_m, [x], y) => {
		seen.push(`after ${(x as torch.Tensor).itemSync()}`);
		return (y as torch.Tensor).add(1);
	});
	const x = torch.full([1, 1], 3);
	expect(layer.forward(x).itemSync()).toBe(3);
	expect(layer.call(x).itemSync()).toBe(7);
	expect(seen).toEqual(["before true", "after 6"]);
	before.remove();
	expect(layer.call(x).itemSync()).toBe(4);
	after.remove();
	expect(layer.call(x).itemSync()).toBe(3);
});

test("hooks of layers in a Sequential run too", () => {
	const inner = new nn.ReLU();
	let calls = 0;
	inner.registerForwardHook(() => {
		calls++;
	});
	new nn.Sequential(inner, new nn.Identity()).forward(torch.ones(1));
	expect(calls).toBe(1);
});

// PyTorch: m = nn.Linear(2, 1) with weight [[2, 3]], x = [[1, 5]], hook of the full kind
test("a backward hook gets the gradients at both borders", () => {
	const layer = new nn.Linear(2, 1);
	torch.noGrad(() => layer.weight.copy_(torch.tensor([[2, 3]])));
	const seen: unknown[] = [];
	layer.registerFullBackwardHook((m, gradInput, gradOutput) => {
		seen.push(
			m === layer,
			gradInput.map((g) => g?.tolistSync()),
			gradOutput.map((g) => g?.tolistSync()),
		);
	});
	const x = torch.tensor([[1, 5]], { requiresGrad: true });
	// x is used beside the layer too: that part is no gradient of its input
	layer.call(x).mul(10).sum().add(x.sum()).backward();
	expect(seen).toEqual([true, [[[20, 30]]], [[[10]]]]);
	expect(x.grad?.tolistSync()).toEqual([[21, 31]]);
});

test("what a backward hook returns takes the input gradient's place", () => {
	const layer = new nn.Identity();
	const hook = layer.registerFullBackwardHook((_m, [g]) => [
		(g as torch.Tensor).mul(5),
	]);
	const x = torch.ones(2, { requiresGrad: true });
	layer.call(x).sum().backward();
	expect(x.grad?.tolistSync()).toEqual([5, 5]);
	hook.remove();
	layer.call(x).sum().backward();
	expect(x.grad?.tolistSync()).toEqual([6, 6]);
});

test("several inputs, and inputs without gradient", () => {
	const m = new Product();
	const seen: unknown[] = [];
	m.registerFullBackwardHook((_m, gradInput, gradOutput) => {
		seen.push(
			gradInput.map((g) => g?.itemSync() ?? null),
			gradOutput.map((g) => g?.itemSync() ?? null),
		);
	});
	const a = torch.tensor([2], { requiresGrad: true });
	const b = torch.tensor([7], { requiresGrad: true });
	m.call(a, b).backward();
	m.call(a, b.detach()).backward();
	expect(seen).toEqual([[7, 2], [1], [7, null], [1]]);
	const w = new nn.Linear(1, 1);
	const fired: unknown[] = [];
	w.registerFullBackwardHook((_m, gradInput, gradOutput) => {
		fired.push(gradInput, gradOutput.length);
	});
	w.call(torch.ones(1, 1)).sum().backward();
	expect(fired).toEqual([[null], 1]);
});
