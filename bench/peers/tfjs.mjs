// the whole of it: tfjs-core alone comes without gradients
import * as whole from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import { tensorflowTasks } from "./tensorflow.mjs";

const tf = whole.default ?? whole;

export const about = () => ({});

export const tasks = tensorflowTasks(tf, async (files) => {
	wasm.setThreadsCount(1);
	wasm.setWasmPaths(files.installed("@tensorflow/tfjs-backend-wasm/wasm-out/"));
	await tf.setBackend("wasm");
});
