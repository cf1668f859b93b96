/**
 * Training on one thread and on two, in any runtime. As a program of Node, Deno or Bun it
 * takes the package's folder, and has to end by itself although workers are there.
 */

/** @returns the losses of some steps, and what is left of the weights */
function train(torch) {
	const { nn, optim } = torch;
	torch.manualSeed(5);
	const model = new nn.Sequential(
		new nn.Linear(784, 128),
		new nn.ReLU(),
		new nn.Linear(128, 10),
	);
	const x = torch.randn([256, 784]);
	const target = torch.randint(0, 10, [256]);
	const criterion = new nn.CrossEntropyLoss();
	const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
	const values = [];
	for (let i = 0; i < 10; i++)
		torch.scope(() => {
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), target);
			loss.backward();
			optimizer.step();
			values.push(loss.itemSync());
		});
	for (const p of model.parameters()) values.push(p.sum().itemSync());
	return values;
}

/** @param isPatient whether to wait until the workers are there */
export async function oneAndTwo(torch, isPatient) {
	const one = train(torch);
	torch.setNumThreads(2);
	const early = train(torch);
	const end = performance.now() + 20_000;
	while (isPatient && torch.capabilities().threads < 2)
		if (performance.now() > end) break;
		else await new Promise((resolve) => setTimeout(resolve, 10));
	const two = train(torch);
	const { threads, threadsReason } = torch.capabilities();
	// fewer, then others anew: what the first ones had is given back once
	const resized = [];
	for (const n of [4, 1, 3]) {
		torch.setNumThreads(n);
		for (let i = 0; i < 4; i++) {
			await new Promise((resolve) => setTimeout(resolve, isPatient ? 20 : 0));
			resized.push(train(torch));
		}
	}
	return { one, early, two, resized, threads, threadsReason };
}

/** @returns the error's name once all of the memory is in use, and how many GiB that took */
function fill(torch) {
	return torch.scope(() => {
		for (let blocks = 0; ; blocks++)
			try {
				torch.empty([2 ** 28]);
			} catch (error) {
				return { error: error.name, blocks };
			}
	});
}

if (globalThis.process?.argv[2]) {
	const memories = [];
	WebAssembly.Memory = class extends WebAssembly.Memory {
		constructor(descriptor) {
			super(descriptor);
			memories.push(descriptor);
		}
	};
	const torch = await import(`${globalThis.process.argv[2]}/index.js`);
	const result = await oneAndTwo(torch, true);
	const { reservedBytes } = torch.memory();
	const full = fill(torch);
	result.resized.push(train(torch));
	const { initial, maximum } = memories.find(({ shared }) => shared);
	console.log(
		JSON.stringify({ ...result, reservedBytes, full, initial, maximum }),
	);
}
