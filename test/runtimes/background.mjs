const { port1, port2 } = new MessageChannel();
const turn = () =>
	new Promise((resolve) => {
		port1.onmessage = resolve;
		port2.postMessage(0);
	});

/**
 * A loop that trains in a page until it is told to stop, and tells how far it
 * is: what of it would wait for the page to be seen shows in `window.progress`.
 */
export async function train(torch, device, threads = 1) {
	const { nn } = torch;
	if (threads > 1) torch.setNumThreads(threads);
	torch.manualSeed(1);
	const x = torch.randn(256, 64);
	const t = torch.randint(0, 4, [256]);
	const loader = new torch.DataLoader(new torch.TensorDataset(x, t), {
		batchSize: 32,
		shuffle: true,
	});
	const progress = { steps: 0, ticks: 0, loss: 0, isToStop: false, error: "" };
	globalThis.progress = progress;
	// what a page's timers do meanwhile
	const tick = () => {
		progress.ticks++;
		if (!progress.isToStop) setTimeout(tick, 1);
	};
	tick();
	try {
		const model = new nn.Sequential(
			new nn.Linear(64, 32),
			new nn.ReLU(),
			new nn.Linear(32, 4),
		);
		await model.to(device);
		const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1 });
		while (!progress.isToStop) {
			// on the CPU all awaits are settled at once: a page that does not want
			// to stand still meanwhile takes a turn by itself
			await turn();
			for await (const [images, targets] of loader) {
				const output = model.forward(await images.to(device));
				const loss = nn.functional.crossEntropy(
					output,
					await targets.to(device),
				);
				optimizer.zeroGrad();
				loss.backward();
				optimizer.step();
				progress.loss = await loss.item();
				progress.steps++;
			}
		}
	} catch (error) {
		progress.error = `${error.name}: ${error.message}`;
	}
	return progress;
}
