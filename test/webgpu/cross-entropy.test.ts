import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { disguised, openGpuDevice } from "../helpers/webgpu.js";

let device: GPUDevice;

beforeAll(async () => {
	device = await openGpuDevice();
});

/** In double precision, by the formulas of PyTorch's page. */
function reference(
	x: Float32Array,
	targets: Int32Array,
	classes: number,
	reduction: "mean" | "sum",
) {
	const counted = targets.filter((t) => t !== -100).length;
	const scale = reduction === "mean" ? 1 / counted : 1;
	let loss = 0;
	const gradient = Array.from(x, () => 0);
	targets.forEach((target, row) => {
		if (target === -100) return;
		const own = Array.from(x.subarray(row * classes, (row + 1) * classes));
		const total = own.reduce((sum, v) => sum + Math.exp(v), 0);
		loss += scale * (Math.log(total) - (own[target] as number));
		own.forEach((v, k) => {
			gradient[row * classes + k] =
				scale * (Math.exp(v) / total - (k === target ? 1 : 0));
		});
	});
	return { loss, gradient };
}

describe.each([
	["on a software adapter", (d: GPUDevice) => d],
	["on a chip", disguised],
] as const)("cross-entropy %s", (_name, wrap) => {
	beforeAll(async () => {
		torch.webgpu.configure({ device: wrap(device) });
		await torch.tensor([0]).to("webgpu");
	});

	test.each([
		[1, 10, "mean"],
		[64, 10, "mean"],
		[150, 10, "sum"],
		[150, 33, "mean"],
		[1024, 10, "mean"],
		[5000, 10, "mean"],
	] as const)("%i rows of %i classes, %s", async (rows, classes, reduction) => {
		torch.manualSeed(rows);
		const x = torch.randn(rows, classes).mul(3);
		const targets = Int32Array.from({ length: rows }, (_, i) =>
			i % 7 === 3 ? -100 : (i * 5 + (i >> 3)) % classes,
		);
		const want = reference(
			Float32Array.from(x.dataSync()),
			targets,
			classes,
			reduction,
		);
		const there = (await x.to("webgpu")).requiresGrad_();
		const t = await torch.tensor(targets).to("webgpu");
		const loss = torch.nn.functional.crossEntropy(there, t, { reduction });
		loss.backward();
		const got = Number(await loss.item());
		expect(Math.abs(got - want.loss) / want.loss).toBeLessThan(5e-6);
		const gradient = await there.grad?.data();
		const most = Math.max(...want.gradient.map(Math.abs));
		let apart = 0;
		want.gradient.forEach((w, i) => {
			apart = Math.max(apart, Math.abs(Number(gradient?.[i]) - w) / most);
		});
		expect(gradient?.length).toBe(rows * classes);
		expect(apart).toBeLessThan(5e-6);
	});
});
