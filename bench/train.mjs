// Training 784-128-10: steps by the public API, and a whole epoch.
import { variants } from "./lib/variants.mjs";

const PYTORCH = { name: "PyTorch, 1 thread", peer: "pytorch" };
const TFJS = { name: "tfjs-wasm, 1 thread", peer: "tfjs" };
const TFJS_NODE = { name: "tfjs-node", peer: "tfjs-node" };
const JAX = { name: "jax-js", peer: "jax" };
const CHECKED = 20;

/** Two convolutions and two linear layers, each of the former with ReLU and pooling. */
export function lenetLines(runtime) {
	const { plain, relaxed } = variants(runtime);
	return [
		{
			id: "step-lenet",
			title: "Training step of a LeNet, batch 64, MNIST",
			unit: "ms per step",
			task: "step",
			options: { net: "lenet", input: "mnist", batch: 64, checked: CHECKED },
			check: { allowed: 1e-3 },
			contenders: [plain, relaxed, PYTORCH],
			targets: [plain, relaxed].map(({ name }) => ({
				ours: name,
				against: PYTORCH.name,
				// three times PyTorch's time at most
				atLeast: 0.33,
			})),
		},
	];
}

export function trainLines(runtime) {
	const { plain, relaxed } = variants(runtime);
	const both = [plain, relaxed];
	const step = (id, title, options, others = [], targets = []) => ({
		id,
		title,
		unit: "ms per step",
		task: "step",
		options: { batch: 64, checked: CHECKED, ...options },
		check: { allowed: 1e-3 },
		contenders: [...both, ...others],
		targets,
	});
	const two = {
		...plain,
		name: `${plain.name}, 2 threads`,
		options: { ...plain.options, threads: 2 },
	};
	const twoThreads = (input, batch, atLeast) => ({
		...step(
			`step-threads-${input}-${batch}`,
			`Training step on two threads, batch ${batch}, ${input === "mnist" ? "MNIST" : "dense random floats"}`,
			{ input, batch },
		),
		// for the first seconds engines compile in the background, on the other processor
		warmUp: 40,
		contenders: [plain, two],
		targets: [{ ours: two.name, against: plain.name, atLeast }],
	});
	/** What can be expected of two threads here and now. */
	const machine = [
		{
			id: "threads-machine",
			title: "Arithmetic that shares nothing, on two threads of this machine",
			unit: "ms",
			task: "arithmetic",
			check: { allowed: 0 },
			contenders: [1, 2].map((threads) => ({
				name: threads === 1 ? "one thread" : "two threads",
				peer: "machine",
				options: { threads },
			})),
			targets: [{ ours: "two threads", against: "one thread" }],
		},
		{
			id: "threads-handover",
			title: "A word from a thread of this machine to another one and back",
			unit: "µs",
			task: "handover",
			check: { allowed: 0 },
			contenders: [{ name: "two threads", peer: "machine", options: {} }],
			targets: [],
		},
	];
	const each = (against, ...least) =>
		both.map(({ name }, i) => ({
			ours: name,
			against: against.name,
			atLeast: least[i] ?? least[0],
		}));
	return [
		step(
			"step-dense",
			"Training step, batch 64, dense random floats",
			{ input: "dense" },
			[PYTORCH],
			each(PYTORCH, 0.75, 0.95),
		),
		step(
			"step-mnist",
			"Training step, batch 64, MNIST",
			{ input: "mnist" },
			[PYTORCH, TFJS, JAX, TFJS_NODE],
			[...each(TFJS, 22), ...each(JAX, 4.5)],
		),
		{
			id: "epoch",
			title:
				"One epoch of MNIST from the loader; PyTorch from floats made in advance",
			unit: "ms per epoch",
			task: "epoch",
			rounds: 5,
			// the orders differ: PyTorch's is no DataLoader's
			check: { allowed: 0.01 },
			contenders: [...both, PYTORCH],
			targets: each(PYTORCH, 1.8),
		},
		...[
			...(runtime === "page" ? [] : machine),
			// small work stays on the caller: never slower
			twoThreads("mnist", 64, 1),
			twoThreads("mnist", 256, 1.5),
			twoThreads("dense", 256, 1.5),
			twoThreads("mnist", 1024, 1.5),
		],
	];
}
