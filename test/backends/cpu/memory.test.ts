import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutOfMemoryError } from "../../../src/errors.js";
import { Device, openCore } from "./support.js";

describe("allocator", () => {
	test("blocks are aligned, disjoint and counted, in any order of frees", () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.record({
						size: fc.oneof(fc.nat(300), fc.nat(200_000)),
						freed: fc.nat(),
					}),
					{ maxLength: 60 },
				),
				(steps) => {
					const core = openCore();
					const held: { at: number; size: number }[] = [];
					for (const { size, freed } of steps) {
						const at = core.alloc(size);
						expect(at % 64).toBe(0);
						for (const other of held)
							expect(at + size <= other.at || other.at + other.size <= at).toBe(
								true,
							);
						core.u8.fill(255, at, at + size);
						held.push({ at, size });
						if (freed % 3 === 0) {
							const gone = held.splice(freed % held.length, 1)[0];
							if (gone) core.free(gone.at, gone.size);
						}
					}
					const asked = held.reduce((sum, b) => sum + b.size, 0);
					const live = core.liveBytes;
					expect(live).toBeGreaterThanOrEqual(asked);
					expect(live).toBeLessThanOrEqual(asked * 1.26 + held.length * 128);
					for (const b of held) core.free(b.at, b.size);
					expect(core.liveBytes).toBe(0);
				},
			),
			{ numRuns: 50 },
		);
	});

	test("a loop of the same sizes gets the same blocks and no new memory", () => {
		const { core, kernels } = new Device(openCore());
		const sizes = [401408, 32768, 2560, 4, 0, 5_000_000];
		const turn = () => {
			const blocks = sizes.map((s) => core.alloc(s));
			blocks.forEach((b, i) => {
				core.free(b, sizes[i] as number);
			});
			return [...blocks].sort((a, b) => a - b).join();
		};
		const first = turn();
		const before = kernels.memory();
		for (let i = 0; i < 100; i++) expect(turn()).toBe(first);
		expect(kernels.memory()).toEqual(before);
		expect(before.bytes).toBe(0);
		expect(before.peakBytes).toBeGreaterThan(5_400_000);
	});

	test("views are valid after growth, and big blocks do not alias in cache", () => {
		const core = openCore();
		const before = core.x.memory.buffer.byteLength;
		const blocks = Array.from({ length: 24 }, () => core.alloc(1 << 20));
		expect(core.x.memory.buffer.byteLength).toBeGreaterThan(before);
		core.f32[(blocks[23] as number) / 4] = 1.5;
		expect(core.f32[(blocks[23] as number) / 4]).toBe(1.5);
		expect(new Set(blocks.map((b) => b % 4096)).size).toBeGreaterThan(8);
	});

	test("exhaustion throws, changes nothing, and freed memory of another size serves", () => {
		const core = openCore();
		const big = 1_000_000_000;
		expect(() => core.alloc(5e9)).toThrow(OutOfMemoryError);
		const held: number[] = [];
		expect(() => {
			for (;;) held.push(core.alloc(big));
		}).toThrow(OutOfMemoryError);
		expect(held.length).toBeGreaterThanOrEqual(2);
		const live = core.liveBytes;
		expect(() => core.alloc(big)).toThrow(/tried to allocate 1000000000 bytes/);
		expect(core.liveBytes).toBe(live);
		core.free(held.pop() as number, big);
		// no block of this size was ever freed: the large one is cut up
		const parts = [0, 1, 2].map(() => core.alloc(200_000_000));
		expect(new Set(parts).size).toBe(3);
		const last = parts[2] as number;
		core.u8[last + 199_999_999] = 7;
		expect(core.u8[last + 199_999_999]).toBe(7);
	});

	test("kernels reach addresses above 2 GB", () => {
		const device = new Device(openCore());
		device.core.alloc(2_300_000_000);
		const eye = [1, 0, 0, 1];
		const a = device.put([1, 2, 3, 4], [2, 2]);
		expect(a.storage.handle).toBeGreaterThan(2 ** 31);
		const b = device.put(eye, [2, 2]);
		const y = device.view([2, 2]);
		device.kernels.matmul(a, b, y, null, false);
		expect(device.get(y)).toEqual([1, 2, 3, 4]);
		device.kernels.softmax(b, y, 1, false);
		expect(device.get(y)[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
		const x = device.put([2, 0, 1], [3, 1], "uint8");
		const index = device.put([1, 0], [2], "int32");
		const table = device.put(
			new Float32Array(256).map((_, i) => i / 2),
			[256],
		);
		const row = device.view([2, 1]);
		device.kernels.lookup(x, index, table, row);
		expect(device.get(row)).toEqual([0, 1]);
		device.kernels.binary("add", a, 1, y);
		expect(device.get(y)).toEqual([2, 3, 4, 5]);
		const total = device.view([1, 1]);
		device.kernels.reduce("sum", y, total);
		expect(device.get(total)).toEqual([14]);
	});

	test("kernels' workspace is no tensor's memory", () => {
		const device = new Device(openCore());
		const before = device.kernels.memory().bytes;
		const [a, b, y] = [
			[70, 90],
			[90, 50],
			[70, 50],
		].map((s) => device.view(s));
		if (!a || !b || !y) throw new Error();
		device.kernels.matmul(a, b, y, null, false);
		expect(device.core.ownBytes).toBeGreaterThan(10_000);
		device.free(a, b, y);
		expect(device.kernels.memory().bytes).toBe(before);
	});

	test("write and read copy", async () => {
		const { kernels } = new Device(openCore());
		const block = kernels.alloc(10);
		kernels.write(block, 2, Uint8Array.of(1, 2, 3));
		const copy = kernels.readSync?.(block, 3, 2);
		kernels.write(block, 3, Uint8Array.of(9));
		expect(copy).toEqual(Uint8Array.of(2, 3));
		expect(await kernels.read(block, 2, 3)).toEqual(Uint8Array.of(1, 9, 3));
	});
});
