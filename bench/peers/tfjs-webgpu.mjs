// the whole of it: tfjs-core alone comes without gradients
import * as whole from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { tensorflowTasks } from "./tensorflow.mjs";

const tf = whole.default ?? whole;

export const about = () => ({});

export const tasks = tensorflowTasks(tf, async () => {
	if (!(await tf.setBackend("webgpu")))
		throw new Error("Error: its webgpu backend does not start here");
});
