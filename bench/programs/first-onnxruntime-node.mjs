import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";

const bytes = readFileSync(`${process.env.BENCH_DATA}/floats.onnx`);
// no pool of threads to be started, as in ours
const session = await ort.InferenceSession.create(new Uint8Array(bytes), {
	intraOpNumThreads: 1,
	interOpNumThreads: 1,
});
const x = new ort.Tensor("float32", new Float32Array(784), [1, 784]);
const { labels } = await session.run({ x });
if (!(labels.data[0] >= 0)) throw new Error("no label");
process.exit(0);
