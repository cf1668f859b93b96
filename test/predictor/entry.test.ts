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
