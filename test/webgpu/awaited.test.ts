import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { openGpu } from "../helpers/webgpu.js";

beforeAll(async () => {
	torch.webgpu.configure({ gpu: openGpu() });
	(await torch.tensor([0]).to("webgpu")).dispose();
});

/** What PyTorch makes of them. */
const WANTED: Record<string, number[][]> = {
	"a number": [
		[7, 7, 7, 7],
		[2, 4, 6, -5],
		[7, 7, 7, 7],
	],
	true: [
		[1, 1, 1, 1],
		[2, 4, 6, -5],
		[1, 1, 1, 1],
	],
	"a number, added": [
		[1, 3, 5, 7],
		[2, 4, 6, -5],
		[4, 6, 8, 10],
	],
	"a row": [
		[-6, -4, -2, 0],
		[2, 4, 6, -5],
		[-6, -4, -2, 0],
	],
	"a row with a leading 1": [
		[-6, -4, -2, 0],
		[2, 4, 6, -5],
		[-6, -4, -2, 0],
	],
	"rows of the second dimension": [
		[-6, -4, -2, -6],
		[-4, 4, 6, -4],
		[-2, -1, 1, -2],
	],
	"a mask of all": [
		[-6, -4, -2, 0],
		[-1, -1, -1, -5],
		[-3, -1, -1, -1],
	],
	"a mask behind a number": [
		[-6, -4, -2, 0],
		[-1, -1, -1, -5],
		[-3, -1, 1, 3],
	],
	bytes: [
		[-6, -4, -2, 0],
		[2, 2, 2, -5],
		[-3, -1, 2, 2],
	],
	"into a view": [
		[3, 3, 3, 3],
		[2, 4, 6, -5],
		[3, 3, 3, 3],
	],
};

describe.each(["cpu", "webgpu"] as const)("on %s", (device) => {
	const numbers = (n: number) =>
		torch.tensor(
			Array.from({ length: n }, (_, i) => ((i * 7919) % 13) - 6),
			{ device },
		);

	test("nonzeroAsync of more than one workgroup's elements", async () => {
		const x = numbers(5000).mul(numbers(5000).gt(3));
		const values = await x.data();
		const want = [...values.keys()].filter((i) => values[i] !== 0);
		expect(want.length).toBeGreaterThan(500);
		const places = await x.nonzeroAsync();
		expect(places.dtype).toBe("int32");
		expect(places.device).toBe(device);
		expect(places.shape).toEqual([want.length, 1]);
		expect([...(await places.data())]).toEqual(want);
	});

	test("nonzeroAsync of nothing, of zeros, of one number, of a view, of NaN", async () => {
		const shape = async (t: torch.Tensor) => (await t.nonzeroAsync()).shape;
		expect(await shape(torch.zeros([0, 3], { device }))).toEqual([0, 2]);
		expect(await shape(torch.zeros([4], { device }))).toEqual([0, 1]);
		expect(await shape(torch.tensor(3, { device }))).toEqual([1, 0]);
		const x = torch.tensor(
			[
				[0, 1],
				[Number.NaN, 0],
				[0, 5],
			],
			{ device },
		);
		expect(await (await x.t().nonzeroAsync()).tolist()).toEqual([
			[0, 1],
			[1, 0],
			[1, 2],
		]);
	});

	test("maskedSelectAsync broadcasts, and its gradient goes back", async () => {
		const x = numbers(6).view(2, 3).detach().requiresGrad_(true);
		const mask = torch.tensor([true, false, true], { device });
		const picked = await x.maskedSelectAsync(mask);
		const all = (await x.tolist()) as number[][];
		expect(await picked.tolist()).toEqual(
			all.flatMap((row) => [row[0], row[2]]),
		);
		picked
			.mul(torch.tensor([1, 2, 3, 4], { device }))
			.sum()
			.backward();
		expect(await x.grad?.tolist()).toEqual([
			[1, 0, 2],
			[3, 0, 4],
		]);
	});

	test("indexAsync by a mask beside other items", async () => {
		const x = torch.arange(24, { device }).view(2, 3, 4);
		const mask = torch.tensor([true, false, true], { device });
		const got = await x.indexAsync(torch.slice(), mask, 1);
		expect(await got.tolist()).toEqual([
			[1, 9],
			[13, 21],
		]);
		// no mask: as index()
		expect(await (await x.indexAsync(1, 2, 3)).item()).toBe(23);
		const small = torch.tensor([true, false], { device });
		await expect(
			(async () => x.indexAsync(torch.slice(), small))(),
		).rejects.toThrow(/shape of the mask \[2\] at index 0/);
	});

	test("equalAsync and allcloseAsync", async () => {
		const x = numbers(100);
		const y = x.clone();
		expect(await x.equalAsync(y)).toBe(true);
		expect(await x.equalAsync(y.view(10, 10))).toBe(false);
		expect(await x.allcloseAsync(y.add(1e-9))).toBe(true);
		y.select(0, 99).add_(0.5);
		expect(await x.equalAsync(y)).toBe(false);
		expect(await x.allcloseAsync(y)).toBe(false);
		expect(await x.allcloseAsync(y, { atol: 1 })).toBe(true);
		const nan = torch.tensor([Number.NaN], { device });
		expect(await nan.equalAsync(nan)).toBe(false);
		expect(await nan.allcloseAsync(nan, { equalNan: true })).toBe(true);
	});

	test("as functions", async () => {
		const x = torch.tensor([0, 3, 0, -1], { device });
		expect(await (await torch.nonzeroAsync(x)).tolist()).toEqual([[1], [3]]);
		const picked = await torch.maskedSelectAsync(x, x.gt(-1));
		expect(await picked.tolist()).toEqual([0, 3, 0]);
		expect(await torch.equalAsync(x, x.clone())).toBe(true);
		expect(await torch.equalAsync(x, x.add(1))).toBe(false);
		expect(await torch.allcloseAsync(x, x.add(0.1))).toBe(false);
		expect(await torch.allcloseAsync(x, x.add(0.1), { atol: 1 })).toBe(true);
	});

	test("nothing but the results stays", async () => {
		const x = numbers(300);
		const mask = x.gt(0);
		const other = numbers(7);
		const before = torch.memory(device).tensors;
		const made = [
			await x.nonzeroAsync(),
			await x.maskedSelectAsync(mask),
			// on the CPU, index() leaves its temporaries to the collector
			...(device === "webgpu" ? [await x.indexAsync(mask)] : []),
		];
		await x.equalAsync(x);
		await x.allcloseAsync(x);
		await expect((async () => x.maskedSelectAsync(other))()).rejects.toThrow(
			torch.TorchletError,
		);
		for (const t of made) t.dispose();
		expect(torch.memory(device).tensors).toBe(before);
	});

	test("a loop's scope frees what was awaited in it", async () => {
		const x = numbers(300);
		const before = torch.memory(device).tensors;
		const count = await torch.scope(async () => {
			const places = await x.nonzeroAsync();
			const values = await x.indexAsync(x.gt(0));
			return places.shape[0] + (await values.sum().item());
		});
		expect(count).toBeGreaterThan(100);
		expect(torch.memory(device).tensors).toBe(before);
	});

	test.each<[string, (x: torch.Tensor, m: torch.Tensor) => unknown]>([
		["a number", (x, m) => x.indexPut_([m], 7)],
		["true", (x, m) => x.indexPut_([m], true)],
		["a number, added", (x, m) => x.indexPut_([m], 7, { accumulate: true })],
		["a row", (x, m) => x.indexPut_([m], numbers(4))],
		[
			"a row with a leading 1",
			(x, m) => x.indexPut_([m], numbers(4).view(1, 4)),
		],
		[
			"rows of the second dimension",
			(x) =>
				x.indexPut_(
					[torch.slice(), torch.tensor([true, false, false, true], { device })],
					numbers(3).view(3, 1),
				),
		],
		["a mask of all", (x) => x.indexPut_([x.gt(0)], -1)],
		[
			"a mask behind a number",
			(x) => x.indexPut_([1, x.select(0, 1).gt(0)], -1),
		],
		["bytes", (x) => x.indexPut_([x.gt(0).to("uint8")], 2)],
		["into a view", (x, m) => x.t().indexPut_([torch.slice(), m], 3)],
	])("indexPut_ by a mask: %s", async (name, put) => {
		const x = numbers(12).view(3, 4);
		put(x, torch.tensor([true, false, true], { device }));
		expect(await x.tolist()).toEqual(WANTED[name]);
	});

	test("indexPut_ by a mask: gradients of both", async () => {
		const x = numbers(6).view(3, 2).detach().requiresGrad_(true);
		const v = torch.tensor([5, 6], { device, requiresGrad: true });
		const mask = torch.tensor([true, false, true], { device });
		const y = x.mul(2).indexPut_([mask], v);
		y.mul(torch.arange(6, { device }).view(3, 2)).sum().backward();
		expect(await x.grad?.tolist()).toEqual([
			[0, 0],
			[4, 6],
			[0, 0],
		]);
		expect(await v.grad?.tolist()).toEqual([4, 6]);
	});
});
