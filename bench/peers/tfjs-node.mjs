// Not among the packages of bench/package.json: its install script fetches a
// library of 400 MB. `npm install --prefix bench --no-save @tensorflow/tfjs-node`
import tf from "@tensorflow/tfjs-node";
import { tensorflowTasks } from "./tensorflow.mjs";

export const about = () => ({ version: tf.version["tfjs-node"] });

export const tasks = tensorflowTasks(tf, async () => {});
