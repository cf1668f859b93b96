import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inlinedCore } from "../../../src/backends/cpu/inlined.js";

test("the packed cores are the compiled ones, byte for byte", () => {
	const { simd, relaxed } = inlinedCore();
	const built = (name: string) =>
		readFileSync(new URL(`../../../build/${name}`, import.meta.url));
	expect(built("core.wasm").equals(simd)).toBe(true);
	expect(built("core-relaxed.wasm").equals(relaxed)).toBe(true);
	expect(built("core.wasm").equals(relaxed)).toBe(false);
});
