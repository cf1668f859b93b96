import { readFileSync } from "node:fs";
import { createPredictor } from "../../dist/predictor.js";

const bytes = readFileSync(`${process.env.BENCH_DATA}/trained.pth`);
const predictor = await createPredictor(new Uint8Array(bytes), {
	input: { dtype: "uint8", mean: 0.1307, std: 0.3081 },
	weights: "int16",
	threads: 1,
});
const [label] = predictor.predictSync(new Uint8Array(784)).labels;
if (!(label >= 0)) throw new Error(`no label: ${label}`);
