import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as whole from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";

const tf = whole.default ?? whole;
wasm.setThreadsCount(1);
wasm.setWasmPaths(
	fileURLToPath(
		new URL(
			"../node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/",
			import.meta.url,
		),
	),
);
if (!(await tf.setBackend("wasm"))) throw new Error("no wasm backend");
const { buffer } = new Uint8Array(
	readFileSync(`${process.env.BENCH_DATA}/trained.bin`),
);
const all = new Float32Array(buffer);
const w1 = tf.tensor(all.slice(0, 100352), [128, 784]);
const b1 = tf.tensor1d(all.slice(100352, 100480));
const w2 = tf.tensor(all.slice(100480, 101760), [10, 128]);
const b2 = tf.tensor1d(all.slice(101760));
const hidden = tf.relu(
	tf.add(tf.matMul(tf.zeros([1, 784]), w1, false, true), b1),
);
const logits = tf.add(tf.matMul(hidden, w2, false, true), b2);
const [label] = await tf.argMax(logits, 1).data();
if (!(label >= 0)) throw new Error(`no label: ${label}`);
