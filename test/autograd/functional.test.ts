import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import * as F from "../../src/nn/functional.js";

const { autograd } = torch;
const leaf = (values: number[] | number[][]) =>
	torch.tensor(values, { requiresGrad: true });
const list = (t: torch.Tensor | null | undefined) => t?.tolistSync();

describe("autograd.Function", () => {
	class Cube extends autograd.Function {
		static override forward(
			ctx: torch.autograd.FunctionContext,
			x: torch.Tensor,
		) {
			ctx.saveForBackward(x);
			return x.mul(x).mul(x);
		}
		static override backward(
			ctx: torch.autograd.FunctionContext,
			g: torch.Tensor,
		) {
			const [x] = ctx.savedTensors as [torch.Tensor];
			return g.mul(x.mul(x).mul(3));
		}
	}

	test("has its own gradient, name and second derivative", () => {
		const x = leaf([2, 3]);
		const y = Cube.apply(x);
		expect(y.gradFn?.name).toBe("CubeBackward");
		const [g] = autograd.grad(y.sum(), x, { createGraph: true });
		expect(list(g)).toEqual([12, 27]);
		const [h] = autograd.grad((g as torch.Tensor).sum(), x);
		expect(list(h)).toEqual([12, 18]);
	});

	test("several inputs and outputs, some without gradient", () => {
		const seen: unknown[] = [];
		class Split extends autograd.Function {
			static override forward(
				ctx: torch.autograd.FunctionContext,
				x: torch.Tensor,
				k: number,
			) {
				ctx.extra.k = k;
				const high = x.mul(k);
				const place = x.gt(1).float();
				ctx.markNonDifferentiable(place);
				return [high, x.add(1), place];
			}
			static override backward(
				ctx: torch.autograd.FunctionContext,
				a: torch.Tensor,
				b: torch.Tensor,
				c: torch.Tensor,
			) {
				seen.push(list(b), list(c), ctx.needsInputGrad);
				return [a.mul(ctx.extra.k as number).add(b), null];
			}
		}
		const x = leaf([1, 2]);
		const [high, next, place] = Split.apply<torch.Tensor[]>(x, 10);
		expect(place?.requiresGrad).toBe(false);
		expect(next?.gradFn).toBe(high?.gradFn);
		high?.sum().backward();
		expect(list(x.grad)).toEqual([10, 10]);
		expect(seen).toEqual([
			[0, 0],
			[0, 0],
			[true, false],
		]);
	});

	test("an output may be saved, and writes to it are noticed", () => {
		class Exp extends autograd.Function {
			static override forward(
				ctx: torch.autograd.FunctionContext,
				x: torch.Tensor,
			) {
				const y = x.exp();
				ctx.saveForBackward(y);
				return y;
			}
			static override backward(
				ctx: torch.autograd.FunctionContext,
				g: torch.Tensor,
			) {
				return g.mul(ctx.savedTensors[0] as torch.Tensor);
			}
		}
		const x = leaf([0, 1]);
		const y = Exp.apply(x);
		const [g] = autograd.grad(y.sum(), x, { createGraph: true });
		const [h] = autograd.grad((g as torch.Tensor).sum(), x);
		expect(list(h)?.toString()).toBe(list(y)?.toString());
		const z = Exp.apply(x);
		z.mul_(2);
		expect(() => z.sum().backward()).toThrow(
			"modified by an inplace operation",
		);
	});

	test("wrong gradients are refused in PyTorch's words", () => {
		class Few extends autograd.Function {
			static override forward(_: unknown, a: torch.Tensor, b: torch.Tensor) {
				return a.add(b);
			}
			static override backward(_: unknown, g: torch.Tensor) {
				return g;
			}
		}
		expect(() => Few.apply(leaf([1]), leaf([2])).backward()).toThrow(
			"function FewBackward returned an incorrect number of gradients (expected 2, got 1)",
		);
		class Large extends autograd.Function {
			static override forward(_: unknown, a: torch.Tensor) {
				return a.mul(2);
			}
			static override backward(_: unknown) {
				return torch.ones(5);
			}
		}
		expect(() =>
			Large.apply(leaf([1, 2]))
				.sum()
				.backward(),
		).toThrow(
			"Function LargeBackward returned an invalid gradient at index 0 - got [5] but expected shape compatible with [2]",
		);
	});
});

describe("functional", () => {
	test("jacobian of one input", () => {
		const x = torch.tensor([1, 2, 3]);
		const j = autograd.jacobian((t) => t.narrow(0, 0, 2).pow(2), x);
		expect(list(j)).toEqual([
			[2, 0, 0],
			[0, 4, 0],
		]);
		expect(j.requiresGrad).toBe(false);
	});

	test("jacobian of several inputs and outputs", () => {
		const [x, y] = [torch.tensor([1, 2]), torch.tensor([3, 4])];
		const j = autograd.jacobian(
			(a, b) => [a.mul(b as torch.Tensor), a.sum()],
			[x, y],
		) as unknown as torch.Tensor[][];
		expect(j.map((row) => row.map(list))).toEqual([
			[
				[
					[3, 0],
					[0, 4],
				],
				[
					[1, 0],
					[0, 2],
				],
			],
			[
				[1, 1],
				[0, 0],
			],
		]);
	});

	test("hessian, vjp and jvp", () => {
		const x = torch.tensor([1, 2]);
		const f = (t: torch.Tensor) => t.pow(3).sum();
		expect(list(autograd.hessian(f, x))).toEqual([
			[6, 0],
			[0, 12],
		]);
		const [value, pulled] = autograd.vjp(
			(t) => t.mul(t),
			x,
			torch.tensor([1, 10]),
		);
		expect([list(value as torch.Tensor), list(pulled)]).toEqual([
			[1, 4],
			[2, 40],
		]);
		const [again, pushed] = autograd.jvp(
			(t) => t.mul(t),
			x,
			torch.tensor([1, 10]),
		);
		expect([list(again as torch.Tensor), list(pushed as torch.Tensor)]).toEqual(
			[
				[1, 4],
				[2, 40],
			],
		);
	});

	test("hessian of two inputs has mixed blocks", () => {
		const h = autograd.hessian(
			(a, b) => a.mul(b as torch.Tensor).sum(),
			[torch.tensor([1, 2]), torch.tensor([3, 4])],
		);
		expect(h.map((row) => row.map(list))).toEqual([
			[
				[
					[0, 0],
					[0, 0],
				],
				[
					[1, 0],
					[0, 1],
				],
			],
			[
				[
					[1, 0],
					[0, 1],
				],
				[
					[0, 0],
					[0, 0],
				],
			],
		]);
	});

	test("strict mode refuses what does not depend on an input", () => {
		const x = torch.tensor([1]);
		expect(() =>
			autograd.jacobian(() => torch.ones(1), x, { strict: true }),
		).toThrow("Output 0 of the user-provided function does not require");
		expect(() =>
			autograd.jacobian((_a, b) => (b as torch.Tensor).mul(2), [x, x], {
				strict: true,
			}),
		).toThrow(
			"Output 0 of the user-provided function is independent of input 0",
		);
		expect(list(autograd.jacobian(() => torch.ones(1), x))).toEqual([[0]]);
	});
});

describe("gradcheck", () => {
	test("finds right gradients right", async () => {
		const x = leaf([0.3, -0.7, 1.2]);
		const y = leaf([0.5, 0.1, -0.4]);
		await expect(
			autograd.gradcheck((a, b) => a.sin().mul(b).exp(), [x, y]),
		).resolves.toBe(true);
		await expect(
			autograd.gradgradcheck((a, b) => a.sin().mul(b).exp(), [x, y]),
		).resolves.toBe(true);
	});

	test("finds wrong gradients wrong", async () => {
		class Wrong extends autograd.Function {
			static override forward(_: unknown, x: torch.Tensor) {
				return x.mul(x);
			}
			static override backward(_: unknown, g: torch.Tensor) {
				return g.mul(2.1);
			}
		}
		const x = leaf([1, 2]);
		await expect(autograd.gradcheck((t) => Wrong.apply(t), x)).rejects.toThrow(
			"Jacobian mismatch for output 0 with respect to input 0",
		);
		await expect(
			autograd.gradcheck((t) => Wrong.apply(t), x, { raiseException: false }),
		).resolves.toBe(false);
	});
});

describe("checkpoint", () => {
	test("gives the same gradients, for inputs and for captured parameters", () => {
		torch.manualSeed(1);
		const w = torch.randn(4, 4).requiresGrad_(true);
		const x = torch.randn(3, 4).requiresGrad_(true);
		const block = (t: torch.Tensor) => F.linear(t, w).tanh().mul(t);
		block(x).add(F.linear(x, w)).sum().backward();
		const want = [list(x.grad), list(w.grad)];
		x.grad = null;
		w.grad = null;
		const y = autograd.checkpoint(block, x).add(F.linear(x, w));
		y.sum().backward();
		expect([list(x.grad), list(w.grad)]).toEqual(want);
	});

	test("dropout draws the same again", () => {
		torch.manualSeed(5);
		const x = torch.ones(200).requiresGrad_(true);
		const y = autograd.checkpoint((t) => F.dropout(t.mul(3), 0.5), x);
		torch.rand(7);
		y.sum().backward();
		expect(list(x.grad)).toEqual(list(y));
	});

	test("keeps nothing of what lies between", () => {
		const x = torch.ones(1000).requiresGrad_(true);
		const deep = (t: torch.Tensor) => {
			let y = t;
			for (let i = 0; i < 20; i++) y = y.sin();
			return y;
		};
		const held = (run: () => torch.Tensor) =>
			torch.scope(() => {
				const before = torch.memory().bytes;
				const y = torch.scope(run);
				const after = torch.memory().bytes;
				y.sum().backward();
				return after - before;
			});
		expect(held(() => autograd.checkpoint(deep, x))).toBeLessThan(
			held(() => deep(x)) / 8,
		);
	});
});

describe("anomaly mode", () => {
	test("names the operation and the line whose gradient became NaN", () => {
		const x = leaf([0, 1]);
		function theGuiltyLine() {
			return x.sqrt();
		}
		expect(() =>
			autograd.detectAnomaly(() => theGuiltyLine().mul(0).sum().backward()),
		).toThrow(
			/Function 'SqrtBackward0' returned nan values in its 0th output\.[\s\S]*theGuiltyLine/,
		);
		expect(autograd.isAnomalyEnabled()).toBe(false);
		theGuiltyLine().mul(0).sum().backward();
		expect(list(x.grad)).toEqual([Number.NaN, 0]);
	});
});

describe("a pass within a pass", () => {
	test("leaves the outer one as it was", () => {
		const w = leaf([2]);
		class Inner extends autograd.Function {
			static override forward(_: unknown, x: torch.Tensor) {
				return x.mul(2);
			}
			static override backward(_: unknown, g: torch.Tensor) {
				torch.enableGrad(() => w.mul(100).sum().backward());
				return g.mul(2);
			}
		}
		w.mul(3).add(Inner.apply(w)).sum().backward();
		expect(list(w.grad)).toEqual([105]);
	});
});
