import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { DataLoader, Subset } from "../../src/data/index.js";
import { DatasetError, ShapeError } from "../../src/errors.js";
import "../../src/index.js"; // the core
import { datasets, transforms } from "../../src/vision/index.js";
import { MNIST_FOLDER, smallSet } from "./helpers.js";

const small = smallSet();
const files = {
	images: small.get("train-images-idx3-ubyte") as Uint8Array,
	labels: small.get("train-labels-idx1-ubyte") as Uint8Array,
};
const transform = new transforms.Compose([
	new transforms.ToTensor(),
	new transforms.Normalize([0.1307], [0.3081]),
]);

function batchOf(set: datasets.MNIST, indices: number[]) {
	if (!set.batch) throw new Error("has no batch");
	return set.batch(indices);
}

describe("datasets.MNIST", () => {
	test("the real one, through ToTensor and Normalize", async () => {
		const set = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform,
		});
		expect(set.length).toBe(10000);
		const [image, label] = set.get(0);
		expect(label).toBe(7);
		expect(image.shape).toEqual([1, 28, 28]);
		// The value of the background that every MNIST tutorial shows.
		expect(image.dataSync()[0]).toBeCloseTo(-0.4242, 4);
		expect([...set.targets.dataSync().subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
		expect([set.data.dtype, set.data.shape]).toEqual([
			"uint8",
			[10000, 28, 28],
		]);
		expect(set.classes[7]).toBe("7 - seven");
	});

	test("a batch has the bits of its samples", async () => {
		const set = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform,
		});
		const indices = [9999, 0, 17, 17, -1];
		const [images, labels] = batchOf(set, indices);
		expect([images.shape, images.dtype]).toEqual([[5, 1, 28, 28], "float32"]);
		expect([labels.shape, labels.dtype]).toEqual([[5], "int32"]);
		const all = images.dataSync();
		for (const [i, index] of indices.entries()) {
			const [image, label] = set.get(index);
			expect(labels.dataSync()[i]).toBe(label);
			expect(all.slice(i * 784, (i + 1) * 784)).toEqual(image.dataSync());
		}
		expect(() => batchOf(set, [0, 10000])).toThrow(ShapeError);
		expect(batchOf(set, [])[0].shape).toEqual([0, 1, 28, 28]);
		set.dispose();
		expect(batchOf(set, [0])[0].dataSync()).toEqual(set.get(0)[0].dataSync());
	});

	test("a loader takes whole batches, and gives the same one by one", async () => {
		const set = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform,
		});
		const slow = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
			transform: (image: transforms.Image) => transform.forward(image),
		});
		expect(slow.batch).toBe(undefined);
		const seen: unknown[][] = [[], []];
		for (const [i, whole] of [set, slow].entries()) {
			const part = new Subset(whole, [5, 3, 9000, 8, 1]);
			const loader = new DataLoader(part, { batchSize: 2 });
			for await (const [images, labels] of loader) {
				seen[i]?.push(images.shape, await images.data(), await labels.data());
			}
		}
		expect(seen[0]?.[0]).toEqual([2, 1, 28, 28]);
		expect(seen[0]).toEqual(seen[1]);
		// The loops' scopes must not have freed what the set holds on to.
		expect(batchOf(set, [0])[1].dataSync()[0]).toBe(7);
	});

	test("other transforms are left to get", async () => {
		const own = await datasets.MNIST.open({
			...files,
			transform: (image: transforms.Image) => image.data[1],
			targetTransform: (label: number) => `digit ${label}`,
		});
		expect(own.get(0)).toEqual([37, "digit 9"]);
		expect(own.batch).toBe(undefined);
		const labels = await datasets.MNIST.open({
			...files,
			transform,
			targetTransform: { forward: (label: number) => label + 1 },
		});
		expect(labels.get(-1)[1]).toBe(8);
		expect(labels.batch).toBe(undefined);
	});

	test("without a transform a sample is the image, a copy", async () => {
		const set = await datasets.MNIST.open(files);
		const [image] = set.get(1);
		expect([...image.data]).toEqual([148, 185, 222, 3]);
		expect([image.width, image.height, image.channels]).toEqual([2, 2, 1]);
		image.data.fill(0);
		expect([...set.get(1)[0].data]).toEqual([148, 185, 222, 3]);
	});

	test("indices and transforms that cannot be", async () => {
		const set = await datasets.MNIST.open(files);
		for (const index of [3, -4, 0.5, Number.NaN]) {
			expect(() => set.get(index)).toThrow(
				`index ${index} is out of range for a dataset of 3 samples`,
			);
		}
		const opening = datasets.MNIST.open({ ...files, transform: 5 as never });
		await expect(opening).rejects.toThrow(DatasetError);
	});

	test("FashionMNIST has its own files and classes", async () => {
		const set = await datasets.FashionMNIST.open(files);
		expect(set).toBeInstanceOf(datasets.FashionMNIST);
		expect(set.classes[9]).toBe("Ankle boot");
		const opening = datasets.FashionMNIST.open({ root: "./absent" });
		await expect(opening).rejects.toThrow(/FashionMNIST\/raw/);
	});

	test("prints as torchvision's", async () => {
		const set = await datasets.MNIST.open({ ...files, transform });
		const text = `Dataset MNIST
    Number of datapoints: 3
    Split: Train
    StandardTransform
Transform: Compose(
               ToTensor()
               Normalize(mean=[0.1307], std=[0.3081])
           )`;
		expect(String(set)).toBe(text);
		expect(inspect(set)).toBe(text);
		const test = await datasets.MNIST.open({
			root: MNIST_FOLDER,
			train: false,
		});
		expect(String(test)).toBe(
			`Dataset MNIST\n    Number of datapoints: 10000\n    Root location: ${MNIST_FOLDER}\n    Split: Test`,
		);
	});
});
