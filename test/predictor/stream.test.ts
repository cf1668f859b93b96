import { describe, expect, test } from "vitest";
import {
	createPredictor,
	DTypeError,
	type Images,
	type Prediction,
	ShapeError,
	TorchletError,
} from "../../src/predictor/entry.js";
import { INPUT, testImages, weightFile } from "./mnist.js";

const ROW = 784;
const images = testImages().subarray(0, ROW * 100);
const predictor = await createPredictor(weightFile(), {
	input: INPUT,
	threads: 1,
});
const want = [...predictor.predictSync(images).labels];

async function labelsOf(
	stream: AsyncIterable<Prediction>,
): Promise<{ labels: number[]; sizes: number[] }> {
	const labels: number[] = [];
	const sizes: number[] = [];
	for await (const found of stream) {
		labels.push(...found.labels);
		sizes.push(found.labels.length);
	}
	return { labels, sizes };
}

function* cut(size: number): Generator<Uint8Array> {
	for (let at = 0; at < images.length; at += size)
		yield images.subarray(at, at + size);
}

describe("arrays that end within a row", () => {
	test.each([1, 100, 783, 785, 1000, 4096, 65_536, 784_000])(
		"of %i bytes",
		async (size) => {
			const { labels, sizes } = await labelsOf(predictor.stream(cut(size)));
			expect(labels).toEqual(want);
			expect(sizes.length).toBe(Math.ceil(images.length / size));
		},
	);

	test("of floats, as Buffers, in memory that the source uses again", async () => {
		const floats = await createPredictor(weightFile(), {
			input: { dtype: "float32", ...INPUT },
			threads: 1,
		});
		const values = Float32Array.from(images, (u) => u / 255);
		const one = new Float32Array(1000);
		function* again() {
			for (let at = 0; at < values.length; at += one.length) {
				const part = values.subarray(at, at + one.length);
				one.set(part);
				yield one.subarray(0, part.length);
			}
		}
		expect((await labelsOf(floats.stream(again()))).labels).toEqual(want);
		function* buffers() {
			const buffer = Buffer.alloc(1000);
			for (const part of cut(buffer.length)) {
				buffer.set(part);
				yield buffer.subarray(0, part.length);
			}
		}
		expect((await labelsOf(predictor.stream(buffers()))).labels).toEqual(want);
	});

	test("a Blob's stream", async () => {
		const chunks = new Blob([new Uint8Array(images)]).stream();
		const source = chunks as unknown as AsyncIterable<Images>;
		expect((await labelsOf(predictor.stream(source))).labels).toEqual(want);
	});

	test("a source that ends there is an error, after the rows before", async () => {
		const found: number[] = [];
		const error = await (async () => {
			for await (const { labels } of predictor.stream([
				images.subarray(0, 1000),
			]))
				found.push(...labels);
		})().catch((e: unknown) => e);
		expect(found).toEqual(want.slice(0, 1));
		expect(error).toBeInstanceOf(ShapeError);
		expect((error as Error).message).toBe(
			"stream: the source ended after 216 of a row's 784 values",
		);
	});
});

describe("the source", () => {
	test("is closed when the loop is left, and when a call fails", async () => {
		let closed = 0;
		async function* endless(chunk: Images) {
			try {
				for (;;) yield chunk;
			} finally {
				closed++;
			}
		}
		for await (const _ of predictor.stream(endless(images))) break;
		expect(closed).toBe(1);
		await expect(
			labelsOf(predictor.stream(endless(new Float32Array(ROW)))),
		).rejects.toBeInstanceOf(DTypeError);
		expect(closed).toBe(2);
	});

	test("ends with its own error", async () => {
		const mine = new Error("mine");
		function* failing(): Generator<Images> {
			yield images;
			throw mine;
		}
		await expect(labelsOf(predictor.stream(failing()))).rejects.toBe(mine);
	});

	test.each([null, undefined, 5, {}, images])(
		"that is none: %o",
		async (source) => {
			const error = await labelsOf(predictor.stream(source as never)).catch(
				(e: unknown) => e,
			);
			expect(error).toBeInstanceOf(DTypeError);
			expect((error as Error).message).toMatch(
				/stream takes an iterable of arrays, but got/,
			);
		},
	);

	test("is not waited for once the signal is aborted", async () => {
		const reason = new Error("enough");
		let closed = 0;
		const silent: AsyncIterable<Images> = {
			[Symbol.asyncIterator]: () => ({
				next: () => new Promise(() => {}),
				return: () => {
					closed++;
					return new Promise(() => {});
				},
			}),
		};
		const controller = new AbortController();
		const { signal } = controller;
		const found = labelsOf(predictor.stream(silent, { signal }));
		setTimeout(() => controller.abort(reason));
		await expect(found).rejects.toBe(reason);
		expect(closed).toBe(1);
		const early = labelsOf(predictor.stream(silent, { signal }));
		await expect(early).rejects.toBe(reason);
	});

	test("is not waited for if the signal is aborted while the loop's body runs", async () => {
		async function* source() {
			yield images.subarray(0, ROW);
			await new Promise(() => {});
		}
		const control = new AbortController();
		const found: number[] = [];
		const reading = (async () => {
			for await (const { labels } of predictor.stream(source(), {
				signal: control.signal,
			})) {
				found.push(...labels);
				control.abort(new Error("enough"));
			}
		})();
		await expect(reading).rejects.toThrow("enough");
		expect(found).toEqual(want.slice(0, 1));
	});

	test("is not asked after dispose()", async () => {
		const gone = await createPredictor(weightFile(), { threads: 1 });
		gone.dispose();
		await expect(labelsOf(gone.stream([]))).rejects.toThrow(/was disposed/);
	});
});

test.each([{}, 5, "now", new AbortController()])(
	"a signal that is none: %o",
	async (signal) => {
		const options = { signal: signal as never };
		const calls = [
			() => predictor.predict(images, options),
			() => labelsOf(predictor.stream([images], options)),
			() => createPredictor(weightFile(), options),
		];
		for (const call of calls) {
			const error = await call().catch((e: unknown) => e);
			expect(error).toBeInstanceOf(TorchletError);
			expect((error as Error).message).toMatch(
				/^signal must be an AbortSignal, but got/,
			);
		}
	},
);
