import * as ort from "onnxruntime-web";
import { predictTasks } from "./onnxruntime.mjs";

ort.env.wasm.numThreads = 1;

export const about = () => ({});

export const tasks = {
	async predict(files, options) {
		if (files.page)
			ort.env.wasm.wasmPaths = files.installed("onnxruntime-web/dist/");
		const { predict } = predictTasks(ort, { executionProviders: ["wasm"] });
		return await predict(files, options);
	},
};
