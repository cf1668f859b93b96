import { expect, test } from "vitest";
import { BASE, newMemory, newRunner } from "../../src/backends/cpu/runner.js";
import { joinedRunner } from "../../src/backends/cpu/shared-runner.js";
import { predictorWasm } from "../../src/predictor/inlined.js";

test("an instance that joins leaves alone what others read", () => {
	const memory = newMemory(1, true);
	newRunner(predictorWasm, memory);
	const tables = new Uint8Array(memory.buffer, 0, BASE);
	expect(tables.some((byte) => byte !== 0)).toBe(true);
	// what it wrote, zeros as well, would show
	tables.fill(7);
	joinedRunner(predictorWasm(), memory);
	expect(tables.every((byte) => byte === 7)).toBe(true);
});
