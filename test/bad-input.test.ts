import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as torch from "../src/index.js";

const { nn, optim } = torch;
const F = nn.functional;

/** What must not change when a call is refused. */
function unchanged(t: torch.Tensor, body: () => void): void {
	const before = t.dataSync();
	const { tensors } = torch.memory();
	body();
	expect(t.dataSync()).toEqual(before);
	expect(torch.memory().tensors).toBe(tensors);
}

describe("wrong shapes are refused in PyTorch's words, and nothing is left behind", () => {
	const a = torch.ones(2, 3);
	const b = torch.ones(4, 5);
	const cases: [string, () => unknown, RegExp][] = [
		[
			"add",
			() => a.add(b),
			/The size of tensor a \(3\) must match the size of tensor b \(5\) at non-singleton dimension 1/,
		],
		[
			"add_",
			() => a.add_(b),
			/size of tensor a|doesn't match the broadcast shape/,
		],
		[
			"add_ that would grow",
			() => torch.ones(3).add_(a),
			/output with shape \[3\] doesn't match the broadcast shape \[2, 3\]/,
		],
		[
			"matmul",
			() => a.matmul(b),
			/mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)/,
		],
		["mm", () => a.mm(torch.ones(3)), /mat2 must be a matrix/],
		[
			"linear",
			() => F.linear(torch.ones(64, 28), torch.ones(128, 784)),
			/mat1 and mat2 shapes cannot be multiplied \(64x28 and 784x128\)/,
		],
		["view", () => a.view(7), /shape '\[7\]' is invalid for input of size 6/],
		[
			"view twice unknown",
			() => a.view(-1, -1),
			/only one dimension can be inferred/,
		],
		[
			"view of a transpose",
			() => a.t().view(6),
			/view size is not compatible with input tensor's size and stride.*Use \.reshape\(\.\.\.\) instead\./,
		],
		[
			"expand",
			() => a.expand(4, 3),
			/The expanded size of the tensor \(4\) must match the existing size \(2\)/,
		],
		["permute", () => a.permute(0, 0), /permute/],
		[
			"sum over no such dim",
			() => a.sum(2),
			/Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
		],
		[
			"narrow",
			() => a.narrow(0, 1, 5),
			/start \(1\) \+ length \(5\) exceeds dimension size \(2\)/,
		],
		["select", () => a.select(0, 2), /index 2 out of range/],
		[
			"cat",
			() => torch.cat([a, b], 0),
			/Sizes of tensors must match except in dimension 0/,
		],
		[
			"cross-entropy of other batch",
			() => F.crossEntropy(a, torch.zeros([3], { dtype: "int32" })),
			/batch_size|input.*target/,
		],
		[
			"label 10",
			() =>
				F.crossEntropy(
					torch.ones(2, 10),
					torch.tensor([1, 10], { dtype: "int32" }),
				),
			/Target 10 is out of bounds/,
		],
		[
			"label -1",
			() =>
				F.crossEntropy(
					torch.ones(2, 10),
					torch.tensor([1, -1], { dtype: "int32" }),
				),
			/Target -1 is out of bounds/,
		],
		["max of nothing", () => torch.zeros(0).max(), /Expected reduction dim/],
		[
			"ragged",
			() => torch.tensor([[1, 2], [3]]),
			/expected sequence of length 2 at dim 1 \(got 1\)/,
		],
		["negative size", () => torch.zeros(2, -1), /negative dimension -1/],
		["fractional size", () => torch.zeros(1.5), /whole numbers/],
	];
	test.each(cases)("%s", (_name, call, message) => {
		unchanged(a, () => {
			expect(() => torch.scope(call as () => torch.Tensor)).toThrow(
				torch.ShapeError,
			);
			expect(() => torch.scope(call as () => torch.Tensor)).toThrow(message);
		});
	});
});

describe("dtypes that PyTorch refuses", () => {
	const i = torch.ones([2, 2], { dtype: "int32" });
	const f = torch.ones(2, 2);
	const cases: [string, () => unknown][] = [
		["mm of float and int", () => f.mm(i)],
		["mean of ints", () => i.mean()],
		["softmax of ints", () => i.softmax(0)],
		["float into int in place", () => i.add_(0.5)],
		["subtracting bools", () => f.gt(0).sub(f.gt(0))],
		["float index", () => f.gather(0, f)],
		["float classes [N]", () => F.crossEntropy(f, torch.ones(2))],
		["where without a bool", () => f.where(f, 0)],
		[
			"grad of ints",
			() => torch.ones([2], { dtype: "int32", requiresGrad: true }),
		],
		["unknown dtype", () => torch.zeros([2], { dtype: "float64" as never })],
		["2^31 as int32", () => torch.tensor([2 ** 31], { dtype: "int32" })],
	];
	test.each(cases)("%s", (_name, call) => {
		unchanged(i, () => {
			expect(() => torch.scope(call as () => torch.Tensor)).toThrow(
				torch.TorchletError,
			);
		});
	});
});

describe("data that is odd but allowed", () => {
	test("NaN goes through a step", () => {
		const model = new nn.Linear(3, 2);
		const x = torch.tensor([[1, Number.NaN, 2]]);
		const loss = F.crossEntropy(
			model.forward(x),
			torch.tensor([0], { dtype: "int32" }),
		);
		loss.backward();
		expect(loss.itemSync()).toBeNaN();
	});

	test("an empty batch", () => {
		const model = new nn.Linear(3, 2);
		const out = model.forward(torch.zeros(0, 3));
		expect(out.shape).toEqual([0, 2]);
		const loss = F.crossEntropy(out, torch.zeros([0], { dtype: "int32" }));
		expect(loss.itemSync()).toBeNaN(); // PyTorch: the mean of nothing
		loss.backward();
		expect(model.weight.grad?.tolistSync()).toEqual([
			[0, 0, 0],
			[0, 0, 0],
		]);
	});
});

describe("autograd says what it cannot do", () => {
	const leaf = () => torch.tensor([1, 2], { requiresGrad: true });
	test("twice", () => {
		const y = leaf().mul(leaf()).sum();
		y.backward();
		expect(() => y.backward()).toThrow(torch.AutogradError);
		expect(() => y.backward()).toThrow(
			/backward through the graph a second time/,
		);
	});
	test("through more than a scalar", () => {
		const w = leaf();
		expect(() => w.mul(2).backward()).toThrow(
			/grad can be implicitly created only for scalar outputs/,
		);
		expect(w.grad).toBeNull();
	});
	test("without history", () => {
		expect(() => torch.ones(1).backward()).toThrow(
			/does not require grad and does not have a grad_fn/,
		);
	});
	test("a saved tensor was changed", () => {
		const w = leaf();
		const e = w.exp();
		const y = e.sum();
		e.mul_(2);
		expect(() => y.backward()).toThrow(
			/modified by an inplace operation.*is at version 1; expected version 0 instead/,
		);
		expect(w.grad).toBeNull();
	});
	test("in place on a leaf, and on a view of one", () => {
		const w = leaf();
		expect(() => w.add_(1)).toThrow(
			/a leaf Variable that requires grad is being used in an in-place operation/,
		);
		expect(() => w.view(2, 1).add_(1)).toThrow(
			/a view of a leaf Variable that requires grad/,
		);
		expect(w.tolistSync()).toEqual([1, 2]);
	});
	test("a promise in noGrad", () => {
		expect(() => torch.noGrad((async () => 1) as never)).toThrow(
			torch.AutogradError,
		);
		expect(torch.isGradEnabled()).toBe(true);
	});
});

test("use after dispose names the operation and keep()", () => {
	const y = torch.ones(2).exp();
	y.dispose();
	for (const use of [
		() => y.add(1),
		() => y.dataSync(),
		() => String(y),
		() => y.view(1, 2),
		() => y.keep(),
		() => torch.cat([y, y], 0),
	])
		expect(use).toThrow(torch.TensorDisposedError);
	expect(() => y.itemSync()).toThrow(/made by exp/);
	y.dispose();
});

describe("a state dict that does not fit", () => {
	class Net extends nn.Module {
		fc1 = new nn.Linear(3, 2);
		override forward(x: torch.Tensor) {
			return this.fc1.forward(x);
		}
	}
	test("is refused whole, with PyTorch's list", () => {
		const net = new Net();
		const before = net.fc1.weight.dataSync();
		const wrong = { "fc1.weight": torch.ones(2, 4), "fc9.bias": torch.ones(2) };
		let message = "";
		try {
			net.loadStateDict(wrong);
		} catch (e) {
			expect(e).toBeInstanceOf(torch.TorchletError);
			message = (e as Error).message;
		}
		expect(message).toContain("Error(s) in loading state_dict for Net:");
		expect(message).toContain('Missing key(s) in state_dict: "fc1.bias".');
		expect(message).toContain('Unexpected key(s) in state_dict: "fc9.bias".');
		expect(message).toContain(
			"size mismatch for fc1.weight: copying a param with shape torch.Size([2, 4]) from checkpoint, the shape in current model is torch.Size([2, 3]).",
		);
		expect(net.fc1.weight.dataSync()).toEqual(before);
	});
});

describe("files", () => {
	const folder = mkdtempSync(join(tmpdir(), "torchlet-"));
	test("a missing folder, a missing file, an unknown extension", async () => {
		const value = { w: torch.ones(2) };
		await expect(
			torch.save(value, join(folder, "no", "a.pth")),
		).rejects.toThrow(torch.TorchletError);
		await expect(torch.load(join(folder, "none.pth"))).rejects.toThrow(
			torch.TorchletError,
		);
		await expect(torch.save(value, join(folder, "a.xyz"))).rejects.toThrow(
			/extension/,
		);
		await expect(
			torch.save({ f: () => 1 }, join(folder, "a.pth")),
		).rejects.toThrow(torch.FormatError);
		expect(existsSync(join(folder, "a.pth"))).toBe(false);
	});
	test("a full disk leaves the old file as it was", async () => {
		await expect(
			torch.save({ w: torch.ones(2) }, "/dev/full/a.pth"),
		).rejects.toThrow(torch.TorchletError);
		const path = join(folder, "b.pth");
		await torch.save({ w: torch.ones(2) }, path);
		const old = readFileSync(path);
		await expect(
			torch.save({ w: torch.ones(2), bad: Symbol("x") }, path),
		).rejects.toThrow(torch.FormatError);
		expect(readFileSync(path)).toEqual(old);
		rmSync(folder, { recursive: true });
	});
});

test("optimizers refuse PyTorch's bad settings", () => {
	const p = [new nn.Parameter(torch.ones(2))];
	expect(() => new optim.SGD(p, { lr: -1 })).toThrow(
		/Invalid learning rate: -1/,
	);
	expect(() => new optim.SGD(p, { lr: 1, momentum: -1 })).toThrow(
		/Invalid momentum value: -1/,
	);
	expect(() => new optim.SGD(p, { lr: 1, nesterov: true })).toThrow(
		/Nesterov momentum requires a momentum and zero dampening/,
	);
	expect(() => new optim.SGD([], { lr: 1 })).toThrow(
		/optimizer got an empty parameter list/,
	);
});
