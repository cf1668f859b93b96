import * as torch from "../../dist/index.js";
import { datasets, transforms } from "../../dist/vision.js";
import {
	predictRows,
	predictTask,
	productTask,
	squares,
	stepTask,
	trainBatches,
} from "./serve.mjs";

const { nn, optim } = torch;
const NORMALISED = { mean: 0.1307, std: 0.3081 };

class SimpleNet extends nn.Module {
	fc1 = new nn.Linear(784, 128);
	fc2 = new nn.Linear(128, 10);

	forward(x) {
		return this.fc2.forward(nn.functional.relu(this.fc1.forward(x)));
	}
}

class LeNet extends nn.Module {
	conv1 = new nn.Conv2d(1, 6, 5, { padding: 2 });
	conv2 = new nn.Conv2d(6, 16, 5);
	fc1 = new nn.Linear(400, 120);
	fc2 = new nn.Linear(120, 10);

	forward(x) {
		const { relu, maxPool2d } = nn.functional;
		let y = maxPool2d(relu(this.conv1.forward(x.view(-1, 1, 28, 28))), 2);
		y = maxPool2d(relu(this.conv2.forward(y)), 2);
		return this.fc2.forward(relu(this.fc1.forward(y.flatten(1))));
	}
}

export const about = () => ({ core: torch.capabilities().core });

function configure({ core, threads = 1 }) {
	if (core === "simd") torch.configure({ deterministic: true });
	if (threads > 1 && !torch.setNumThreads)
		throw new Error("torch.setNumThreads is not there yet");
	torch.setNumThreads?.(threads);
}

async function network(files, name) {
	const model = name === "lenet.bin" ? new LeNet() : new SimpleNet();
	const all = new Float32Array((await files.read(name)).buffer);
	let at = 0;
	torch.noGrad(() => {
		for (const p of model.parameters()) {
			const own = all.slice(at, at + p.numel());
			p.copy_(torch.fromArray(own).view(p.shape));
			at += p.numel();
		}
	});
	return model;
}

function trainer(model) {
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	return async (x, t) => {
		optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(x), t);
		loss.backward();
		optimizer.step();
		return await loss.item();
	};
}

export const tasks = {
	async step(files, options) {
		configure(options);
		const { device = "cpu", batch, net } = options;
		const start = net === "lenet" ? "lenet.bin" : "start.bin";
		const model = await network(files, start);
		const train = trainer(await model.to(device));
		const data = [];
		for (const { x, labels } of await trainBatches(files, options))
			data.push({
				x: (await torch.fromArray(x, [batch, 784]).to(device)).keep(),
				t: (await torch.tensor(Int32Array.from(labels)).to(device)).keep(),
			});
		const step = (i) => torch.scope(() => train(data[i].x, data[i].t));
		return stepTask(step, options);
	},

	async matmul(_files, { device, size }) {
		const [a, b] = await Promise.all(
			squares(size).map((values) =>
				torch.fromArray(values, [size, size]).to(device),
			),
		);
		const multiply = (count) =>
			torch.scope(() => a.matmul(b).view(-1).narrow(0, 0, count).data());
		return productTask(multiply, size);
	},

	/** The chapter's loop: bytes from the loader, shuffled, normalised. */
	async epoch(files, options) {
		configure(options);
		const train = trainer(await network(files, "start.bin"));
		const transform = new transforms.Compose([
			new transforms.ToTensor(),
			new transforms.Normalize([NORMALISED.mean], [NORMALISED.std]),
		]);
		const set = await datasets.MNIST.open({
			root: files.root,
			train: true,
			transform,
		});
		const loader = new torch.DataLoader(set, { batchSize: 64, shuffle: true });
		const epoch = async () => {
			let total = 0;
			for await (const [data, target] of loader)
				total += await train(data.view(-1, 784), target);
			return total / loader.length;
		};
		return {
			answer: async () => [await epoch()],
			run: async (n) => {
				for (let k = 0; k < n; k++) await epoch();
			},
		};
	},

	async predict(files, options) {
		const { input, rows, weights = "float32", threads = 1, sync } = options;
		configure({ core: options.core });
		const all = await predictRows(files, input);
		const predictor = await torch.createPredictor(
			await network(files, "trained.bin"),
			{
				input:
					input === "bytes"
						? { dtype: "uint8", ...NORMALISED }
						: { dtype: "float32" },
				weights,
				threads,
			},
		);
		const had = predictor.capabilities();
		if (had.threads !== threads)
			throw new Error(`${had.threads} threads: ${had.reason}`);
		return predictTask(
			all,
			rows,
			sync
				? (x) => predictor.predictSync(x).labels
				: async (x) => (await predictor.predict(x)).labels,
		);
	},
};
