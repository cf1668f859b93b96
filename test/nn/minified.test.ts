/**
 * An app's bundler shortens the names of classes; what is printed stays. Runs
 * on the built package: the names are put in when it is built.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import * as source from "../../src/index.js";
import * as sourceVision from "../../src/vision/index.js";
import { temporaryFolder } from "../helpers/folder.js";

const PROGRAM = `
export function describeAll(torch, vision) {
	const { nn, optim } = torch;
	const model = new nn.Sequential(
		new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.ReLU(),
		new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(8, 4), new nn.Dropout(0.1),
		new nn.ModuleList([new nn.Identity()]), new nn.Embedding(3, 2),
	);
	const said = (body) => { try { body(); return "nothing"; } catch (e) { return e.name + ": " + e.message; } };
	const parameters = model.parameters();
	return [
		String(model), String(new nn.CrossEntropyLoss()), String(new nn.ParameterList([torch.zeros(2)])),
		...["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"].map((name) => String(new optim[name](parameters, { lr: 0.1 }))),
		said(() => torch.ones(2).add(model)),
		said(() => torch.ones(2).add(new torch.TensorDataset(torch.ones(2)))),
		said(() => new nn.Module().forward()),
		said(() => model.loadStateDict({ a: torch.ones(1) })),
		said(() => new nn.Linear(1, 1).loadStateDict({ weight: model, bias: torch.ones(1) })),
		String(new vision.transforms.Compose([new vision.transforms.ToTensor()])),
	];
}
class Mine extends Object {}
export const shortened = Mine.name;
`;

interface Program {
	describeAll(torch: object, vision: object): string[];
	readonly shortened: string;
}

async function bundled(target: string): Promise<Program & { said: string[] }> {
	const root = fileURLToPath(new URL("../../", import.meta.url));
	const outfile = join(temporaryFolder(), `app-${target}.mjs`);
	const { outputFiles } = await build({
		stdin: {
			contents: `${PROGRAM}
import * as torch from "./dist/index.js";
import * as vision from "./dist/vision.js";
export const said = describeAll(torch, vision);`,
			resolveDir: root,
		},
		bundle: true,
		minify: true,
		format: "esm",
		platform: "node",
		target,
		write: false,
	});
	writeFileSync(outfile, outputFiles[0]?.text ?? "");
	return import(pathToFileURL(outfile).href);
}

describe.each(["es2022", "es2020"])("bundled for %s", (target) => {
	test("modules, optimizers and errors have their names", async () => {
		const app = await bundled(target);
		expect(app.shortened).not.toBe("Mine");
		expect(app.said).toEqual(app.describeAll(source, sourceVision));
		expect(app.said[0]).toMatch(/^Sequential\(\n {2}\(0\): Conv2d\(/);
	});
});
