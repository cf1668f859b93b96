import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.js";
import { Layout, numelOf } from "../../../src/layout.js";
import { builds, Device, noise, scattered } from "./support.js";

const DTYPES: DType[] = ["float32", "int32", "uint8", "bool"];

/** As PyTorch's `to`. */
function converted(v: number, from: DType, to: DType): number {
	if (to === from) return v;
	if (to === "bool") return Number(v !== 0);
	if (to === "float32") return Math.fround(v);
	const whole = Math.trunc(v);
	return to === "uint8" ? ((whole % 256) + 256) % 256 : whole;
}

const VALUES: Record<DType, number[]> = {
	float32: [0, -0, 1.75, -1.75, 300.5, -300.5, 1e-40, 2e9, -7],
	int32: [0, 1, -1, 255, 256, -300, 2147483647, -2147483648],
	uint8: [0, 1, 2, 77, 255],
	bool: [0, 1],
};

describe.each(builds)("copies, %s", (_, open) => {
	const device = new Device(open());
	const { kernels } = device;

	test("between all types and layouts", () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...DTYPES),
				fc.constantFrom(...DTYPES),
				fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 }),
				fc.integer({ min: 1, max: 600 }),
				fc.nat(31),
				fc.nat(31),
				fc.nat(31),
				(from, to, dims, long, choiceX, choiceY, mask) => {
					const shape = dims.length > 0 ? dims : [long];
					const own = shape.map((n, i) => (mask & (1 << i) ? 1 : n));
					const layout = scattered(own, choiceX).expand(shape);
					const pool = VALUES[from];
					const x = device.put(
						Array.from(
							{ length: numelOf(shape) },
							(_, i) => pool[i % pool.length] as number,
						),
						layout,
						from,
					);
					const y = device.view(scattered(shape, choiceY), to);
					kernels.copy(x, y);
					expect(device.get(y)).toEqual(
						device
							.get(x)
							.map((v) => converted(v, from, to) + 0 || 0)
							.map((v, i) => (v === 0 && from === to ? device.get(x)[i] : v)),
					);
					device.free(x, y);
				},
			),
			{ numRuns: 400 },
		);
	});

	test("NaN is true", () => {
		const x = device.put([Number.NaN, 0, -0], [3]);
		const y = device.view([3], "bool");
		kernels.copy(x, y);
		expect(device.get(y)).toEqual([1, 0, 0]);
	});

	test.each([
		[1, 1],
		[3, 5],
		[4, 4],
		[7, 130],
		[130, 7],
		[65, 67],
	])("a transposed [%i, %i], also in a batch", (rows, columns) => {
		const values = noise(2 * rows * columns);
		const x = device.put(values, [2, columns, rows]);
		const xt = { ...x, layout: x.layout.transpose(1, 2) };
		const y = device.view(
			new Layout([2, rows, columns], [rows * (columns + 1), columns + 1, 1]),
		);
		kernels.copy(xt, y);
		expect(device.get(y)).toEqual(device.get(xt));
	});

	test("fill converts the number and fills the view only", () => {
		for (const dtype of DTYPES)
			for (let choice = 0; choice < 32; choice++) {
				const base = device.view([60], dtype);
				const before = device.get(base);
				const y = { ...base, layout: scattered([2, 3, 3], choice & 27) };
				kernels.fill(y, 3);
				expect(device.get(y)).toEqual(
					new Array(18).fill(dtype === "bool" ? 1 : 3),
				);
				const covered = device.get(base).filter((v, i) => v !== before[i]);
				expect(covered.filter((v) => !Number.isNaN(v)).length).toBe(18);
			}
	});
});
