import {
	defaultDevice,
	init,
	jit,
	nn,
	numpy as np,
	tree,
	valueAndGrad,
} from "@jax-js/jax";
import {
	parameters,
	productTask,
	squares,
	stepTask,
	trainBatches,
} from "./serve.mjs";

export const about = () => ({});

function forward({ w1, b1, w2, b2 }, x) {
	const hidden = nn.relu(np.matmul(x, w1).add(b1));
	return np.matmul(hidden, w2).add(b2);
}

async function start(device = "wasm") {
	const devices = await init(device);
	if (!devices.includes(device)) throw new Error(`no device ${device} here`);
	defaultDevice(device);
}

/** Every array handed over is used up: that is its rule. */
function lossOf(params, x, hot, batch) {
	const logits = forward(params, x);
	return nn
		.logSoftmax(logits)
		.mul(hot)
		.sum()
		.mul(-1 / batch);
}

export const tasks = {
	async step(files, options) {
		await start(options.device);
		const { batch } = options;
		const [w1, b1, w2, b2] = await parameters(files, "start.bin");
		const matrix = (values, outs, ins) => {
			const across = new Float32Array(values.length);
			for (let o = 0; o < outs; o++)
				for (let i = 0; i < ins; i++)
					across[i * outs + o] = values[o * ins + i];
			return np.array(across).reshape([ins, outs]);
		};
		let params = {
			w1: matrix(w1, 128, 784),
			b1: np.array(b1.slice()),
			w2: matrix(w2, 10, 128),
			b2: np.array(b2.slice()),
		};
		let velocity = tree.map((p) => np.zeros(p.shape), tree.ref(params));
		const data = (await trainBatches(files, options)).map((b) => {
			const hot = new Float32Array(batch * 10);
			b.labels.forEach((label, i) => {
				hot[i * 10 + label] = 1;
			});
			return {
				x: np.array(b.x).reshape([batch, 784]),
				hot: np.array(hot).reshape([batch, 10]),
			};
		});
		const update = jit((p, v, x, hot) => {
			const [loss, grads] = valueAndGrad((q) => lossOf(q, x, hot, batch))(
				tree.ref(p),
			);
			const moved = tree.map((g, m) => m.mul(0.9).add(g), grads, v);
			const next = tree.map((a, m) => a.sub(m.mul(0.01)), p, tree.ref(moved));
			return [loss, next, moved];
		});
		const step = async (i) => {
			let loss;
			[loss, params, velocity] = update(
				params,
				velocity,
				data[i].x.ref,
				data[i].hot.ref,
			);
			const [value] = await loss.data();
			return value;
		};
		return stepTask(step, options);
	},

	async matmul(_files, { device, size }) {
		await start(device);
		const [a, b] = squares(size).map((values) =>
			np.array(values).reshape([size, size]),
		);
		const product = jit(np.matmul);
		const multiply = async (count) => {
			const y = product(a.ref, b.ref);
			return await y.slice(0, [0, count]).data();
		};
		return productTask(multiply, size);
	},
};
