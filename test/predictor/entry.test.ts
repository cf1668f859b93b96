import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../helpers/folder.js";

const DIST = new URL("../../dist/predictor.js", import.meta.url).href;
const WEIGHTS = new URL("../../fixtures/pth/mnist-mlp.pth", import.meta.url);

/** What a program with the built entry prints; it has to end by itself. */
function run(options: string, body: string): string {
	const file = join(temporaryFolder(), "program.mjs");
	writeFileSync(
		file,
		`import { readFileSync } from "node:fs";
import { createPredictor } from "${DIST}";
const bytes = readFileSync(new URL("${WEIGHTS.href}"));
const predictor = await createPredictor(bytes, ${options});
${body}`,
	);
	return execFileSync(process.execPath, [file], {
		encoding: "utf8",
		timeout: 20_000,
	});
}

test.each(["'auto'", "3"])(
	"the built entry with threads %s, never disposed of, lets the process end",
	(threads) => {
		const printed = run(
			`{ threads: ${threads}, weights: "int16" }`,
			`const rows = new Uint8Array(784 * 4000).map((_, i) => i % 251 === 0 ? 255 : 0);
const want = predictor.predictSync(rows).labels.join();
let used = 1;
for (let i = 0; i < 40 && used < 2; i++) {
	if ((await predictor.predict(rows)).labels.join() !== want) throw new Error("differs");
	used = predictor.capabilities().threads;
	await new Promise((r) => setTimeout(r, 20));
}
console.log(used > 1 || predictor.capabilities().reason);`,
		);
		// one processor, one thread
		expect(printed).toMatch(/^(true|null)\n$/);
	},
);

test.each([1, 3])(
	"where compiling is forbidden a module that is handed in serves, threads: %i",
	(threads) => {
		const file = join(temporaryFolder(), "program.mjs");
		const wasm = new URL("../../dist/predictor.wasm", import.meta.url);
		writeFileSync(
			file,
			`import { readFileSync } from "node:fs";
import { createPredictor } from "${DIST}";
const { Module } = WebAssembly;
const wasmModule = new Module(readFileSync(new URL("${wasm.href}")));
class Forbidden { constructor() { throw new WebAssembly.CompileError("Wasm code generation disallowed"); } }
Object.defineProperty(Forbidden, Symbol.hasInstance, { value: (x) => x instanceof Module });
Forbidden.exports = Module.exports;
WebAssembly.Module = Forbidden;
const bytes = readFileSync(new URL("${WEIGHTS.href}"));
const rows = new Uint8Array(784 * 4000).map((_, i) => i % 251 === 0 ? 255 : 0);
const refused = await createPredictor(bytes).catch((e) => e.name + ": " + e.message);
const p = await createPredictor(bytes, { wasmModule, threads: ${threads}, weights: "int16" });
const { threads, sharedMemory, reason } = p.capabilities();
const same = (await p.predict(rows)).labels.join() === p.predictSync(rows).labels.join();
const again = (await createPredictor(bytes)).predictSync(rows).labels.length;
console.log(JSON.stringify([refused, threads, sharedMemory, reason, same, again]));`,
		);
		const printed = execFileSync(process.execPath, [file], {
			encoding: "utf8",
			timeout: 20_000,
		});
		const [refused, ...rest] = JSON.parse(printed);
		expect(rest).toEqual([threads, false, null, true, 4000]);
		expect(refused).toMatch(/^TorchletError: .*hand in .*wasmModule/);
	},
);

test("nothing happens at import", () => {
	const file = join(temporaryFolder(), "program.mjs");
	writeFileSync(
		file,
		`const before = Object.getOwnPropertyNames(globalThis).join();
let compiled = 0;
WebAssembly.Module = class { constructor() { compiled++; } };
await import("${DIST}");
console.log(compiled, Object.getOwnPropertyNames(globalThis).join() === before);`,
	);
	expect(execFileSync(process.execPath, [file], { encoding: "utf8" })).toBe(
		"0 true\n",
	);
});
