import { expect, test } from "vitest";
import { torchlet } from "./support.js";

test("bench times training and prediction, each by name", () => {
	const { status, stdout, stderr } = torchlet(["bench", "--seconds", "2"]);
	expect(stderr).toBe("");
	expect(status).toBe(0);
	expect(stdout).toMatch(/on the (simd|relaxed) core/);
	const lines = stdout.split("\n").filter((line) => line.endsWith("images/s"));
	expect(lines).toHaveLength(6);
	const speeds = lines.map((line) => {
		const [, text = ""] = /([\d,]+) images\/s$/.exec(line) ?? [];
		return Number(text.replaceAll(",", ""));
	});
	for (const speed of speeds) expect(speed).toBeGreaterThan(0);
	// sparse digits train faster than dense rows, and serving beats training
	const [digits = 0, dense = 0, , many = 0] = speeds;
	expect(digits).toBeGreaterThan(dense);
	expect(many).toBeGreaterThan(digits);
});

test("bench refuses a time that is none", () => {
	const { status, stderr } = torchlet(["bench", "--seconds", "0"]);
	expect(status).toBe(2);
	expect(stderr).toContain("whole number from 1 on");
});
