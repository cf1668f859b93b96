import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";
import {
	INPUT,
	pytorchLogits,
	testImages,
	weightFile,
} from "../predictor/mnist.js";

const { nn } = torch;
const images = testImages();
const bytes = weightFile();

beforeAll(() => {
	torch.webgpu.configure({ gpu: openGpu() });
});

function open(options: Parameters<typeof torch.createPredictor>[1] = {}) {
	return torch.createPredictor(bytes, {
		input: INPUT,
		device: "webgpu",
		...options,
	});
}

test("labels and probabilities are PyTorch's", async () => {
	using predictor = await open();
	const { labels, probabilities } = await predictor.predict(
		images.subarray(0, 784 * 1000),
		{ probabilities: true },
	);
	const logits = pytorchLogits();
	for (let i = 0; i < 1000; i++) {
		const row = logits.subarray(i * 10, i * 10 + 10);
		const best = row.indexOf(Math.max(...row));
		const sum = row.reduce(
			(s, v) => s + Math.exp(v - (row[best] as number)),
			0,
		);
		expect(labels[i]).toBe(best);
		expect(probabilities?.[i * 10 + best]).toBeCloseTo(1 / sum, 5);
	}
});

test.each(["float32", "int16", "int8"] as const)(
	"%s weights, more than one block of rows: as on the calling thread",
	async (weights) => {
		using predictor = await open({ weights });
		const rows = images.subarray(0, 784 * 5400);
		const { stats } = readyBackend("webgpu") as WebgpuBackend;
		const before = stats.dispatches;
		const there = await predictor.predict(rows, { probabilities: true });
		expect(stats.dispatches - before).toBeGreaterThan(4);
		const here = predictor.predictSync(rows, { probabilities: true });
		let differ = 0;
		here.labels.forEach((label, i) => {
			if (there.labels[i] !== label) differ++;
		});
		// the GPU multiplies numbers where the CPU multiplies whole ones
		expect(differ).toBeLessThanOrEqual(weights === "float32" ? 0 : 5);
		here.probabilities?.forEach((p, i) => {
			const off = Math.abs(p - (there.probabilities?.[i] as number));
			if (weights === "float32" && off > 1e-5) expect.fail(`${i}: ${off}`);
		});
	},
);

test("every activation, float32 rows, no softmax at the end", async () => {
	torch.manualSeed(3);
	const model = new nn.Sequential(
		new nn.Linear(7, 9),
		new nn.Tanh(),
		new nn.Linear(9, 9),
		new nn.LeakyReLU(0.2),
		new nn.Linear(9, 9),
		new nn.GELU(),
		new nn.Linear(9, 9),
		new nn.SiLU(),
		new nn.Linear(9, 9),
		new nn.ELU(0.7),
		new nn.Linear(9, 9),
		new nn.Hardtanh(-0.3, 0.4),
		new nn.Linear(9, 9),
		new nn.Hardswish(),
		new nn.Linear(9, 5),
		new nn.Sigmoid(),
	);
	const x = torch.randn(20, 7);
	using predictor = await torch.createPredictor(model, {
		input: { dtype: "float32" },
		device: "webgpu",
	});
	const rows = (await x.data()) as Float32Array;
	const there = await predictor.predict(rows, { probabilities: true });
	const here = predictor.predictSync(rows, { probabilities: true });
	here.probabilities?.forEach((p, i) => {
		expect(there.probabilities?.[i]).toBeCloseTo(p, 5);
	});
	expect(here.probabilities?.length).toBe(100);
});

describe("the rest of the contract", () => {
	let predictor: Awaited<ReturnType<typeof open>>;
	beforeEach(async () => {
		predictor = await open();
		return () => predictor.dispose();
	});

	test("no rows, one row, and arrays of one's own", async () => {
		const none = await predictor.predict(new Uint8Array(0), {
			probabilities: true,
		});
		expect(none.labels.length + (none.probabilities?.length ?? 0)).toBe(0);
		const labels = new Int32Array(2);
		const one = await predictor.predict(images.subarray(0, 784), { labels });
		expect(one.labels.buffer).toBe(labels.buffer);
		expect([...labels]).toEqual([7, 0]);
	});

	test("a wrong length, an abort, and use after dispose", async () => {
		await expect(predictor.predict(images.subarray(0, 700))).rejects.toThrow(
			torch.ShapeError,
		);
		const rows = images.subarray(0, 784);
		await expect(
			predictor.predict(rows, { signal: AbortSignal.abort("stop") }),
		).rejects.toBe("stop");
		predictor.dispose();
		await expect(predictor.predict(rows)).rejects.toThrow(
			torch.TensorDisposedError,
		);
	});

	test("memory is the weights' alone, and goes with them", async () => {
		const rows = images.subarray(0, 784 * 10);
		await predictor.predict(rows, { probabilities: true });
		const before = torch.memory("webgpu").tensors;
		await torch.scope(async () => {
			await predictor.predict(rows, { probabilities: true });
		});
		expect(torch.memory("webgpu").tensors).toBe(before);
		predictor.dispose();
		expect(torch.memory("webgpu").tensors).toBe(before - 4);
	});

	test("a lost device: the next call starts another", async () => {
		const { gpu } = readyBackend("webgpu") as WebgpuBackend;
		const rows = images.subarray(0, 784);
		const pending = predictor.predict(rows);
		gpu.destroy();
		await expect(pending).rejects.toThrow(torch.DeviceError);
		await gpu.lost;
		expect([...(await predictor.predict(rows)).labels]).toEqual([7]);
	});
});

test("no such device", async () => {
	await expect(
		torch.createPredictor(bytes, { device: "cuda" as "cpu" }),
	).rejects.toThrow(/Expected one of cpu, webgpu/);
});
