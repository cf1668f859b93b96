import {
	normalise,
	normaliseInLoop,
	predictRows,
	predictTask,
} from "./serve.mjs";

const same = (x) => x;

/** How bytes become floats before the session sees them. */
const BEFORE = { "bytes-table": normalise, "bytes-loop": normaliseInLoop };

/**
 * @param input what it starts from: "mnist" and "dense" are floats; "bytes" are
 * normalised in the graph, "bytes-loop" and "bytes-table" before it
 */
export function predictTasks(ort, sessionOptions) {
	const once = { intraOpNumThreads: 1, interOpNumThreads: 1 };
	return {
		async predict(files, { input, rows }) {
			const bytes = input === "bytes";
			const before = BEFORE[input] ?? same;
			const model = await files.read(bytes ? "bytes.onnx" : "floats.onnx");
			const session = await ort.InferenceSession.create(model, {
				...once,
				...sessionOptions,
			});
			const all = await predictRows(files, input in BEFORE ? "bytes" : input);
			return predictTask(all, rows, async (x) => {
				const data = before(x);
				const shape = [x.length / 784, 784];
				const tensor = new ort.Tensor(bytes ? "uint8" : "float32", data, shape);
				const { labels } = await session.run({ x: tensor });
				return labels.data;
			});
		},
	};
}
