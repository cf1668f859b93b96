// What an app gets bigger by: bundled, minified and gzipped, in KB of 1,024 bytes.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { rollup } from "rollup";

const root = new URL("../../", import.meta.url);

const TRAINS = `
import { DataLoader, manualSeed, nn, optim, TensorDataset } from "torchlet";
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
export async function train(images, labels) {
	manualSeed(0);
	const loader = new DataLoader(new TensorDataset(images, labels), { batchSize: 64, shuffle: true });
	for await (const [x, t] of loader) {
		optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(x), t);
		loss.backward();
		optimizer.step();
	}
}`;

/** Apps, with what each may take in KB; `goal` where that is not reached yet. */
export const APPS = [
	{
		name: "whole SDK",
		code: 'export * from "torchlet"',
		goal: 90,
		atMost: 158,
	},
	{ name: "MLP training app", code: TRAINS, goal: 50, atMost: 91 },
	{
		name: "torchlet/predictor",
		code: 'export * from "torchlet/predictor"',
		goal: 15,
		atMost: 15,
	},
];

/** The package as an app sees it, by its own `exports` and `sideEffects`. */
function ourselves(code) {
	const { exports: entries, sideEffects } = JSON.parse(
		readFileSync(new URL("package.json", root), "utf8"),
	);
	return {
		name: "ourselves",
		resolveId(id) {
			if (id === "app") return id;
			if (!/^torchlet(\/|$)/.test(id)) return null;
			const file = entries[id.replace("torchlet", ".")].default;
			return {
				id: fileURLToPath(new URL(file, root)),
				moduleSideEffects: sideEffects.includes(file),
			};
		},
		load: (id) => (id === "app" ? code : null),
	};
}

async function gzipped(code) {
	const small = await transform(code, {
		minify: true,
		format: "esm",
		target: "es2022",
	});
	return gzipSync(small.code, { level: 9 }).length / 1024;
}

/**
 * KB that an app loads at once, and KB that it loads when it needs them: the
 * GPU's side. The pool's workers are files of their own.
 */
export async function measure({ code }) {
	const bundle = await rollup({
		input: "app",
		plugins: [ourselves(code)],
		external: (id) => id.startsWith("node:"),
		onwarn: () => {},
	});
	const { output } = await bundle.generate({ format: "es" });
	await bundle.close();
	const sizes = { atOnce: 0, later: 0 };
	for (const chunk of output)
		if (chunk.type === "chunk")
			sizes[chunk.isDynamicEntry ? "later" : "atOnce"] += await gzipped(
				chunk.code,
			);
	return sizes;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	for (const app of APPS) {
		const { atOnce, later } = await measure(app);
		const lazily = later > 0 ? `, ${later.toFixed(1)} KB when needed` : "";
		console.log(
			`${app.name}: ${atOnce.toFixed(1)} KB minified and gzipped${lazily} (goal ${app.goal} KB)`,
		);
	}
