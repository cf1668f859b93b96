/**
 * The chapter on a short data set, in any runtime: everything it needs is
 * handed in.
 *
 * @param torch the package, @param vision its second entry
 * @param data { images, labels } in MNIST's own format, for training and testing
 * @param device "cpu" or "webgpu"
 */
export async function chapter(torch, vision, data, device) {
	const { nn } = torch;
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
			const hidden = nn.functional.relu(this.fc1.forward(x.view(-1, 28 * 28)));
			return this.fc2.forward(hidden);
		}
	}

	torch.manualSeed(42);
	const model = await new Net().to(device);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new torch.optim.SGD(model.parameters(), {
		lr: 0.05,
		momentum: 0.9,
	});
	const trainLoader = new torch.DataLoader(
		await datasets.MNIST.open({ ...data.train, train: true, transform }),
		{ batchSize: 64, shuffle: true },
	);
	const testLoader = new torch.DataLoader(
		await datasets.MNIST.open({ ...data.test, train: false, transform }),
		{ batchSize: 100 },
	);
	const losses = [];
	const memory = [];
	for (let epoch = 0; epoch < 2; epoch++)
		for await (const [images, targets] of trainLoader) {
			const x = await images.to(device);
			const t = await targets.to(device);
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			losses.push(await loss.item());
			memory.push(torch.memory(device).bytes);
		}
	let correct = 0;
	let total = 0;
	for await (const [images, targets] of testLoader) {
		const x = await images.to(device);
		const t = await targets.to(device);
		const hits = torch.noGrad(() =>
			torch.max(model.forward(x), 1).indices.eq(t).sum(),
		);
		correct += await hits.item();
		total += targets.shape[0];
	}
	const parts = [];
	for (const p of model.parameters()) parts.push(await p.detach().data());
	const bytes = new Uint8Array(parts.reduce((n, a) => n + a.byteLength, 0));
	let at = 0;
	for (const a of parts) {
		bytes.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), at);
		at += a.byteLength;
	}
	const digest = await crypto.subtle.digest("SHA-256", bytes);
	const hash = Array.from(new Uint8Array(digest), (b) =>
		b.toString(16).padStart(2, "0"),
	).join("");
	return {
		losses,
		memory,
		correct,
		device: model.fc1.weight.device,
		total,
		hash,
		core: torch.capabilities().core,
		isolated: globalThis.crossOriginIsolated ?? null,
	};
}

/** Cuts the four files out of one, as `data.ts` puts them together. */
export function unpack(buffer) {
	const sizes = new Uint32Array(buffer, 0, 4);
	let at = 16;
	const files = Array.from(sizes, (size) => {
		const file = new Uint8Array(buffer.slice(at, at + size));
		at += size;
		return file;
	});
	return {
		train: { images: files[0], labels: files[1] },
		test: { images: files[2], labels: files[3] },
	};
}
