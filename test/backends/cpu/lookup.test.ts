import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Layout } from "../../../src/layout.js";
import { builds, Device, noise, scattered } from "./support.js";

describe.each(builds)("lookup, %s", (_, open) => {
	const device = new Device(open());

	test("any shape and layout, with rows and tables chosen", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
				fc.nat(31),
				fc.nat(31),
				fc.option(fc.array(fc.nat(1000), { maxLength: 7 })),
				fc.boolean(),
				(shape, cx, cy, picks, perChannel) => {
					const channels = perChannel && shape.length > 1 ? shape[1] : 0;
					const count = shape.reduce((a, b) => a * b, 1);
					const rows = shape[0] ?? 1;
					const inner = count / rows;
					const pixels = noise(count, 8).map((v) => Math.floor(v * 128 + 128));
					const tableShape = channels ? [channels, 256] : [256];
					const entries = noise(256 * (channels || 1), 4);
					const chosen =
						shape.length && picks ? picks.map((p) => p % rows) : null;
					const out = chosen ? [chosen.length, ...shape.slice(1)] : shape;

					const x = device.put(pixels, scattered(shape, cx), "uint8");
					const table = device.put(entries, tableShape);
					const index =
						chosen &&
						device.put(chosen, new Layout([chosen.length], [2], 1), "int32");
					const y = device.view(scattered(out, cy));
					device.kernels.lookup(x, index, table, y);

					const want: number[] = [];
					for (const row of chosen ?? Array.from({ length: rows }, (_, i) => i))
						for (let i = 0; i < inner; i++) {
							const c = channels ? Math.floor(i / (inner / channels)) : 0;
							const pixel = pixels[row * inner + i] as number;
							want.push(entries[c * 256 + pixel] as number);
						}
					expect(device.get(y)).toEqual(want);
					device.free(x, table, index, y);
				},
			),
			{ numRuns: 400 },
		);
	});
});
