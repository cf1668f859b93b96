// Compiles the WebAssembly modules side by side, as each takes seconds, and
// leaves alone what is newer than its sources.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const ENTRIES = {
	release: "assembly/index.ts",
	relaxed: "assembly/index.ts",
	predictor: "assembly/predictor.ts",
};

const SHARES_LOADS = [
	...["--enable-simd", "--enable-relaxed-simd", "--enable-bulk-memory"],
	...["--enable-nontrapping-float-to-int", "--enable-sign-ext"],
	...["--optimize-level=3", "--shrink-level=0", "--local-cse", "--vacuum"],
];

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));
const { resolve: find } = createRequire(import.meta.url);
const compiler = find("assemblyscript/bin/asc.js");
const optimizer = createRequire(compiler).resolve("binaryen/bin/wasm-opt");
const changed = (path) =>
	statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = Math.max(
	...readdirSync("assembly").map((name) => changed(`assembly/${name}`)),
	...["asconfig.json", "package-lock.json"].map(changed),
);

const run = (...command) =>
	new Promise((resolve) => {
		spawn(process.execPath, command, { stdio: "inherit" }).on("close", resolve);
	});

/**
 * The compiler aims at small code, for that is what every app downloads, and then
 * loads again what fits a register (a constant, a vector that two rows use): the
 * last pass shares such loads, as they are a tenth of the hottest loops' time.
 * (The predictor has little that is cold: asconfig.json asks for speed there.)
 */
async function compile(target) {
	const { outFile } = targets[target];
	if (changed(outFile) > newest) return 0;
	return (
		(await run(compiler, ENTRIES[target], "--target", target)) ||
		(await run(optimizer, outFile, ...SHARES_LOADS, "-o", outFile))
	);
}

const codes = await Promise.all(Object.keys(targets).map(compile));
if (codes.some((code) => code !== 0)) process.exitCode = 1;
