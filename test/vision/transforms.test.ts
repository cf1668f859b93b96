import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { DatasetError, DTypeError, ShapeError } from "../../src/errors.js";
import { fromArray } from "../../src/index.js";
import {
	Compose,
	type Image,
	Lambda,
	Normalize,
	ToTensor,
} from "../../src/vision/transforms.js";

const rgb: Image = {
	data: Uint8Array.from({ length: 3 * 5 * 2 }, (_, i) => (i * 89) % 256),
	width: 5,
	height: 2,
};

describe("ToTensor", () => {
	test("rows of pixels become planes of channels", () => {
		const x = new ToTensor().forward(rgb);
		expect([x.shape, x.dtype]).toEqual([[3, 2, 5], "float32"]);
		const values = x.dataSync();
		for (let c = 0; c < 3; c++) {
			for (let i = 0; i < 10; i++) {
				const byte = rgb.data[i * 3 + c] as number;
				expect(values[c * 10 + i]).toBe(Math.fround(byte / 255));
			}
		}
	});

	test("ImageData is four channels, grey is one", () => {
		const shape = (n: number) =>
			new ToTensor().forward({
				data: new Uint8ClampedArray(n * 6),
				width: 2,
				height: 3,
			}).shape;
		expect(shape(4)).toEqual([4, 3, 2]);
		expect(shape(1)).toEqual([1, 3, 2]);
	});

	test("refuses what is no 8-bit image, saying what it is", () => {
		const run = (image: unknown) => () =>
			new ToTensor().forward(image as Image);
		const data = new Uint8Array(7);
		expect(run({ data, width: 2, height: 3 })).toThrow(ShapeError);
		expect(run({ data, width: 2, height: 3 })).toThrow(/2x3 .* 7 bytes/);
		expect(run({ data, width: 7, height: 1, channels: 2 })).toThrow(
			/7x1 pixels and 2 channels/,
		);
		expect(run({ data, width: 0, height: 0 })).toThrow(ShapeError);
		const floats = { data: new Float32Array(6), width: 2, height: 3 };
		expect(run(floats)).toThrow(DTypeError);
		expect(run(floats)).toThrow(/Got data of Float32Array/);
		expect(run(null)).toThrow(/Got null/);
		expect(run(fromArray(new Float32Array(4)))).toThrow(DTypeError);
	});
});

describe("Normalize", () => {
	test("gives PyTorch's bits per channel", () => {
		const [{ bits }] = JSON.parse(
			readFileSync(
				new URL("../../fixtures/vision/transforms.json", import.meta.url),
				"utf8",
			),
		).slice(6) as [{ bits: string }];
		const copy = Uint8Array.from(Buffer.from(bits, "base64"));
		const table = new Float32Array(copy.buffer);
		const transform = new Compose([
			new ToTensor(),
			new Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
		]);
		const x = transform.forward(rgb) as ReturnType<ToTensor["forward"]>;
		const expected = Array.from({ length: 30 }, (_, i) => {
			const c = Math.floor(i / 10);
			return table[c * 256 + (rgb.data[(i % 10) * 3 + c] as number)];
		});
		expect(Array.from(x.dataSync())).toEqual(expected);
	});

	test("leaves its input as it was, and takes leading dimensions", () => {
		const x = fromArray(Float32Array.of(1, 2, 3, 4), [2, 1, 1, 2]);
		const y = new Normalize(1, 2).forward(x);
		expect(y.shape).toEqual([2, 1, 1, 2]);
		expect([...y.dataSync()]).toEqual([0, 0.5, 1, 1.5]);
		expect([...x.dataSync()]).toEqual([1, 2, 3, 4]);
	});

	test("torchvision's refusals", () => {
		expect(() => new Normalize([0.5], [1e-60])).toThrow(DatasetError);
		expect(() => new Normalize([0.5], [0])).toThrow(
			"std evaluated to zero after conversion to torch.float32, leading to division by zero.",
		);
		expect(() => new Normalize([], [1])).toThrow(ShapeError);
		const n = new Normalize([0.5], [0.5]);
		expect(() => n.forward(fromArray(new Int32Array(4), [1, 2, 2]))).toThrow(
			"Input tensor should be a float tensor. Got torch.int32.",
		);
		expect(() => n.forward(fromArray(new Float32Array(4), [2, 2]))).toThrow(
			"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = torch.Size([2, 2])",
		);
	});
});

describe("Compose and Lambda", () => {
	test("run in order, plain functions too", () => {
		const transform = new Compose([
			new Lambda((x: number) => x + 1),
			(x: number) => x * 10,
		]);
		expect(transform.forward(2)).toBe(30);
	});

	test("refuse what cannot run", () => {
		expect(() => new Lambda("x" as never)).toThrow(
			"Argument lambd should be callable, got string",
		);
		expect(() => new Compose([new ToTensor(), {} as never])).toThrow(
			/transform 1 should be a function/,
		);
	});

	test("print as torchvision's", () => {
		const transform = new Compose([
			new ToTensor(),
			new Normalize([0.1307, 1e-7], 0.3081),
			new Lambda((x) => x),
		]);
		const text =
			"Compose(\n    ToTensor()\n    Normalize(mean=[0.1307, 1e-07], std=[0.3081])\n    Lambda()\n)";
		expect(String(transform)).toBe(text);
		expect(inspect(transform)).toBe(text);
	});
});
