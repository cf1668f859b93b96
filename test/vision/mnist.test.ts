import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DatasetError } from "../../src/errors.js";
import { readMnist } from "../../src/vision/mnist.js";
import {
	idx,
	MNIST_FOLDER,
	serve,
	serving,
	smallSet,
	temporaryFolder,
} from "./helpers.js";

const FASHION = "/usr/share/datasets/fashion-mnist";
const small = smallSet();
const images = small.get("train-images-idx3-ubyte") as Uint8Array;
const labels = small.get("train-labels-idx1-ubyte") as Uint8Array;

async function folderWith(paths: Record<string, Uint8Array>): Promise<string> {
	const root = await temporaryFolder();
	for (const [path, bytes] of Object.entries(paths)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), bytes);
	}
	return root;
}

async function failure(reading: Promise<unknown>): Promise<string> {
	const error = await reading.catch((e: unknown) => e);
	expect(error).toBeInstanceOf(DatasetError);
	return (error as Error).message;
}

describe("readMnist", () => {
	test("the real training set has MNIST's published mean and deviation", async () => {
		const set = await readMnist({ name: "MNIST", root: MNIST_FOLDER });
		expect([set.count, set.rows, set.cols]).toEqual([60000, 28, 28]);
		expect([...set.labels.subarray(0, 10)]).toEqual([
			5, 0, 4, 1, 9, 2, 1, 3, 1, 4,
		]);
		let sum = 0;
		let squares = 0;
		for (const pixel of set.images) {
			sum += pixel;
			squares += pixel * pixel;
		}
		const n = set.images.length;
		const mean = sum / n / 255;
		// The two figures that everyone passes to Normalize.
		expect(mean).toBeCloseTo(0.1307, 4);
		expect(Math.sqrt(squares / n / 255 ** 2 - mean ** 2)).toBeCloseTo(
			0.3081,
			4,
		);
	});

	test("the test split, by a path", async () => {
		const root = fileURLToPath(MNIST_FOLDER);
		const set = await readMnist({ name: "MNIST", root, train: false });
		expect(set.count).toBe(10000);
		expect([...set.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
	});

	test.skipIf(!existsSync(FASHION))("Debian's FashionMNIST, gzip", async () => {
		const set = await readMnist({ name: "FashionMNIST", root: FASHION });
		expect(set.count).toBe(60000);
		expect([...set.labels.subarray(0, 5)]).toEqual([9, 0, 0, 3, 0]);
		const histogram = Array(10).fill(0);
		for (const label of set.labels) histogram[label]++;
		expect(histogram).toEqual(Array(10).fill(6000));
	});

	test.each([
		["MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte"],
		["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
		["train-images.idx3-ubyte", "train-labels.idx1-ubyte"],
	])("finds %s, raw or packed", async (imagePath, labelPath) => {
		const raw = { [imagePath]: images, [labelPath]: labels };
		const packed = {
			[`${imagePath}.gz`]: gzipSync(images),
			[`${labelPath}.gz`]: gzipSync(labels),
		};
		for (const files of [raw, packed]) {
			const root = await folderWith(files);
			for (const place of [root, `${root}/`, pathToFileURL(root)]) {
				const set = await readMnist({ name: "MNIST", root: place });
				expect([set.count, set.rows, set.cols]).toEqual([3, 2, 2]);
				expect([...set.images.subarray(0, 4)]).toEqual([0, 37, 74, 111]);
				expect([...set.labels]).toEqual([9, 8, 7]);
			}
		}
	});

	test("packed bytes under a raw name, as some servers leave them", async () => {
		const root = await folderWith({
			"train-images-idx3-ubyte": gzipSync(images),
			"train-labels-idx1-ubyte.gz": labels,
		});
		expect((await readMnist({ name: "MNIST", root })).count).toBe(3);
	});

	test("from bytes", async () => {
		const packed = gzipSync(images);
		const buffer = labels.slice().buffer as ArrayBuffer;
		const set = await readMnist({
			name: "MNIST",
			images: packed,
			labels: buffer,
		});
		expect([...set.labels]).toEqual([9, 8, 7]);
		expect(await failure(readMnist({ name: "MNIST", images }))).toMatch(
			/no root given, and no labels/,
		);
	});

	test("from a URL base, past a start page that answers every path", async () => {
		const files = new Map(
			[...small].map(([k, v]) => [`d/${k}.gz`, gzipSync(v)]),
		);
		const { url } = await serve((response, path, request) => {
			if (files.has(path)) return serving(files)(response, path, request);
			response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
			response.end("<!doctype html>");
		});
		const progress: string[] = [];
		const set = await readMnist({
			name: "MNIST",
			root: new URL("d", url),
			train: false,
			onProgress: ({ file, loaded, total }) => {
				if (loaded === total) progress.push(file);
			},
		});
		expect([...set.labels]).toEqual([9, 8]);
		expect(progress.sort()).toEqual([
			"t10k-images-idx3-ubyte.gz",
			"t10k-labels-idx1-ubyte.gz",
		]);
	});

	test("a server that fails is named", async () => {
		const { url } = await serve((response) => response.writeHead(500).end());
		expect(await failure(readMnist({ name: "MNIST", root: url }))).toMatch(
			/^http:.*ubyte: cannot be fetched: HTTP 500/,
		);
		const missing = await serve((response) => response.writeHead(404).end());
		expect(
			await failure(readMnist({ name: "MNIST", root: missing.url })),
		).toMatch(/Dataset not found\. Put the files there/);
		const gone = "http://127.0.0.1:9/"; // the discard port: nobody listens
		expect(await failure(readMnist({ name: "MNIST", root: gone }))).toMatch(
			/cannot be fetched/,
		);
	});

	test("missing files: where it looked, and PyTorch's advice", async () => {
		const root = await temporaryFolder();
		// Often: both files are looked for at once, and the answer must not depend on which is first.
		const places = [root, join(root, "absent")];
		for (const place of Array.from({ length: 20 }, () => places).flat()) {
			const message = await failure(
				readMnist({ name: "FashionMNIST", root: place, train: false }),
			);
			expect(message).toContain(
				"Dataset not found. You can use download: true to download it",
			);
			expect(message).toContain(
				`${place}/FashionMNIST/raw/t10k-images-idx3-ubyte.gz`,
			);
			expect(message).toContain(`${place}/t10k-images-idx3-ubyte\n`);
		}
	});

	test("files that are not what their names say", async () => {
		const read = (files: Record<string, Uint8Array>) =>
			readMnist({ name: "MNIST", ...files });
		expect(await failure(read({ images: labels, labels }))).toMatch(
			/the given images: expected images \(3 dimensions\), but found labels of shape \[3\]/,
		);
		expect(await failure(read({ images, labels: images }))).toMatch(
			/the given labels: expected labels .* found images of shape \[3, 2, 2\]/,
		);
		expect(await failure(read({ images, labels: idx([2], [1, 2]) }))).toMatch(
			/found 3 images but 2 labels/,
		);
		expect(
			await failure(read({ images, labels: idx([3], [1, 10, 2]) })),
		).toMatch(/label 10 at index 1 is out of range/);
		const root = await folderWith({
			"train-images-idx3-ubyte": images.subarray(0, 20),
			"train-labels-idx1-ubyte": labels,
		});
		expect(await failure(readMnist({ name: "MNIST", root }))).toMatch(
			/train-images-idx3-ubyte: truncated: expected 28 bytes .*, found 20/,
		);
	});

	test("the real files were not confused by the reader", async () => {
		const bytes = await readFile(
			new URL("t10k-images-idx3-ubyte", MNIST_FOLDER),
		);
		const set = await readMnist({
			name: "MNIST",
			root: MNIST_FOLDER,
			train: false,
		});
		expect(bytes.subarray(16).equals(set.images)).toBe(true);
	});
});
