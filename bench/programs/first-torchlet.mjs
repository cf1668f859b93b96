// A model as the chapter's, its weights from a file, a label.
import { readFileSync } from "node:fs";
import * as torch from "../../dist/index.js";

const { nn } = torch;
const model = new nn.Sequential(
	new nn.Linear(784, 128),
	new nn.ReLU(),
	new nn.Linear(128, 10),
);
const bytes = readFileSync(`${process.env.BENCH_DATA}/trained.pth`);
model.loadStateDict(torch.decode(new Uint8Array(bytes)));
const x = torch.fromArray(new Float32Array(784), [1, 784]);
const label = torch.noGrad(() => model.forward(x).argmax(1)).itemSync();
if (!(label >= 0)) throw new Error(`no label: ${label}`);
