/** Batches that a training task goes round in. */
export const BATCHES = 100;

/** Of MNIST's training pixels, in 0..1. */
const MEAN = 0.1307;
const STD = 0.3081;

/**
 * What every contender answers, wherever it runs: which task to open, what it
 * computes (to be checked first), and how long it takes. A task is
 * `(files, options) => { answer, run }`: `answer()` gives numbers, `run(n)` does
 * n repetitions.
 */
export function server(peer, files) {
	let opened;
	return async ({ ask, task, options, n }) => {
		if (ask === "open") {
			const make = peer.tasks[task];
			if (!make) throw new Error(`no task ${task}`);
			opened = await make(files, options);
			return peer.about();
		}
		if (ask === "answer") return await opened.answer();
		const cpu = globalThis.process?.cpuUsage?.();
		const started = performance.now();
		await opened.run(n);
		const wall = (performance.now() - started) / n;
		const used = cpu && process.cpuUsage(cpu);
		return { wall, cpu: used ? (used.user + used.system) / 1000 / n : null };
	};
}

const TABLE = Float32Array.from({ length: 256 }, (_, byte) =>
	Math.fround((Math.fround(byte / 255) - MEAN) / STD),
);

/** Pixels as ToTensor and Normalize leave them. */
export function normalise(pixels) {
	const floats = new Float32Array(pixels.length);
	for (let i = 0; i < pixels.length; i++) floats[i] = TABLE[pixels[i]];
	return floats;
}

/** The same, in the way that it is mostly written. */
export function normaliseInLoop(pixels) {
	const floats = new Float32Array(pixels.length);
	for (let i = 0; i < pixels.length; i++)
		floats[i] = (pixels[i] / 255 - MEAN) / STD;
	return floats;
}

/** The four parameters of 784-128-10, each as PyTorch keeps it. */
export async function parameters(files, name) {
	const all = new Float32Array((await files.read(name)).buffer);
	const sizes = [128 * 784, 128, 10 * 128, 10];
	let end = 0;
	return sizes.map((size) => {
		end += size;
		return all.subarray(end - size, end);
	});
}

/** The pixels of the 10,000 test images. */
export async function testPixels(files) {
	return (await files.read("t10k-images-idx3-ubyte")).subarray(16);
}

/** Rows for a predicting task: 10,000 × 784, bytes or floats. */
export async function predictRows(files, input) {
	if (input === "dense")
		return new Float32Array((await files.read("dense.bin")).buffer);
	const pixels = await testPixels(files);
	return input === "bytes" ? pixels : normalise(pixels);
}

/** Batches of x [batch, 784] and labels, both flat. */
export async function trainBatches(files, options) {
	const { input, batch, batches = BATCHES } = options;
	const rows = batches * batch;
	let x;
	let labels;
	if (input === "dense") {
		const dense = new Float32Array((await files.read("dense.bin")).buffer);
		x = dense.subarray(0, rows * 784);
		labels = Uint8Array.from({ length: rows }, (_, i) => (i * 7919) % 10);
	} else {
		const images = await files.read("train-images-idx3-ubyte");
		x = normalise(images.subarray(16, 16 + rows * 784));
		labels = (await files.read("train-labels-idx1-ubyte")).subarray(8);
	}
	const size = batch * 784;
	// large batches come round again
	const whole = Math.floor(x.length / size);
	return Array.from({ length: batches }, (_, k) => {
		const i = k % whole;
		return {
			x: x.slice(i * size, (i + 1) * size),
			labels: labels.slice(i * batch, (i + 1) * batch),
		};
	});
}

/** Slices of `count` rows, one after the other and round again. */
export function slices(rows, count) {
	const turns = Math.floor(rows.length / (count * 784));
	let i = 0;
	return () => {
		const from = (i++ % turns) * count * 784;
		return rows.subarray(from, from + count * 784);
	};
}

/** A task of training steps out of `step(i)`, which gives step i's loss. */
export function stepTask(step, { checked, batches = BATCHES }) {
	let i = 0;
	return {
		answer: async () => {
			const losses = [];
			while (i < checked) losses.push(await step(i++ % batches));
			return losses;
		},
		run: async (n) => {
			for (let k = 0; k < n; k++) await step(i++ % batches);
		},
	};
}

/** Two square matrices of values in -1..1, the same for everyone. */
export function squares(size) {
	let state = 1;
	const next = () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 31 - 1;
	};
	return [0, 1].map(() => Float32Array.from({ length: size * size }, next));
}

/**
 * A task of products out of `multiply(count)`, which gives the first `count`
 * entries of one: reading one is what makes a GPU finish.
 */
export function productTask(multiply, size) {
	return {
		answer: async () => Array.from(await multiply(size)),
		run: async (n) => {
			for (let k = 0; k < n; k++) await multiply(1);
		},
	};
}

/** A task of predictions out of `predict(rows)`, which gives labels. */
export function predictTask(all, rows, predict) {
	const next = slices(all, rows);
	return {
		answer: async () => Array.from(await predict(all), Number),
		run: async (n) => {
			for (let k = 0; k < n; k++) await predict(next());
		},
	};
}
