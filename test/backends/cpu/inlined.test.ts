import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { inlinedCore } from "../../../src/backends/cpu/inlined.js";
import { inflate, portableInflate } from "../../../src/platform/deflate.js";

test("the packed cores are the compiled ones, byte for byte", () => {
	const { simd, relaxed } = inlinedCore();
	const built = (name: string) =>
		readFileSync(new URL(`../../../build/${name}`, import.meta.url));
	expect(built("core.wasm").equals(simd)).toBe(true);
	expect(built("core-relaxed.wasm").equals(relaxed)).toBe(true);
	expect(built("core.wasm").equals(relaxed)).toBe(false);
});

test("they are unpacked alike where the runtime cannot", () => {
	const plain = new TextEncoder().encode("what repeats, repeats ".repeat(999));
	const deflated = deflateRawSync(plain);
	expect(portableInflate(deflated)).toEqual(plain);
	expect(new Uint8Array(inflate(deflated))).toEqual(plain);
});
