// The chapter's training loop, for the page and for the worker: the package is
// handed in, since a worker has no import map.

/** Trains on MNIST at `root`, tells `report` of every tenth loss and of the end, and waits for it. */
export async function train(torch, vision, options, report) {
	const { root, device, epochs, limit } = options;
	const { nn, optim } = torch;
	const { datasets, transforms } = vision;
	const transform = new transforms.Compose([
		new transforms.ToTensor(),
		new transforms.Normalize([0.1307], [0.3081]),
	]);

	class Net extends nn.Module {
		constructor() {
			super();
			this.fc1 = new nn.Linear(28 * 28, 128);
			this.fc2 = new nn.Linear(128, 10);
		}

		forward(x) {
			x = x.view(-1, 28 * 28);
			x = nn.functional.relu(this.fc1.forward(x));
			return this.fc2.forward(x);
		}
	}

	async function loader(train, batchSize) {
		const set = await datasets.MNIST.open({ root, train, transform });
		const indices = Array.from(
			{ length: Math.min(limit, set.length) },
			(_, i) => i,
		);
		const part = limit < set.length ? new torch.Subset(set, indices) : set;
		return new torch.DataLoader(part, { batchSize, shuffle: train });
	}

	const trainLoader = await loader(true, 64);
	const testLoader = await loader(false, 1000);
	const model = await new Net().to(device);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});

	const start = performance.now();
	let step = 0;
	for (let epoch = 0; epoch < epochs; epoch++)
		for await (const [images, labels] of trainLoader) {
			const x = await images.to(device);
			const t = await labels.to(device);
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			if (step++ % 10 === 0) await report({ step, loss: await loss.item() });
		}
	const seconds = (performance.now() - start) / 1000;

	let correct = 0;
	let total = 0;
	for await (const [images, labels] of testLoader) {
		const x = await images.to(device);
		const t = await labels.to(device);
		const hits = torch.noGrad(() =>
			torch.max(model.forward(x), 1).indices.eq(t).sum(),
		);
		correct += await hits.item();
		total += labels.shape[0];
	}
	report({ done: true, step, seconds, correct, total });
}
