import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import {
	createPredictor as fromBytes,
	type PredictorOptions,
} from "../../src/predictor/entry.js";
import { createPredictor } from "../../src/predictor/index.js";
import { seeded } from "../helpers/random.js";
import { INPUT, testImages, weightFile } from "./mnist.js";

const images = testImages().subarray(0, 784 * 300);
const open = (options: PredictorOptions = {}) =>
	fromBytes(weightFile(), { input: INPUT, threads: 1, ...options });

describe("calls", () => {
	test("no rows give no labels", async () => {
		const p = await open();
		const none = await p.predict(new Uint8Array(0), { probabilities: true });
		expect(none.labels).toEqual(new Int32Array(0));
		expect(none.probabilities).toEqual(new Float32Array(0));
	});

	test("predictSync, predict, clamped arrays and views agree", async () => {
		const p = await open({ weights: "int16" });
		const want = p.predictSync(images);
		expect(await p.predict(images)).toEqual(want);
		expect(want.probabilities).toBeUndefined();
		const clamped = new Uint8ClampedArray(images);
		expect(p.predictSync(clamped)).toEqual(want);
		const shared = new Uint8Array(new SharedArrayBuffer(images.length));
		shared.set(images);
		expect(p.predictSync(shared)).toEqual(want);
	});

	test("results go into the caller's arrays", async () => {
		const p = await open();
		const want = p.predictSync(images, { probabilities: true });
		const labels = new Int32Array(310).fill(-7);
		const probabilities = new Float32Array(3000);
		const out = { labels, probabilities };
		for (const call of [
			() => p.predictSync(images, out),
			() => p.predict(images, out),
		]) {
			labels.fill(-7);
			const got = await call();
			expect(got.labels.buffer).toBe(labels.buffer);
			expect(got.probabilities).toBe(probabilities);
			expect(got).toEqual(want);
			expect(labels[300]).toBe(-7);
		}
	});

	test("a stream gives one result for each array", async () => {
		const p = await open();
		const want = p.predictSync(images).labels;
		async function* source() {
			for (const [a, b] of [
				[0, 1],
				[1, 64],
				[64, 64],
				[64, 300],
			] as const)
				yield images.subarray(a * 784, b * 784);
		}
		const found: number[] = [];
		const sizes: number[] = [];
		for await (const { labels } of p.stream(source())) {
			found.push(...labels);
			sizes.push(labels.length);
		}
		expect(sizes).toEqual([1, 63, 0, 236]);
		expect(found).toEqual([...want]);
	});

	test("bytes come back through toBytes()", async () => {
		for (const weights of ["float32", "int16", "int8"] as const) {
			const p = await open({ weights });
			const again = await fromBytes(Buffer.from(p.toBytes()), { threads: 1 });
			expect(again.predictSync(images, { probabilities: true })).toEqual(
				p.predictSync(images, { probabilities: true }),
			);
			await expect(
				fromBytes(p.toBytes(), {
					weights: weights === "int8" ? "int16" : "int8",
				}),
			).rejects.toThrow(`made for weights '${weights}'`);
		}
	});

	test("a module and its saved weights are the same predictor", async () => {
		const { nn } = torch;
		torch.manualSeed(1);
		const model = new nn.Sequential(
			new nn.Linear(20, 8),
			new nn.ReLU(),
			new nn.Linear(8, 3),
		);
		const x = Uint8Array.from({ length: 2000 }, seededBytes());
		const p = await createPredictor(model, { threads: 1 });
		const want = p.predictSync(x, { probabilities: true });
		const q = await createPredictor(torch.encode(model.stateDict()), {
			threads: 1,
		});
		expect(q.predictSync(x, { probabilities: true })).toEqual(want);
	});
});

function seededBytes(): () => number {
	const next = seeded(2);
	return () => next(256);
}

const EMPTY_MODULE = new WebAssembly.Module(
	Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0),
);

describe("errors", () => {
	test("a length that is no multiple of a row's", async () => {
		const p = await open();
		const message =
			"predict: the first layer takes rows of 784 values, but the input has 785, which is no multiple of it";
		expect(() => p.predictSync(new Uint8Array(785))).toThrow(message);
		await expect(p.predict(new Uint8Array(785))).rejects.toBeInstanceOf(
			torch.ShapeError,
		);
	});

	test("another type of array", async () => {
		const p = await open();
		expect(() => p.predictSync(new Float32Array(784))).toThrow(
			torch.DTypeError,
		);
		const q = await open({ input: { dtype: "float32" } });
		expect(() => q.predictSync(new Uint8Array(784))).toThrow(
			/takes a Float32Array, but got a value of class Uint8Array/,
		);
		expect(() => q.predictSync([1] as never)).toThrow(torch.DTypeError);
		expect(() => q.predictSync(null as never)).toThrow(torch.DTypeError);
	});

	test("outputs that are too short or of another type", async () => {
		const p = await open();
		const labels = new Int32Array(299).fill(-1);
		expect(() => p.predictSync(images, { labels })).toThrow(torch.ShapeError);
		expect(labels.every((l) => l === -1)).toBe(true);
		expect(() =>
			p.predictSync(images, { labels: new Uint8Array(300) as never }),
		).toThrow(torch.DTypeError);
		expect(() =>
			p.predictSync(images, { probabilities: new Float32Array(10) }),
		).toThrow(torch.ShapeError);
	});

	test("use after dispose", async () => {
		const p = await open();
		p.dispose();
		p.dispose();
		expect(() => p.predictSync(images)).toThrow(torch.TensorDisposedError);
		await expect(p.predict(images)).rejects.toThrow(/was disposed/);
		expect(() => p.toBytes()).toThrow(torch.TensorDisposedError);
	});

	test("a signal ends the call, before and half-way", async () => {
		const p = await open();
		const reason = new Error("enough");
		await expect(
			p.predict(images, { signal: AbortSignal.abort(reason) }),
		).rejects.toBe(reason);
		const many = new Uint8Array(784 * 100_000).fill(3);
		const controller = new AbortController();
		const labels = new Int32Array(100_000).fill(-1);
		const call = p.predict(many, { signal: controller.signal, labels });
		setTimeout(() => controller.abort(reason));
		await expect(call).rejects.toBe(reason);
		expect(labels[0]).not.toBe(-1);
		expect(labels[99_999]).toBe(-1);
		// and the predictor goes on
		expect((await p.predict(images)).labels.length).toBe(300);
	});

	test("dispose ends a call half-way", async () => {
		const p = await open();
		const call = p.predict(new Uint8Array(784 * 100_000).fill(3));
		setTimeout(() => p.dispose());
		await expect(call).rejects.toBeInstanceOf(torch.TensorDisposedError);
	});

	test.each([
		[{ weights: "int4" }, /weights must be/],
		[{ input: { dtype: "int8" } }, /input.dtype must be/],
		[{ input: { std: 0 } }, /std not 0/],
		[{ input: { mean: Number.NaN } }, /must be finite/],
		[{ input: { length: 783 } }, /input.length is 783|shape \[1, 783\]/],
		[{ threads: 0 }, /threads must be/],
		[{ threads: 1.5 }, /threads must be/],
		[{ activation: "softplus" }, /activation must be one of/],
		[{ input: null }, /input must be an object, but got null/],
		[{ input: 5 }, /input must be an object, but got 5/],
		[null, /options must be an object, but got null/],
		[5, /options must be an object, but got 5/],
		[{ wasmModule: new Uint8Array(8) }, /wasmModule must be the WebAssembly/],
		[{ wasmModule: EMPTY_MODULE }, /the WebAssembly.Module of torchlet\/pred/],
	])("options %o", async (options, message) => {
		const given = options as PredictorOptions;
		const model = new torch.nn.Linear(784, 10);
		const compact = (await open()).toBytes();
		for (const made of [
			fromBytes(weightFile(), given),
			fromBytes(compact, given),
			createPredictor(model, given),
		]) {
			await expect(made).rejects.toThrow(message);
			await expect(made).rejects.toBeInstanceOf(torch.TorchletError);
		}
	});

	test.each([null, 5, "yes", new Int32Array(300)])(
		"options of a call that are none: %o",
		async (options) => {
			const p = await open();
			const message = /options must be an object, but got/;
			expect(() => p.predictSync(images, options as never)).toThrow(message);
			const error = await p
				.predict(images, options as never)
				.catch((e: unknown) => e);
			expect(error).toBeInstanceOf(torch.TorchletError);
			expect((error as Error).message).toMatch(message);
		},
	);

	test("memory that was transferred away is not taken for no rows", async () => {
		const p = await open();
		const gone = images.slice();
		const many = new Uint8Array(784 * 100_000);
		const call = p.predict(many);
		structuredClone(many, { transfer: [many.buffer] });
		structuredClone(gone, { transfer: [gone.buffer] });
		await expect(call).rejects.toThrow(/memory was transferred; pass a copy/);
		expect(() => p.predictSync(gone)).toThrow(torch.TorchletError);
	});

	test("sources that are none", async () => {
		await expect(createPredictor({} as never)).rejects.toThrow(
			/takes a module, or the bytes/,
		);
		for (const source of [undefined, -1, 1e12, "a.pth", {}, new Int8Array(9)]) {
			const made = fromBytes(source as never);
			await expect(made).rejects.toBeInstanceOf(torch.TorchletError);
			await expect(made).rejects.toThrow(/takes the bytes of .* but got/);
		}
		for (const bytes of [new Uint8Array(0), new Uint8Array(100).fill(9)])
			await expect(fromBytes(bytes)).rejects.toBeInstanceOf(torch.FormatError);
	});
});

describe("weight files", () => {
	const fixture = (name: string) =>
		new Uint8Array(
			readFileSync(new URL(`../../fixtures/pth/${name}`, import.meta.url)),
		);

	test("PyTorch's float64, float16 and bfloat16 are read", async () => {
		const { python } = await import("../helpers/python.js");
		const script = `
import torch, io, base64, json
torch.manual_seed(0)
m = torch.nn.Sequential(torch.nn.Linear(9, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
x = torch.randint(0, 256, (40, 9))
out = []
for d in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    s = {k: v.to(d) for k, v in m.state_dict().items()}
    if d == torch.float64: s = {k: v.t().contiguous().t() for k, v in s.items()}
    b = io.BytesIO(); torch.save(s, b)
    m2 = torch.nn.Sequential(torch.nn.Linear(9, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    m2.load_state_dict({k: v.float() for k, v in s.items()})
    with torch.no_grad(): p = m2(x / 255.0).softmax(1)
    out.append([base64.b64encode(b.getvalue()).decode(), p.flatten().tolist()])
print(json.dumps([x.flatten().tolist(), out]))`;
		const [x, cases] = JSON.parse(python(script)) as [
			number[],
			[string, number[]][],
		];
		for (const [file, want] of cases) {
			// a Buffer, as files are read: its `slice` makes no copy
			const p = await fromBytes(Buffer.from(file, "base64"), { threads: 1 });
			const { probabilities } = p.predictSync(Uint8Array.from(x), {
				probabilities: true,
			});
			want.forEach((v, i) => {
				expect(probabilities?.[i]).toBeCloseTo(v, 5);
			});
		}
	});

	test.each([
		["batchnorm.zip.pth", /cannot serve|cannot read/],
		["os_system.zip.pth", /names 'posix\.system'|names 'os\.system'/],
		["dtypes.zip.pth", /weights are floats|cannot serve/],
		["module.zip.pth", /names '/],
		["state_dict.legacy.pth", /PyTorch 1.6 or later/],
	])("%s is refused", async (name, message) => {
		const made = fromBytes(fixture(name));
		await expect(made).rejects.toThrow(message);
		await expect(made).rejects.toBeInstanceOf(torch.FormatError);
	});

	test("safetensors", async () => {
		const header = {
			__metadata__: { format: "pt" },
			"a.bias": { dtype: "F32", shape: [2], data_offsets: [0, 8] },
			"a.weight": { dtype: "F32", shape: [2, 3], data_offsets: [8, 32] },
		};
		const text = new TextEncoder().encode(JSON.stringify(header));
		const file = new Uint8Array(8 + text.length + 32);
		new DataView(file.buffer).setUint32(0, text.length, true);
		file.set(text, 8);
		const numbers = Float32Array.of(0.5, -0.5, 1, 2, 3, 3, 2, 1);
		file.set(new Uint8Array(numbers.buffer), 8 + text.length);
		const p = await fromBytes(file, { threads: 1 });
		// logits 0.5 + 1·1, -0.5 + 3·1
		const { probabilities } = p.predictSync(Uint8Array.of(255, 0, 0), {
			probabilities: true,
		});
		expect(probabilities?.[1]).toBeCloseTo(1 / (1 + Math.exp(1.5 - 2.5)), 6);
		for (let n = 8; n < file.length; n++)
			await expect(fromBytes(file.slice(0, n))).rejects.toBeInstanceOf(
				torch.FormatError,
			);
	});

	test("damage is an error of ours, whatever it is", async () => {
		const { nn } = torch;
		const good = torch.encode(new nn.Linear(3, 2).stateDict());
		const next = seeded(5);
		for (let i = 0; i < 400; i++) {
			const bad = good.slice(0, i % 4 ? good.length : next(good.length));
			for (let n = 0; n < 1 + (i % 3); n++)
				if (bad.length) bad[next(bad.length)] = next(256);
			await fromBytes(bad, { threads: 1 }).catch((error: Error) => {
				expect(error).toBeInstanceOf(torch.TorchletError);
			});
		}
	});
});

test("within a loop predictions keep the loop's scope", async () => {
	const model = new torch.nn.Linear(4, 3);
	const loader = new torch.DataLoader(
		new torch.TensorDataset(torch.ones(6, 4)),
		{ batchSize: 2 },
	);
	const before = torch.memory().tensors;
	for await (const [x] of loader) {
		const p = await createPredictor(model, {
			input: { dtype: "float32" },
			threads: 1,
		});
		x.add(1);
		await p.predict(x.dataSync() as Float32Array);
		x.add(1);
		p.dispose();
	}
	expect(torch.memory().tensors).toBe(before);
});
