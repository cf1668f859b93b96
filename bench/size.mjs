// What an app gets bigger by: bundled, minified, gzipped.
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rollup } from "rollup";
import { reasonOf } from "./lib/measure.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length / 1024;

const TRAINS = `
import { Tensor, nn, optim, DataLoader, TensorDataset, manualSeed, scope } from "torchlet";
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
export async function train(images, labels) {
	manualSeed(0);
	for await (const [x, t] of new DataLoader(new TensorDataset(images, labels), { batchSize: 64, shuffle: true })) {
		optimizer.zeroGrad();
		const loss = criterion.forward(model.forward(x), t);
		loss.backward();
		optimizer.step();
	}
}`;

const OURS = [
	{ name: "Torchlet, all of it", code: 'export * from "torchlet"' },
	{ name: "Torchlet, an app that only trains", code: TRAINS },
	{
		name: "Torchlet, torchlet/predictor",
		code: 'export * from "torchlet/predictor"',
		atMost: 15,
	},
	{
		name: "Torchlet, torchlet/vision",
		code: 'export * from "torchlet/vision"',
	},
];

/** Their own code as a bundler leaves it, and the least .wasm that they fetch. */
const PEERS = [
	{
		name: "onnxruntime-web, wasm only",
		code: 'export * from "onnxruntime-web/wasm"',
		wasm: "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
	},
	{
		name: "tfjs with its wasm backend",
		code: 'export * from "@tensorflow/tfjs"; export * as wasm from "@tensorflow/tfjs-backend-wasm"',
		wasm: "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm",
	},
	{ name: "jax-js", code: 'export * from "@jax-js/jax"' },
];

/** Our package as an app sees it, by its own `exports`. */
function ourselves(code) {
	const { exports: entries } = JSON.parse(
		readFileSync(here("../package.json"), "utf8"),
	);
	return {
		name: "ourselves",
		resolveId(id) {
			if (id === "app") return id;
			if (!/^torchlet(\/|$)/.test(id)) return null;
			const entry = entries[id.replace("torchlet", ".")].default;
			// as "sideEffects" of package.json says
			const moduleSideEffects = /(index|cli)\.js$/.test(entry);
			return { id: here(`../${entry}`), moduleSideEffects };
		},
		load: (id) => (id === "app" ? code : null),
	};
}

async function ours({ name, code, atMost }, { transform }) {
	const bundle = await rollup({
		input: "app",
		plugins: [ourselves(code)],
		external: (id) => id.startsWith("node:"),
		onwarn: () => {},
	});
	const { output } = await bundle.generate({ format: "es" });
	await bundle.close();
	let median = 0;
	for (const chunk of output) {
		if (chunk.type !== "chunk") continue;
		const { code } = await transform(chunk.code, {
			minify: true,
			format: "esm",
			target: "es2022",
		});
		median += gzipped(code);
	}
	return { name, median, atMost, times: [median] };
}

async function theirs({ name, code, wasm }, { build }) {
	const { outputFiles } = await build({
		stdin: { contents: code, resolveDir: here(".") },
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		platform: "browser",
		logLevel: "silent",
	});
	const path = wasm && here(`node_modules/${wasm}`);
	const core = path && existsSync(path) ? gzipped(readFileSync(path)) : 0;
	const median = gzipped(outputFiles[0].contents) + core;
	return { name, median, times: [median] };
}

export async function sizeLines() {
	console.error("Size …");
	const esbuild = await import("esbuild");
	const contenders = [];
	const missing = [];
	for (const app of [...OURS, ...PEERS]) {
		try {
			const measured = OURS.includes(app) ? ours : theirs;
			contenders.push(await measured(app, esbuild));
		} catch (error) {
			missing.push({ name: app.name, reason: reasonOf(error) });
		}
	}
	const native = here("node_modules/onnxruntime-node/bin/napi-v6");
	const library = `${native}/${process.platform}/${process.arch}/libonnxruntime.so.1`;
	if (existsSync(library)) {
		const median = statSync(library).size / 1024;
		contenders.push({
			name: "onnxruntime-node, its library on disk",
			median,
			times: [median],
		});
	}
	const targets = contenders
		.filter(({ atMost }) => atMost)
		.map(({ name, atMost, median }) => ({
			ours: name,
			atMost,
			value: median,
			met: median <= atMost,
		}));
	return [
		{
			id: "size",
			title: "Bundled, minified and gzipped, with what is fetched beside it",
			unit: "KiB",
			contenders,
			missing,
			targets,
		},
	];
}
