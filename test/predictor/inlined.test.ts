import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { predictorWasm } from "../../src/predictor/inlined.js";

test("the inlined module is the compiled one, byte for byte", () => {
	const built = readFileSync(
		new URL("../../build/predictor.wasm", import.meta.url),
	);
	expect(built.equals(predictorWasm())).toBe(true);
	expect(predictorWasm()).toBe(predictorWasm());
});
