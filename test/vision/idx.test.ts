import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DatasetError } from "../../src/errors.js";
import { parseIdx } from "../../src/vision/idx.js";
import { idx, MNIST_FOLDER } from "./helpers.js";

const failure = (bytes: Uint8Array) => {
	try {
		parseIdx(bytes, "some-file");
	} catch (error) {
		expect(error).toBeInstanceOf(DatasetError);
		return (error as Error).message;
	}
	throw new Error("accepted");
};

describe("parseIdx", () => {
	test("reads the published labels and images", async () => {
		const labels = parseIdx(
			await readFile(new URL("train-labels-idx1-ubyte", MNIST_FOLDER)),
			"labels",
		);
		expect(labels.shape).toEqual([60000]);
		// The first ten digits of MNIST, known from every tutorial.
		expect([...labels.data.subarray(0, 10)]).toEqual([
			5, 0, 4, 1, 9, 2, 1, 3, 1, 4,
		]);
		const images = parseIdx(
			await readFile(new URL("t10k-images-idx3-ubyte", MNIST_FOLDER)),
			"images",
		);
		expect(images.shape).toEqual([10000, 28, 28]);
		expect(images.data.length).toBe(7840000);
	});

	test("gives a view of the bytes, also at an odd offset", () => {
		const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
		const shifted = new Uint8Array(file.length + 3);
		shifted.set(file, 3);
		const { data, shape } = parseIdx(shifted.subarray(3), "f");
		expect(shape).toEqual([2, 3]);
		expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
		expect(data.buffer).toBe(shifted.buffer);
	});

	test("an empty dimension is fine, whatever the others are", () => {
		expect(parseIdx(idx([0, 28, 28], []), "f").data.length).toBe(0);
		const huge = Array.from({ length: 200 }, () => 0xffffffff);
		expect(parseIdx(idx([...huge, 0], []), "f").data.length).toBe(0);
	});

	test("says what was found", () => {
		expect(failure(new Uint8Array())).toMatch(/^some-file: .*has 0 bytes/);
		expect(failure(new TextEncoder().encode("<!doctype html>"))).toMatch(
			/not an IDX file: it begins with 3c 21 64 6f/,
		);
		expect(failure(idx([1], [0, 0, 0, 0], 13))).toMatch(
			/expected .* uint8 .* found float32 \(code 0x0d\)/,
		);
		expect(failure(idx([5], [1, 2, 3]))).toMatch(
			/truncated: expected 13 bytes for shape \[5\], found 11/,
		);
		expect(failure(idx([2], [1, 2, 3]))).toMatch(
			/too long: expected 10 bytes for shape \[2\], found 11/,
		);
		expect(failure(idx([2, 2], [1, 2, 3, 4]).subarray(0, 9))).toMatch(
			/header of 2 dimensions needs 12 bytes, found 9/,
		);
		const huge = Array.from({ length: 100 }, () => 0xffffffff);
		expect(failure(idx(huge, []))).toMatch(/truncated/);
	});

	test("any damage is a DatasetError or readable data of the told shape", () => {
		const good = idx([3, 2, 2], Array(12).fill(7));
		const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
		fc.assert(
			fc.property(change, fc.nat(good.length), ([at, value], length) => {
				const bad = good.slice(0, length);
				if (at < length) bad[at] = value;
				try {
					const { shape, data } = parseIdx(bad, "f");
					expect(shape.reduce((n, d) => n * d, 1)).toBe(data.length);
				} catch (error) {
					expect(error).toBeInstanceOf(DatasetError);
				}
			}),
			{ seed: 1, numRuns: 500 },
		);
	});
});
