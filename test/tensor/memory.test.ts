import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import * as F from "../../src/nn/functional.js";

const live = () => {
	const { bytes, tensors } = torch.memory();
	return { bytes, tensors };
};

/** Nothing may stay behind that was made in `body`. */
function leavesNothing(body: () => void): void {
	torch.scope(body);
	const before = live();
	torch.scope(body);
	expect(live()).toEqual(before);
}

describe("memory", () => {
	test("a thousand training steps end where they began", () => {
		torch.manualSeed(0);
		const w1 = torch.randn(16, 8).mul(0.1).detach().requiresGrad_(true).keep();
		const w2 = torch.randn(4, 16).mul(0.1).detach().requiresGrad_(true).keep();
		const x = torch.randn(12, 8);
		const t = torch.randint(0, 4, [12]);
		const step = () =>
			torch.scope(() => {
				w1.grad = null;
				w2.grad = null;
				const loss = F.crossEntropy(F.linear(F.relu(F.linear(x, w1)), w2), t);
				loss.backward();
				torch.noGrad(() => {
					for (const w of [w1, w2])
						w.add_(w.grad as torch.Tensor, { alpha: -0.1 });
				});
				return loss.itemSync();
			});
		const first = step();
		for (let i = 0; i < 10; i++) step();
		const before = live();
		let last = 0;
		for (let i = 0; i < 1000; i++) last = step();
		expect(live()).toEqual(before);
		expect(last).toBeLessThan(first / 2);
	});

	test("graphs that are never walked are freed", () => {
		const x = torch.randn(64).requiresGrad_(true);
		leavesNothing(() => {
			let y: torch.Tensor = x;
			for (let i = 0; i < 50; i++) y = y.sin().mul(y);
		});
		leavesNothing(() => {
			const base = x.mul(2);
			base.narrow(0, 3, 5).mul_(x.narrow(0, 0, 5));
			base.view(8, 8).t().exp();
		});
	});

	test("higher derivatives are freed", () => {
		const x = torch.randn(8).requiresGrad_(true);
		leavesNothing(() => {
			const [g] = torch.autograd.grad(x.tanh().mul(x).sum(), x, {
				createGraph: true,
			});
			torch.autograd.grad((g as torch.Tensor).pow(2).sum(), x);
		});
	});

	test("composed operations free what they made on the way", () => {
		const x = torch.randn(2, 3, 8, 8);
		const w = torch.randn(4, 3, 3, 3);
		const index = torch.tensor([1, 0, 1], { dtype: "int32" });
		const outside = live();
		const results = [
			x.var(1),
			x.logsumexp(1),
			x.norm(3, [1, 2]),
			x.lerp(x, 0.3),
			x.index(index, torch.slice(), 0),
			x.maskedSelect(x.gt(0)),
			F.conv2d(x, w),
			F.layerNorm(x, [8]),
			x.topk(2, 1).values,
		];
		const held = results.reduce((n, t) => n + Math.max(t.numel() * 4, 0), 0);
		expect(held).toBeGreaterThan(0);
		for (const t of results) t.dispose();
		// what is left belongs to tensors that only the net frees: masks and indices
		expect(live().tensors - outside.tensors).toBeLessThanOrEqual(4);
	});

	test("errors leave nothing behind", () => {
		const a = torch.randn(3, 4).requiresGrad_(true);
		const b = torch.randn(5);
		const labels = torch.tensor([0, 7, 1], { dtype: "int32" });
		const attempts: (() => unknown)[] = [
			() => a.add(b),
			() => a.mm(a),
			() => a.view(5),
			() => a.matmul(b),
			() => torch.cat([a, b]),
			() => torch.stack([a, b]),
			() => a.indexSelect(0, torch.tensor([9], { dtype: "int32" })),
			() => a.gather(0, torch.tensor([[9]], { dtype: "int32" })),
			() => a.index(torch.tensor([9], { dtype: "int32" })),
			() => F.crossEntropy(a, labels),
			() => F.nllLoss(a.logSoftmax(1), labels),
			() => a.exp().backward(),
			() => a.add_(1),
			() => a.mul(1).add_(torch.ones(2, 3, 4)),
			() => a.int().add_(0.5),
			() => F.conv2d(a.view(1, 1, 3, 4), torch.ones(1, 1, 5, 5)),
			() => a.var(7),
			() => torch.einsum("ij,jk", a, b),
			() => {
				const y = a.exp();
				const z = y.mul(y);
				y.zero_();
				z.sum().backward();
			},
		];
		for (const attempt of attempts) {
			leavesNothing(() => {
				expect(attempt).toThrow(torch.TorchletError);
			});
		}
		expect(a.grad).toBeNull();
	});

	test("a scope keeps what it returns, what was kept, and gradients", () => {
		const w = torch.ones(4).requiresGrad_(true);
		const before = live().tensors;
		let kept: torch.Tensor | null = null;
		const out = torch.scope(() => {
			const a = torch.ones(4);
			kept = torch.ones(4).keep();
			w.mul(a).sum().backward();
			return { sum: a.add(1), list: [a.mul(3)] };
		});
		expect(out.sum.tolistSync()).toEqual([2, 2, 2, 2]);
		expect(out.list[0]?.tolistSync()).toEqual([3, 3, 3, 3]);
		expect((kept as torch.Tensor | null)?.tolistSync()).toEqual([1, 1, 1, 1]);
		expect(w.grad?.tolistSync()).toEqual([1, 1, 1, 1]);
		expect(live().tensors).toBe(before + 4);
	});

	test("what a scope freed says so", () => {
		const leaked = torch.scope(() => {
			const t = torch.ones(2).add(1);
			return () => t;
		})();
		expect(() => leaked.add(1)).toThrow(torch.TensorDisposedError);
	});

	test("views keep their memory when the base is freed", () => {
		const base = torch.arange(6).float();
		const row = base.view(2, 3).select(0, 1);
		base.dispose();
		expect(row.tolistSync()).toEqual([3, 4, 5]);
	});
});

test("a scope hands over values with indices, Maps and Sets", () => {
	const x = torch.tensor([
		[1, 2],
		[4, 3],
	]);
	const { values, indices } = torch.scope(() => x.max(1));
	const map = torch.scope(() => new Map([["y", x.add(1)]]));
	const set = torch.scope(() => new Set([x.add(1)]));
	const all = [values, indices, ...map.values(), ...set];
	expect(all.map((t) => t.isDisposed)).toEqual([false, false, false, false]);
	for (const t of [x, ...all]) t.dispose();
});

test("a loop outside of all scopes lets the engine empty the net", async () => {
	const x = torch.tensor(1);
	let turns = 0;
	let going = true;
	const count = () => {
		turns++;
		if (going) setImmediate(count);
	};
	setImmediate(count);
	for (let i = 0; i < 500; i++) await x.add(1).item();
	going = false;
	expect(turns).toBeGreaterThan(2);
	x.dispose();
});
