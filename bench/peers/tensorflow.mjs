import {
	parameters,
	predictRows,
	predictTask,
	productTask,
	squares,
	stepTask,
	trainBatches,
} from "./serve.mjs";

/** The tasks by TensorFlow.js on any of its backends; `prepare(files)` chooses it. */
export function tensorflowTasks(tf, prepare) {
	/** Its dense layers keep weights the other way round. */
	async function network(files, name) {
		await prepare(files);
		await tf.ready();
		const [w1, b1, w2, b2] = await parameters(files, name);
		const kernel = (values, outs, ins) =>
			tf.variable(tf.transpose(tf.tensor(values, [outs, ins])));
		const all = [
			kernel(w1, 128, 784),
			tf.variable(tf.tensor1d(b1)),
			kernel(w2, 10, 128),
			tf.variable(tf.tensor1d(b2)),
		];
		const [k1, c1, k2, c2] = all;
		// as its own dense layers do: one kernel with bias and activation, where
		// no gradient is wanted
		const dense = (a, b, bias, activation) =>
			tf.fused.matMul({ a, b, bias, activation });
		const forward = (x) => dense(dense(x, k1, c1, "relu"), k2, c2);
		return { all, forward };
	}

	return {
		async step(files, options) {
			const { all, forward } = await network(files, "start.bin");
			const data = (await trainBatches(files, options)).map((b) => ({
				x: tf.tensor(b.x, [options.batch, 784]),
				t: tf.cast(
					tf.oneHot(tf.tensor1d(Int32Array.from(b.labels), "int32"), 10),
					"float32",
				),
			}));
			const optimizer = tf.train.momentum(0.01, 0.9);
			const step = async (i) => {
				const { x, t } = data[i];
				const loss = optimizer.minimize(
					() => tf.losses.softmaxCrossEntropy(t, forward(x)),
					true,
					all,
				);
				const [value] = await loss.data();
				loss.dispose();
				return value;
			};
			return stepTask(step, options);
		},

		async matmul(files, { size }) {
			await prepare(files);
			await tf.ready();
			const [a, b] = squares(size).map((values) =>
				tf.tensor(values, [size, size]),
			);
			const multiply = async (count) => {
				const part = tf.tidy(() =>
					tf.slice(tf.matMul(a, b), [0, 0], [1, count]),
				);
				const data = await part.data();
				part.dispose();
				return data;
			};
			return productTask(multiply, size);
		},

		async predict(files, { input, rows }) {
			const { forward } = await network(files, "trained.bin");
			return predictTask(await predictRows(files, input), rows, async (x) => {
				const labels = tf.tidy(() =>
					tf.argMax(forward(tf.tensor(x, [x.length / 784, 784])), 1),
				);
				const data = await labels.data();
				labels.dispose();
				return data;
			});
		},
	};
}
