import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import {
	isShared,
	type Model,
	Scalar,
	sizeOf,
	valuesOf,
	viewOf,
} from "./scalars.js";

interface Pair {
	readonly t: torch.Tensor;
	readonly m: Model;
}

/** Numbers that decide what a step does, whatever there is to do it with. */
type Step = readonly [kind: number, which: number, a: number, b: number];

const step: fc.Arbitrary<Step> = fc.tuple(
	fc.nat(11),
	fc.nat(1000),
	fc.nat(1000),
	fc.nat(1000),
);

/** A view of `p`, in both worlds. */
function view(p: Pair, kind: number, a: number, b: number): Pair {
	const { shape } = p.m;
	const rank = shape.length;
	if (rank === 0) return { t: p.t.unsqueeze(0), m: viewOf(p.m, [1], () => []) };
	const d = a % rank;
	const n = shape[d] as number;
	switch (n === 0 ? 4 : kind) {
		case 0: {
			const e = b % rank;
			const order = shape.map((_, i) => (i === d ? e : i === e ? d : i));
			return {
				t: p.t.transpose(d, e),
				m: viewOf(
					p.m,
					order.map((i) => shape[i] as number),
					(at) => order.map((i) => at[i] as number),
				),
			};
		}
		case 1: {
			const i = b % n;
			return {
				t: p.t.select(d, i),
				m: viewOf(
					p.m,
					shape.filter((_, x) => x !== d),
					(at) => [...at.slice(0, d), i, ...at.slice(d)],
				),
			};
		}
		case 2: {
			const start = b % n;
			const length = 1 + ((a + b) % (n - start));
			return {
				t: p.t.narrow(d, start, length),
				m: viewOf(
					p.m,
					shape.map((x, i) => (i === d ? length : x)),
					(at) => at.map((x, i) => (i === d ? x + start : x)),
				),
			};
		}
		case 3: {
			const items = shape.map((_, i) =>
				i === d ? torch.slice(b % 2, null, 2) : torch.slice(),
			);
			const from = Math.min(b % 2, n);
			return {
				t: p.t.index(items),
				m: viewOf(
					p.m,
					shape.map((x, i) => (i === d ? Math.ceil((x - from) / 2) : x)),
					(at) => at.map((x, i) => (i === d ? 2 * x + from : x)),
				),
			};
		}
		case 4:
			return {
				t: p.t.unsqueeze(d),
				m: viewOf(p.m, [...shape.slice(0, d), 1, ...shape.slice(d)], (at) => [
					...at.slice(0, d),
					...at.slice(d + 1),
				]),
			};
		default:
			return {
				t: p.t.unsqueeze(0).expand([2, ...shape]),
				m: viewOf(p.m, [2, ...shape], (at) => at.slice(1)),
			};
	}
}

function write(m: Model, value: (old: Scalar, i: number) => Scalar): void {
	const fresh = m.places.map((p, i) => value(m.memory[p] as Scalar, i));
	m.places.forEach((p, i) => {
		m.memory[p] = fresh[i] as Scalar;
	});
}

const constant = (i: number) => 0.5 + ((i * 7) % 5) * 0.25;

/** Writes to `p`, in both worlds; false if that is not allowed. */
function inPlace(p: Pair, other: Pair, kind: number, k: number): boolean {
	if (isShared(p.m)) {
		expect(() => p.t.add_(1)).toThrow("refers to a single memory location");
		return false;
	}
	const { shape } = p.m;
	switch (kind) {
		case 6:
			p.t.mul_(k);
			write(p.m, (old) => old.scale(k));
			return true;
		case 7: {
			const row = Array.from({ length: shape.at(-1) ?? 1 }, (_, i) =>
				constant(i),
			);
			p.t.mul_(torch.tensor(row).view(shape.length > 0 ? [-1] : []));
			write(p.m, (old, i) => old.scale(row[i % row.length] as number));
			return true;
		}
		case 8:
			p.t.fill_(k);
			write(p.m, () => new Scalar(k));
			return true;
		default: {
			const fits =
				other.m.shape.join() === shape.join() || sizeOf(other.m.shape) === 1;
			if (!fits || other.m.shape.length > shape.length) return false;
			const values = other.m.places.map((x) => other.m.memory[x] as Scalar);
			const pick = (i: number) => values[values.length === 1 ? 0 : i] as Scalar;
			try {
				if (kind === 9) p.t.add_(other.t);
				else if (kind === 10) p.t.sub_(other.t, { alpha: k });
				else p.t.copy_(other.t);
			} catch (error) {
				// PyTorch refuses operands that overlap the target in another order.
				expect(String(error)).toMatch(/some elements of the input tensor/);
				return false;
			}
			write(p.m, (old, i) =>
				kind === 9
					? old.add(pick(i))
					: kind === 10
						? old.add(pick(i).scale(-k))
						: pick(i),
			);
			return true;
		}
	}
}

function agree(p: Pair): void {
	const got = [...p.t.dataSync()];
	expect([...p.t.shape]).toEqual([...p.m.shape]);
	valuesOf(p.m).forEach((want, i) => {
		expect(got[i]).toBeCloseTo(want, 3);
	});
}

/** Runs steps on tensors and on scalars, and compares values and gradients. */
function play(shape: number[], steps: readonly Step[]): void {
	torch.scope(() => {
		const n = sizeOf(shape);
		const leaves = [0, 1].map((which) => {
			const values = Array.from({ length: n }, (_, i) =>
				Math.sin(i * 3 + which),
			);
			const t = torch.tensor(values).view(shape).detach().requiresGrad_(true);
			return { t, scalars: values.map((v) => new Scalar(v)) };
		});
		const pairs: Pair[] = leaves.map(({ t, scalars }) => ({
			t: t.mul(1.5),
			m: {
				shape,
				places: scalars.map((_, i) => i),
				memory: scalars.map((s) => s.scale(1.5)),
			},
		}));
		for (const [kind, which, a, b] of steps) {
			const p = pairs[which % pairs.length] as Pair;
			if (kind < 6) pairs.push(view(p, kind, a, b));
			else inPlace(p, pairs[a % pairs.length] as Pair, kind, 0.5 + (b % 3));
		}
		let loss: torch.Tensor | null = null;
		let total = new Scalar(0);
		pairs.forEach((p, j) => {
			agree(p);
			const part = p.t.sin().mul(constant(j)).sum();
			loss = loss === null ? part : (loss as torch.Tensor).add(part);
			for (const at of p.m.places)
				total = total.add((p.m.memory[at] as Scalar).sin().scale(constant(j)));
		});
		(loss as unknown as torch.Tensor).backward();
		total.backward();
		for (const { t, scalars } of leaves) {
			const got = t.grad?.dataSync() ?? new Float32Array(n);
			scalars.forEach((s, i) => {
				const error = Math.abs((got[i] as number) - s.grad);
				expect(error).toBeLessThan(2e-3 * Math.max(1, Math.abs(s.grad)));
			});
		}
	});
}

describe("views, broadcasting and writes in place", () => {
	test("any program gives what single numbers give", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 1, max: 3 }), {
					minLength: 0,
					maxLength: 3,
				}),
				fc.array(step, { maxLength: 9 }),
				play,
			),
			{ numRuns: 1500, seed: 3 },
		);
	});

	test("a write through a view reaches the base and its other views", () => {
		const x = torch.tensor([1, 2, 3, 4], { requiresGrad: true });
		const base = x.mul(1);
		const left = base.narrow(0, 0, 2);
		const matrix = base.view(2, 2);
		left.mul_(10);
		expect(base.gradFn?.name).toBe("CopySlices");
		expect(matrix.gradFn?.name).toBe("AsStridedBackward0");
		matrix.mul(matrix).sum().backward();
		expect(x.grad?.tolistSync()).toEqual([200, 400, 6, 8]);
	});

	test("a strided base without history gains one", () => {
		const x = torch.tensor([5, 6], { requiresGrad: true });
		const base = torch.zeros(2, 3).t().detach();
		base.select(0, 1).copy_(x);
		expect(base.requiresGrad).toBe(true);
		base
			.mul(torch.tensor([[1], [2], [3]]))
			.sum()
			.backward();
		expect(x.grad?.tolistSync()).toEqual([2, 2]);
		expect(base.tolistSync()).toEqual([
			[0, 0],
			[5, 6],
			[0, 0],
		]);
	});

	test("second derivatives go through writes in place", () => {
		const x = torch.tensor([1, 2, 3], { requiresGrad: true });
		const base = x.mul(x);
		base.narrow(0, 1, 2).mul_(x.narrow(0, 0, 2));
		const [g] = torch.autograd.grad(base.sum(), x, { createGraph: true });
		// base = [x0², x1² x0, x2² x1]
		expect(g?.tolistSync()).toEqual([2 + 4, 4 + 9, 12]);
		const [h] = torch.autograd.grad((g as torch.Tensor).sum(), x);
		// Hessian's column sums
		expect(h?.tolistSync()).toEqual([2 + 4, 4 + 2 + 6, 6 + 4]);
	});
});
