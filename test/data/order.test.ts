import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

/** Orders that real PyTorch gave; see fixtures/README.md. */
interface Seed {
	readonly seed: number;
	readonly data: Record<string, { order: unknown; nextRand: number }>;
}

const fixture = JSON.parse(
	readFileSync(new URL("../../fixtures/random.json", import.meta.url), "utf8"),
) as { weights: number[]; seeds: Seed[] };

const { weights } = fixture;

/** A dataset whose samples are their own positions. */
class Positions extends torch.Dataset<number> {
	constructor(override readonly length: number) {
		super();
	}

	override get(index: number): number {
		return index;
	}
}

const hundred = new Positions(100);
const subset = [3, 1, 4, 15, 92, 6, 5];

type Options = { generator?: torch.Generator };

const samplers: Record<string, (o: Options) => torch.Sampler> = {
	RandomSampler: (o) => new torch.RandomSampler(hundred, o),
	"RandomSampler(numSamples=130)": (o) =>
		new torch.RandomSampler(hundred, { numSamples: 130, ...o }),
	"RandomSampler(replacement)": (o) =>
		new torch.RandomSampler(hundred, { replacement: true, ...o }),
	"RandomSampler(replacement,numSamples=45)": (o) =>
		new torch.RandomSampler(hundred, {
			replacement: true,
			numSamples: 45,
			...o,
		}),
	"WeightedRandomSampler(weights,20)": (o) =>
		new torch.WeightedRandomSampler(weights, 20, o),
	"WeightedRandomSampler(weights,1)": (o) =>
		new torch.WeightedRandomSampler(torch.tensor(weights), 1, o),
	"WeightedRandomSampler(weights,8,replacement=false)": (o) =>
		new torch.WeightedRandomSampler(weights, 8, { replacement: false, ...o }),
	"SubsetRandomSampler([3,1,4,15,92,6,5])": (o) =>
		new torch.SubsetRandomSampler(subset, o),
};

/** One epoch, as the positions in each batch. */
async function epoch(loader: torch.DataLoader): Promise<number[][]> {
	const batches: number[][] = [];
	for await (const batch of loader) batches.push(Array.from(batch.dataSync()));
	return batches;
}

async function orderOf(name: string, seed: number): Promise<unknown> {
	const plain = name.replace(/,generator(\)?)$/, "$1");
	const explicit = plain !== name;
	const options: Options = explicit
		? { generator: new torch.Generator().manualSeed(seed + 1) }
		: {};
	const loaderOf = (o: torch.DataLoaderOptions, n = hundred) =>
		new torch.DataLoader(n, { batchSize: 7, ...o, ...options });
	const twice = async (loader: torch.DataLoader) => [
		await epoch(loader),
		await epoch(loader),
	];
	const inLoader = /^DataLoader\((.*)\)$/.exec(plain)?.[1];
	if (inLoader)
		return twice(loaderOf({ sampler: samplers[inLoader]?.(options) as never }));
	if (samplers[plain]) {
		const sampler = samplers[plain](options);
		return [[...sampler], [...sampler]];
	}
	switch (plain) {
		case "shuffle":
			return twice(loaderOf({ shuffle: true }));
		case "shuffle,dropLast":
			return twice(loaderOf({ shuffle: true, dropLast: true }));
		case "randomSplit(20,[12,8])":
			return torch
				.randomSplit(new Positions(20), [12, 8], options)
				.map((s) => Array.from(s.indices));
		case "randomSplit(10,[0.75,0.25])":
			return torch
				.randomSplit(new Positions(10), [0.75, 0.25], options)
				.map((s) => Array.from(s.indices));
		case "BatchSampler(RandomSampler,9,dropLast)": {
			const batches = new torch.BatchSampler(
				new torch.RandomSampler(hundred, options),
				9,
				true,
			);
			const once = () => Array.from(batches, (b) => Array.from(b));
			return [once(), once()];
		}
		case "shuffle60000": {
			const loader = new torch.DataLoader(new Positions(60000), {
				batchSize: 64,
				shuffle: true,
			});
			const epochs = [];
			for (let i = 0; i < 2; i++) {
				const order = Int32Array.from((await epoch(loader)).flat());
				epochs.push({
					sha256OfInt32: createHash("sha256")
						.update(new Uint8Array(order.buffer))
						.digest("hex"),
					first: Array.from(order.subarray(0, 8)),
					last: Array.from(order.subarray(-8)),
				});
			}
			return epochs;
		}
		default:
			throw new Error(`no way to make ${name}`);
	}
}

const bits = (x: number) =>
	new Uint32Array(new Float32Array([x]).buffer)[0] as number;

describe.each(fixture.seeds)("orders as PyTorch's, seed $seed", (seed) => {
	const names = Object.keys(seed.data).filter((n) => n !== "sequential");
	test.each(names)("%s", async (name) => {
		const want = seed.data[name];
		torch.manualSeed(seed.seed);
		const got = await orderOf(name, seed.seed);
		if (name === "shuffle60000")
			expect(got).toMatchObject(want?.order as object);
		else expect(got).toEqual(want?.order);
		// The global generator stands where PyTorch's stands.
		expect(bits(torch.rand(1).itemSync())).toBe(want?.nextRand);
	});
});
