import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { disguised, openGpuDevice } from "../helpers/webgpu.js";

let device: GPUDevice;

beforeAll(async () => {
	device = await openGpuDevice();
});

/** A factor: how it lies in a larger block. */
interface Lie {
	readonly isTurned: boolean;
	/** Elements before it, and behind each of its lines. */
	readonly before: number;
	readonly behind: number;
}

const lie = fc.record({
	isTurned: fc.boolean(),
	before: fc.constantFrom(0, 0, 4, 1),
	behind: fc.constantFrom(0, 0, 4, 3),
});

const size = fc.oneof(
	fc.integer({ min: 1, max: 70 }),
	fc.constantFrom(1, 4, 5, 16, 32, 64, 65, 128),
);

/** [..., rows, columns] that lies as is wanted, on both devices. */
async function factor(
	batch: readonly number[],
	rows: number,
	columns: number,
	{ isTurned, before, behind }: Lie,
): Promise<[torch.Tensor, torch.Tensor]> {
	const [lines, length] = isTurned ? [columns, rows] : [rows, columns];
	const whole = torch
		.rand([...batch, lines, before + length + behind])
		.mul(2)
		.sub(1);
	const there = await whole.to("webgpu");
	const cut = (t: torch.Tensor) => {
		const part = t.narrow(-1, before, length);
		return isTurned ? part.transpose(-1, -2) : part;
	};
	return [cut(whole), cut(there)];
}

async function expectNear(
	there: torch.Tensor | null,
	here: torch.Tensor | null,
	what: string,
): Promise<void> {
	if (!there || !here) throw new Error(`no ${what}`);
	expect(there.shape, what).toEqual(here.shape);
	const [got, want] = [await there.data(), await here.data()];
	let apart = 0;
	for (let i = 0; i < want.length; i++) {
		const w = Number(want[i]);
		const d = Math.abs(Number(got[i]) - w) / (1 + Math.abs(w));
		if (!(d <= apart)) apart = d;
	}
	expect(apart, what).toBeLessThan(2e-5);
}

describe.each([
	["on a software adapter", (d: GPUDevice) => d],
	["on a chip", disguised],
] as const)("matmul %s", (_name, wrap) => {
	beforeAll(async () => {
		torch.webgpu.configure({ device: wrap(device) });
		await torch.tensor([0]).to("webgpu");
	});

	test("gives the CPU's numbers, however the factors lie", async () => {
		const shape = fc.tuple(size, size, size, fc.constantFrom([], [], [1], [3]));
		await fc.assert(
			fc.asyncProperty(
				shape,
				lie,
				lie,
				async ([m, n, k, batch], left, right) => {
					const [a, a2] = await factor(batch, m, k, left);
					const [b, b2] = await factor(batch, k, n, right);
					await expectNear(a2.matmul(b2), a.matmul(b), "product");
				},
			),
			{ numRuns: 15 },
		);
	}, 180_000);

	test("with bias, ReLU and all gradients", async () => {
		const shape = fc.tuple(size, size, size);
		await fc.assert(
			fc.asyncProperty(
				shape,
				lie,
				fc.boolean(),
				async ([m, n, k], left, isRelu) => {
					const [x, x2] = await factor([], m, k, left);
					const w = torch.rand([n, k]).sub(0.5);
					const b = torch.rand([n]).sub(0.5);
					const g = torch.rand([m, n]).sub(0.5);
					const run = async (x: torch.Tensor, device: "cpu" | "webgpu") => {
						const leaves: torch.Tensor[] = [];
						for (const t of [x.clone(), w, b])
							leaves.push(
								(await t.clone().to(device)).detach().requiresGrad_(),
							);
						const [xs, ws, bs] = leaves as [
							torch.Tensor,
							torch.Tensor,
							torch.Tensor,
						];
						const y = torch.nn.functional.linear(xs, ws, bs);
						const out = isRelu ? y.relu() : y;
						out
							.mul(await g.to(device))
							.sum()
							.backward();
						return { out, grads: leaves.map((t) => t.grad) };
					};
					const [here, there] = [await run(x, "cpu"), await run(x2, "webgpu")];
					await expectNear(there.out, here.out, "output");
					for (const [i, name] of ["x", "weight", "bias"].entries())
						await expectNear(
							there.grads[i] ?? null,
							here.grads[i] ?? null,
							`gradient of ${name}`,
						);
				},
			),
			{ numRuns: 6 },
		);
	}, 180_000);

	test.each([
		[260, 70, 130],
		[256, 512, 40],
		[1024, 512, 24],
		[64, 128, 784],
		// tiles that end with y, of 12 columns, and smaller ones as there are few
		[256, 256, 64],
		[1024, 10, 128],
		[10, 128, 1024],
	])("%i x %i, over %i", async (m, n, k) => {
		const [a, a2] = await factor([], m, k, {
			isTurned: false,
			before: 0,
			behind: 0,
		});
		const [b, b2] = await factor([], k, n, {
			isTurned: true,
			before: 0,
			behind: 0,
		});
		await expectNear(a2.matmul(b2), a.matmul(b), "product");
	});

	test("a matrix with itself, and one whose neighbours are not numbers", async () => {
		const [a, a2] = await factor([], 20, 13, {
			isTurned: false,
			before: 0,
			behind: 0,
		});
		await expectNear(a2.matmul(a2.t()), a.matmul(a.t()), "a aᵀ");
		const whole = torch.full([24, 32], Number.NaN);
		whole.narrow(0, 0, 21).narrow(1, 0, 22).fill_(0.5);
		const there = await whole.to("webgpu");
		const inner = (t: torch.Tensor) => t.narrow(0, 0, 21).narrow(1, 0, 22);
		await expectNear(
			inner(there).matmul(inner(there).t()),
			inner(whole).matmul(inner(whole).t()),
			"inner part",
		);
		await expectNear(
			inner(there).t().matmul(inner(there)),
			inner(whole).t().matmul(inner(whole)),
			"inner part, the other way",
		);
	});
});
