import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

const bytes = readFileSync(`${process.env.BENCH_DATA}/floats.onnx`);
const session = await ort.InferenceSession.create(new Uint8Array(bytes));
const x = new ort.Tensor("float32", new Float32Array(784), [1, 784]);
const { labels } = await session.run({ x });
if (!(labels.data[0] >= 0)) throw new Error("no label");
process.exit(0);
