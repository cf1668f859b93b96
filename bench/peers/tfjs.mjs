// the whole of it: tfjs-core alone comes without gradients
import * as whole from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import { tensorflowTasks } from "./tensorflow.mjs";

const tf = whole.default ?? whole;

export const about = () => ({});

export const tasks = tensorflowTasks(tf, async (files) => {
	wasm.setThreadsCount(1);
	wasm.setWasmPaths(files.installed("@tensorflow/tfjs-backend-wasm/wasm-out/"));
	if (!(await tf.setBackend("wasm")))
		throw new Error("Error: its wasm backend does not start here");
	if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")))
		throw new Error("Error: it finds no SIMD here");
});
