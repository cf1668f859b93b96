import { describe, expect, test, vi } from "vitest";
import type { BackgroundKernels } from "../../src/backends/backend.js";
import * as torch from "../../src/index.js";
import { linear } from "../../src/nn/functional/linear.js";
import { noise } from "../backends/cpu/support.js";

const [M, K, N] = [32, 100, 40];

/** Mostly -0.42, as a batch of digits. */
function digits(seed = 1): Float32Array {
	return noise(M * K, seed).map((v) => (v > 0.5 ? v * 3 : -0.4242));
}

const kernels = torch.zeros(1).storage.backend.background as BackgroundKernels;

/** Largest difference of entries, over the largest entry. */
function distance(a: torch.Tensor, b: torch.Tensor): number {
	return a.sub(b).abs().max().itemSync() / b.abs().max().itemSync();
}

describe("linear on an input with a background", () => {
	const x = torch.fromArray(digits(), [M, K]);
	const w = torch.fromArray(noise(N * K, 2), [N, K]).requiresGrad_();
	const b = torch.fromArray(noise(N, 3)).requiresGrad_();
	const v = torch.fromArray(noise(M * N, 4), [M, N]);

	function gradients(y: torch.Tensor): torch.Tensor[] {
		return torch.autograd.grad(y.mul(v).sum(), [w, b]);
	}

	test("is what the plain product is, with its gradients", () => {
		const forward = vi.spyOn(kernels, "linear");
		const backward = vi.spyOn(kernels, "weightGrad");
		const y = linear(x, w, b);
		const plain = x.matmul(w.t()).add(b);
		expect(y.gradFn?.name).toBe("AddmmBackward0");
		expect(distance(y, plain)).toBeLessThan(1e-6);
		const want = gradients(plain);
		gradients(y).forEach((g, i) => {
			expect(distance(g, want[i] as torch.Tensor)).toBeLessThan(1e-6);
		});
		expect(forward).toHaveReturnedWith(true);
		expect(backward).toHaveReturnedWith(true);
		vi.restoreAllMocks();
	});

	test("gives the input's gradient too", () => {
		const own = torch.fromArray(digits(), [M, K]).requiresGrad_();
		const [g] = torch.autograd.grad(linear(own, w, b).mul(v).sum(), own);
		expect(distance(g as torch.Tensor, v.matmul(w))).toBeLessThan(1e-6);
	});

	test("can be differentiated twice", () => {
		const second = (y: torch.Tensor) => {
			const [g] = torch.autograd.grad(y.square().sum(), w, {
				createGraph: true,
			});
			return torch.autograd.grad((g as torch.Tensor).square().sum(), w)[0];
		};
		const got = second(linear(x, w, b)) as torch.Tensor;
		const want = second(x.matmul(w.t()).add(b)) as torch.Tensor;
		expect(distance(got, want)).toBeLessThan(1e-5);
	});

	test("refuses the gradient once the input was changed", () => {
		const own = torch.fromArray(digits(), [M, K]);
		const y = linear(own, w, b);
		own.add_(1);
		expect(() => gradients(y)).toThrow(/modified by an inplace operation/);
	});

	test("backward twice with retainGraph", () => {
		const loss = linear(x, w, b).mul(v).sum();
		const [first] = torch.autograd.grad(loss, w, { retainGraph: true });
		const [again] = torch.autograd.grad(loss, w);
		expect(again?.dataSync()).toEqual(first?.dataSync());
	});

	test("frees its lists", () => {
		const before = torch.memory();
		torch.scope(() => {
			gradients(linear(x, w, b));
			torch.noGrad(() => {
				linear(x, w, b);
			});
			linear(x, w, b);
			const nan = torch.fromArray(new Float32Array(N * K).fill(NaN), [N, K]);
			linear(x, nan, b);
		});
		expect(torch.memory().tensors).toBe(before.tensors);
		// without a scope nothing but the result is left over
		const y = torch.noGrad(() => linear(x, w, b));
		expect(torch.memory().tensors).toBe(before.tensors + 1);
		y.dispose();
	});

	test("leaves weights that are not finite to the plain product", () => {
		const ws = noise(N * K, 2);
		ws[5] = Number.POSITIVE_INFINITY;
		const odd = torch.fromArray(ws, [N, K]);
		expect(linear(x, odd, b).dataSync()).toEqual(
			x.matmul(odd.t()).add(b).dataSync(),
		);
	});
});
