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

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));
const compiler = createRequire(import.meta.url).resolve(
	"assemblyscript/bin/asc.js",
);
const changed = (path) =>
	statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = Math.max(
	...readdirSync("assembly").map((name) => changed(`assembly/${name}`)),
	...["asconfig.json", "package-lock.json"].map(changed),
);

function compile(target) {
	if (changed(targets[target].outFile) > newest) return 0;
	return new Promise((resolve) => {
		spawn(process.execPath, [compiler, ENTRIES[target], "--target", target], {
			stdio: "inherit",
		}).on("close", resolve);
	});
}

const codes = await Promise.all(Object.keys(targets).map(compile));
if (codes.some((code) => code !== 0)) process.exitCode = 1;
