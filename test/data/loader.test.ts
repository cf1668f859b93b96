import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const ten = () =>
	new torch.TensorDataset(torch.arange(20).view(10, 2), torch.arange(10));

describe("batches", () => {
	test("hold every sample once, in order, whatever the sizes", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 40 }),
				fc.integer({ min: 1, max: 45 }),
				fc.boolean(),
				async (n, batchSize, dropLast) => {
					const loader = new torch.DataLoader(
						new torch.TensorDataset(torch.arange(n)),
						{ batchSize, dropLast },
					);
					const seen: number[] = [];
					let batches = 0;
					for await (const [x] of loader) {
						seen.push(...x.dataSync());
						batches++;
					}
					expect(batches).toBe(loader.length);
					const whole = dropLast ? n - (n % batchSize) : n;
					expect(seen).toEqual(Array.from({ length: whole }, (_, i) => i));
				},
			),
			{ numRuns: 60 },
		);
	});

	test("samples one by one and whole batches are the same", async () => {
		class OneByOne extends torch.Dataset<torch.Tensor[]> {
			private readonly inner = ten();
			override get length() {
				return 10;
			}
			override get(i: number) {
				return this.inner.get(i);
			}
		}
		const slow = new torch.DataLoader(new OneByOne(), { batchSize: 4 });
		const fast = new torch.DataLoader(ten(), { batchSize: 4 });
		const lists = async (loader: torch.DataLoader) => {
			const out = [];
			for await (const [x, y] of loader)
				out.push([x.tolistSync(), y.tolistSync()]);
			return out;
		};
		expect(await lists(slow)).toEqual(await lists(fast));
	});

	test("numbers, objects and promises are collated", async () => {
		class Mixed extends torch.Dataset<object> {
			override readonly length = 3;
			override async get(i: number) {
				return { i, half: i / 2, pair: [torch.full([2], i), `s${i}`] };
			}
		}
		for await (const b of new torch.DataLoader(new Mixed(), { batchSize: 3 })) {
			expect(b.i.dtype).toBe("int32");
			expect(b.half.tolistSync()).toEqual([0, 0.5, 1]);
			expect(b.pair[0].shape).toEqual([3, 2]);
			expect(b.pair[1]).toEqual(["s0", "s1", "s2"]);
		}
	});

	test("of a tensor, its rows, shuffled as a TensorDataset's", async () => {
		const rows = torch.arange(10).view(5, 2);
		const batches = async (data: typeof rows | torch.TensorDataset) => {
			torch.manualSeed(3);
			const out: unknown[] = [];
			const options = { batchSize: 2, shuffle: true };
			for await (const b of new torch.DataLoader(data, options))
				out.push((Array.isArray(b) ? b[0] : b).tolistSync());
			return out;
		};
		const ours = await batches(rows);
		expect(ours).toEqual(await batches(new torch.TensorDataset(rows)));
		expect(ours.flat()).toHaveLength(5);
	});

	test("a stream is cut into batches", async () => {
		class Stream extends torch.IterableDataset<number> {
			override async *[Symbol.asyncIterator]() {
				for (let i = 0; i < 7; i++) yield i;
			}
		}
		const sizes = [];
		for await (const b of new torch.DataLoader(new Stream(), { batchSize: 3 }))
			sizes.push(b.numel());
		expect(sizes).toEqual([3, 3, 1]);
	});

	test("wrong options are refused by name", () => {
		const make = (o: torch.DataLoaderOptions) => () =>
			new torch.DataLoader(ten(), o);
		expect(make({ batchSize: 0 })).toThrow(/batch_size should be a positive/);
		expect(make({ batchSize: 1.5 })).toThrow(torch.ShapeError);
		expect(make({ shuffle: true, sampler: [1] })).toThrow(/mutually exclusive/);
		expect(make({ batchSampler: [[1]], batchSize: 2 })).toThrow(
			/mutually exclusive/,
		);
		// PyTorch 1.13's words
		class Stream extends torch.IterableDataset<number> {}
		expect(() => new torch.DataLoader(new Stream(), { shuffle: true })).toThrow(
			"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True",
		);
		const none = new torch.TensorDataset(torch.zeros(0, 2));
		expect(() => new torch.DataLoader(none, { shuffle: true })).toThrow(
			"num_samples should be a positive integer value, but got num_samples=0",
		);
		const drawn = (weights: number[]) => () => [
			...new torch.WeightedRandomSampler(weights, 3),
		];
		expect(drawn([-1, 2])).toThrow(
			"invalid multinomial distribution (encountering probability entry < 0)",
		);
		expect(drawn([0, 0])).toThrow(
			"invalid multinomial distribution (sum of probabilities <= 0)",
		);
	});
});

describe("the body of the loop is a scope", () => {
	const live = () => torch.memory().tensors;

	test("everything made in it is freed, at its end and when it is left", async () => {
		const loader = new torch.DataLoader(ten(), { batchSize: 2 });
		const before = live();
		for await (const [x] of loader) {
			x.add(1).mul(2);
			expect(live()).toBeGreaterThan(before);
		}
		expect(live()).toBe(before);
		for await (const [x] of loader) {
			x.add(1);
			break;
		}
		expect(live()).toBe(before);
		await expect(
			(async () => {
				for await (const [x] of loader) {
					x.add(1);
					throw new Error("stop");
				}
			})(),
		).rejects.toThrow("stop");
		expect(live()).toBe(before);
	});

	test("also when the next batch fails, at once or later", async () => {
		class Failing extends torch.Dataset<torch.Tensor> {
			override readonly length = 5;
			constructor(private readonly late: boolean) {
				super();
			}
			override get(i: number): torch.Tensor | Promise<torch.Tensor> {
				const row = torch.ones(2);
				if (i === 3) throw new RangeError("sample 3 is broken");
				return this.late ? Promise.resolve(row) : row;
			}
		}
		class Late extends Failing {
			override async get(i: number) {
				return super.get(i);
			}
		}
		for (const data of [
			new Failing(false),
			new Failing(true),
			new Late(true),
		]) {
			const before = live();
			const loop = async () => {
				for await (const x of new torch.DataLoader(data, { batchSize: 2 }))
					x.add(1);
			};
			await expect(loop()).rejects.toThrow("sample 3 is broken");
			expect(live()).toBe(before);
		}
	});

	test("also what is made after an await of ours", async () => {
		const loader = new torch.DataLoader(ten(), { batchSize: 5 });
		const before = live();
		for await (const [x] of loader) {
			const y = x.add(1);
			await y.sum().item();
			const z = y.mul(3);
			await z.data();
			z.add(4);
		}
		expect(live()).toBe(before);
	});

	test("what is kept lives on, and use of the rest says so", async () => {
		let kept: torch.Tensor | undefined;
		let lost: torch.Tensor | undefined;
		for await (const [x] of new torch.DataLoader(ten(), { batchSize: 10 })) {
			kept = x.mul(2).keep();
			lost = x.exp();
		}
		expect(kept?.sum().itemSync()).toBe(380);
		expect(() => lost?.add(1)).toThrow(torch.TensorDisposedError);
		expect(() => lost?.add(1)).toThrow(/made by exp.*keep\(\)/s);
	});

	test("loops nest", async () => {
		const loader = new torch.DataLoader(ten(), { batchSize: 5 });
		const before = live();
		for await (const [x] of loader) {
			const outer = x.add(1);
			for await (const [y] of loader) {
				y.add(outer);
				await y.sum().item();
			}
			// Still in the outer scope, and the outer tensor still there.
			outer.add(1);
		}
		expect(live()).toBe(before);
	});

	test("another task's tensors are neither freed nor leaked by the loop", async () => {
		const loader = new torch.DataLoader(ten(), { batchSize: 1 });
		const w = torch.ones([2, 2]);
		const made: torch.Tensor[] = [];
		let stop = false;
		const clicks = (async () => {
			while (!stop) {
				// Foreign awaits of every kind: microtask and macrotask.
				await Promise.resolve();
				const x = torch.ones([1, 2]);
				await new Promise((r) => setTimeout(r));
				const y = x.matmul(w);
				made.push(y);
				expect(await y.sum().item()).toBe(4);
				const z = y.add(1);
				expect(z.sum().itemSync()).toBe(6);
				made.push(z);
			}
		})();
		for (let epoch = 0; epoch < 5; epoch++)
			for await (const [x] of loader) {
				const y = x.add(1);
				await y.sum().item();
				await new Promise((r) => setTimeout(r));
				await y.data().catch(() => {});
			}
		stop = true;
		await clicks;
		expect(made.length).toBeGreaterThan(10);
		for (const t of made) expect(t.isDisposed).toBe(false);
	});
});

describe("scope()", () => {
	test("frees what it made but for what it returns", () => {
		const before = torch.memory().tensors;
		const out = torch.scope(() => {
			const a = torch.ones(3);
			return { sum: a.add(1), list: [a.mul(3)] };
		});
		expect(torch.memory().tensors).toBe(before + 2);
		expect(out.sum.tolistSync()).toEqual([2, 2, 2]);
		out.sum.dispose();
		out.list[0]?.dispose();
		expect(torch.memory().tensors).toBe(before);
	});

	test("frees when it throws", () => {
		const before = torch.memory().tensors;
		expect(() =>
			torch.scope(() => {
				torch.ones(3);
				throw new Error("no");
			}),
		).toThrow("no");
		expect(torch.memory().tensors).toBe(before);
	});

	test("asynchronous bodies keep the scope at our awaits", async () => {
		const before = torch.memory().tensors;
		const y = await torch.scope(async () => {
			const a = torch.ones(3);
			await a.sum().item();
			a.add(1);
			return a.mul(2);
		});
		expect(torch.memory().tensors).toBe(before + 1);
		expect(await y.tolist()).toEqual([2, 2, 2]);
		y.dispose();
	});

	test("using frees at the end of the block", () => {
		const before = torch.memory().tensors;
		{
			using t = torch.ones(3);
			expect(t.numel()).toBe(3);
		}
		expect(torch.memory().tensors).toBe(before);
	});
});

test("arrays, streams of both kinds, and samples without batches", async () => {
	const batches = async (loader: torch.DataLoader) => {
		const found: string[] = [];
		for await (const batch of loader) found.push(String(batch));
		return found;
	};
	const list = new torch.DataLoader([1, 2, 3], { batchSize: 2 });
	expect(await batches(list)).toEqual(["tensor([1, 2])", "tensor([3])"]);
	class Count extends torch.IterableDataset<number> {
		override *[Symbol.iterator]() {
			yield* [1, 2, 3];
		}
	}
	const stream = new torch.DataLoader(new Count(), { batchSize: 2 });
	expect(await batches(stream)).toEqual(["tensor([1, 2])", "tensor([3])"]);
	const data = new torch.TensorDataset(torch.tensor([[1], [2]]));
	const single = new torch.DataLoader(data, { batchSize: null });
	expect(await batches(single)).toEqual(["tensor([1.])", "tensor([2.])"]);
});
