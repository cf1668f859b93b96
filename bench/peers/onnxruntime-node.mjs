import ort from "onnxruntime-node";
import { predictTasks } from "./onnxruntime.mjs";

export const about = () => ({});
export const tasks = predictTasks(ort, {});
