import { beforeAll, expect, test } from "vitest";
import { readyBackend } from "../../src/backends/devices.js";
import type { WebgpuBackend } from "../../src/backends/webgpu/index.js";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

const F = torch.nn.functional;
type T = torch.Tensor;
let gpu: WebgpuBackend;

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	(await torch.tensor([0]).to("webgpu")).dispose();
	gpu = readyBackend("webgpu") as WebgpuBackend;
});

const ints = (values: number[], device: "cpu" | "webgpu") =>
	torch.tensor(Int32Array.from(values), { device });
const ramp = (device: "cpu" | "webgpu") =>
	torch.arange(12, { dtype: "float32", device }).view(4, 3);

type Device = "cpu" | "webgpu";
const calls: [string, (d: Device) => T][] = [
	["crossEntropy", (d) => F.crossEntropy(ramp(d), ints([0, 3, 1, -7], d))],
	[
		"crossEntropy, -1",
		(d) => F.crossEntropy(ramp(d), ints([-100, 1, -1, 9], d)),
	],
	[
		"crossEntropy of many rows",
		(d) =>
			F.crossEntropy(
				torch.zeros([5000, 10], { device: d }),
				ints(
					Array.from({ length: 5000 }, (_, i) => (i % 977 === 976 ? i : 3)),
					d,
				),
			),
	],
	[
		"crossEntropy with weights",
		(d) =>
			F.crossEntropy(ramp(d), ints([0, 1, 3, 1], d), {
				weight: torch.ones([3], { device: d }),
			}),
	],
	["nllLoss", (d) => F.nllLoss(ramp(d), ints([0, 1, 1, 5], d))],
	["gather", (d) => ramp(d).gather(1, ints([0, 2, 3, 4], d).view(2, 2))],
	[
		"gather, negative",
		(d) => ramp(d).gather(1, ints([0, 7, -1, -2], d).view(2, 2)),
	],
	[
		"gather by a transposed index",
		(d) => ramp(d).gather(0, ints([0, 9, 8, 1], d).view(2, 2).t()),
	],
	["indexSelect", (d) => ramp(d).indexSelect(1, ints([0, 2, 5, 6], d))],
	["indexSelect, negative", (d) => ramp(d).indexSelect(0, ints([-1], d))],
	[
		"indexAdd",
		(d) => ramp(d).indexAdd(0, ints([1, 4], d), ramp(d).narrow(0, 0, 2)),
	],
	[
		"indexCopy",
		(d) => ramp(d).indexCopy(0, ints([1, 4], d), ramp(d).narrow(0, 0, 2)),
	],
	["scatter", (d) => ramp(d).scatter(1, ints([0, 1, 3], d).view(1, 3), 1)],
	[
		"scatterAdd",
		(d) => ramp(d).scatterAdd(1, ints([0, 1, 3], d).view(1, 3), ramp(d)),
	],
	["index", (d) => ramp(d).index(ints([0, -4, 4], d))],
	[
		"index of a later dimension",
		(d) => ramp(d).index(torch.slice(), ints([0, -4], d)),
	],
	["embedding", (d) => F.embedding(ints([3, 4], d), ramp(d))],
	["oneHot", (d) => F.oneHot(ints([0, 4], d), 4)],
	["oneHot, negative", (d) => F.oneHot(ints([7, -1], d), 4)],
];

test.each(calls)(
	"%s: the next read says what the CPU says",
	async (_n, call) => {
		let words = "";
		try {
			call("cpu");
		} catch (error) {
			expect(error).toBeInstanceOf(torch.ShapeError);
			words = (error as Error).message;
		}
		expect(words).not.toBe("");
		const result = call("webgpu");
		const { submits, reads } = gpu.stats;
		const read = result.data();
		await expect(read).rejects.toThrow(torch.ShapeError);
		await expect(read).rejects.toThrow(words);
		expect(gpu.stats.submits - submits).toBe(1);
		expect(gpu.stats.reads - reads).toBe(1);
		// told once
		expect(await ramp("webgpu").sum().item()).toBe(66);
	},
);

test("of two the first, and another tensor's read tells of it", async () => {
	const other = ramp("webgpu");
	ramp("webgpu").indexSelect(0, ints([4], "webgpu"));
	ramp("webgpu").gather(0, ints([8], "webgpu").view(1, 1));
	const first = other.data();
	const second = other.data();
	await expect(first).rejects.toThrow("index out of range in self");
	expect(await second).toHaveLength(12);
});

test("each of two reads under way brings what came before it", async () => {
	const good = F.crossEntropy(
		ramp("webgpu"),
		ints([0, 1, 2, 0], "webgpu"),
	).item();
	const bad = F.crossEntropy(
		ramp("webgpu"),
		ints([0, 1, 3, 0], "webgpu"),
	).item();
	await expect(bad).rejects.toThrow("Target 3 is out of bounds.");
	expect(await good).toBeGreaterThan(0);
});

test("good indices: no launch more for a loss, one for a new index", async () => {
	const x = ramp("webgpu");
	const t = ints([0, 1, 2, 0], "webgpu");
	await x.data();
	const count = (body: () => unknown) => {
		gpu.flush();
		const { dispatches } = gpu.stats;
		const made = body();
		gpu.flush();
		expect(made).toBeDefined();
		return gpu.stats.dispatches - dispatches;
	};
	expect(count(() => F.crossEntropy(x, t))).toBe(1);
	const row = ints([0, 1, 2], "webgpu");
	expect(count(() => x.indexSelect(0, row))).toBe(2);
	expect(count(() => x.indexSelect(0, row))).toBe(1);
	row.add_(1);
	expect(count(() => x.indexSelect(0, row))).toBe(2);
	await x.data();
});
