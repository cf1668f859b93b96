import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { complaints, disguised, openGpuDevice } from "../helpers/webgpu.js";

type T = torch.Tensor;

/** The nearest 16-bit float, ties to even, by arithmetic in doubles. */
function rounded(x: number): number {
	const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -14);
	const step = 2 ** (exponent - 10);
	const n = x / step;
	const low = Math.floor(n);
	const up = n - low > 0.5 || (n - low === 0.5 && low % 2 !== 0);
	return x === 0 ? x : (low + Number(up)) * step;
}

const roundedTensor = (t: T): T =>
	torch
		.tensor(Float32Array.from(t.contiguous().dataSync(), rounded))
		.view(t.shape);

/** Pairs of 16-bit floats in integers, which every adapter has, in place of `vec4<f16>`. */
function packed(code: string): string {
	return code
		.replace("enable f16;", "")
		.replace("alias Half = vec4<f16>;", "alias Half = vec2<u32>;")
		.replace(
			"return vec4<f16>(v);",
			"return vec2<u32>(pack2x16float(v.xy), pack2x16float(v.zw));",
		)
		.replace(
			"return vec4<f32>(v);",
			"return vec4<f32>(unpack2x16float(v.x), unpack2x16float(v.y));",
		);
}

const codes: string[] = [];

beforeAll(async () => {
	torch.webgpu.configure({
		device: disguised(await openGpuDevice(), {
			features: ["shader-f16"],
			rewrite: packed,
			codes,
		}),
		f16: "required",
	});
	await torch.ones([1]).to("webgpu");
});

/** The greatest distance of two tensors' elements. */
async function apart(there: T, here: T): Promise<number> {
	expect(there.shape).toEqual(here.shape);
	const [got, want] = [await there.data(), await here.data()];
	let most = 0;
	want.forEach((w, i) => {
		const d = Math.abs(Number(got[i]) - Number(w));
		if (!(d <= most)) most = d;
	});
	return most;
}

const random = (...shape: number[]) => torch.rand(shape).mul(2).sub(1);

describe("large products with f16", () => {
	// all tiles: 128 x 64, 64 x 64, 32 x 32, 16 x 16; and edges of all kinds
	test.each([
		[2048, 512, 36],
		[512, 512, 24],
		[256, 256, 64],
		[64, 128, 784],
		[70, 33, 129],
		[20, 13, 5],
		[10, 128, 1024],
	])("%i x %i, over %i: the products of rounded factors", async (m, n, k) => {
		const [x, w, b] = [random(m, k), random(n, k), random(n)];
		const product = (x: T, w: T, b: T) => torch.nn.functional.linear(x, w, b);
		const there = product(
			await x.to("webgpu"),
			await w.to("webgpu"),
			await b.to("webgpu"),
		);
		const exact = product(x, w, b);
		const near = product(roundedTensor(x), roundedTensor(w), b);
		expect(await apart(there, near)).toBeLessThan(5e-5);
		// what the documentation says of accuracy, and that anything was rounded
		const off = (await there.to("cpu")).sub(exact).abs();
		const most = x
			.abs()
			.matmul(w.abs().t())
			.mul(2 ** -10);
		expect(off.sub(most).max().itemSync()).toBeLessThan(0);
		expect(off.max().itemSync()).toBeGreaterThan(2e-4);
	});

	test("batches and turned factors", async () => {
		const [a, b] = [random(3, 40, 24), random(3, 48, 40)];
		const there = (await a.to("webgpu"))
			.transpose(1, 2)
			.matmul((await b.to("webgpu")).transpose(1, 2));
		const near = roundedTensor(a)
			.transpose(1, 2)
			.matmul(roundedTensor(b).transpose(1, 2));
		expect(await apart(there, near)).toBeLessThan(2e-5);
	});

	test("gradients of factors are rounded products too; a bias' is a sum of all bits", async () => {
		const [x, w, b, g] = [
			random(64, 96),
			random(32, 96),
			random(32),
			random(64, 32),
		];
		const leaves: T[] = [];
		for (const t of [x, w, b])
			leaves.push((await t.to("webgpu")).detach().requiresGrad_());
		const [x2, w2, b2] = leaves as [T, T, T];
		torch.nn.functional
			.linear(x2, w2, b2)
			.mul(await g.to("webgpu"))
			.sum()
			.backward();
		const r = roundedTensor;
		expect(await apart(w2.grad as T, r(g).t().matmul(r(x)))).toBeLessThan(2e-5);
		expect(await apart(x2.grad as T, r(g).matmul(r(w)))).toBeLessThan(2e-5);
		expect(await apart(b2.grad as T, g.sum(0))).toBeLessThan(2e-5);
	});

	test("few rows keep all their bits", async () => {
		const [x, w] = [random(2, 300), random(40, 300)];
		const there = (await x.to("webgpu")).matmul((await w.to("webgpu")).t());
		expect(await apart(there, x.matmul(w.t()))).toBeLessThan(5e-5);
	});

	test("a network learns as it does without", async () => {
		const losses: number[][] = [];
		for (const device of ["cpu", "webgpu"] as const) {
			torch.manualSeed(3);
			const model = new torch.nn.Sequential(
				new torch.nn.Linear(40, 64),
				new torch.nn.ReLU(),
				new torch.nn.Linear(64, 10),
			);
			const x = await torch.randn(64, 40).to(device);
			const y = await torch.randint(0, 10, [64]).to(device);
			await model.to(device);
			const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.5 });
			const own: number[] = [];
			for (let i = 0; i < 20; i++) {
				const loss = torch.nn.functional.crossEntropy(model.forward(x), y);
				optimizer.zeroGrad();
				loss.backward();
				optimizer.step();
				own.push(await loss.item());
			}
			losses.push(own);
		}
		const [here, there] = losses as [number[], number[]];
		here.forEach((loss, i) => {
			expect(Math.abs(loss - (there[i] as number)), `${i}`).toBeLessThan(5e-3);
		});
		expect(there[19]).toBeLessThan(1);
	}, 60_000);

	test("the kernels' own texts compile where 16-bit floats are", async () => {
		const used = codes.filter((code) => code.startsWith("enable f16;"));
		expect(used.length).toBeGreaterThanOrEqual(7);
		expect(await complaints(used)).toEqual([]);
		// and the compiler would say so
		const [first] = used as [string];
		expect(await complaints([first.replace("enable f16;", "")])).toHaveLength(
			1,
		);
	});
});
